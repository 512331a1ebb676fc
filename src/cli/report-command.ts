import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/schema.js';
import { drillTermsOf } from '../deployment/drill-terms.js';
import { conclusiveDrills, judgeDrill } from '../drills/judge.js';
import { shownDrills } from '../drills/standing.js';
import { buildReport, isBreached, type Report, type ReportInput } from '../report/build.js';
import { renderHtml } from '../report/html.js';
import { instantFormat, isTimeZone } from '../report/instants.js';
import { renderJson } from '../report/json.js';
import { renderMarkdown } from '../report/markdown.js';
import type { Range } from '../report/range.js';
import { systemClock } from '../runner/clock.js';
import type { ConfigReloader } from '../deployment/reloader.js';
import type { Slo } from '../slo/objective.js';
import { resolutions, type Drill, type SliceRow } from '../slo/slice.js';
import { tiers } from '../slo/tiers.js';
import type { Store } from '../store/store.js';
import { filedDrills } from './filed-drills.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes } from './output.js';
import { reportSources, type ReportSources } from './report-store.js';
import { instantWords, isRelative, parseInstant } from './time-range.js';

const renderers = { md: renderMarkdown, html: renderHtml, json: renderJson } as const;
type Format = keyof typeof renderers;

const formatsByExtension: Readonly<Record<string, Format>> = {
  '.md': 'md',
  '.markdown': 'md',
  '.html': 'html',
  '.htm': 'html',
  '.json': 'json',
};

interface ReportOptions {
  readonly config: string;
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly format?: Format;
  readonly output?: string;
}

const hourMs = 60 * 60_000;
const tenMinutesMs = 10 * 60_000;
const tenMinutesKeptMs = resolutions.find(({ widthMs }) => widthMs === tenMinutesMs)?.keptMs ?? 0;
/** Incidents that one report holds. */
const maxIncidents = 10_000;

/** Down to where history can be cut: ten minutes while those are kept, whole hours before. */
function cutDown(ms: number, nowMs: number): number {
  const stepMs = nowMs - ms < tenMinutesKeptMs ? tenMinutesMs : hourMs;
  return Math.floor(ms / stepMs) * stepMs;
}

function instantOf(option: string, text: string, nowMs: number, timeZone: string): number {
  const ms = parseInstant(text, nowMs, timeZone);
  if (ms === undefined) throw new Error(`${option} ${text}: ${instantWords}`);
  return ms;
}

/** @throws Error for what is no range */
export function reportRange(
  { from, to, timeZone }: Pick<ReportOptions, 'from' | 'to' | 'timeZone'>,
  nowMs: number,
): { readonly range: Range; readonly remarks: readonly string[] } {
  const at = instantFormat(timeZone);
  const given = {
    fromMs: instantOf('--from', from, nowMs, timeZone),
    toMs: instantOf('--to', to, nowMs, timeZone),
  };
  if (given.fromMs >= given.toMs)
    throw new Error(`--from ${from} --to ${to}: expected --from to be before --to`);
  const range = {
    fromMs: cutDown(given.fromMs, nowMs),
    toMs: cutDown(Math.min(given.toMs, nowMs), nowMs),
  };
  if (range.fromMs >= range.toMs)
    throw new Error(
      `--from ${from} --to ${to}: expected a time that is past, and longer than an hour or, within the last 3 days, ten minutes`,
    );
  const moved =
    (!isRelative(from) && range.fromMs !== given.fromMs) ||
    (!isRelative(to) && range.toMs !== given.toMs);
  const remark = `the report is from ${at(range.fromMs)} up to ${at(range.toMs)}: history is cut at hours, lately at ten minutes, and ends now`;
  return { range, remarks: moved ? [remark] : [] };
}

async function readSlices(store: Store, slos: readonly Slo[], range: Range): Promise<SliceRow[]> {
  const rows: SliceRow[] = [];
  for (const { name } of slos) rows.push(...(await store.slices(name, range)));
  return rows;
}

async function readHistory(store: Store, slos: readonly Slo[], range: Range) {
  const slices = await readSlices(store, slos, range);
  const hourlySlices = slices.filter(({ widthMs }) => widthMs === hourMs);
  const tenMinuteSlices = slices.filter(({ widthMs }) => widthMs === tenMinutesMs);
  const [incidents, exposures, drills] = await Promise.all([
    store.incidents(range, maxIncidents),
    store.exposures(range),
    store.drills(range),
  ]);
  const incidentsCutOff = incidents.length >= maxIncidents;
  return { hourlySlices, tenMinuteSlices, incidents, incidentsCutOff, exposures, drills };
}

