import { limitedSignal } from '../collectors/limited-signal.js';
import { closeLag, observeLag, openLag, type LagIo } from '../collectors/lag/observe.js';
import type { Site } from '../collectors/lag/targets.js';
import type { CollectorEnv } from '../collectors/contract.js';
import { CollectionError } from '../collectors/failure.js';
import { parseLsn } from '../collectors/sql/lsn.js';
import { timelineOf, type Answered, type MemberResult } from '../collectors/sql/member.js';
import type { Standing } from '../failover/execution.js';
import type { PairAccess } from './region-access.js';

/** What the members of one cluster say of their PostgreSQL, with the login that only reads. */
export interface SiteLook {
  readonly site: Site;
  readonly results: readonly MemberResult[];
  readonly answered: readonly Answered[];
  /** Names of those that take writes. */
  readonly writers: readonly string[];
}

export interface PairLook {
  readonly atMs: number;
  readonly old: SiteLook;
  readonly new: SiteLook;
}

function siteLook(site: Site, results: readonly MemberResult[]): SiteLook {
  const answered = results.filter((result) => result.ok);
  const writers = answered.filter(({ answer }) => !answer.inRecovery).map(({ member }) => member);
  return { site, results, answered, writers };
}

/** Where the log of a member ends: what it wrote, received or replayed, whichever is furthest. */
export function endOf({ answer }: Answered): bigint | undefined {
  const { currentLsn, receiveLsn, replayLsn } = answer;
  const ends = [currentLsn, receiveLsn, replayLsn].flatMap((text) => parseLsn(text) ?? []);
  return ends.reduce<bigint | undefined>(
    (furthest, each) => (furthest === undefined || each > furthest ? each : furthest),
    undefined,
  );
}

/** Of several members the writer; else the one whose log is the longest. */
export function foremost({ answered }: SiteLook): Answered | undefined {
  const writer = answered.find(({ answer }) => !answer.inRecovery);
  if (writer !== undefined) return writer;
  return answered.toSorted((a, b) => Number((endOf(b) ?? 0n) - (endOf(a) ?? 0n)))[0];
}

/** A log position as PostgreSQL writes it. */
export function lsnText(lsn: bigint | undefined): string | null {
  if (lsn === undefined) return null;
  const [high, low] = [lsn >> 32n, lsn & 0xff_ff_ff_ffn];
  return `${high.toString(16)}/${low.toString(16)}`.toUpperCase();
}

export function standingOf(
  { member, answer, heartbeats }: Answered,
  writer: string,
  atMs: number,
  end: bigint | undefined,
): Standing {
  const own = heartbeats.find((row) => row.writer === writer);
  return {
    atMs,
    member,
    timeline: timelineOf(answer) ?? null,
    lsn: lsnText(end),
    heartbeat:
      own === undefined ? null : { seq: Number(own.seq), writtenMs: own.written_at * 1000 },
    lastCommitMs: answer.lastReplayedAt == null ? null : answer.lastReplayedAt * 1000,
  };
}

/** Asks both regions of one database, over kept connections. */
export class Databases {
  private readonly io: LagIo;

  constructor(
    private readonly access: PairAccess,
    private readonly env: CollectorEnv,
  ) {
    this.io = openLag(access.lag, env);
  }

  /** Both at one time; also where none answers. */
  async look(signal: AbortSignal): Promise<PairLook> {
    const atMs = this.env.clock.now().wallMs;
    const deadline = limitedSignal(signal, this.access.lag.timeoutMs);
    const [first, second] = await observeLag(this.io, { signal: deadline }).catch(
      (error: unknown) => silence(this.access, error),
    );
    const [a, b] = this.access.lag.sites;
    const looks = [siteLook(a, first), siteLook(b, second)] as const;
    const isOldFirst = a.cluster === this.access.old.site.cluster;
    return isOldFirst
      ? { atMs, old: looks[0], new: looks[1] }
      : { atMs, old: looks[1], new: looks[0] };
  }

  async close(): Promise<void> {
    await closeLag(this.io);
  }
}

/** Where nobody answered: each member with its reason. */
function silence({ lag }: PairAccess, error: unknown): readonly [MemberResult[], MemberResult[]] {
  const partial = error instanceof CollectionError ? error.partial : undefined;
  if (!Array.isArray(partial)) throw error;
  const results = partial as MemberResult[];
  const count = lag.sites[0].members.length;
  return [results.slice(0, count), results.slice(count)];
}
