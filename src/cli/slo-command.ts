import process from 'node:process';
import { Command } from 'commander';
import { plain, type Cell } from '../report/blocks.js';
import { formatDuration, formatShare, formatShareDown } from '../report/figures.js';
import { statusCell } from '../report/words.js';
import { slosAnswer, type ShownSlo } from './answer-schemas.js';
import { coloursFor } from './colours.js';
import { withExporter, withExporterOptions, type ExporterOptions } from './exporter-client.js';
import { exitCodes, print } from './output.js';
import { tableText } from './table.js';

interface ListOptions extends ExporterOptions {
  readonly json?: true;
}

/** From this burn rate on a window is shown as bad: the budget is being spent too fast. */
const steadyBurnRate = 1;

function burnCell({ burnRates }: ShownSlo, window: string): Cell {
  const rate = burnRates[window]?.burnRate ?? null;
  if (rate === null) return { text: 'unknown', tone: 'doubtful' };
  const text = `${Number(rate.toPrecision(3))}x`;
  return rate > steadyBurnRate ? { text, tone: 'bad' } : plain(text);
}

function isSpent({ budgetRemaining }: ShownSlo): boolean {
  return budgetRemaining !== null && budgetRemaining <= 0;
}

function budgetCell(slo: ShownSlo): Cell {
  const text = formatShareDown(slo.budgetRemaining);
  return isSpent(slo) ? { text, tone: 'bad' } : plain(text);
}

function sloRow(slo: ShownSlo): Cell[] {
  const { exhaustionSeconds, openIncident } = slo;
  return [
    plain(slo.name),
    plain(slo.component),
    plain(formatShare(slo.objective)),
    plain(slo.period),
    statusCell(slo.status),
    budgetCell(slo),
    burnCell(slo, '1h'),
    burnCell(slo, '6h'),
    plain(exhaustionSeconds === null ? '-' : formatDuration(exhaustionSeconds * 1000)),
    plain(formatShareDown(slo.periodCoverage)),
    openIncident === null ? plain('-') : { text: openIncident.slice(0, 8), tone: 'bad' },
  ];
}

function isWell(slo: ShownSlo): boolean {
  return slo.status !== 'breached' && slo.openIncident === null && !isSpent(slo);
}

async function list(options: ListOptions): Promise<void> {
  await withExporter(options, async (client) => {
    const { text, value } = await client.ask({ path: '/api/v1/slos' }, slosAnswer);
    const titles = [
      'SLO',
      'COMPONENT',
      'OBJECTIVE#',
      'PERIOD',
      'STATUS',
      'BUDGET LEFT#',
      'BURN 1H#',
      'BURN 6H#',
      'SPENT IN#',
      'COVERAGE#',
      'OUTAGE',
    ];
    if (options.json) print(text);
    else if (value.slos.length === 0) print('no SLO is configured');
    else print(tableText(titles, value.slos.map(sloRow), coloursFor(process.stdout)));
    return value.slos.every(isWell) ? exitCodes.ok : exitCodes.unhealthy;
  });
}

function listCommand(): Command {
  return withExporterOptions(new Command('list'))
    .summary('every SLO with its budget and burn rates')
    .description(
      'Asks a running exporter for every SLO: status, error budget left in its period, burn rates, ' +
        'time until the budget is spent at the present rate, and the outage that is open.\n' +
        'Burn rate 1x spends exactly the budget in the period; 14.4x spends 2 % of 30 days in an hour.\n' +
        'Status is "unknown" where less than 90 % of the period was observed: that is never "met".\n' +
        'Exit code: 0 well, 1 an SLO is breached, its budget is spent or an outage is open, ' +
        '2 the exporter could not be asked.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei slo list\n' +
        '  sensei slo list --exporter http://sensei.monitoring:9808\n' +
        '  sensei slo list -c sensei.yaml --json | jq -r \'.slos[] | select(.status != "met").name\'\n' +
        '  sensei slo list > /dev/null || echo "hold the release"',
    )
    .action(list);
}

/** `sensei slo`: objectives and their budgets, as a running exporter has them. */
export function sloCommand(): Command {
  return new Command('slo')
    .summary('ask a running exporter for its SLOs')
    .addHelpText('after', '\nExample:\n  sensei slo list')
    .addCommand(listCommand());
}
