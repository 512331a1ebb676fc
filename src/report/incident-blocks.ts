import type { Incident } from '../slo/incident.js';
import { heading, paragraph, plain, table, type Block, type Cell } from './blocks.js';
import type { ComponentPart } from './build.js';
import { formatBracket, formatDuration, formatShareDown } from './figures.js';
import { compareText } from './grouping.js';
import type { FormatInstant } from './instants.js';
import { classWords, placeOf, scenarioWords, shortId, statusCell } from './words.js';

/** The verdict on one recovery; an outage that is not over has none yet unless it is breached. */
export function recoveryVerdict({
  verdict,
  firstOkMs,
}: Pick<Incident, 'verdict' | 'firstOkMs'>): Cell {
  if (firstOkMs !== null || verdict === 'breached') return statusCell(verdict);
  return { text: 'still open', tone: 'doubtful' };
}

function outageRow(incident: Incident, at: FormatInstant): Cell[] {
  return [
    plain(shortId(incident)),
    plain(incident.slo),
    plain(at(incident.firstFailMs)),
    plain(formatBracket(incident)),
    plain(formatDuration(incident.targetMs)),
    recoveryVerdict(incident),
    plain(scenarioWords[incident.scenario]),
  ];
}

function reasonsText(reasons: Incident['reasons']): string {
  const entries = Object.entries(reasons).toSorted(
    ([a, countA], [b, countB]) => countB - countA || compareText(a, b),
  );
  return entries.map(([reason, count]) => `${reason} (${count})`).join(', ') || 'none recorded';
}

function instantOr(ms: number | null, at: FormatInstant, otherwise: string): Cell {
  return plain(ms === null ? otherwise : at(ms));
}

/** Everything that is known of one incident but its evidence. */
export function incidentFacts(
  incident: Omit<Incident, 'evidence'>,
  at: FormatInstant,
): (readonly [string, Cell])[] {
  return [
    ['Id', plain(incident.id)],
    ['SLO', plain(incident.slo)],
    ['SLI', plain(incident.sli)],
    ['Component', plain(incident.component === '' ? 'not given' : incident.component)],
    ['Region / zone', plain(placeOf(incident))],
    ['Class', plain(classWords[incident.class])],
    ['Scenario', plain(scenarioWords[incident.scenario])],
    ['Inferred by rule', plain(incident.rule)],
    ['Last good before', instantOr(incident.lastOkBeforeMs, at, 'none was seen')],
    ['First failure', plain(at(incident.firstFailMs))],
    ['Last failure', plain(at(incident.lastFailMs))],
    ['Detected', plain(at(incident.detectedMs))],
    ['Successor decided', instantOr(incident.decidedMs, at, 'no signal told')],
    ['First good again', instantOr(incident.firstOkMs, at, 'not yet')],
    ['Closed', instantOr(incident.closedMs, at, 'still open')],
    ['Recovery time', plain(formatBracket(incident))],
    ['Target', plain(formatDuration(incident.targetMs))],
    ['Verdict', incident.class === 'outage' ? recoveryVerdict(incident) : plain('planned')],
    [
      'Lost with the region',
      plain(
        incident.exposureMs === null
          ? 'not measured'
          : `the last ${formatDuration(incident.exposureMs)} of acknowledged data`,
      ),
    ],
    [
      'Lowest capacity',
      plain(
        incident.lowestCapacity === null
          ? 'not measured'
          : `${formatShareDown(incident.lowestCapacity)} of what was wanted`,
      ),
    ],
    ['Part of', plain(incident.partOf ?? 'no other')],
    ['Failures by reason', plain(reasonsText(incident.reasons))],
    [
      'Timed by',
      plain(incident.resumed ? 'the wall clock: an exporter was restarted in it' : 'one clock'),
    ],
  ];
}

function evidenceTable(incident: Incident, at: FormatInstant): Block {
  if (incident.evidence.length === 0)
    return paragraph('No event of the systems themselves was seen with it.');
  const events = incident.evidence.toSorted((a, b) => a.atMs - b.atMs || compareText(a.id, b.id));
  return table(
    `Evidence of outage ${shortId(incident)}`,
    ['When', 'Event', 'Target', 'Subject', 'Detail'],
    events.map(({ atMs, type, target, subject, detail }) =>
      [at(atMs), type, target, subject, detail].map(plain),
    ),
  );
}

/** A component's outages: all of them at a glance, then each with its evidence. */
export function incidentBlocks({ component, outages }: ComponentPart, at: FormatInstant): Block[] {
  return [
    table(
      `Outages of ${component === '' ? 'no component' : component}`,
      ['Outage', 'SLO', 'Began', 'Recovery time#', 'Target#', 'Verdict', 'Scenario'],
      outages.map((outage) => outageRow(outage, at)),
    ),
    ...outages.flatMap((outage): Block[] => [
      heading(4, `Outage ${shortId(outage)}`),
      { kind: 'facts', facts: incidentFacts(outage, at) },
      evidenceTable(outage, at),
    ]),
  ];
}

export function plannedTable(planned: readonly Incident[], at: FormatInstant): Block {
  return table(
    'Planned interruptions',
    ['Interruption', 'Class', 'Component', 'SLO', 'Began', 'Lasted#', 'Rule'],
    planned.map((incident) => [
      plain(shortId(incident)),
      plain(classWords[incident.class]),
      plain(incident.component),
      plain(incident.slo),
      plain(at(incident.firstFailMs)),
      plain(formatBracket(incident)),
      plain(incident.rule),
    ]),
  );
}
