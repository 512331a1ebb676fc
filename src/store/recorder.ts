import type { Incident, RecordedEvent } from '../slo/incident.js';
import type { Instant } from '../slo/observation.js';
import type { ExposureRow, SliceRow } from '../slo/slice.js';
import { WriteQueue, type TableName } from './queue.js';
import type { Retention, Store } from './store.js';
import { within } from './within.js';

const flushMs = 1000;
/** Tries to become the recorder: another's death is noticed within this, and the lock's own time. */
const acquireMs = 2000;
const firstRetryMs = 1000;
const longestRetryMs = 5000;
/** What another recorder may not have written when it died. */
const standbyHorizonMs = 30_000;
const pruneMs = 10 * 60_000;
/** Rows of each table in one transaction. */
const batchRows = 5000;
/** The last flush of a process that ends. */
const stopMs = 2000;

export interface RecorderStatus {
  readonly state: 'opening' | 'recorder' | 'standby' | 'failing';
  /** Unix milliseconds. */
  readonly lastWriteMs: number | undefined;
  readonly lastError: string | undefined;
  readonly queued: number;
  readonly losses: Readonly<Record<TableName, number>>;
  readonly writes: number;
  readonly failures: number;
  readonly sizeBytes: number | undefined;
}

/** What the recorder tells. Must not throw. */
export interface RecorderListener {
  /** The store can be read for the first time. */
  opened(store: Store): Promise<void>;
  /** This exporter has become the recorder: awaited before its first write. */
  takeover(store: Store): Promise<void>;
  changed(state: RecorderStatus['state'], why: string): void;
  wrote(span: {
    readonly startedAt: Instant;
    readonly endedAt: Instant;
    readonly error?: string;
  }): void;
}

/**
 * Writes history in the background. Taking a row never waits and never fails: a dead store costs
 * nothing but the rows that no longer fit into the queue, and those are counted.
 */
export class Recorder {
  private readonly queue = new WriteQueue();
  private state: RecorderStatus['state'] = 'opening';
  private wasOpened = false;
  private lastWriteMs: number | undefined;
  private lastError: string | undefined;
  private writes = 0;
  private failures = 0;
  private sizeBytes: number | undefined;
  private retryMs = firstRetryMs;
  private prunedAtMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;
  private isUrgent = false;
  private endFirstRound: () => void = () => {};
  private readonly firstRound = new Promise<void>((resolve) => {
    this.endFirstRound = resolve;
  });

  constructor(
    private readonly store: Store,
    private readonly clock: { now(): Instant },
    private retention: Retention,
    private readonly listener: RecorderListener,
  ) {}

  get status(): RecorderStatus {
    const { state, lastWriteMs, lastError, writes, failures, sizeBytes } = this;
    const { size, losses } = this.queue;
    return { state, lastWriteMs, lastError, queued: size, losses, writes, failures, sizeBytes };
  }

  start(): void {
    this.schedule(0);
  }

  /** Whether the first attempt at the store has ended, one way or the other; waits for it that long. */
  async settled(limitMs: number): Promise<void> {
    await within(this.firstRound, limitMs);
  }

  configure(retention: Retention): void {
    this.retention = retention;
  }

  addSlices(rows: readonly SliceRow[]): void {
    const nowMs = this.clock.now().monoMs;
    for (const row of rows) {
      this.queue.put('slices', `${row.slo}/${row.widthMs}/${row.startMs}`, row, nowMs);
    }
  }

  addExposures(rows: readonly ExposureRow[]): void {
    const nowMs = this.clock.now().monoMs;
    for (const row of rows)
      this.queue.put('exposures', `${row.dataset}/${row.startMs}`, row, nowMs);
  }

  addEvent(event: RecordedEvent): void {
    this.queue.put('events', event.id, event, this.clock.now().monoMs);
  }

  /** Written at once: an outage must not be forgotten by a process that dies in its first second. */
  addIncident(incident: Incident): void {
    this.queue.put('incidents', incident.id, incident, this.clock.now().monoMs);
    if (this.state !== 'recorder') return;
    if (this.running === undefined) this.schedule(0);
    else this.isUrgent = true;
  }

  /** It goes by another id. */
  forgetIncident(id: string): void {
    this.queue.remove('incidents', id);
  }

  /** Writes what waits, for at most two seconds, and closes the store. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await within(this.running ?? Promise.resolve(), stopMs);
    if (this.state === 'recorder') await within(this.flush(), stopMs);
    await within(this.store.close(), stopMs);
  }

  private schedule(ms: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.round(), ms);
  }

  private async round(): Promise<void> {
    if (this.running !== undefined) return;
    this.running = this.work();
    await this.running;
    this.running = undefined;
    this.endFirstRound();
    const waitMs = this.isUrgent && this.state === 'recorder' ? 0 : this.waitMs();
    this.isUrgent = false;
    this.schedule(waitMs);
  }

  private waitMs(): number {
    if (this.state === 'failing' || this.state === 'opening') return this.retryMs;
    return this.state === 'standby' ? acquireMs : flushMs;
  }

  /** One step towards everything being written. Never throws. */
  private async work(): Promise<void> {
    try {
      if (this.state !== 'recorder' && !(await this.acquire())) return;
      await this.flush();
      await this.tidy();
      // Told only once something could be written: a full disk opens and locks, and takes no row.
      this.become('recorder', `records in ${this.store.description}`);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Opens the store and tries to get the right to write. */
  private async acquire(): Promise<boolean> {
    await this.store.open();
    if (!this.wasOpened) await this.listener.opened(this.store);
    this.wasOpened = true;
    if (!(await this.store.acquire())) {
      this.queue.forgetBefore(this.clock.now().monoMs - standbyHorizonMs);
      this.become('standby', 'another exporter is the recorder');
      return false;
    }
    await this.listener.takeover(this.store);
    return true;
  }

  private async flush(): Promise<void> {
    while (this.queue.size > 0) {
      const batch = this.queue.batch(batchRows);
      await this.write(batch);
      this.queue.written(batch);
    }
  }

  private async write(batch: Parameters<Store['write']>[0]): Promise<void> {
    const startedAt = this.clock.now();
    try {
      await this.store.write(batch);
      this.writes += 1;
      this.retryMs = firstRetryMs;
      const endedAt = this.clock.now();
      this.lastWriteMs = endedAt.wallMs;
      this.listener.wrote({ startedAt, endedAt });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.listener.wrote({ startedAt, endedAt: this.clock.now(), error: message });
      throw error;
    }
  }

  private async tidy(): Promise<void> {
    const { monoMs, wallMs } = this.clock.now();
    if (this.prunedAtMs !== undefined && monoMs - this.prunedAtMs < pruneMs) return;
    this.prunedAtMs = monoMs;
    await this.store.prune(this.retention, wallMs);
    this.sizeBytes = await this.store.sizeBytes();
  }

  private fail(error: unknown): void {
    this.failures += 1;
    this.lastError = error instanceof Error ? error.message : String(error);
    this.retryMs = Math.min(
      longestRetryMs,
      this.state === 'failing' ? this.retryMs * 2 : firstRetryMs,
    );
    this.become('failing', this.lastError);
  }

  private become(state: RecorderStatus['state'], why: string): void {
    const isNews = state !== this.state;
    this.state = state;
    if (state === 'recorder') this.lastError = undefined;
    if (isNews) this.listener.changed(state, why);
  }
}
