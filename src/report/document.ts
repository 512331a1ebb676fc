import type { BudgetLine } from './budget.js';
import type { ComponentPart, Report, TierPart } from './build.js';
import { heading, paragraph, plain, table, type Block, type Cell } from './blocks.js';
import { drillBlocks } from './drill-blocks.js';
import { regionComponent } from '../slo/region.js';
import type { ExposureLine } from './exposure.js';
import {
  counted,
  formatDuration,
  formatShare,
  formatShareDown,
  formatSmallShare,
} from './figures.js';
import { incidentBlocks, plannedTable } from './incident-blocks.js';
import { instantFormat, type FormatInstant } from './instants.js';
import {
  objectiveWords,
  scenarioWords,
  statusCell,
  verdictReason,
  verdictSubject,
} from './words.js';

function durationCell(ms: number | null): Cell {
  return plain(ms === null ? 'unknown' : formatDuration(ms));
}

function introduction(report: Report, at: FormatInstant): Block[] {
  const { deployment, tier, targets, range, generatedAtMs } = report;
  return [
    heading(1, `Service levels of ${deployment}`),
    {
      kind: 'facts',
      facts: [
        ['Promised tier', plain(tier)],
        ['Recovery time (RTO)', plain(`at most ${formatDuration(targets.rtoMs)}`)],
        ['Data loss (RPO)', plain(`at most ${formatDuration(targets.rpoMs)}`)],
        ['From', plain(at(range.fromMs))],
        ['Up to', plain(`${at(range.toMs)} (${formatDuration(range.toMs - range.fromMs)})`)],
        ['Written', plain(at(generatedAtMs))],
      ],
    },
  ];
}

function verdictTable({ tier, promised, verdicts }: TierPart): Block {
  return table(
    `Tier ${tier}${promised ? ', as promised' : ', for comparison'}`,
    ['Loss of', 'Objective', 'Target#', 'Verdict', 'Why'],
    verdicts.map((verdict) => [
      plain(scenarioWords[verdict.disruption]),
      plain(objectiveWords[verdict.objective]),
      plain(verdict.targetMs === null ? 'none' : formatDuration(verdict.targetMs)),
      statusCell(verdict.status),
      plain(verdictReason(verdict)),
    ]),
  );
}

function tierBlocks(tiers: readonly TierPart[]): Block[] {
  const blocks = tiers.flatMap((part) => {
    if (part.verdicts.length > 0) return [verdictTable(part)];
    return [paragraph(`Tier ${part.tier}, as promised: no evidence of any objective.`, 'doubtful')];
  });
  return [heading(2, 'Promises'), ...blocks];
}

function noEvidenceBlocks({ noEvidence, tiers }: Report): Block[] {
  if (noEvidence.length > 0) {
    const items = noEvidence.map((verdict) => `${verdictSubject(verdict)}: ${verdict.reason}`);
    return [
      heading(2, 'Without evidence'),
      paragraph('Nothing that was measured or exercised shows whether these promises are kept.'),
      { kind: 'list', items },
    ];
  }
  const judged = tiers.some(({ promised, verdicts }) => promised && verdicts.length > 0);
  return [
    heading(2, 'Without evidence'),
    judged
      ? paragraph('There is evidence of every promise.')
      : paragraph('No promise was judged: there is no evidence of any.', 'doubtful'),
  ];
}

function budgetRow(line: BudgetLine): Cell[] {
  return [
    plain(line.slo),
    plain(line.type),
    plain(formatShare(line.objective)),
    ...[line.good, line.bad, line.unknown, line.excluded].map((count) => plain(String(count))),
    plain(line.sli === null ? 'no evidence' : formatSmallShare(line.sli)),
    plain(line.budgetRemaining === null ? 'no evidence' : formatShareDown(line.budgetRemaining)),
    plain(formatShareDown(line.coverage)),
    statusCell(line.status),
  ];
}

function budgetTable({ component, budgets }: ComponentPart): Block {
  if (component === regionComponent)
    return paragraph('The loss of a whole region is timed against the RTO; it has no budget.');
  if (budgets.length === 0) return paragraph('No objective is configured here.', 'doubtful');
  return table(
    `Error budgets of ${component}, in slices`,
    [
      'SLO',
      'Type',
      'Objective#',
      'Good#',
      'Bad#',
      'Unknown#',
      'Excluded#',
      'SLI (bad share)#',
      'Budget left#',
      'Coverage#',
      'Verdict',
    ],
    budgets.map(budgetRow),
  );
}

