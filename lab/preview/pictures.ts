import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Camera } from './browser.js';
import { dashboards, sourceFor, withSource, type SourceChoice } from './choice.js';
import type { ThemeName } from './color.js';
import { boxOf } from './grid.js';
import { render } from './render.js';

/** A picture of the documents: a dashboard down to one of its rows. */
interface Picture {
  readonly uid: string;
  readonly file: string;
  readonly theme: ThemeName;
  /** Title of the first row that is left out. */
  readonly until: string;
}

const pictures: readonly Picture[] = [
  { uid: 'sensei-overview', file: 'dashboard-overview.png', theme: 'dark', until: 'Redundancy' },
  {
    uid: 'sensei-dr',
    file: 'dashboard-disaster-recovery.png',
    theme: 'dark',
    until: 'Copy of the database in the other region',
  },
];
const width = 1400;
const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));

/** Flat colours lose nothing by a palette, and a quarter of the size is left. */
function quantise(file: string): void {
  const { status, error } = spawnSync('pngquant', ['--force', '--ext', '.png', '--strip', file]);
  if (error !== undefined) throw new Error('pngquant was not found', { cause: error });
  if (status !== 0) throw new Error(`pngquant ${file}: exit ${status}`);
}

async function take(picture: Picture, choice: SourceChoice, camera: Camera): Promise<void> {
  const { uid, theme, until } = picture;
  const dashboard = dashboards().find((each) => each.uid === uid);
  const row = dashboard?.panels.find(({ type, title }) => type === 'row' && title === until);
  if (dashboard === undefined || row === undefined)
    throw new Error(`${uid}: no such dashboard, or no row ${until}`);
  const { html } = await render(dashboard, sourceFor(choice), { theme, width });
  const file = join(folder, picture.file);
  await camera.shoot({ html, width, height: boxOf(row.gridPos, width).top }, file);
  quantise(file);
  process.stdout.write(`${file}: ${Math.round(statSync(file).size / 1024)} KiB\n`);
}

interface PicturesChoice extends SourceChoice {
  readonly statusPage?: string;
}

/** A picture that was taken of the status page itself. */
function keepStatusPage(from: string): void {
  const file = join(folder, 'status-page.png');
  copyFileSync(from, file);
  quantise(file);
}

async function takeAll(choice: PicturesChoice): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (choice.statusPage !== undefined) keepStatusPage(choice.statusPage);
  const camera = await Camera.open();
  try {
    for (const picture of pictures) await take(picture, choice, camera);
  } finally {
    await camera.close();
  }
}

await withSource(new Command('dashboards:pictures'))
  .description('Draws the pictures of the documents from the dashboards, without Grafana.')
  .option('--status-page <file>', 'a picture of the status page, to be kept too')
  .action(takeAll)
  .parseAsync();
