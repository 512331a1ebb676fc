import process from 'node:process';
import { Command } from 'commander';
import { plain, type Cell } from '../report/blocks.js';
import { counted, formatDuration } from '../report/figures.js';
import { objectiveWords, scenarioWords, statusCell, verdictReason } from '../report/words.js';
import { tierNames } from '../slo/tiers.js';
import { complianceAnswer, type ShownExposure, type ShownVerdict } from './answer-schemas.js';
import { coloursFor } from './colours.js';
import { withExporter, withExporterOptions, type ExporterOptions } from './exporter-client.js';
import { exitCodes, print } from './output.js';
import { tableText } from './table.js';

interface ComplianceOptions extends ExporterOptions {
  readonly allTiers?: true;
  readonly json?: true;
}

function verdictRow(verdict: ShownVerdict): Cell[] {
  const { disruption, objective, targetMs, status } = verdict;
  return [
    plain(scenarioWords[disruption]),
    plain(objectiveWords[objective]),
    plain(targetMs === null ? '-' : formatDuration(targetMs)),
    statusCell(status),
    plain(verdictReason(verdict)),
  ];
}

function exposureRow(exposure: ShownExposure): Cell[] {
  const { dataset, exposureMs, targetMs, status, path, source, unproved } = exposure;
  return [
    plain(dataset),
    plain(exposureMs === null ? 'unknown' : formatDuration(exposureMs)),
    plain(formatDuration(targetMs)),
    statusCell(status),
    plain(path ?? '-'),
    plain(unproved === null ? source : `${source}; no evidence: ${unproved}`),
  ];
}

/** The worst first: that is what the deployment as a whole would lose. */
function worstFirst(exposures: readonly ShownExposure[]): ShownExposure[] {
  const lossOf = ({ exposureMs }: ShownExposure) => exposureMs ?? Infinity;
  return exposures.toSorted((a, b) => lossOf(b) - lossOf(a));
}

function isWell(verdicts: readonly ShownVerdict[], exposures: readonly ShownExposure[]): boolean {
  const promised = verdicts.filter((verdict) => verdict.promised);
  return [...promised, ...exposures].every(({ status }) => status !== 'breached');
}

function printTier(title: string, verdicts: readonly ShownVerdict[]): void {
  const colours = coloursFor(process.stdout);
  print(colours.bold(title));
  if (verdicts.length === 0) {
    print('no verdict: nothing was measured and no drill is recorded\n');
    return;
  }
  const titles = ['LOSS OF', 'OBJECTIVE', 'TARGET#', 'VERDICT', 'WHY'];
  print(`${tableText(titles, verdicts.map(verdictRow), colours)}\n`);
}

function printExposures(exposures: readonly ShownExposure[]): void {
  const colours = coloursFor(process.stdout);
  print(colours.bold('Data that would be lost now'));
  if (exposures.length === 0) {
    print('no dataset is measured');
    return;
  }
  const titles = ['DATASET', 'EXPOSURE#', 'TARGET#', 'STATUS', 'BY', 'SOURCE'];
  print(tableText(titles, worstFirst(exposures).map(exposureRow), colours));
}

/** How often each status was found, the worst first. */
function summary(verdicts: readonly ShownVerdict[]): string {
  const counts = (['breached', 'indeterminate', 'no_evidence', 'met'] as const).map(
    (status) => [status, verdicts.filter((verdict) => verdict.status === status).length] as const,
  );
  const found = counts.filter(([, count]) => count > 0);
  const words = found.map(([status, count]) => `${count} ${statusCell(status).text}`);
  return `${counted(verdicts.length, 'verdict')}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
}

async function compliance(options: ComplianceOptions): Promise<void> {
  await withExporter(options, async (client) => {
    const question = { path: '/api/v1/compliance' };
    const { text, value } = await client.ask(question, complianceAnswer);
    const { verdicts, exposures, tier: promised } = value;
    const exitCode = isWell(verdicts, exposures) ? exitCodes.ok : exitCodes.unhealthy;
    if (options.json) {
      print(text);
      return exitCode;
    }
    const ofTier = (tier: string) => verdicts.filter((verdict) => verdict.tier === tier);
    printTier(`${promised}, as promised: ${summary(ofTier(promised))}`, ofTier(promised));
    const others = options.allTiers ? tierNames.filter((tier) => tier !== promised) : [];
    for (const tier of others) printTier(`${tier}: ${summary(ofTier(tier))}`, ofTier(tier));
    printExposures(exposures);
    return exitCode;
  });
}

/** `sensei compliance`: is what was promised being kept? */
export function complianceCommand(): Command {
  return withExporterOptions(new Command('compliance'))
    .summary('is the promised tier being kept, and how is that known?')
    .description(
      'Asks a running exporter for its verdict on every promise of the tier: recovery time (RTO) and ' +
        'data loss (RPO) by kind of failure, and the data that would be lost now.\n' +
        '  met            measured, and within the target\n' +
        '  breached       measured, and beyond it\n' +
        '  indeterminate  measured, but the target is within the bracket\n' +
        '  no evidence    it never happened and was never exercised: a drill would tell\n' +
        'Exit code: 0 nothing promised is breached, 1 something is, 2 the exporter could not be asked.',
    )
    .option('--all-tiers', 'how the other tiers would do, too')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei compliance\n' +
        '  sensei compliance --all-tiers -c sensei.yaml\n' +
        '  sensei compliance --json | jq -r \'.verdicts[] | select(.promised and .status == "no_evidence").disruption\'',
    )
    .action(compliance);
}
