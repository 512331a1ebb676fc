import type { ShownDrill } from '../drills/standing.js';
import type { Verdict } from '../slo/answers.js';
import type { Incident } from '../slo/incident.js';
import type { Slo } from '../slo/objective.js';
import type { ExposureRow, SliceRow } from '../slo/slice.js';
import { tierNames, type TierName } from '../slo/tiers.js';
import { budgetLine, leastCoverage, rowsOfRange, type BudgetLine } from './budget.js';
import { exposureLine, type ExposureLine } from './exposure.js';
import { compareText, groupedBy } from './grouping.js';
import type { Range } from './range.js';

export interface ReportInput {
  readonly deployment: string;
  /** The tier that was promised. */
  readonly tier: TierName;
  /** What was promised, in milliseconds: the tier's own, or what the configuration has instead. */
  readonly targets: { readonly rpoMs: number; readonly rtoMs: number };
  readonly range: Range;
  /** Zone that instants are shown in. */
  readonly timeZone: string;
  /** Unix milliseconds. */
  readonly generatedAtMs: number;
  readonly slos: readonly Slo[];
  readonly hourlySlices: readonly SliceRow[];
  readonly tenMinuteSlices: readonly SliceRow[];
  readonly incidents: readonly Incident[];
  /** Whether there were more incidents than were read. */
  readonly incidentsCutOff: boolean;
  readonly exposures: readonly ExposureRow[];
  readonly drills: readonly ShownDrill[];
  readonly verdicts: readonly Verdict[];
}

/** One component's part of the report. */
export interface ComponentPart {
  readonly component: string;
  readonly budgets: readonly BudgetLine[];
  /** Least coverage of its budgets: what no outage in this part is worth. 0 where it has none. */
  readonly coverage: number;
  /** Oldest first. */
  readonly outages: readonly Incident[];
}

export interface TierPart {
  readonly tier: TierName;
  readonly promised: boolean;
  readonly verdicts: readonly Verdict[];
}

/** What an auditor is given. Durations in milliseconds, instants in Unix milliseconds. */
export interface Report {
  /** Raised when a field changes its meaning or goes away. */
  readonly version: 1;
  readonly deployment: string;
  readonly tier: TierName;
  readonly targets: { readonly rpoMs: number; readonly rtoMs: number };
  readonly range: Range;
  readonly timeZone: string;
  readonly generatedAtMs: number;
  /** Below this coverage a budget's status is `unknown`. */
  readonly leastCoverage: number;
  /** The promised tier first. */
  readonly tiers: readonly TierPart[];
  /** What was promised, and nothing shows whether it is kept. */
  readonly noEvidence: readonly Verdict[];
  readonly components: readonly ComponentPart[];
  /** Planned switchovers, rollouts and maintenance: measured, and not held against a target. */
  readonly planned: readonly Incident[];
  readonly incidentsCutOff: boolean;
  readonly exposures: readonly ExposureLine[];
  /** Oldest first, judged as of the end of the range. */
  readonly drills: readonly ShownDrill[];
  /** SLOs that there are counts of in the range, and that are no longer configured. */
  readonly formerSlos: readonly string[];
}

function sortedNames(names: Iterable<string>): string[] {
  return [...new Set(names)].toSorted(compareText);
}

function wasUnderWay({ firstFailMs, firstOkMs }: Incident, { fromMs, toMs }: Range): boolean {
  return firstFailMs < toMs && (firstOkMs === null || firstOkMs >= fromMs);
}

function incidentsOf({ incidents, range }: ReportInput): Incident[] {
  return incidents
    .filter((incident) => wasUnderWay(incident, range))
    .toSorted((a, b) => a.firstFailMs - b.firstFailMs || compareText(a.id, b.id));
}

function budgetsOf(input: ReportInput): Map<Slo, BudgetLine> {
  const { slos, hourlySlices, tenMinuteSlices, range } = input;
  const hourly = groupedBy(hourlySlices, ({ slo }) => slo);
  const finer = groupedBy(tenMinuteSlices, ({ slo }) => slo);
  const rowsOf = ({ name }: Slo) =>
    rowsOfRange(hourly.get(name) ?? [], finer.get(name) ?? [], range);
  const byName = slos.toSorted((a, b) => compareText(a.name, b.name));
  return new Map(byName.map((slo) => [slo, budgetLine(slo, rowsOf(slo), range)]));
}

