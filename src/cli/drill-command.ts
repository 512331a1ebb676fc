import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/schema.js';
import { parseDuration } from '../config/values.js';
import { configurationHash } from '../deployment/configuration-hash.js';
import { drillTermsOf } from '../deployment/drill-terms.js';
import { drillFormat, parseDrill, type DrillEvidence } from '../drills/evidence.js';
import {
  judgeDrill,
  newestByScenario,
  type DrillTerms,
  type DrillVerdict,
  type JudgedDrill,
} from '../drills/judge.js';
import {
  countedDrill,
  drillStandings,
  shownDrills,
  type DrillStanding,
  type ShownDrill,
} from '../drills/standing.js';
import { plain, type Cell, type Tone } from '../report/blocks.js';
import { formatDuration } from '../report/figures.js';
import { instantFormat } from '../report/instants.js';
import { scenarioWords } from '../report/words.js';
import { readDrill, readDrills } from '../runner/drill-folder.js';
import { disruptions, type Disruption } from '../slo/answers.js';
import { leftovers, writeEvidence } from '../exercise/journal.js';
import { coloursFor } from './colours.js';
import { drillCleanupCommand, leftoverText } from './drill-cleanup-command.js';
import { drillExportCommand } from './drill-export-command.js';
import { drillsOf, evidenceFile, evidenceText, verdictCodes } from './drill-files.js';
import { drillManifestsCommand } from './drill-manifests-command.js';
import { drillRunCommand } from './drill-run-command.js';
import { complain, exitCodes, print } from './output.js';
import { tableText } from './table.js';
import { withConfig } from './with-config.js';

const iso = instantFormat('UTC');
const tones: Readonly<Record<DrillVerdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubtful',
  stale: 'doubtful',
};
const worstFirst: readonly DrillVerdict[] = ['fail', 'inconclusive', 'stale', 'pass'];

/** What a drill that was killed has left broken is told whenever somebody looks. */
async function tellLeftovers(folder: string): Promise<void> {
  const { running, faults } = await leftovers(folder);
  for (const each of running) complain(leftoverText(each));
  for (const fault of faults) complain(fault);
}

async function judgedIn(config: Config, terms: DrillTerms): Promise<JudgedDrill[]> {
  const { folder } = drillsOf(config);
  const { drills, faults } = await readDrills(folder).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`drills.folder ${folder}: ${why}; make it, or name one that can be read`, {
      cause,
    });
  });
  for (const { message } of faults) complain(message);
  await tellLeftovers(folder);
  return drills.map((drill) => judgeDrill(drill, terms));
}

function dueText({ newest, periodMs, dueMs, isOverdue }: DrillStanding, nowMs: number): Cell {
  if (periodMs === null) return plain('-');
  if (dueMs === null)
    return { text: newest === null ? 'now: never made' : 'now: nothing is proved', tone: 'bad' };
  return isOverdue
    ? { text: `${formatDuration(nowMs - dueMs)} ago`, tone: 'bad' }
    : plain(`in ${formatDuration(dueMs - nowMs)}`);
}

function listRow(standing: DrillStanding, nowMs: number): Cell[] {
  const { scenario, periodMs, newest } = standing;
  const due = dueText(standing, nowMs);
  const every = plain(periodMs === null ? '-' : formatDuration(periodMs));
  if (newest === null)
    return [plain(scenarioWords[scenario]), every, plain('never'), plain('-'), due, plain('')];
  const { atMs, verdict, reason } = newest;
  return [
    plain(scenarioWords[scenario]),
    every,
    plain(iso(atMs)),
    { text: verdict, tone: tones[verdict] },
    due,
    plain(reason),
  ];
}

/** Whether what is due was made in time, and passed: what proved nothing since then takes nothing away. */
function isWell({ scenario, periodMs, isOverdue }: DrillStanding, drills: readonly ShownDrill[]) {
  if (periodMs === null) return true;
  return !isOverdue && countedDrill(drills, scenario)?.verdict === 'pass';
}

