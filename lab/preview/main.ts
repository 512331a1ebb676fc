import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { Camera } from './browser.js';
import type { Dashboard } from './dashboard.js';
import { PrometheusSource } from './prometheus-source.js';
import { render } from './render.js';
import { SnapshotSource } from './snapshot-source.js';
import type { Source } from './source.js';

interface Options {
  readonly prometheus: string;
  readonly snapshot?: string;
  readonly from: number;
  readonly dark?: true;
  readonly only?: string;
  readonly width: number;
  readonly variable: Readonly<Record<string, string>>;
  readonly output: string;
}

const print = (text: string) => void process.stdout.write(`${text}\n`);
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const pointsWanted = 200;

function seconds(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a duration such as 30m');
  return Number(count) * (unitSeconds[unit] ?? 1);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

function pair(text: string, known: Readonly<Record<string, string>>) {
  const [name = '', ...rest] = text.split('=');
  if (rest.length === 0) throw new InvalidArgumentError('NAME=VALUE');
  return { ...known, [name]: rest.join('=') };
}

function dashboards(only: string | undefined): readonly Dashboard[] {
  const folder = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard)
    .filter(({ uid }) => only === undefined || uid === only);
}

/** The step is a whole number of seconds and the span begins on it, as with Grafana. */
function sourceFor({ prometheus, snapshot, from }: Options): Source {
  if (snapshot !== undefined) return new SnapshotSource(snapshot);
  const step = Math.max(1, Math.round(from / pointsWanted));
  const end = Math.floor(Date.now() / 1000 / step) * step;
  return new PrometheusSource(prometheus, { start: end - from, end }, step);
}

function tellOf(uid: string, kind: string, texts: readonly string[]): void {
  for (const text of texts) print(`${uid}: ${kind}: ${text}`);
}

async function preview(options: Options): Promise<void> {
  const source = sourceFor(options);
  mkdirSync(options.output, { recursive: true });
  const camera = await Camera.open();
  try {
    for (const dashboard of dashboards(options.only)) {
      const theme = options.dark === true ? 'dark' : 'light';
      const { width, variable: wishes } = options;
      const rendered = await render(dashboard, source, { theme, width, wishes });
      const file = join(options.output, `${dashboard.uid}-${theme}`);
      writeFileSync(`${file}.html`, rendered.html);
      await camera.shoot(rendered, `${file}.png`);
      print(`${file}.png`);
      tellOf(dashboard.uid, 'not drawn', rendered.complaints);
      tellOf(dashboard.uid, 'look at', rendered.remarks);
    }
  } finally {
    await camera.close();
  }
}

await new Command('dashboards:preview')
  .description(
    'Draws the dashboards from their JSON and the answers of a Prometheus, without Grafana: HTML and PNG.',
  )
  .option('--prometheus <url>', 'which Prometheus is asked', 'http://127.0.1.2:9090')
  .option('--snapshot <folder>', 'answers that were written down are drawn instead')
  .option('--from <duration>', 'how far to look back', seconds, 3600)
  .option('--dark', 'the dark theme; without it the light one')
  .option('--only <uid>', 'one dashboard alone')
  .option('--width <pixels>', 'of the page', wholeNumber, 1600)
  .option('--variable <name=value>', 'what a variable stands for; may be repeated', pair, {})
  .requiredOption('-o, --output <folder>', 'where to write')
  .action(preview)
  .parseAsync();
