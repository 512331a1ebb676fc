import { disruptions, type Disruption, type Verdict, type VerdictEvidence } from './answers.js';
import type { Exposure } from './exposure.js';
import type { Incident, VerdictStatus } from './incident.js';
import type { Slo } from './objective.js';
import { judgeBracket } from './outage.js';
import type { Drill } from './slice.js';
import { recoveryTargetsMs, tierNames, tiers, zoneLossCapacity, type TierName } from './tiers.js';

/** What verdicts are given on. */
export interface Evidence {
  readonly tier: TierName;
  /** Targets that were agreed on in place of the promised tier's own. */
  readonly agreed: { readonly rpoMs?: number; readonly rtoMs?: number };
  /** Of the retention time, open ones among them. */
  readonly incidents: readonly Incident[];
  readonly drills: readonly Drill[];
  readonly exposures: readonly Exposure[];
  /** Components whose users' side is probed: that nobody noticed a failure is known of these alone. */
  readonly probed: ReadonlySet<string>;
  readonly nowMs: number;
}

/** The same, and incidents that users saw, by component and region: there may be thousands. */
interface Indexed extends Evidence {
  readonly noticed: ReadonlyMap<string, readonly Incident[]>;
}

function placeKey({ component, region }: Incident): string {
  return JSON.stringify([component, region]);
}

function indexed(given: Evidence): Indexed {
  const noticed = new Map<string, Incident[]>();
  for (const incident of given.incidents) {
    if (incident.lowestCapacity !== null) continue;
    const key = placeKey(incident);
    const known = noticed.get(key);
    if (known === undefined) noticed.set(key, [incident]);
    else known.push(incident);
  }
  return { ...given, noticed };
}

/** Components whose availability is probed, as their users see it. */
export function probedComponents(slos: readonly Slo[]): Set<string> {
  const probed = slos.filter(
    ({ recoveryTargetMs, toldBy }) => recoveryTargetMs !== undefined && toldBy === undefined,
  );
  return new Set(probed.map(({ component }) => component));
}

/** Evidence shown beside one verdict: the worst and the newest. */
const shownEvidence = 10;

interface Case {
  readonly status: VerdictStatus;
  readonly evidence: VerdictEvidence;
}

const severity: readonly VerdictStatus[] = [
  'not_applicable',
  'no_evidence',
  'met',
  'indeterminate',
  'breached',
];

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function bracketWords({ lowMs = 0, highMs }: VerdictEvidence): string {
  return highMs === null || highMs === undefined
    ? `at least ${seconds(lowMs)}`
    : `${seconds(lowMs)} to ${seconds(highMs)}`;
}

/** The worst decides; of equals, the longest. */
function worstFirst(cases: readonly Case[], order = severity): Case[] {
  const lengthOf = ({ evidence }: Case) =>
    evidence.highMs ?? evidence.exposureMs ?? evidence.lowMs ?? 0;
  return cases.toSorted(
    (a, b) => order.indexOf(b.status) - order.indexOf(a.status) || lengthOf(b) - lengthOf(a),
  );
}

function rtoOf(tier: TierName, { tier: promised, agreed }: Evidence): number {
  return (tier === promised ? agreed.rtoMs : undefined) ?? tiers[tier].rtoMs;
}

function rpoOf(tier: TierName, { tier: promised, agreed }: Evidence): number {
  return (tier === promised ? agreed.rpoMs : undefined) ?? tiers[tier].rpoMs;
}

const componentTargetMs: Readonly<Record<Exclude<Disruption, 'region'>, number>> = {
  pod: recoveryTargetsMs.loadBalancer,
  node: recoveryTargetsMs.node,
  zone: recoveryTargetsMs.loadBalancer,
  primary_database: recoveryTargetsMs.postgresql,
  redis_primary: recoveryTargetsMs.redis,
};

/** How soon each kind of failure must be over, in milliseconds. */
export function disruptionTargetMs(disruption: Disruption, rtoMs: number): number {
  return disruption === 'region' ? rtoMs : componentTargetMs[disruption];
}

function incidentCase(incident: Incident, targetMs: number): Case {
  const { id, firstFailMs, closedMs, lowMs, highMs } = incident;
  const status = judgeBracket({ lowMs, highMs: closedMs === null ? null : highMs }, targetMs);
  return { status, evidence: { incident: id, atMs: firstFailMs, lowMs, highMs } };
}

/** What users saw of it counts on its own; what nobody noticed took no time. */
function unnoticedCase(incident: Incident, { noticed, probed }: Indexed): Case[] {
  const { id, component, firstFailMs, closedMs } = incident;
  const isNoticed = (noticed.get(placeKey(incident)) ?? []).some(
    (other) =>
      other.firstFailMs <= (closedMs ?? Infinity) && (other.closedMs ?? Infinity) >= firstFailMs,
  );
  if (isNoticed || !probed.has(component)) return [];
  return [{ status: 'met', evidence: { incident: id, atMs: firstFailMs, lowMs: 0, highMs: 0 } }];
}

/** A zone may take half of the capacity with it, for as long as it is gone. */
function zoneCase({ id, firstFailMs, closedMs }: Incident, capacity: number): Case {
  const evidence = { incident: id, atMs: firstFailMs, capacity };
  if (capacity < zoneLossCapacity) return { status: 'breached', evidence };
  return { status: closedMs === null ? 'indeterminate' : 'met', evidence };
}

