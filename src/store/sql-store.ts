import type { Incident, RecordedEvent } from '../slo/incident.js';
import type { Drill, ExposureRow, SliceRow } from '../slo/slice.js';
import { explained, type Backend } from './backend.js';
import {
  prune,
  readDrills,
  readEvents,
  readExposures,
  readIncident,
  readIncidents,
  readSlices,
  writeBatch,
} from './history.js';
import type { Batch, Retention, Store, TimeRange } from './store.js';

/** The store over either database. */
export class SqlStore implements Store {
  constructor(private readonly backend: Backend) {}

  get description(): string {
    return this.backend.description;
  }

  open(): Promise<void> {
    return this.explained(() => this.backend.open());
  }

  acquire(): Promise<boolean> {
    return this.explained(() => this.backend.acquire());
  }

  write(batch: Batch): Promise<void> {
    return this.explained(() => writeBatch(this.backend.writer(), batch));
  }

  slices(slo: string, range: TimeRange): Promise<SliceRow[]> {
    return this.explained(() => readSlices(this.backend.reader(), slo, range));
  }

  exposures(range: TimeRange): Promise<ExposureRow[]> {
    return this.explained(() => readExposures(this.backend.reader(), range));
  }

  incidents(range: TimeRange, limit: number): Promise<Incident[]> {
    return this.explained(() => readIncidents(this.backend.reader(), range, limit));
  }

  incident(id: string): Promise<Incident | undefined> {
    return this.explained(() => readIncident(this.backend.reader(), id));
  }

  events(range: TimeRange, limit: number): Promise<RecordedEvent[]> {
    return this.explained(() => readEvents(this.backend.reader(), range, limit));
  }

  drills(range: TimeRange): Promise<Drill[]> {
    return this.explained(() => readDrills(this.backend.reader(), range));
  }

  prune(retention: Retention, nowMs: number): Promise<void> {
    return this.explained(() => prune(this.backend.writer(), retention, nowMs));
  }

  sizeBytes(): Promise<number> {
    return this.explained(() => this.backend.sizeBytes());
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  private explained<Value>(work: () => Promise<Value>): Promise<Value> {
    return explained(this.backend, work);
  }
}
