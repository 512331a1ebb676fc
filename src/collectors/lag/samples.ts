import { gauge, type Sample, optional } from '../../metrics/sample.js';
import type { HeartbeatRow } from '../sql/answer.js';
import { lagBytes, parseLsn } from '../sql/lsn.js';
import { isSameDatabase, isStreaming, logEnd, timelineOf, type Answered } from '../sql/member.js';
import { standbyLag } from '../sql/standby-lag.js';
import type { LagMemory } from './measure.js';
import type { LagView, SiteView } from './view.js';

function clusterLabels({ target }: LagView, { site: { cluster, region } }: SiteView) {
  return { lag: target.name, cluster, region };
}

/** The newest heartbeat of the deployment that any member has. */
export function newestHeartbeat(
  { target }: LagView,
  { answered }: SiteView,
): HeartbeatRow | undefined {
  return answered
    .flatMap(({ heartbeats }) => heartbeats)
    .filter(({ writer }) => writer === target.writer)
    .toSorted((a, b) => b.written_at - a.written_at)[0];
}

function siteSamples(view: LagView, site: SiteView): Sample[] {
  const labels = clusterLabels(view, site);
  const head = site === view.source ? view.primary : view.leader;
  const heartbeat = newestHeartbeat(view, site);
  return [
    gauge('sensei_lag_cluster_up', labels, site.answered.length > 0),
    ...optional(
      (value) => gauge('sensei_lag_timeline', labels, value),
      head === undefined ? undefined : timelineOf(head.answer),
    ),
    ...optional(
      ({ written_at: writtenAt }) =>
        gauge('sensei_lag_heartbeat_timestamp_seconds', labels, writtenAt),
      heartbeat,
    ),
    ...optional(
      ({ seq }) => gauge('sensei_lag_heartbeat_sequence', labels, Number(seq)),
      heartbeat,
    ),
  ];
}

/** Whether positions of the two regions compare; undefined where either is unknown. */
export function areTimelinesEqual({ primary, leader }: LagView): boolean | undefined {
  if (primary === undefined || leader === undefined) return undefined;
  const [ahead, behind] = [timelineOf(primary.answer), timelineOf(leader.answer)];
  if (ahead === undefined || behind === undefined) return undefined;
  return ahead === behind && isSameDatabase(primary.answer, leader.answer);
}

function copySamples(view: LagView, result: Answered): Sample[] {
  const { answer, member } = result;
  if (!answer.inRecovery) return [];
  const labels = { ...clusterLabels(view, view.copy), member };
  const lag = standbyLag(view, result);
  const bytes = (stage: string) => (value: number) =>
    gauge('sensei_lag_bytes', { ...labels, stage }, value);
  return [
    gauge('sensei_lag_streaming', labels, isStreaming(answer)),
    ...optional(
      (value) => gauge('sensei_lag_last_message_timestamp_seconds', labels, value),
      answer.receiver?.last_message_at,
    ),
    ...optional(bytes('receive'), lag?.receiveBytes),
    ...optional(bytes('replay'), lag?.replayBytes),
    ...optional((value) => gauge('sensei_lag_seconds', labels, value), lag?.replaySeconds),
  ];
}

function slotSamples(view: LagView, slotName: string | undefined): Sample[] {
  const { primary, source } = view;
  const row = primary?.answer.slots.find(({ slot_name: name }) => name === slotName);
  if (primary === undefined || row === undefined) return [];
  const labels = { ...clusterLabels(view, source), slot: row.slot_name };
  const status = row.wal_status ?? undefined;
  return [
    gauge('sensei_lag_slot_active', labels, row.active),
    ...optional(
      (value) => gauge('sensei_lag_slot_retained_bytes', labels, value),
      lagBytes(logEnd(primary.answer), parseLsn(row.restart_lsn)),
    ),
    ...optional(
      (value) => gauge('sensei_lag_slot_lost', labels, value === 'lost' || value === 'unreserved'),
      status,
    ),
  ];
}

function ageSamples({ target }: LagView, { newest, isAbove }: LagMemory): Sample[] {
  const labels = { lag: target.name };
  const { thresholdMs } = target;
  return [
    ...optional(
      ({ newestMs }) => gauge('sensei_lag_restorable_timestamp_seconds', labels, newestMs / 1000),
      newest,
    ),
    ...optional(
      (value) => gauge('sensei_lag_threshold_seconds', labels, value / 1000),
      thresholdMs,
    ),
    ...optional((value) => gauge('sensei_lag_above_threshold', labels, value), isAbove),
  ];
}

/** Every gauge of a collection. */
export function samplesOf(view: LagView, memory: LagMemory): Sample[] {
  const { target, source, copy, leader } = view;
  const labels = { lag: target.name };
  return [
    ...view.sites.flatMap((site) => siteSamples(view, site)),
    gauge('sensei_lag_writers', labels, view.writers),
    gauge('sensei_lag_source_info', clusterLabels(view, source), 1),
    ...optional(
      ({ member }) =>
        gauge('sensei_lag_standby_leader_info', { ...clusterLabels(view, copy), member }, 1),
      leader,
    ),
    ...optional(
      (value) => gauge('sensei_lag_timelines_equal', labels, value),
      areTimelinesEqual(view),
    ),
    ...copy.answered.flatMap((result) => copySamples(view, result)),
    ...slotSamples(view, memory.slot),
    ...ageSamples(view, memory),
  ];
}
