import type { Target } from '../collectors/contract.js';
import type { ClusterHeartbeats, ListedHeartbeat } from '../slo/answers.js';
import { HeartbeatRing, type Heartbeat, type HeartbeatRange } from '../slo/heartbeat-ring.js';
import { jobId, type Job, type Outcome } from './target-loop.js';

/** Acknowledged heartbeats held of each canary: ten minutes at ten a second, 144 kB. */
export const heartbeatsKept = 6000;

/** What is held of one canary. */
interface Followed {
  readonly target: Target;
  readonly writer: string;
  readonly ring: HeartbeatRing;
  lastFailureMs: number | null;
  /** The first one since the last acknowledged heartbeat that was refused. */
  firstRefusal: ClusterHeartbeats['firstRefusal'];
  /** Failures since the last acknowledged heartbeat. */
  failures: number;
}

function follow(target: Target, writer: string, before: Followed | undefined): Followed {
  if (before?.writer === writer) return { ...before, target };
  const ring = new HeartbeatRing(heartbeatsKept);
  return { target, writer, ring, lastFailureMs: null, firstRefusal: null, failures: 0 };
}

function listed({ sequence, begunMs, endedMs }: Heartbeat): ListedHeartbeat {
  return [String(sequence), begunMs, endedMs];
}

function answerOf(followed: Followed, range: HeartbeatRange): ClusterHeartbeats {
  const { target, writer, ring, lastFailureMs, firstRefusal, failures } = followed;
  const { heartbeats, isTruncated } = ring.select(range);
  const { first, count } = ring;
  return {
    name: target.name,
    region: target.region,
    writer,
    intervalMs: target.intervalMs,
    kept: { first: first === undefined ? null : String(first.sequence), count },
    acknowledged: heartbeats.map(listed),
    isTruncated,
    lastFailureMs,
    firstRefusal,
    failuresSinceAcknowledged: failures,
  };
}

/** Which heartbeats of every write canary were acknowledged: the newest ones, in memory. */
export class HeartbeatBook {
  private followed: ReadonlyMap<string, Followed> = new Map();

  /** Clusters whose canary is followed. */
  get clusters(): readonly string[] {
    return [...this.followed.values()].map(({ target }) => target.name);
  }

  /** Follows exactly the canaries of a configuration; one that writes the same row as before keeps what is held. */
  configure(jobs: readonly Job[]): void {
    const followed = new Map<string, Followed>();
    for (const job of jobs) {
      const { heartbeatWriter } = job.target;
      if (heartbeatWriter === undefined) continue;
      const id = jobId(job);
      followed.set(id, follow(job.target, heartbeatWriter, this.followed.get(id)));
    }
    this.followed = followed;
  }

  /** Takes what became of a heartbeat. One may be acknowledged and fail: where it was not read back. */
  ended(job: Job, outcome: Outcome): void {
    const { measurement, span } = outcome;
    const followed = this.followed.get(jobId(job));
    if (followed === undefined) return;
    if (measurement.heartbeat !== undefined) {
      followed.ring.add(measurement.heartbeat);
      followed.failures = 0;
      followed.firstRefusal = null;
    }
    if (outcome.ok) return;
    // A write that hung may be a slow one, and none was made where a secret of this side cannot be read: only
    // what was refused says that others were refused too.
    const refusal = { begunMs: span.startedAt.wallMs, endedMs: span.endedAt.wallMs };
    const isRefused = outcome.reason !== 'timeout' && outcome.reason !== 'internal';
    if (isRefused) followed.firstRefusal ??= refusal;
    followed.failures += 1;
    followed.lastFailureMs = span.endedAt.wallMs;
  }

  /** Of one cluster, or of all. */
  answer(cluster: string | undefined, range: HeartbeatRange): ClusterHeartbeats[] {
    return [...this.followed.values()]
      .filter(({ target }) => cluster === undefined || target.name === cluster)
      .map((followed) => answerOf(followed, range));
  }
}
