import type {
  AnyCollector,
  CollectorEnv,
  Measurement,
  Span,
  Target,
  Transcript,
} from '../collectors/contract.js';
import { CollectionError, reasonOf, type FailureReason } from '../collectors/failure.js';

/** A collector and one thing for it to collect. */
export interface Job {
  readonly collector: AnyCollector;
  readonly target: Target;
}

/** The id that labels, logs and the command line use: `kind/name`. */
export function jobId({ collector, target }: Job): string {
  return `${collector.kind}/${target.name}`;
}

export type Outcome =
  | { readonly ok: true; readonly measurement: Measurement<unknown>; readonly span: Span }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly message: string;
      readonly measurement: Partial<Measurement<unknown>>;
      readonly span: Span;
    };

/** What the runner tells of each collection. Must not throw. */
export interface CollectionSink {
  begun(job: Job, lateMs: number): void;
  ended(job: Job, outcome: Outcome): void;
}

/** What an uncooperative collector gets beyond its deadline before its result is given up. */
const graceMs = 250;
/** Deadlines a hung collection is given before its connections are made anew. */
const hungRounds = 5;

/** FNV-1a with murmur3's finish: spreads targets over their interval, the same way at every start. */
function phaseOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The longest wait for a target's first collection, in milliseconds. */
const firstWithinMs = 5000;

/** Settles with the promise, or rejects once the time is over; late results are swallowed. */
async function within<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new CollectionError('timeout', 'did not end at its deadline')),
      limitMs,
    );
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Collects one target on its own timer, whatever the others do. */
export class TargetLoop {
  private io: unknown;
  private isOpen = false;
  private memory: unknown;
  private timer: NodeJS.Timeout | undefined;
  private dueMs = 0;
  private stopped = false;
  private controller: AbortController | undefined;
  private pending: Promise<unknown> | undefined;
  private pendingSinceMs = 0;
  private refusedRounds = 0;

  constructor(
    readonly job: Job,
    private readonly env: CollectorEnv,
    private readonly sink: CollectionSink,
  ) {}

  start(): void {
    const { intervalMs } = this.job.target;
    const offsetMs = phaseOf(jobId(this.job)) * Math.min(intervalMs, firstWithinMs);
    this.dueMs = this.env.clock.now().monoMs + offsetMs;
    this.schedule();
  }

  /** Ends the timer, the collection under way and the connections. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.controller?.abort(new CollectionError('timeout', 'the exporter is stopping'));
    if (this.pending !== undefined) await within(this.pending, graceMs).catch(ignoreLate);
    await this.closeIo();
  }

  /** One collection now, outside the timer. */
  async collectOnce(transcript?: Transcript): Promise<Outcome> {
    const { target } = this.job;
    const startedAt = this.env.clock.now();
    const controller = new AbortController();
    this.controller = controller;
    const deadline = setTimeout(
      () => controller.abort(new DOMException('deadline', 'TimeoutError')),
      target.timeoutMs,
    );
    try {
      const snapshot = await within(
        this.observe(controller.signal, transcript),
        target.timeoutMs + graceMs,
      );
      return this.succeeded(snapshot, { startedAt, endedAt: this.env.clock.now() });
    } catch (error) {
      const span = { startedAt, endedAt: this.env.clock.now() };
      return this.failed(error, controller.signal.aborted, span);
    } finally {
      clearTimeout(deadline);
    }
  }

  private schedule(): void {
    const waitMs = Math.max(0, this.dueMs - this.env.clock.now().monoMs);
    this.timer = setTimeout(() => this.tick(), waitMs);
  }

  private tick(): void {
    if (this.stopped) return;
    if (!this.isWithinDeadline()) this.begin();
    this.scheduleNext();
  }

  /** A deadline may be longer than the interval: then one collection stands for several slots. */
  private isWithinDeadline(): boolean {
    if (this.pending === undefined) return false;
    return this.env.clock.now().monoMs - this.pendingSinceMs < this.job.target.timeoutMs + graceMs;
  }

  private begin(): void {
    const lateMs = Math.max(0, this.env.clock.now().monoMs - this.dueMs);
    this.sink.begun(this.job, lateMs);
    if (this.pending === undefined) void this.collectAndReport();
    else this.refuse();
  }

  /** Keeps the cadence: slots that a pause swallowed are left out, not made up for. */
  private scheduleNext(): void {
    const { intervalMs } = this.job.target;
    const behindMs = Math.max(0, this.env.clock.now().monoMs - this.dueMs);
    this.dueMs += intervalMs * (Math.floor(behindMs / intervalMs) + 1);
    this.schedule();
  }

  private async collectAndReport(): Promise<void> {
    const outcome = await this.collectOnce();
    if (!this.stopped) this.sink.ended(this.job, outcome);
  }

  /** The collection before is still under way: count a failure, start nothing on top of it. */
  private refuse(): void {
    const now = this.env.clock.now();
    this.refusedRounds += 1;
    const error = new CollectionError('timeout', 'the collection before has not ended');
    this.sink.ended(this.job, this.failed(error, true, { startedAt: now, endedAt: now }));
    if (this.refusedRounds >= hungRounds) this.abandon();
  }

  /** Gives a hung collection up and begins with new connections. */
  private abandon(): void {
    this.pending = undefined;
    this.refusedRounds = 0;
    void this.closeIo();
  }

  private observe(signal: AbortSignal, transcript: Transcript | undefined): Promise<unknown> {
    const { collector, target } = this.job;
    const observed = (async () => {
      if (!this.isOpen) {
        this.io = collector.open(target, this.env);
        this.isOpen = true;
      }
      return collector.observe(this.io, {
        signal,
        ...(transcript !== undefined && { transcript }),
      });
    })();
    this.pending = observed;
    this.pendingSinceMs = this.env.clock.now().monoMs;
    const settled = () => {
      if (this.pending !== observed) return;
      this.pending = undefined;
      this.refusedRounds = 0;
    };
    observed.then(settled, settled);
    return observed;
  }

  private succeeded(snapshot: unknown, span: Span): Outcome {
    const { collector, target } = this.job;
    const measurement = collector.measure(target, snapshot, this.memory, span);
    this.memory = measurement.memory;
    return { ok: true, measurement, span };
  }

  private failed(error: unknown, aborted: boolean, span: Span): Outcome {
    const { collector, target } = this.job;
    const known = error instanceof CollectionError;
    const reason = !known && aborted ? 'timeout' : reasonOf(error);
    const message = error instanceof Error ? error.message : String(error);
    const measurement =
      collector.failed?.(target, reason, this.memory, span, known ? error.partial : undefined) ??
      {};
    if ('memory' in measurement) this.memory = measurement.memory;
    return { ok: false, reason, message, measurement, span };
  }

  private async closeIo(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { io } = this;
    this.io = undefined;
    await within(this.job.collector.close(io), graceMs).catch(ignoreLate);
  }
}

/** The result of a collection that was given up has no reader left. */
function ignoreLate(): void {}