function list({ config: file, json }: { config: string; json?: true }): Promise<void> {
  return withConfig(file, async (config) => {
    const terms = drillTermsOf(config, Date.now());
    const judged = await judgedIn(config, terms);
    const drills = shownDrills(judged, [], terms);
    const scenarios = drillStandings(drills, terms);
    if (json) {
      const { periodsMs } = terms;
      const newest = Object.fromEntries(newestByScenario(judged));
      print(JSON.stringify({ periodsMs, newest, scenarios }, undefined, 2));
    } else {
      const rows = scenarios.map((each) => listRow(each, terms.nowMs));
      const titles = ['LOSS OF', 'EVERY', 'LAST', 'VERDICT', 'DUE', 'WHY'];
      print(tableText(titles, rows, coloursFor(process.stdout)));
    }
    return scenarios.every((each) => isWell(each, drills)) ? exitCodes.ok : exitCodes.unhealthy;
  });
}

interface RecordOptions {
  readonly config: string;
  readonly scenario: Disruption;
  readonly by: string;
  readonly what: string;
  readonly target: readonly string[];
  readonly injected: string;
  readonly recovered?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly lost?: number;
  readonly incident?: string;
  readonly environment?: string;
  readonly cleanedUp?: true;
  readonly notes?: string;
  readonly output?: string;
}

function recoveryOf({ atLeast, atMost }: RecordOptions): Pick<DrillEvidence, 'recovery'> {
  if (atLeast === undefined && atMost !== undefined)
    throw new Error('--at-most: needs --at-least; where nothing is known of it, --at-least 0s');
  if (atLeast === undefined) return {};
  return {
    recovery: {
      lowSeconds: atLeast / 1000,
      highSeconds: atMost === undefined ? null : atMost / 1000,
    },
  };
}

function evidenceOf(options: RecordOptions, config: Config): DrillEvidence {
  const { scenario, by, what, target, injected, recovered, lost, incident, notes } = options;
  const draft: DrillEvidence = {
    format: drillFormat,
    id: randomUUID(),
    scenario,
    environment: options.environment ?? config.drills?.environment ?? 'production',
    by,
    what,
    targets: [...target],
    injectedAt: injected,
    recoveredAt: recovered ?? null,
    ...recoveryOf(options),
    lossSeconds: lost === undefined ? null : lost / 1000,
    ...(incident !== undefined && { incident }),
    cleanedUp: options.cleanedUp === true,
    configuration: configurationHash(config),
    ...(notes !== undefined && { notes }),
    recordedAt: new Date().toISOString(),
  };
  return parseDrill(JSON.stringify(draft));
}

function fileFor({ output }: RecordOptions, config: Config, evidence: DrillEvidence): string {
  if (output !== undefined) return output;
  if (config.drills === undefined)
    throw new Error('where to? give -o FILE, or configure drills.folder');
  return evidenceFile(config.drills.folder, evidence);
}

function record(options: RecordOptions): Promise<void> {
  return withConfig(options.config, async (config) => {
    const evidence = evidenceOf(options, config);
    const file = fileFor(options, config, evidence);
    if (options.output === undefined) await mkdir(config.drills!.folder, { recursive: true });
    // Evidence is never written over.
    await writeEvidence(file, evidenceText(evidence));
    const { verdict, reason } = judgeDrill(evidence, drillTermsOf(config, Date.now()));
    print(`${file}: ${verdict}: ${reason}`);
    return verdictCodes[verdict];
  });
}

function verify(
  files: readonly string[],
  { config: path, json }: { config: string; json?: true },
): Promise<void> {
  return withConfig(path, async (config) => {
    const terms = drillTermsOf(config, Date.now());
    const judged: { file: string; judged: JudgedDrill }[] = [];
    for (const file of files)
      judged.push({ file, judged: judgeDrill(await readDrill(file), terms) });
    if (json)
      print(
        JSON.stringify(
          judged.map(({ file, judged: each }) => ({ file, ...each })),
          undefined,
          2,
        ),
      );
    else
      for (const { file, judged: each } of judged)
        print(`${file}: ${each.verdict}: ${each.reason}`);
    const worst = worstFirst.find((verdict) =>
      judged.some((each) => each.judged.verdict === verdict),
    );
    return verdictCodes[worst ?? 'inconclusive'];
  });
}

