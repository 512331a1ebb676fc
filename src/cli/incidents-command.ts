import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { plain, type Cell } from '../report/blocks.js';
import { formatBracket, formatDuration } from '../report/figures.js';
import { incidentFacts, recoveryVerdict } from '../report/incident-blocks.js';
import { instantFormat } from '../report/instants.js';
import { classWords, scenarioWords, shortId } from '../report/words.js';
import { incidentClasses, scenarios } from '../slo/incident.js';
import { systemClock } from '../runner/clock.js';
import { incidentAnswer, incidentsAnswer, type ShownIncident } from './answer-schemas.js';
import { coloursFor } from './colours.js';
import {
  withExporter,
  withExporterOptions,
  type ExporterClient,
  type ExporterOptions,
} from './exporter-client.js';
import { complain, exitCodes, print } from './output.js';
import { factsText, tableText } from './table.js';
import { instantWords, parseInstant } from './time-range.js';

interface ListOptions extends ExporterOptions {
  readonly from?: number;
  readonly to?: number;
  readonly component?: string;
  readonly scenario?: string;
  readonly class?: string;
  readonly limit?: number;
  readonly json?: true;
}

interface ShowOptions extends ExporterOptions {
  readonly json?: true;
}

/** Incidents among which a prefix of an id is looked for, newest first. */
const searchedIncidents = 1000;
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const at = instantFormat('UTC');

function parseTime(text: string): number {
  const ms = parseInstant(text, systemClock.now().wallMs, 'UTC');
  if (ms === undefined) throw new InvalidArgumentError(instantWords);
  return ms;
}

function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1) throw new InvalidArgumentError('expected a whole number from 1 to 999999');
  return limit;
}

/** Planned interruptions are never against anybody. */
function isWell(incident: ShownIncident): boolean {
  if (incident.class !== 'outage') return true;
  return incident.verdict !== 'breached' && incident.firstOkMs !== null;
}

function exitCodeOf(incidents: readonly ShownIncident[]): number {
  return incidents.every(isWell) ? exitCodes.ok : exitCodes.unhealthy;
}

function verdictCell(incident: ShownIncident): Cell {
  return incident.class === 'outage' ? recoveryVerdict(incident) : plain('-');
}

function incidentRow(incident: ShownIncident): Cell[] {
  return [
    plain(shortId(incident)),
    plain(at(incident.firstFailMs)),
    plain(classWords[incident.class]),
    plain(incident.component),
    plain(incident.slo),
    plain(scenarioWords[incident.scenario]),
    plain(formatBracket(incident)),
    plain(formatDuration(incident.targetMs)),
    verdictCell(incident),
  ];
}

function isoOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function printIncidents(incidents: readonly ShownIncident[]): void {
  if (incidents.length === 0) {
    print('no incident is recorded that fits');
    return;
  }
  const titles = [
    'ID',
    'BEGAN',
    'CLASS',
    'COMPONENT',
    'SLO',
    'SCENARIO',
    'RECOVERY#',
    'TARGET#',
    'VERDICT',
  ];
  print(tableText(titles, incidents.map(incidentRow), coloursFor(process.stdout)));
}

async function list(options: ListOptions): Promise<void> {
  await withExporter(options, async (client) => {
    const query = {
      from: isoOf(options.from),
      to: isoOf(options.to),
      component: options.component,
      scenario: options.scenario,
      class: options.class,
      limit: options.limit,
    };
    const { text, value } = await client.ask({ path: '/api/v1/incidents', query }, incidentsAnswer);
    if (options.json) print(text);
    else printIncidents(value.incidents);
    if (!value.complete)
      complain('not complete: the exporter could not ask its store and shows what is in memory');
    return exitCodeOf(value.incidents);
  });
}

