import type { Instant } from './observation.js';

/** One observation, as far as outages are concerned. */
export interface Seen {
  readonly outcome: 'good' | 'bad' | 'unknown';
  readonly at: Instant;
  readonly endedAt: Instant;
  readonly reason?: string;
  /** The last instant at which what fails is proved to have worked, where that is earlier than seen here. */
  readonly lastProof?: Instant;
  /** Share of the wanted capacity that served. */
  readonly capacity?: number;
  /** Whether it was begun within a maintenance window. */
  readonly isMaintenance: boolean;
}

export interface OutageRules {
  /** Failures in a row that open an outage. */
  readonly threshold: number;
  /** How long a run of successes must last to close it, in milliseconds. */
  readonly stabilisationMs: number;
}

/** When an observation was under way. */
export interface Moment {
  readonly at: Instant;
  readonly endedAt: Instant;
}

/** An outage from its first failure on. */
export interface Outage {
  /** The last good observation before it; undefined when none was seen. */
  readonly lastOkBefore: Instant | undefined;
  readonly firstFail: Moment;
  lastFail: Moment;
  readonly openedAt: Instant;
  /** The first good observation of the run that is under way, or that closed it. */
  firstOk: Moment | undefined;
  closedAt: Instant | undefined;
  /** Failed observations, by reason. */
  readonly reasons: Map<string, number>;
  /** Lowest share of the wanted capacity that was told; undefined where none was. */
  lowestCapacity: number | undefined;
  readonly isMaintenance: boolean;
  /** Taken back from the store: its instants come of another process's clock. */
  readonly isResumed: boolean;
}

/** How long an outage lasted: at least, and at most, in milliseconds. */
export interface Bracket {
  readonly lowMs: number;
  /** Null while it is open, and when no good observation came before it. */
  readonly highMs: number | null;
}

export type Change = 'opened' | 'rebased' | 'closed' | undefined;

/** Reasons told apart in one outage. */
const reasonsKept = 20;

/**
 * It was down from some instant of the first failed observation to some instant of the last, and up at
 * some instant of the good ones before and after. What lies between the last failure and the first
 * success is in the upper bound alone.
 */
export function bracketOf({ lastOkBefore, firstFail, lastFail, firstOk }: Outage): Bracket {
  const lowMs = Math.max(0, lastFail.at.monoMs - firstFail.endedAt.monoMs);
  const isBounded = lastOkBefore !== undefined && firstOk !== undefined;
  return { lowMs, highMs: isBounded ? firstOk.endedAt.monoMs - lastOkBefore.monoMs : null };
}

/** Breached, met, or neither proved. */
export function judgeBracket(
  { lowMs, highMs }: Bracket,
  targetMs: number,
): 'met' | 'breached' | 'indeterminate' {
  if (lowMs > targetMs) return 'breached';
  return highMs !== null && highMs <= targetMs ? 'met' : 'indeterminate';
}

/** Finds the outages in the observations of one SLI. Constant memory and work an observation. */
export class OutageMachine {
  private lastOk: Instant | undefined;
  private run:
    | {
        first: Moment;
        lastOkBefore: Instant | undefined;
        count: number;
        reasons: Map<string, number>;
        lowestCapacity: number | undefined;
        isMaintenance: boolean;
      }
    | undefined;
  private lastGood: Moment | undefined;
  current: Outage | undefined;
  /** The last good observation there was. */
  newestGood: Moment | undefined;

  constructor(private readonly rules: OutageRules) {}

  /** Goes on with an outage that was opened elsewhere. */
  resume(outage: Outage): void {
    this.current = outage;
    this.run = undefined;
  }

  /** The outage under way began earlier than was seen here. */
  beganEarlier({ firstFail, lastOkBefore }: Outage): void {
    if (this.current === undefined) return;
    this.current = { ...this.current, firstFail, lastOkBefore, isResumed: true };
  }

  /** What another process last saw to be good, for as long as nothing better is known. */
  wasGood(at: Instant): void {
    this.lastOk ??= at;
  }

