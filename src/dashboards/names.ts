import type { IncidentClass } from '../slo/incident.js';
import type { State } from './palette.js';
import { disruptionTexts } from './verdicts.js';

/** What the values of a label are called; with a state they are coloured, too. */
export type Texts = Readonly<Record<string, string | readonly [text: string, state: State]>>;

export const classTexts: Readonly<Record<IncidentClass, string>> = {
  outage: 'Outage',
  planned_switchover: 'Planned switchover',
  rollout: 'Rollout',
  maintenance: 'Maintenance',
};

/** What was lost, where it may not be known. */
export const scenarioTexts: Texts = { ...disruptionTexts, unknown: 'Not known' };

export const severityTexts: Texts = { page: ['Page', 'bad'], ticket: ['Ticket', 'doubtful'] };

/** Why instances ceased to serve. */
export const causeTexts: Texts = {
  zone_lost: 'Zone lost',
  node_lost: 'Node lost',
  pod_evicted: 'Evicted',
  pod_deleted: 'Deleted',
  pod_not_ready: 'Not ready',
  overdue: 'Overdue',
};
