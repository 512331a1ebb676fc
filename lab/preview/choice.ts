import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Dashboard } from './dashboard.js';
import { PrometheusSource } from './prometheus-source.js';
import { SnapshotSource } from './snapshot-source.js';
import type { Source } from './source.js';

/** Where answers come from, and for which time. */
export interface SourceChoice {
  readonly prometheus: string;
  readonly snapshot?: string;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const pointsWanted = 200;

function seconds(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a duration such as 30m');
  return Number(count) * (unitSeconds[unit] ?? 1);
}

function duration(flags: string, description: string, usual: string): Option {
  return new Option(flags, description).argParser(seconds).default(seconds(usual), usual);
}

/** Adds the options by which a source is chosen. */
export function withSource(command: Command): Command {
  return command
    .option('--prometheus <url>', 'which Prometheus is asked', 'http://127.0.1.2:9090')
    .option('--snapshot <folder>', 'answers that were written down are drawn instead')
    .addOption(duration('--from <duration>', 'how long ago the time shown begins', '1h'))
    .addOption(duration('--to <duration>', 'how long ago it ends', '0s'));
}

/** The step is a whole number of seconds and the span begins on it, as with Grafana. */
export function sourceFor({ prometheus, snapshot, from, to }: SourceChoice): Source {
  if (snapshot !== undefined) return new SnapshotSource(snapshot);
  const step = Math.max(1, Math.round((from - to) / pointsWanted));
  const end = Math.floor((Date.now() / 1000 - to) / step) * step;
  return new PrometheusSource(prometheus, { start: end - (from - to), end }, step);
}

const folder = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));

/** The dashboards as they are committed. */
export function dashboards(): readonly Dashboard[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard);
}
