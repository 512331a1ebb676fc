import type { DrillVerdict } from '../drills/judge.js';
import type {
  Attainment,
  Disruption,
  Verdict,
  VerdictEvidence,
  VerdictObjective,
} from '../slo/answers.js';
import type { Incident, IncidentClass, Scenario, VerdictStatus } from '../slo/incident.js';
import type { Cell, Tone } from './blocks.js';

const statusWords: Readonly<Record<VerdictStatus | Attainment, string>> = {
  met: 'met',
  breached: 'breached',
  indeterminate: 'indeterminate',
  no_evidence: 'no evidence',
  not_applicable: 'not applicable',
  unknown: 'unknown',
};

const tones: Readonly<Partial<Record<VerdictStatus | Attainment, Tone>>> = {
  met: 'good',
  breached: 'bad',
  indeterminate: 'doubtful',
  no_evidence: 'doubtful',
  unknown: 'doubtful',
};

/** A status as a cell. */
export function statusCell(status: VerdictStatus | Attainment): Cell {
  const tone = tones[status];
  return tone === undefined ? { text: statusWords[status] } : { text: statusWords[status], tone };
}

export const scenarioWords: Readonly<Record<Scenario | Disruption, string>> = {
  pod: 'pod',
  node: 'node',
  zone: 'availability zone',
  primary_database: 'primary database',
  redis_primary: 'Redis primary',
  region: 'region',
  unknown: 'unknown',
};

export const classWords: Readonly<Record<IncidentClass, string>> = {
  outage: 'outage',
  planned_switchover: 'planned switchover',
  rollout: 'rollout',
  maintenance: 'maintenance',
};

export const objectiveWords: Readonly<Record<VerdictObjective, string>> = {
  rto: 'recovery time (RTO)',
  rpo: 'data loss (RPO)',
};

const lossWords: Readonly<Record<Disruption, string>> = {
  pod: 'a pod',
  node: 'a node',
  zone: 'an availability zone',
  primary_database: 'the primary database',
  redis_primary: 'the Redis primary',
  region: 'a region',
};

/** What a verdict is about. */
export function verdictSubject({
  disruption,
  objective,
}: Pick<Verdict, 'disruption' | 'objective'>): string {
  return `Loss of ${lossWords[disruption]}, ${objectiveWords[objective]}`;
}

/** Why a verdict is what it is, and the drill that decided it where one did: the worst comes first. */
export function verdictReason({
  reason,
  evidence,
}: Pick<Verdict, 'reason'> & {
  readonly evidence: readonly { readonly drill?: VerdictEvidence['drill'] | undefined }[];
}): string {
  const drill = evidence[0]?.drill;
  return drill === undefined ? reason : `${reason}; by drill ${drill.slice(0, 8)}`;
}

const drillTones: Readonly<Record<DrillVerdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubtful',
  stale: 'doubtful',
};

/** What a drill came to, as a cell. */
export function drillCell(verdict: DrillVerdict): Cell {
  return { text: verdict, tone: drillTones[verdict] };
}

/** What was lost in a drill; of one that an older version recorded it may be anything. */
export function exercisedText(scenario: string): string {
  return Object.hasOwn(scenarioWords, scenario) ? scenarioWords[scenario as Scenario] : scenario;
}

/** The first part of an incident's id: enough for `sensei incidents show`. */
export function shortId({ id }: Pick<Incident, 'id'>): string {
  return id.slice(0, 8);
}

/** Where an incident was, without what is not known. */
export function placeOf({ region, zone }: Pick<Incident, 'region' | 'zone'>): string {
  return [region, zone].filter((part) => part !== '').join(' / ') || 'not given';
}
