import type { Incident, RecordedEvent } from '../slo/incident.js';
import type { Drill, ExposureRow, SliceRow } from '../slo/slice.js';

/** What is written together: all of it or nothing. */
export interface Batch {
  readonly slices: readonly SliceRow[];
  readonly exposures: readonly ExposureRow[];
  readonly events: readonly RecordedEvent[];
  /** Each as it is now; one with a known id takes the place of what was kept. */
  readonly incidents: readonly Incident[];
  readonly drills: readonly Drill[];
}

/** How long each table is kept, in milliseconds. */
export interface Retention {
  readonly slicesMs: number;
  readonly exposuresMs: number;
  readonly eventsMs: number;
  readonly incidentsMs: number;
  readonly drillsMs: number;
}

export interface TimeRange {
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs: number;
}

/**
 * Where history is kept. Every call may reject; the error's message says what to do and never holds a
 * credential. Calls are answered in the order they were made.
 */
export interface Store {
  /** For people: the file, or host and database; never a credential. */
  readonly description: string;
  /** Makes or migrates the schema. Safe to call again after it failed. */
  open(): Promise<void>;
  /**
   * Tries to become the one that writes; answers whether this exporter now is. Held until `close`, the
   * process's end or the loss of the connection: then `write` rejects and this must be called again.
   */
  acquire(): Promise<boolean>;
  /** One transaction. @throws Error when this exporter is not the recorder, or the store fails */
  write(batch: Batch): Promise<void>;
  /** Rows of one SLO, of every resolution, that begin in the range, oldest first. */
  slices(slo: string, range: TimeRange): Promise<SliceRow[]>;
  exposures(range: TimeRange): Promise<ExposureRow[]>;
  /** Incidents that were under way in the range, newest first, and every open one that began before its end. */
  incidents(range: TimeRange, limit: number): Promise<Incident[]>;
  incident(id: string): Promise<Incident | undefined>;
  events(range: TimeRange, limit: number): Promise<RecordedEvent[]>;
  drills(range: TimeRange): Promise<Drill[]>;
  /** Removes what is older than its retention; open incidents stay. */
  prune(retention: Retention, nowMs: number): Promise<void>;
  /** Bytes on disk. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