/** The whole id. @throws Error where none or more than one begins so */
async function idOf(client: ExporterClient, prefix: string): Promise<string> {
  if (uuidPattern.test(prefix)) return prefix.toLowerCase();
  const query = { from: isoOf(0), limit: searchedIncidents };
  const { value } = await client.ask({ path: '/api/v1/incidents', query }, incidentsAnswer);
  const fitting = value.incidents.filter(({ id }) =>
    id.toLowerCase().startsWith(prefix.toLowerCase()),
  );
  const [first, second] = fitting;
  if (first === undefined)
    throw new Error(
      `${prefix}: no incident begins so among the newest ${searchedIncidents}; sensei incidents list shows them`,
    );
  if (second !== undefined) {
    const ids = fitting.slice(0, 5).map(({ id }) => id);
    throw new Error(
      `${prefix}: ${fitting.length} incidents begin so: ${ids.join(', ')}; add a digit`,
    );
  }
  return first.id;
}

function printIncident(incident: ShownIncident): void {
  const colours = coloursFor(process.stdout);
  print(factsText(incidentFacts(incident, at), colours));
  if (incident.evidence.length === 0) {
    print('\nNo event of the systems themselves was seen with it.');
    return;
  }
  const events = incident.evidence.toSorted((a, b) => a.atMs - b.atMs);
  const rows = events.map(({ atMs, type, target, subject, detail }) =>
    [at(atMs), type, target, subject, detail].map(plain),
  );
  const titles = ['EVIDENCE', 'EVENT', 'TARGET', 'SUBJECT', 'DETAIL'];
  print(`\n${tableText(titles, rows, colours)}`);
}

async function show(prefix: string, options: ShowOptions): Promise<void> {
  await withExporter(options, async (client) => {
    const id = await idOf(client, prefix);
    const question = {
      path: `/api/v1/incidents/${encodeURIComponent(id)}`,
      notFound: `no incident has the id ${id}; sensei incidents list shows them`,
    };
    const { text, value } = await client.ask(question, incidentAnswer);
    if (options.json) print(text);
    else printIncident(value);
    return exitCodeOf([value]);
  });
}

const exitWords =
  'Exit code: 0 well, 1 an outage breached its target or is open, 2 the exporter could not be asked.';

function listCommand(): Command {
  return withExporterOptions(new Command('list'))
    .summary('outages and planned interruptions, newest first')
    .description(
      'Asks a running exporter for the incidents it recorded, newest first. A recovery time is a ' +
        'bracket: it lasted at least the first figure and at most the second. An outage is breached when ' +
        'the first is over its target, met when the second is within it, and indeterminate between.\n' +
        exitWords,
    )
    .option('--from <time>', 'under way at or after this time, UTC', parseTime)
    .option('--to <time>', 'begun before this time, UTC', parseTime)
    .option('--component <name>', 'of this component')
    .addOption(new Option('--scenario <name>', 'of this kind of failure').choices(scenarios))
    .addOption(new Option('--class <name>', 'of this class').choices(incidentClasses))
    .option('--limit <number>', 'at most so many, the newest', parseLimit)
    .addHelpText(
      'after',
      '\nTimes: 2026-03-01, 2026-03, 2026-03-01T12:00Z, 24h or 7d (ago), now.\n' +
        '\nExamples:\n' +
        '  sensei incidents list --from 7d\n' +
        '  sensei incidents list --from 2026-03 --to 2026-04 --class outage\n' +
        "  sensei incidents list --scenario primary_database --json | jq '.incidents[] | [.lowMs, .highMs]'",
    )
    .action(list);
}

function showCommand(): Command {
  return withExporterOptions(new Command('show'))
    .summary('one incident with all its evidence')
    .description(
      'Asks a running exporter for one incident: when it began and ended, how its class and scenario ' +
        'were inferred, and every event of the systems themselves that was seen with it.\n' +
        exitWords,
    )
    .argument('<id>', 'its id, or as much of the beginning as no other has')
    .addHelpText(
      'after',
      '\nExamples:\n  sensei incidents show 6f1c\n  sensei incidents show 6f1c --json | jq .evidence',
    )
    .action(show);
}

/** `sensei incidents`: the ledger of a running exporter. */
export function incidentsCommand(): Command {
  return new Command('incidents')
    .summary('ask a running exporter for outages and their evidence')
    .addHelpText(
      'after',
      '\nExamples:\n  sensei incidents list --from 24h\n  sensei incidents show 6f1c',
    )
    .addCommand(listCommand())
    .addCommand(showCommand());
}