function componentsOf(input: ReportInput, outages: readonly Incident[]): ComponentPart[] {
  const budgets = budgetsOf(input);
  const names = [...input.slos, ...outages].map(({ component }) => component);
  return sortedNames(names).map((component) => {
    const own = [...budgets].flatMap(([slo, line]) => (slo.component === component ? [line] : []));
    return {
      component,
      budgets: own,
      coverage: own.length === 0 ? 0 : Math.min(...own.map(({ coverage }) => coverage)),
      outages: outages.filter((outage) => outage.component === component),
    };
  });
}

/** A dataset that there is an objective for and no row of is unknown, and not left out. */
function datasetOf({ type, sli }: Slo): string[] {
  return type === 'rpo' && sli.startsWith('rpo/') ? [sli.slice('rpo/'.length)] : [];
}

function exposuresOf({ exposures, slos, range }: ReportInput): ExposureLine[] {
  const rows = groupedBy(exposures, ({ dataset }) => dataset);
  return sortedNames([...rows.keys(), ...slos.flatMap(datasetOf)]).map((dataset) =>
    exposureLine(
      dataset,
      (rows.get(dataset) ?? []).toSorted((a, b) => a.startMs - b.startMs),
      range,
    ),
  );
}

function tiersOf({ tier: promised, verdicts }: ReportInput): TierPart[] {
  const others = tierNames.filter((tier) => tier !== promised);
  return [promised, ...others].flatMap((tier) => {
    const own = verdicts.filter((verdict) => verdict.tier === tier);
    const isPromised = tier === promised;
    return isPromised || own.length > 0 ? [{ tier, promised: isPromised, verdicts: own }] : [];
  });
}

function formerSlosOf({ slos, hourlySlices, tenMinuteSlices, range }: ReportInput): string[] {
  const configured = new Set(slos.map(({ name }) => name));
  const counted = rowsOfRange(hourlySlices, [], range).concat(
    rowsOfRange([], tenMinuteSlices, range),
  );
  return sortedNames(counted.map(({ slo }) => slo).filter((name) => !configured.has(name)));
}

/** The same report for the same input: nothing in it depends on when or where it is made. */
export function buildReport(input: ReportInput): Report {
  const incidents = incidentsOf(input);
  const tiers = tiersOf(input);
  const { deployment, tier, targets, range, timeZone, generatedAtMs, incidentsCutOff } = input;
  return {
    version: 1,
    deployment,
    tier,
    targets,
    range,
    timeZone,
    generatedAtMs,
    leastCoverage,
    tiers,
    noEvidence: tiers
      .filter(({ promised }) => promised)
      .flatMap(({ verdicts }) => verdicts.filter(({ status }) => status === 'no_evidence')),
    components: componentsOf(
      input,
      incidents.filter((incident) => incident.class === 'outage'),
    ),
    planned: incidents.filter((incident) => incident.class !== 'outage'),
    incidentsCutOff,
    exposures: exposuresOf(input),
    drills: input.drills.toSorted((a, b) => a.atMs - b.atMs || compareText(a.id, b.id)),
    formerSlos: formerSlosOf(input),
  };
}

/** Whether anything in it is breached: a promise, a budget, an exposure, or an outage that is open. */
export function isBreached({ tiers, components, exposures }: Report): boolean {
  const outages = components.flatMap((part) => part.outages);
  const budgets = components.flatMap((part) => part.budgets);
  return (
    tiers.some(
      ({ promised, verdicts }) => promised && verdicts.some(({ status }) => status === 'breached'),
    ) ||
    outages.some(({ verdict, firstOkMs }) => verdict === 'breached' || firstOkMs === null) ||
    [...budgets, ...exposures].some(({ status }) => status === 'breached')
  );
}