function withoutOutages({ coverage, budgets }: ComponentPart, least: number): Block {
  if (coverage >= least) return paragraph('No outage was measured.');
  const seen = budgets.length === 0 ? 'nothing' : `only ${formatShareDown(coverage)} of the time`;
  return paragraph(
    `No outage was measured, but ${seen} was observed: that is no evidence that there was none.`,
    'doubtful',
  );
}

function componentBlocks(part: ComponentPart, report: Report, at: FormatInstant): Block[] {
  return [
    heading(3, part.component === '' ? 'Without a component' : part.component),
    budgetTable(part),
    ...(part.outages.length === 0
      ? [withoutOutages(part, report.leastCoverage)]
      : incidentBlocks(part, at)),
  ];
}

function componentsBlocks(report: Report, at: FormatInstant): Block[] {
  const title = heading(2, 'Components');
  if (report.components.length === 0)
    return [title, paragraph('No objective is configured: no evidence.', 'doubtful')];
  const explanation = paragraph(
    'SLI = bad / (good + bad). Budget left = 1 - SLI / (1 - objective). Coverage is the observed ' +
      `share of the time that was not excluded; below ${formatShare(report.leastCoverage)} the ` +
      'verdict is unknown, whatever was observed. A recovery time is a bracket: it was at least the ' +
      'first figure and at most the second.',
  );
  const parts = report.components.flatMap((part) => componentBlocks(part, report, at));
  return [title, explanation, ...parts];
}

function exposureRow(line: ExposureLine): Cell[] {
  return [
    plain(line.dataset),
    durationCell(line.targetMs),
    ...[line.p50Ms, line.p95Ms, line.p99Ms, line.maxMs].map(durationCell),
    plain(formatSmallShare(line.shareOverTarget)),
    plain(formatSmallShare(line.shareUnknown)),
    statusCell(line.status),
  ];
}

function exposureBlocks({ exposures }: Report): Block[] {
  const title = heading(2, 'Data-loss exposure');
  if (exposures.length === 0)
    return [title, paragraph('No dataset was measured: no evidence.', 'doubtful')];
  return [
    title,
    paragraph(
      'Data that would have been lost, as time: the worst of every minute. Percentiles are of the ' +
        'minutes in which it was known.',
    ),
    table(
      'Exposure by dataset',
      [
        'Dataset',
        'Target#',
        'p50#',
        'p95#',
        'p99#',
        'Worst#',
        'Time over target#',
        'Time unknown#',
        'Verdict',
      ],
      exposures.map(exposureRow),
    ),
  ];
}

function plannedBlocks({ planned }: Report, at: FormatInstant): Block[] {
  const title = heading(2, 'Planned interruptions');
  if (planned.length === 0) return [title, paragraph('No planned interruption was measured.')];
  return [
    title,
    paragraph('Measured in the same way, and not held against any target.'),
    plannedTable(planned, at),
  ];
}

function remarkBlocks({ formerSlos, incidentsCutOff }: Report): Block[] {
  const remarks = [
    ...(incidentsCutOff
      ? ['There were more incidents than were read: the oldest are not in this report.']
      : []),
    ...(formerSlos.length === 0
      ? []
      : [
          `${counted(formerSlos.length, 'SLO')} had observations in the range and ` +
            `${formerSlos.length === 1 ? 'is' : 'are'} no longer configured: ${formerSlos.join(', ')}.`,
        ]),
  ];
  return remarks.length === 0 ? [] : [heading(2, 'Remarks'), { kind: 'list', items: remarks }];
}

/** The report as people read it, in parts that every format can write. */
export function documentOf(report: Report): Block[] {
  const at = instantFormat(report.timeZone);
  return [
    ...introduction(report, at),
    ...tierBlocks(report.tiers),
    ...noEvidenceBlocks(report),
    ...componentsBlocks(report, at),
    ...exposureBlocks(report),
    ...plannedBlocks(report, at),
    ...drillBlocks(report.drills, at),
    ...remarkBlocks(report),
  ];
}