function instantOption(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError(
      'expected an instant such as 2026-01-31T04:00:00Z, with its offset',
    );
  return text;
}

function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('expected a duration such as 900ms or 41s');
  return ms;
}

function added(target: string, targets: readonly string[]): string[] {
  return [...targets, target];
}

function recordCommand(): Command {
  return new Command('record')
    .summary('write down a drill that was made by hand')
    .description(
      'Writes one evidence file, into drills.folder of the configuration, and says what it comes to.\n' +
        'A drill that hit nothing, or was not cleaned up, is inconclusive, never a pass.\n' +
        'Exit code: 0 pass, 1 fail, 2 inconclusive, bad arguments or configuration.',
    )
    .requiredOption('-c, --config <file>', 'configuration file')
    .addOption(
      new Option('--scenario <kind>', 'what was lost').choices(disruptions).makeOptionMandatory(),
    )
    .requiredOption('--by <name>', 'who did it and answers for the record')
    .requiredOption('--what <text>', 'what was done, such as the command')
    .addOption(
      new Option('--target <name>', 'what was actually hit; may be given several times')
        .argParser(added)
        .default([], 'nothing'),
    )
    .requiredOption('--injected <instant>', 'when the failure was injected', instantOption)
    .option('--recovered <instant>', 'when the service was back', instantOption)
    .option('--at-least <time>', 'recovery time as measured: at least', durationOption)
    .option('--at-most <time>', 'recovery time as measured: at most', durationOption)
    .option('--lost <time>', 'acknowledged data that was lost, as time', durationOption)
    .option('--incident <id>', 'the incident that the exporter made of it')
    .option('--environment <name>', 'where (default: drills.environment)')
    .option('--cleaned-up', 'what was broken is mended')
    .option('--notes <text>', 'anything else')
    .option('-o, --output <file>', 'write it there instead; a file that exists is left alone')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  sensei drill record -c sensei.yaml --scenario primary_database --by "A. Admin" \\\n' +
        '    --what "kill -9 of the primary" --target pg1 --injected 2026-11-28T10:00:00Z \\\n' +
        '    --recovered 2026-11-28T10:00:42Z --at-least 41.3s --at-most 41.8s --cleaned-up',
    )
    .action(record);
}

/** `sensei drill`: failures that were exercised on purpose. */
export function drillCommand(): Command {
  const listing = new Command('list')
    .summary('what was exercised, what it came to, and what is due')
    .description(
      'Reads drills.folder and shows, for each kind of failure, the newest drill, its verdict by the ' +
        'configuration now, and when the next one is due (alerts.drills). Says also what a drill that was ' +
        'killed has left broken.\n' +
        'A drill that proved nothing takes nothing away: an older one that passed, and is not too old, still ' +
        'counts.\n' +
        'Exit code: 0 all that is due passed, 1 something is overdue or did not pass, 2 it is not known.',
    )
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei drill list -c sensei.yaml\n' +
        "  sensei drill list -c sensei.yaml --json | jq -r '.newest[] | .verdict'",
    )
    .action(list);
  const verifying = new Command('verify')
    .summary('is a file evidence, and of what?')
    .description(
      'Checks evidence files and judges them by the configuration.\n' +
        'Exit code: 0 pass, 1 fail, 2 inconclusive, stale or no evidence; of several the worst.',
    )
    .argument('<file...>', 'evidence files')
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      '\nExample:\n  sensei drill verify /var/lib/sensei/drills/*.json -c sensei.yaml',
    )
    .action(verify);
  return new Command('drill')
    .summary('failures that were exercised on purpose, and what they proved')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei drill list -c sensei.yaml\n' +
        '  sensei drill run pod-kill -c sensei.yaml --by "A. Admin" --dry-run',
    )
    .addCommand(listing)
    .addCommand(drillRunCommand())
    .addCommand(drillCleanupCommand())
    .addCommand(recordCommand())
    .addCommand(verifying)
    .addCommand(drillExportCommand())
    .addCommand(drillManifestsCommand());
}