/** Drills of the range, of the store and of evidence files, judged as of its end. */
async function readDrills(config: Config, stored: readonly Drill[], range: Range) {
  const terms = drillTermsOf(config, range.toMs);
  const filed = (await filedDrills(config)).filter(({ injectedAt }) => {
    const atMs = Date.parse(injectedAt);
    return atMs >= range.fromMs && atMs < range.toMs;
  });
  const judged = filed.map((drill) => judgeDrill(drill, terms));
  return {
    conclusive: [...stored, ...conclusiveDrills(judged)],
    drills: shownDrills(judged, stored, terms),
  };
}

function promiseOf({ deployment, tier, objectives }: Config) {
  const targets = {
    rpoMs: objectives.rpo ?? tiers[tier].rpoMs,
    rtoMs: objectives.rto ?? tiers[tier].rtoMs,
  };
  return { deployment, tier, targets };
}

async function makeReport(
  { config, slos }: Pick<ConfigReloader, 'config' | 'slos'>,
  store: Store,
  sources: ReportSources,
  frame: Pick<ReportInput, 'range' | 'timeZone' | 'generatedAtMs'>,
): Promise<Report> {
  const history = await readHistory(store, slos, frame.range);
  const { incidents, exposures } = history;
  const atMs = frame.range.toMs;
  const { conclusive, drills } = await readDrills(config, history.drills, frame.range);
  const input = { config, atMs, incidents, exposures, drills: conclusive };
  const verdicts = sources.verdictsOf(input);
  return buildReport({ ...promiseOf(config), ...frame, ...history, drills, slos, verdicts });
}

function formatOf({ format, output }: ReportOptions): Format {
  return format ?? formatsByExtension[extname(output ?? '').toLowerCase()] ?? 'md';
}

async function deliver(report: Report, options: ReportOptions): Promise<void> {
  const text = renderers[formatOf(options)](report);
  if (options.output === undefined || options.output === '-') process.stdout.write(text);
  else await writeFile(options.output, text);
}

async function run(options: ReportOptions, sources: ReportSources): Promise<number> {
  const generatedAtMs = systemClock.now().wallMs;
  const { range, remarks } = reportRange(options, generatedAtMs);
  const opened = await openConfig(options.config);
  if (opened === undefined) return exitCodes.usage;
  for (const remark of remarks) complain(remark);
  const { reloader, secrets } = opened;
  const store = await sources.openStore(reloader.config, secrets);
  try {
    const frame = { range, timeZone: options.timeZone, generatedAtMs };
    const report = await makeReport(reloader, store, sources, frame);
    await deliver(report, options);
    return isBreached(report) ? exitCodes.unhealthy : exitCodes.ok;
  } finally {
    await store.close();
  }
}

function parseTimeZone(text: string): string {
  if (!isTimeZone(text))
    throw new InvalidArgumentError('expected a time zone such as UTC or Europe/Berlin');
  return text;
}

/** `sensei report`: what an auditor is given, from the history that is kept. */
export function reportCommand(sources: ReportSources = reportSources): Command {
  return new Command('report')
    .summary('write the audit report of a time, from the history kept')
    .description(
      'Writes what was promised and what was measured: verdicts by kind of failure, error budgets, ' +
        'every outage with its evidence, planned interruptions apart, data-loss exposure, drills, and ' +
        'what there is no evidence of. Reads the store itself: no exporter need be running.\n' +
        'Exit code: 0 nothing is breached, 1 something is or an outage is open (the report is written ' +
        'all the same), 2 it could not be made.',
    )
    .requiredOption('-c, --config <file>', 'configuration file, which says where history is kept')
    .option('--from <time>', 'beginning', '30d')
    .option('--to <time>', 'end: the first instant that is not in it', 'now')
    .option('--time-zone <zone>', 'zone of dates given and shown', parseTimeZone, 'UTC')
    .addOption(
      new Option('--format <format>', "md, html or json (default: by FILE's name, or md)").choices(
        Object.keys(renderers),
      ),
    )
    .option('-o, --output <file>', 'where to; - is stdout', '-')
    .addHelpText(
      'after',
      '\nTimes: 2026-03-01, 2026-03, 2026-03-01T12:00Z, 24h or 7d (ago), now.\n' +
        '\nExamples:\n' +
        '  sensei report -c sensei.yaml                                    the last 30 days, on stdout\n' +
        '  sensei report -c sensei.yaml --from 2026-03 --to 2026-04 -o march.html\n' +
        '  sensei report -c sensei.yaml --from 2026-01 --to 2026-04 --time-zone Europe/Berlin -o q1.md\n' +
        "  sensei report -c sensei.yaml --format json | jq '.noEvidence[].disruption'",
    )
    .action(async (options: ReportOptions) => {
      try {
        process.exitCode = await run(options, sources);
      } catch (error) {
        complain(error instanceof Error ? error.message : String(error));
        process.exitCode = exitCodes.usage;
      }
    });
}
