import { rowAnswer } from '../support/fake-postgres.js';

/** What the server does with the number that a heartbeat proposes; `row` is what it has. */
export interface Row {
  seq: bigint | undefined;
}

export function isWrite(sql: string): boolean {
  return sql.includes('INSERT INTO');
}

/** The number that a Bind message carries as text. */
function proposedIn(sql: string): bigint {
  return BigInt(/\d{4,19}/.exec(sql.slice(sql.indexOf('before')))?.[0] ?? '0');
}

/** A server that has one row and does with it what the statement says. */
export function keepRow(row: Row) {
  return (sql: string): Buffer => {
    if (!isWrite(sql)) return rowAnswer({ seq: String(row.seq), standby: false });
    const before = row.seq;
    const proposed = proposedIn(sql);
    row.seq = before === undefined || proposed > before ? proposed : before + 1n;
    return rowAnswer({
      seq: String(row.seq),
      before: before === undefined ? null : String(before),
    });
  };
}
