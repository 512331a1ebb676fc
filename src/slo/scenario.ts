import type { IncidentClass, RecordedEvent, Scenario } from './incident.js';
import type { EventType } from './observation.js';

/** Where an SLO's service stands, and whether it is down. */
export interface Standing {
  readonly slo: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly isDown: boolean;
  /** Set where the platform itself tells. */
  readonly toldBy?: 'platform' | undefined;
}

/** All that a rule may look at. */
export interface Situation {
  readonly subject: Standing;
  /** Why its observations failed. */
  readonly reasons: readonly string[];
  readonly isMaintenance: boolean;
  /** Events from shortly before the first failure on, of the same region. */
  readonly evidence: readonly RecordedEvent[];
  /** Every SLO whose outages are timed, the subject among them. */
  readonly standings: readonly Standing[];
  /** What speaks for the loss of the whole region, in words; absent while it is not lost. */
  readonly lostRegion?: string;
}

export interface Inference {
  readonly class: IncidentClass;
  readonly scenario: Scenario;
  /** Name of the rule, with what it went by. */
  readonly rule: string;
}

interface Rule {
  readonly scenario: Scenario;
  /** What speaks for it, in words; undefined when the rule does not fit. */
  readonly fits: (situation: Situation) => string | undefined;
}

const downTypes: readonly EventType[] = ['member_down', 'endpoint_down', 'sdown', 'odown'];

function ofComponent({ subject, evidence }: Situation): readonly RecordedEvent[] {
  return evidence.filter(({ component }) => component === subject.component);
}

function eventOf(
  events: readonly RecordedEvent[],
  ...types: EventType[]
): RecordedEvent | undefined {
  return events.find(({ type }) => types.includes(type));
}

