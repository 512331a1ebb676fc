import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Moment } from './life.js';
import type { Series, Span } from './prometheus.js';

/** One query of a dashboard, and what Prometheus answered. */
export interface SnapshotAnswer {
  /** Number of the panel; absent for variables and annotations. */
  readonly panelId?: number;
  readonly refId?: string;
  /** Where the query stands, for people. */
  readonly place: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  /** As it was asked, its variables filled in. */
  readonly expr: string;
  readonly instant: boolean;
  /** Over the span, at its step; of an instant query one value each. */
  readonly series: readonly Series[];
  /** When an instant query was asked: at the end of the span, or when it last had a value before. */
  readonly atSeconds?: number;
}

export interface Snapshot {
  readonly span: Span;
  readonly stepSeconds: number;
  readonly moments: readonly Moment[];
  /** By the uid of the dashboard. */
  readonly dashboards: ReadonlyMap<string, readonly SnapshotAnswer[]>;
}

/**
 * Writes what dashboards were answered, to be drawn without a Prometheus: `index.json` with the span, its
 * step and the moments, and for each dashboard `UID.json`, a list of answers. Times are Unix seconds,
 * values are text as in the API of Prometheus.
 */
export function writeSnapshot(folder: string, snapshot: Snapshot): void {
  const { span, stepSeconds, moments, dashboards } = snapshot;
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: unknown) =>
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content)}\n`);
  write('index', { ...span, stepSeconds, moments, dashboards: [...dashboards.keys()] });
  for (const [uid, answers] of dashboards) write(uid, answers);
}