  /** Takes the next observation; answers what it did to `current`. */
  observe(seen: Seen): Change {
    if (seen.outcome === 'unknown') return undefined;
    if (seen.outcome === 'good') this.newestGood = { at: seen.at, endedAt: seen.endedAt };
    if (this.current === undefined || this.current.closedAt !== undefined)
      return this.whileUp(seen);
    return seen.outcome === 'bad'
      ? this.stillDown(this.current, seen)
      : this.maybeUp(this.current, seen);
  }

  private whileUp(seen: Seen): Change {
    if (seen.outcome === 'good') {
      this.run = undefined;
      this.lastOk = seen.at;
      return undefined;
    }
    const { at, endedAt, isMaintenance } = seen;
    const isNewRun = this.run === undefined || (this.run.isMaintenance && !isMaintenance);
    if (isNewRun)
      this.run = {
        first: { at, endedAt },
        lastOkBefore: earlier(this.lastOk, seen.lastProof),
        count: 0,
        reasons: new Map(),
        lowestCapacity: undefined,
        isMaintenance,
      };
    const run = this.run!;
    run.count += 1;
    run.lowestCapacity = lower(run.lowestCapacity, seen.capacity);
    countReason(run.reasons, seen.reason);
    if (run.count < this.rules.threshold) return undefined;
    this.open(run, seen);
    return 'opened';
  }

  private open(run: NonNullable<OutageMachine['run']>, { at, endedAt }: Seen): void {
    this.current = {
      lastOkBefore: run.lastOkBefore,
      firstFail: run.first,
      lastFail: { at, endedAt },
      openedAt: endedAt,
      firstOk: undefined,
      closedAt: undefined,
      reasons: run.reasons,
      lowestCapacity: run.lowestCapacity,
      isMaintenance: run.isMaintenance,
      isResumed: false,
    };
    this.run = undefined;
  }

  private stillDown(outage: Outage, seen: Seen): Change {
    const { at, endedAt, reason } = seen;
    this.lastGood = undefined;
    if (outage.isMaintenance && !seen.isMaintenance) {
      this.rebase(outage, seen);
      return 'rebased';
    }
    outage.lastFail = { at, endedAt };
    outage.firstOk = undefined;
    outage.lowestCapacity = lower(outage.lowestCapacity, seen.capacity);
    countReason(outage.reasons, reason);
    return undefined;
  }

  /** Maintenance is over and it still fails: from now on it is an outage, from now on it is timed. */
  private rebase(outage: Outage, { at, endedAt, reason, capacity }: Seen): void {
    const reasons = new Map<string, number>();
    countReason(reasons, reason);
    this.current = {
      ...outage,
      lastOkBefore: outage.lastFail.at,
      firstFail: { at, endedAt },
      lastFail: { at, endedAt },
      firstOk: undefined,
      reasons,
      lowestCapacity: capacity,
      isMaintenance: false,
    };
  }

  private maybeUp(outage: Outage, { at, endedAt }: Seen): Change {
    // A run with a hole in it is not known to have lasted.
    const isUnbroken =
      this.lastGood !== undefined &&
      at.monoMs - this.lastGood.endedAt.monoMs <= this.rules.stabilisationMs;
    if (outage.firstOk === undefined || !isUnbroken) outage.firstOk = { at, endedAt };
    this.lastGood = { at, endedAt };
    if (endedAt.monoMs - outage.firstOk.at.monoMs < this.rules.stabilisationMs) return undefined;
    outage.closedAt = endedAt;
    this.lastOk = at;
    this.lastGood = undefined;
    return 'closed';
  }
}

/** Where nothing good was seen a proof alone says nothing of what came before it. */
function earlier(known: Instant | undefined, proof: Instant | undefined): Instant | undefined {
  if (known === undefined || proof === undefined) return known;
  return proof.monoMs < known.monoMs ? proof : known;
}

function lower(known: number | undefined, found: number | undefined): number | undefined {
  return found === undefined ? known : Math.min(known ?? 1, found);
}

function countReason(reasons: Map<string, number>, reason = 'unknown'): void {
  const key = reasons.has(reason) || reasons.size < reasonsKept ? reason : 'other';
  reasons.set(key, (reasons.get(key) ?? 0) + 1);
}
