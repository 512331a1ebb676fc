import type { Incident, RecordedEvent } from '../slo/incident.js';
import type { Drill, ExposureRow, SliceRow } from '../slo/slice.js';
import type { Batch } from './store.js';

export const tableNames = ['slices', 'exposures', 'events', 'incidents', 'drills'] as const;
export type TableName = (typeof tableNames)[number];

/** Most rows that wait of each table. Beyond, the oldest are given up. */
export const queueLimits: Readonly<Record<TableName, number>> = {
  slices: 50_000,
  exposures: 5000,
  events: 10_000,
  incidents: 2000,
  drills: 1000,
};

type Rows = {
  slices: SliceRow;
  exposures: ExposureRow;
  events: RecordedEvent;
  incidents: Incident;
  drills: Drill;
};

interface Waiting<Row> {
  readonly row: Row;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/** Rows that wait to be written: a newer one of the same key takes the place of the older. */
export class WriteQueue {
  /** Rows that were given up since the process began. */
  readonly losses: Record<TableName, number> = {
    slices: 0,
    exposures: 0,
    events: 0,
    incidents: 0,
    drills: 0,
  };
  private readonly waiting: { [Name in TableName]: Map<string, Waiting<Rows[Name]>> } = {
    slices: new Map(),
    exposures: new Map(),
    events: new Map(),
    incidents: new Map(),
    drills: new Map(),
  };

  get size(): number {
    return tableNames.reduce((sum, name) => sum + this.waiting[name].size, 0);
  }

  put<Name extends TableName>(table: Name, key: string, row: Rows[Name], nowMs: number): void {
    const rows = this.waiting[table];
    rows.delete(key);
    rows.set(key, { row, sinceMs: nowMs });
    if (rows.size <= queueLimits[table]) return;
    const [oldest] = rows.keys();
    rows.delete(oldest!);
    this.losses[table] += 1;
  }

  remove(table: TableName, key: string): void {
    this.waiting[table].delete(key);
  }

  /** At most so many rows of each table, oldest first; they stay until `written`. */
  batch(limit: number): Batch {
    return {
      slices: this.first('slices', limit),
      exposures: this.first('exposures', limit),
      events: this.first('events', limit),
      incidents: this.first('incidents', limit),
      drills: this.first('drills', limit),
    };
  }

  /** Removes what was written, unless a newer row came meanwhile. */
  written(batch: Batch): void {
    for (const name of tableNames) {
      const rows: Map<string, Waiting<Rows[TableName]>> = this.waiting[name];
      const done = new Set<unknown>(batch[name]);
      for (const [key, { row }] of rows) {
        if (done.delete(row)) rows.delete(key);
        if (done.size === 0) break;
      }
    }
  }

  /** Forgets rows that waited since before: another exporter is writing them. */
  forgetBefore(monoMs: number): void {
    for (const name of tableNames) {
      const rows: Map<string, Waiting<Rows[TableName]>> = this.waiting[name];
      for (const [key, { sinceMs }] of rows) {
        if (sinceMs >= monoMs) break;
        rows.delete(key);
      }
    }
  }

  private first<Name extends TableName>(table: Name, limit: number): Rows[Name][] {
    const rows: Rows[Name][] = [];
    for (const { row } of this.waiting[table].values()) {
      if (rows.length >= limit) break;
      rows.push(row);
    }
    return rows;
  }
}