function casesOf(
  incident: Incident,
  disruption: Disruption,
  targetMs: number,
  given: Indexed,
): Case[] {
  const { lowestCapacity } = incident;
  if (disruption === 'pod' && lowestCapacity !== null) return unnoticedCase(incident, given);
  if (disruption === 'zone' && lowestCapacity !== null) return [zoneCase(incident, lowestCapacity)];
  // A component whose leader is elected has longer than one behind a load balancer.
  return [incidentCase(incident, Math.max(targetMs, disruption === 'pod' ? incident.targetMs : 0))];
}

function reasonOf({ evidence }: Case, count: number, targetMs: number): string {
  const { capacity } = evidence;
  if (capacity === undefined) {
    return `the worst of ${count} took ${bracketWords(evidence)}, the target is ${seconds(targetMs)}`;
  }
  const share = (ratio: number) => `${Math.floor(ratio * 100)} %`;
  return `the worst of ${count} left ${share(capacity)} of the capacity, at least ${share(zoneLossCapacity)} was promised`;
}

function drillCase({ id, atMs, recoveryMs }: Drill, targetMs: number): Case[] {
  if (recoveryMs === null) return [];
  const bracket = { lowMs: recoveryMs, highMs: recoveryMs };
  return [{ status: judgeBracket(bracket, targetMs), evidence: { drill: id, atMs, ...bracket } }];
}

function recoveryVerdict(tier: TierName, disruption: Disruption, given: Indexed): Verdict {
  const targetMs = disruptionTargetMs(disruption, rtoOf(tier, given));
  const incidents = given.incidents.filter(
    ({ class: kind, scenario, partOf }) =>
      kind === 'outage' && scenario === disruption && partOf === null,
  );
  const drills = given.drills.filter(({ scenario }) => scenario === disruption);
  const cases = worstFirst([
    ...incidents.flatMap((incident) => casesOf(incident, disruption, targetMs, given)),
    ...drills.flatMap((drill) => drillCase(drill, targetMs)),
  ]);
  const [worst] = cases;
  const base = {
    tier,
    promised: tier === given.tier,
    disruption,
    objective: 'rto',
    targetMs,
  } as const;
  if (worst === undefined) {
    const reason = `no ${disruption} failure and no drill of one was seen`;
    return { ...base, status: 'no_evidence', reason, evidence: [] };
  }
  const reason = reasonOf(worst, cases.length, targetMs);
  const evidence = cases.slice(0, shownEvidence).map((each) => each.evidence);
  return { ...base, status: worst.status, reason, evidence };
}

function exposureStatus(
  { exposureMs, status, unproved }: Exposure,
  targetMs: number,
): VerdictStatus {
  if (exposureMs === null) return status === 'breached' ? 'breached' : 'indeterminate';
  if (exposureMs > targetMs) return 'breached';
  return unproved === null ? 'met' : 'no_evidence';
}

function exposureCase(exposure: Exposure, targetMs: number, atMs: number): Case {
  const { dataset, exposureMs } = exposure;
  return { status: exposureStatus(exposure, targetMs), evidence: { dataset, atMs, exposureMs } };
}

/** Of what would be lost: a dataset without evidence outweighs any number of those that meet it. */
const lossSeverity: readonly VerdictStatus[] = [
  'not_applicable',
  'met',
  'no_evidence',
  'indeterminate',
  'breached',
];

/** Of a region's loss: what would be lost now, and what was at stake in the incidents that were seen. */
function regionLossVerdict(tier: TierName, given: Evidence): Verdict {
  const targetMs = rpoOf(tier, given);
  const cases = worstFirst(
    given.exposures.map((each) => exposureCase(each, targetMs, given.nowMs)),
    lossSeverity,
  );
  const [worst] = cases;
  const base = {
    tier,
    promised: tier === given.tier,
    disruption: 'region',
    objective: 'rpo',
    targetMs,
  } as const;
  if (worst === undefined) {
    return { ...base, status: 'no_evidence', reason: 'no dataset is followed', evidence: [] };
  }
  const { dataset, exposureMs } = worst.evidence;
  const amount =
    exposureMs === null || exposureMs === undefined
      ? 'an unknown amount'
      : `the last ${seconds(exposureMs)}`;
  const unproved = given.exposures.find((each) => each.dataset === dataset)?.unproved;
  const claim = worst.status === 'no_evidence' ? `, but ${unproved}` : '';
  const reason = `${amount} of ${dataset} would be lost now, the target is ${seconds(targetMs)}${claim}`;
  return { ...base, status: worst.status, reason, evidence: cases.map(({ evidence }) => evidence) };
}

function lossVerdict(tier: TierName, disruption: Disruption, given: Evidence): Verdict {
  if (disruption === 'region') return regionLossVerdict(tier, given);
  const reason = 'data is kept within the region; the tiers promise nothing for this failure';
  return {
    tier,
    promised: tier === given.tier,
    disruption,
    objective: 'rpo',
    status: 'not_applicable',
    targetMs: null,
    reason,
    evidence: [],
  };
}

/** Whether what was promised was kept: for every tier, failure and objective, with what decided it. */
export function verdictsOf(evidence: Evidence): Verdict[] {
  const given = indexed(evidence);
  return tierNames.flatMap((tier) =>
    disruptions.flatMap((disruption) => [
      recoveryVerdict(tier, disruption, given),
      lossVerdict(tier, disruption, given),
    ]),
  );
}