function told({ type, subject }: RecordedEvent): string {
  return `${type} ${subject}`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** The whole region is lost, as far as vantage points enough for a quorum see. */
function regionDown({ lostRegion }: Situation): string | undefined {
  return lostRegion;
}

/** Two components or more lost what they have in one zone, and none lost anything in another. */
function zoneDown({ subject, standings, evidence }: Situation): string | undefined {
  const down = [
    ...standings.filter(({ isDown, region }) => isDown && region === subject.region),
    ...evidence.filter(({ type }) => downTypes.includes(type)),
  ].filter(({ zone }) => zone !== '');
  const zones = distinct(down.map(({ zone }) => zone));
  const components = distinct(down.map(({ component }) => component));
  if (zones.length !== 1 || components.length < 2) return undefined;
  if (standings.filter(({ zone }) => zone === zones[0]).some(({ isDown }) => !isDown))
    return undefined;
  return `${components.join(', ')} lost ${zones[0]}`;
}

function primaryDatabase(situation: Situation): string | undefined {
  if (situation.subject.component !== 'postgresql') return undefined;
  const event = eventOf(ofComponent(situation), 'leader_lost', 'leader_changed', 'timeline_raised');
  return event === undefined ? undefined : told(event);
}

function redisPrimary(situation: Situation): string | undefined {
  if (situation.subject.component !== 'redis') return undefined;
  const event = eventOf(ofComponent(situation), 'switch_master', 'odown', 'failover_state');
  return event === undefined ? undefined : told(event);
}

/** One of several endpoints of a component fails while another one serves. */
function oneOfSeveral({ subject, standings }: Situation): string | undefined {
  if (subject.zone === '') return undefined;
  const others = standings.filter(
    ({ slo, component, region }) =>
      slo !== subject.slo && component === subject.component && region === subject.region,
  );
  const serving = others.filter(({ isDown }) => !isDown).length;
  return serving === 0
    ? undefined
    : `${serving} of ${others.length} others of ${subject.component} serve`;
}

/** What an orchestrator says of the instances that it lost. */
function instancesLost(...wanted: readonly string[]) {
  return ({ subject, reasons }: Situation): string | undefined => {
    const reason = wanted.find((each) => reasons.includes(each));
    return subject.toldBy === undefined || reason === undefined
      ? undefined
      : `${subject.component}: ${reason}`;
  };
}

/** Why there is no leader. */
const leaderReasons: readonly string[] = ['lease_expired', 'no_holder', 'no_lease'];

/** A leader was lost together with an instance. */
function leaderInstance(situation: Situation): string | undefined {
  const { subject, reasons } = situation;
  if (subject.toldBy === undefined || !reasons.some((each) => leaderReasons.includes(each)))
    return undefined;
  const event = eventOf(ofComponent(situation), 'pod_lost', 'container_restarted');
  return event === undefined ? undefined : told(event);
}

/** In this order: a lost region explains a lost primary, not the other way round. */
const rules: readonly Rule[] = [
  { scenario: 'region', fits: regionDown },
  { scenario: 'zone', fits: zoneDown },
  { scenario: 'zone', fits: instancesLost('zone_lost') },
  { scenario: 'node', fits: instancesLost('node_lost') },
  { scenario: 'pod', fits: instancesLost('pod_not_ready', 'pod_deleted', 'pod_evicted') },
  { scenario: 'pod', fits: leaderInstance },
  { scenario: 'primary_database', fits: primaryDatabase },
  { scenario: 'redis_primary', fits: redisPrimary },
  { scenario: 'pod', fits: oneOfSeveral },
];

/** Rank of a scenario: what an incident once was found to be gives way to a larger one alone. */
export function rankOf(scenario: Scenario): number {
  const order: readonly Scenario[] = [
    'unknown',
    'pod',
    'node',
    'redis_primary',
    'primary_database',
    'zone',
    'region',
  ];
  return order.indexOf(scenario);
}

/** Whether somebody moved the instance that led, and none was lost beside. */
function isMovedLeader(situation: Situation): boolean {
  const { subject, reasons } = situation;
  if (subject.toldBy === undefined || !reasons.some((each) => leaderReasons.includes(each)))
    return false;
  const events = ofComponent(situation);
  const isLost = eventOf(events, 'pod_lost') !== undefined;
  return (
    !isLost && eventOf(events, 'pod_evicted', 'rollout_began', 'replicas_scaled') !== undefined
  );
}

function classOf(situation: Situation): IncidentClass {
  if (situation.isMaintenance) return 'maintenance';
  if (isMovedLeader(situation)) return 'planned_switchover';
  const changes = ofComponent(situation).filter(
    ({ type }) => type === 'leader_changed' || type === 'switch_master',
  );
  const isPlanned = changes.length > 0 && changes.every(({ planned }) => planned === true);
  return isPlanned ? 'planned_switchover' : 'outage';
}

/** What kind of failure the evidence speaks for, and whether it was one. */
export function infer(situation: Situation): Inference {
  const kind = classOf(situation);
  for (const { scenario, fits } of rules) {
    const words = fits(situation);
    if (words !== undefined) return { class: kind, scenario, rule: `${scenario}: ${words}` };
  }
  return { class: kind, scenario: 'unknown', rule: 'unknown: no rule fits the evidence' };
}

const detectedBy: readonly EventType[] = [...downTypes, 'leader_lost'];
const decidedBy: readonly EventType[] = ['switch_master', 'leader_changed', 'timeline_raised'];

/** When the systems themselves saw it, and when they had a successor; Unix milliseconds. */
export function phasesOf(
  component: string,
  evidence: readonly RecordedEvent[],
  firstFailMs: number,
): { readonly seenMs: number | null; readonly decidedMs: number | null } {
  const first = (types: readonly EventType[]) =>
    evidence.find(
      (event) =>
        event.component === component && types.includes(event.type) && event.atMs >= firstFailMs,
    )?.atMs ?? null;
  return { seenMs: first(detectedBy), decidedMs: first(decidedBy) };
}
