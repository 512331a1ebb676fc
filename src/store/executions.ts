import { sql, type Kysely, type Selectable } from 'kysely';
import type { JournalEntry } from './journal.js';
import type { Tables } from './tables.js';

/** Shorter beginnings of an id are taken for a slip. */
const leastBeginning = 8;

function entryOf(row: Selectable<Tables['executions']>): JournalEntry {
  return {
    id: row.id,
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    body: JSON.parse(row.body) as unknown,
  };
}

/** One statement, and so one transaction that no pause of this process can hold open. */
export async function writeExecution(db: Kysely<Tables>, entry: JournalEntry): Promise<void> {
  const { id, startedMs, endedMs, body } = entry;
  await db
    .insertInto('executions')
    .values({
      id,
      started_ms: Math.round(startedMs),
      ended_ms: endedMs === null ? null : Math.round(endedMs),
      body: JSON.stringify(body),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        started_ms: eb.ref('excluded.started_ms'),
        ended_ms: eb.ref('excluded.ended_ms'),
        body: eb.ref('excluded.body'),
      })),
    )
    .execute()
    .catch((error: unknown) => {
      if (!/executions_open/.test(String(error))) throw error;
      throw new Error(
        'another execution is not over: go on with it by sensei dr resume, or end it by sensei dr abandon',
        { cause: error },
      );
    });
}

export async function readUnfinished(db: Kysely<Tables>): Promise<JournalEntry | undefined> {
  const row = await db
    .selectFrom('executions')
    .selectAll()
    .where('ended_ms', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : entryOf(row);
}

/** @throws Error when several ids begin so */
export async function readExecution(
  db: Kysely<Tables>,
  id: string,
): Promise<JournalEntry | undefined> {
  const rows = await db
    .selectFrom('executions')
    .selectAll()
    .where(sql<boolean>`substr(id, 1, length(${id})) = ${id}`)
    .orderBy('id')
    .execute();
  const exact = rows.find((row) => row.id === id);
  if (exact !== undefined) return entryOf(exact);
  const [only, ...others] = id.length < leastBeginning ? [] : rows;
  if (only === undefined) return undefined;
  if (others.length === 0) return entryOf(only);
  const all = rows.map((row) => row.id).join(', ');
  throw new Error(`the ids of several executions begin with ${id}: give more of one of ${all}`);
}

export async function readExecutions(db: Kysely<Tables>, limit: number): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('executions')
    .selectAll()
    .orderBy('started_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(entryOf);
}
