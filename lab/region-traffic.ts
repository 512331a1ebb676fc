// Clients that have nothing to do with the exporter and its commands: what those claim is held against these.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ports, type RegionLetter } from './addresses.js';
import type { Lab } from './lab.js';
import {
  acceptancesOf,
  gapsOf,
  movesOf,
  reignsOf,
  twoAtOnce,
  type Acceptance,
  type Acknowledged,
  type Gap,
  type Reign,
  type WayAttempt,
} from './region-truth.js';

const connectLimitMs = 300;
const writeLimitMs = 500;
const pauseMs = 5;
const checkEveryMs = 50;
const checkLimitMs = 1000;
const prepareLimitMs = 10_000;

const now = () => performance.timeOrigin + performance.now();

/** A way to a server, with a login of its own. */
export interface Way {
  readonly name: string;
  readonly region: RegionLetter;
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Refused {
  readonly region: RegionLetter;
  readonly begunMs: number;
}

interface Limits {
  readonly connectMs: number;
  readonly queryMs: number;
}

/** One connection, made when it is needed, and again after any failure. */
class Connection {
  private client: pg.Client | undefined;

  constructor(
    private readonly way: Way,
    private readonly login: Login,
    private readonly limits: Limits,
  ) {}

  /**
   * The limits are those of the client: a `statement_timeout` would end the wait for a synchronous
   * standby, and PostgreSQL acknowledges such a commit.
   */
  async query(text: string): Promise<pg.QueryResult<Record<string, unknown>>[]> {
    try {
      this.client ??= await this.connect();
      const said: unknown = await within(this.client.query(text), this.limits.queryMs);
      return (Array.isArray(said) ? said : [said]) as pg.QueryResult<Record<string, unknown>>[];
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.client?.connection.stream.destroy();
    this.client = undefined;
  }

  private async connect(): Promise<pg.Client> {
    const { host, port } = this.way;
    const client = new pg.Client({ host, port, ...this.login, database: 'postgres' });
    client.on('error', () => {});
    try {
      await within(client.connect(), this.limits.connectMs);
      return client;
    } catch (error) {
      client.connection.stream.destroy();
      throw error;
    }
  }
}

/** The time of the client was over: whether it would have been accepted is not known. */
class Unanswered extends Error {}

/** Rejects when it takes longer. */
function within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Unanswered(`nothing within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function writeWay({ addresses }: Lab, region: RegionLetter): Way {
  const { haproxy } = region === 'a' ? addresses.regionA : addresses.regionB;
  return { name: `haproxy-${region}`, region, host: haproxy, port: ports.pgWrite };
}

function directWays({ addresses }: Lab, region: RegionLetter): Way[] {
  const { members } = region === 'a' ? addresses.regionA : addresses.regionB;
  return Object.entries(members).map(([name, host]) => ({
    name,
    region,
    host,
    port: ports.postgres,
  }));
}

function truthLogin(lab: Lab): Login {
  return { user: 'lab_truth', password: lab.password('truth') };
}

/** Makes the role and the tables of these clients, in the region that is the primary one. */
export async function prepareTruth(lab: Lab, primary: RegionLetter = 'a'): Promise<void> {
  const superuser = { user: 'postgres', password: lab.password('superuser') };
  const limits = { connectMs: prepareLimitMs, queryMs: prepareLimitMs };
  const connection = new Connection(writeWay(lab, primary), superuser, limits);
  const { user, password } = truthLogin(lab);
  const role = pg.escapeIdentifier(user);
  try {
    await connection.query(`
      DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)};
      CREATE SCHEMA IF NOT EXISTS lab_truth AUTHORIZATION ${role};
      SET ROLE ${role};
      CREATE TABLE IF NOT EXISTS lab_truth.rows (seq bigint PRIMARY KEY, written_at timestamptz NOT NULL);
      CREATE TABLE IF NOT EXISTS lab_truth.probe (way text PRIMARY KEY, written_at timestamptz NOT NULL)`);
  } finally {
    connection.close();
  }
}

/** The rows that a region has now, by their numbers: by its write path, or of a member that is named. */
export async function rowsIn(
  lab: Lab,
  region: RegionLetter,
  member?: string,
): Promise<Set<number>> {
  const direct = directWays(lab, region).find(({ name }) => name === member);
  if (member !== undefined && direct === undefined)
    throw new Error(`region ${region} has no member ${member}`);
  const limits = { connectMs: prepareLimitMs, queryMs: prepareLimitMs };
  const connection = new Connection(direct ?? writeWay(lab, region), truthLogin(lab), limits);
  try {
    const [answer] = await connection.query('SELECT seq FROM lab_truth.rows');
    return new Set((answer?.rows ?? []).map((row) => Number(row['seq'])));
  } finally {
    connection.close();
  }
}

/** A client with two addresses: one write after the other, by the way that last accepted one. */
export class RegionWriter {
  readonly acknowledged: Acknowledged[] = [];
  /** Attempts that were answered, by a refusal; Unix milliseconds. */
  readonly refused: Refused[] = [];
  /** By region and words; a write whose answer is missing is among them, and may be there or not. */
  readonly failures = new Map<string, number>();
  private readonly stopping = new AbortController();
  private readonly ways: readonly { readonly way: Way; readonly connection: Connection }[];
  private readonly ended: Promise<void>;
  private seq = Date.now();

  constructor(private readonly lab: Lab) {
    const limits = { connectMs: connectLimitMs, queryMs: writeLimitMs };
    this.ways = (['a', 'b'] as const).map((region) => {
      const way = writeWay(lab, region);
      return { way, connection: new Connection(way, truthLogin(lab), limits) };
    });
    this.ended = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
    for (const { connection } of this.ways) connection.close();
  }

  /** The times without an acknowledgement of at least so long. */
  gaps(leastMs: number): Gap[] {
    return gapsOf(this.acknowledged, leastMs);
  }

  /** The gaps after which the other region acknowledged: one for each failover. */
  moves(): Gap[] {
    return movesOf(this.acknowledged);
  }

  /** What was acknowledged and is not in a region; by its write path, or in a member that is named. */
  async lostIn(region: RegionLetter, member?: string): Promise<Acknowledged[]> {
    const kept = await rowsIn(this.lab, region, member);
    return this.acknowledged.filter(({ seq }) => !kept.has(seq));
  }

  private async run(): Promise<void> {
    let turn = 0;
    while (!this.stopping.signal.aborted) {
      if (!(await this.attempt(turn % this.ways.length))) turn += 1;
      await sleep(pauseMs);
    }
  }

  private async attempt(turn: number): Promise<boolean> {
    const { way, connection } = this.ways[turn]!;
    this.seq += 1;
    const { seq } = this;
    const begunMs = now();
    try {
      await connection.query(`INSERT INTO lab_truth.rows VALUES (${seq}, clock_timestamp())`);
    } catch (error) {
      const words = `${way.name}: ${error instanceof Error ? error.message : String(error)}`;
      this.failures.set(words, (this.failures.get(words) ?? 0) + 1);
      if (!(error instanceof Unanswered)) this.refused.push({ region: way.region, begunMs });
      return false;
    }
    this.acknowledged.push({ seq, region: way.region, begunMs, ackedMs: now() });
    return true;
  }
}

/** Tries a real write by every way in of both regions at the same time, again and again. */
export class WritableChecker {
  readonly attempts: WayAttempt[] = [];
  readonly ways: readonly Way[];
  private readonly stopping = new AbortController();
  private readonly ended: Promise<unknown>;

  /** Every member as well as both write paths; without `direct`, the write paths alone. */
  constructor(lab: Lab, { direct = true }: { readonly direct?: boolean } = {}) {
    this.ways = (['a', 'b'] as const).flatMap((region) => [
      writeWay(lab, region),
      ...(direct ? directWays(lab, region) : []),
    ]);
    this.ended = Promise.all(this.ways.map((way) => this.check(way, truthLogin(lab))));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  acceptances(): Acceptance[] {
    return acceptancesOf(this.attempts);
  }

  /** What must never be found: two regions in which writes were accepted at one moment. */
  twoAtOnce(): [Acceptance, Acceptance][] {
    return twoAtOnce(this.acceptances());
  }

  /** Which region accepted, one after the other: one more than there were failovers. */
  reigns(): Reign[] {
    return reignsOf(this.attempts);
  }

  /** How often each way was tried: a check that did not look finds nothing. */
  counts(): Record<string, number> {
    const of = (name: string) => this.attempts.filter(({ way }) => way === name).length;
    return Object.fromEntries(this.ways.map(({ name }) => [name, of(name)]));
  }

  private async check(way: Way, login: Login): Promise<void> {
    const limits = { connectMs: checkLimitMs, queryMs: checkLimitMs };
    const connection = new Connection(way, login, limits);
    while (!this.stopping.signal.aborted) {
      const begunMs = now();
      const accepted = await isAccepted(connection, way);
      const endedMs = now();
      this.attempts.push({ way: way.name, region: way.region, begunMs, endedMs, accepted });
      await sleep(Math.max(0, begunMs + checkEveryMs - endedMs));
    }
    connection.close();
  }
}

/** Whether the transaction was committed: one that failed ends with ROLLBACK when it is to be committed. */
async function isAccepted(connection: Connection, { name }: Way): Promise<boolean> {
  try {
    const answers = await connection.query(`BEGIN;
      INSERT INTO lab_truth.probe VALUES ('${name}', clock_timestamp())
        ON CONFLICT (way) DO UPDATE SET written_at = excluded.written_at;
      COMMIT`);
    return answers.at(-1)?.command === 'COMMIT';
  } catch {
    return false;
  }
}
