import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Camera } from './browser.js';
import { dashboards, sourceFor, withSource, type SourceChoice } from './choice.js';
import type { Dashboard } from './dashboard.js';
import { render } from './render.js';
import type { Source } from './source.js';

interface Options extends SourceChoice {
  readonly dark?: true;
  readonly only?: string;
  readonly width: number;
  readonly variable: Readonly<Record<string, string>>;
  readonly output: string;
}

const print = (text: string) => void process.stdout.write(`${text}\n`);

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

function tellOf(uid: string, kind: string, texts: readonly string[]): void {
  for (const text of texts) print(`${uid}: ${kind}: ${text}`);
}

async function draw(dashboard: Dashboard, source: Source, camera: Camera, options: Options) {
  const theme = options.dark === true ? 'dark' : 'light';
  const { width, variable: wishes, output } = options;
  const rendered = await render(dashboard, source, { theme, width, wishes });
  const file = join(output, `${dashboard.uid}-${theme}`);
  writeFileSync(`${file}.html`, rendered.html);
  await camera.shoot(rendered, `${file}.png`);
  print(`${file}.png`);
  tellOf(dashboard.uid, 'not drawn', rendered.complaints);
  tellOf(dashboard.uid, 'look at', rendered.remarks);
}

async function preview(options: Options): Promise<void> {
  const { only, output } = options;
  const chosen = dashboards().filter(({ uid }) => only === undefined || uid === only);
  if (chosen.length === 0) throw new Error(`no dashboard ${only}`);
  const source = sourceFor(options);
  mkdirSync(output, { recursive: true });
  const camera = await Camera.open();
  try {
    for (const dashboard of chosen) await draw(dashboard, source, camera, options);
  } finally {
    await camera.close();
  }
}

await withSource(new Command('dashboards:preview'))
  .description(
    'Draws the dashboards from their JSON and the answers of a Prometheus, without Grafana: HTML and PNG.',
  )
  .option('--dark', 'the dark theme; without it the light one')
  .option('--only <uid>', 'one dashboard alone')
  .option('--width <pixels>', 'of the page', wholeNumber, 1600)
  .addOption(
    new Option('--variable <name=value>', 'what a variable stands for; may be repeated')
      .argParser(pair)
      .default({}, 'as Grafana would choose'),
  )
  .requiredOption('-o, --output <folder>', 'where to write')
  .action(preview)
  .parseAsync();
