import type { AlertPlan, Place } from './plan.js';
import { highest, number, seriesOf, type Series } from './promql.js';
import { about, crossRegion, perPlace, type AlertDefinition } from './rule.js';

const second = 1000;
const minute = 60 * second;
const by = ['cluster', 'region'];

function patroniAlerts(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
): AlertDefinition[] {
  const common = { component, dashboard: 'postgresql' } as const;
  return [
    {
      ...common,
      alert: 'SenseiPostgresqlNoLeader',
      severity: 'page',
      expr: `${highest(by, series('sensei_patroni_has_leader', ...matchers))} == 0`,
      forMs: minute,
      summary: 'No member of {{ $labels.cluster }} has held the leader lock for a minute',
      description:
        'Patroni has elected nobody, within its ttl and a few rounds. Nothing can be written; to a standby cluster, nothing is copied.',
    },
    {
      ...common,
      alert: 'SenseiSplitBrain',
      severity: 'page',
      expr: `${highest(by, series('sensei_patroni_split_brain', ...matchers))} == 1`,
      forMs: 30 * second,
      labels: { told_by: 'patroni' },
      summary:
        'Split brain in {{ $labels.cluster }}: {{ with printf "max(sensei_patroni_primaries{cluster=%q})" $labels.cluster | query }}{{ . | first | value }}{{ end }} member(s) run as primary, and not only the one with the leader lock',
      description:
        'Two histories are being written. Every second makes it harder to bring them together: stop the wrong one.',
    },
    {
      ...common,
      alert: 'SenseiSynchronousReplicationLost',
      severity: 'page',
      expr: `${highest(by, series('sensei_patroni_synchronous_standbys', ...matchers))}\n< on (cluster, region) ${highest(by, series('sensei_patroni_synchronous_standbys_expected', ...matchers))}`,
      forMs: 5 * minute,
      labels: { ...about.replication, told_by: 'patroni' },
      summary:
        '{{ $labels.cluster }} has {{ $value }} synchronous standby(s); expected {{ with printf "max(sensei_patroni_synchronous_standbys_expected{cluster=%q})" $labels.cluster | query }}{{ . | first | value }}{{ end }}',
      description:
        'Commits no longer wait for a second server. Losing the primary now loses what was acknowledged.',
    },
    {
      ...common,
      alert: 'SenseiPatroniMemberDown',
      severity: 'ticket',
      expr: `${highest([...by, 'member', 'zone'], series('sensei_patroni_member_up', ...matchers))} == 0`,
      forMs: 5 * minute,
      labels: about.unknown,
      summary:
        'Patroni on {{ $labels.member }} of {{ $labels.cluster }} has given no answer for five minutes',
      description: 'The cluster goes on with the others. The next failure finds it one short.',
    },
    {
      ...common,
      alert: 'SenseiPatroniPaused',
      severity: 'ticket',
      expr: `${highest(by, series('sensei_patroni_paused', ...matchers))} == 1`,
      forMs: 60 * minute,
      summary: '{{ $labels.cluster }} has been paused for an hour: there is no automatic failover',
      description: 'Somebody paused Patroni, for maintenance perhaps, and has not resumed it.',
    },
    {
      ...common,
      alert: 'SenseiPatroniDcsUnreachable',
      severity: 'page',
      expr: `${highest(by, series('sensei_patroni_dcs_reachable', ...matchers))} == 0`,
      forMs: 2 * minute,
      summary:
        'Every member of {{ $labels.cluster }} that answers is cut off from the configuration store',
      description:
        'Without etcd, Consul or the like there is no failover, and without failsafe mode the primary steps down.',
    },
  ];
}

function slotAlerts(
  series: Series,
  matchers: readonly string[],
  common: Pick<AlertDefinition, 'component' | 'dashboard'>,
  limitBytes: number,
): AlertDefinition[] {
  const bySlot = [...by, 'slot'];
  return [
    {
      ...common,
      alert: 'SenseiSlotRetainsTooMuch',
      severity: 'ticket',
      expr: `${highest(bySlot, series('sensei_postgres_slot_retained_bytes', ...matchers))} > ${number(limitBytes)}`,
      forMs: 5 * minute,
      summary:
        'Slot {{ $labels.slot }} on {{ $labels.cluster }} keeps {{ $value | humanize1024 }}B of log',
      description:
        'Whatever reads it does not keep up, or is gone. The log stays until the disk of the primary is full.',
    },
    {
      ...common,
      alert: 'SenseiSlotLost',
      severity: 'ticket',
      expr: `${highest(bySlot, series('sensei_postgres_slot_lost', ...matchers))} == 1`,
      forMs: minute,
      summary:
        'Log that slot {{ $labels.slot }} on {{ $labels.cluster }} needs is gone, or about to go',
      description: 'What reads from the slot cannot go on: the standby has to be made anew.',
    },
  ];
}

function postgresAlerts(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
  limitBytes: number,
): AlertDefinition[] {
  const common = { component, dashboard: 'postgresql' } as const;
  const connected = highest(by, series('sensei_postgres_standbys_connected', ...matchers));
  const expected = highest(by, series('sensei_postgres_standbys_expected', ...matchers));
  const synchronous = highest(
    by,
    series('sensei_postgres_synchronous_standbys_connected', ...matchers),
  );
  return [
    {
      ...common,
      alert: 'SenseiSplitBrain',
      severity: 'page',
      expr: `${highest(by, series('sensei_postgres_primaries', ...matchers))} > 1`,
      forMs: 30 * second,
      labels: { told_by: 'postgresql' },
      summary: 'Split brain in {{ $labels.cluster }}: {{ $value }} members accept writes',
      description:
        'Two histories are being written. Every second makes it harder to bring them together: stop the wrong one.',
    },
    {
      ...common,
      alert: 'SenseiRedundancyBelowMinimum',
      severity: 'page',
      expr: `${connected} == 0\nand on (cluster, region) ${expected} > 0`,
      forMs: 5 * minute,
      summary:
        '{{ $labels.cluster }} has no standby left; it takes two servers to be highly available',
      description: 'The primary is alone. When it fails there is nothing to fail over to.',
    },
    {
      ...common,
      alert: 'SenseiReplicationBroken',
      severity: 'ticket',
      expr: `${connected}\n< on (cluster, region) ${expected}`,
      forMs: 5 * minute,
      labels: about.replication,
      summary:
        '{{ $value }} standby(s) of {{ $labels.cluster }} stream from the primary; expected {{ with printf "max(sensei_postgres_standbys_expected{cluster=%q})" $labels.cluster | query }}{{ . | first | value }}{{ end }}',
      description:
        'A standby is down or cut off. It falls behind, and the primary keeps log for it.',
    },
    {
      ...common,
      alert: 'SenseiSynchronousReplicationLost',
      severity: 'page',
      expr: `${synchronous}\n< on (cluster, region) ${highest(by, series('sensei_postgres_synchronous_standbys_expected', ...matchers))}`,
      forMs: 5 * minute,
      labels: { ...about.replication, told_by: 'postgresql' },
      summary:
        'Commits on {{ $labels.cluster }} wait for {{ $value }} standby(s); expected {{ with printf "max(sensei_postgres_synchronous_standbys_expected{cluster=%q})" $labels.cluster | query }}{{ . | first | value }}{{ end }}',
      description:
        'Commits no longer wait for a second server. Losing the primary now loses what was acknowledged.',
    },
    {
      ...common,
      alert: 'SenseiCommitsLost',
      severity: 'page',
      expr: `${highest(by, `increase(${series('sensei_postgres_canary_lost_heartbeats_total', ...matchers)}[15m])`)} > 0`,
      summary:
        'Commits that {{ $labels.cluster }} had acknowledged are gone: the heartbeat that was written last was not there afterwards',
      description:
        'A failover went to a server that did not have all. Keep the old primary as it is: it has what was lost.',
    },
    ...slotAlerts(series, matchers, common, limitBytes),
  ];
}

function lagAlerts(
  series: Series,
  { component }: Place,
  matchers: readonly string[],
): AlertDefinition[] {
  const labels = { ...crossRegion, ...about.replication };
  const common = { component, dashboard: 'disasterRecovery', labels } as const;
  const site = ['lag', ...by];
  const streaming = series('sensei_lag_streaming', ...matchers);
  const leader = series('sensei_lag_standby_leader_info', ...matchers);
  // The other members of the copy stream from its leader, whether or not that gets anything itself.
  const ofLeader = `${streaming} and on (${[...site, 'member'].join(', ')}) ${leader}`;
  const equal = highest(['lag'], series('sensei_lag_timelines_equal', ...matchers));
  return [
    {
      ...common,
      alert: 'SenseiSplitBrain',
      labels: { told_by: 'lag' },
      severity: 'page',
      expr: `${highest(['lag'], series('sensei_lag_writers', ...matchers))} > 1`,
      forMs: 30 * second,
      summary:
        'Split brain between the regions of {{ $labels.lag }}: {{ $value }} members accept writes',
      description:
        'Both regions take writes. Whichever is given up loses what was written there: stop one of them now.',
    },
    {
      ...common,
      alert: 'SenseiReplicationBroken',
      severity: 'ticket',
      expr: `${highest(site, ofLeader)} == 0\nor ${highest(site, streaming)} == 0`,
      forMs: 5 * minute,
      labels: { ...labels, finding: 'not_streaming' },
      summary: 'Nothing streams to the copy of {{ $labels.lag }} in {{ $labels.region }}',
      description:
        'The copy in the other region falls behind. RPO exposure grows until it streams again.',
    },
    {
      ...common,
      alert: 'SenseiReplicationBroken',
      severity: 'ticket',
      expr: `${equal} == 0`,
      forMs: 5 * minute,
      labels: { ...labels, finding: 'timelines_differ' },
      summary:
        'The regions of {{ $labels.lag }} are on different timelines: the copy is none any more',
      description:
        'One of them was promoted or has failed over, and the other did not follow. The copy may have to be made anew.',
    },
    {
      ...common,
      alert: 'SenseiReplicaLagHigh',
      severity: 'ticket',
      expr: `${highest(['lag'], series('sensei_lag_above_threshold', ...matchers))} == 1`,
      forMs: 2 * minute,
      summary:
        'The copy of {{ $labels.lag }} in the other region is more than {{ with printf "max(sensei_lag_threshold_seconds{lag=%q})" $labels.lag | query }}{{ . | first | value | humanizeDuration }}{{ end }} behind',
      description:
        'That is the lagThreshold of the configuration. The link is slow, or the copy does not keep up.',
    },
  ];
}

/** PostgreSQL, under Patroni or not, within a region and between two. */
export function postgresqlAlerts({ settings, places }: AlertPlan): AlertDefinition[] {
  const series = seriesOf(settings.job);
  const limitBytes = settings.limits.slotRetainedBytes;
  return [
    ...perPlace(places.patroni, 'cluster', (place, matchers) =>
      patroniAlerts(series, place, matchers),
    ),
    ...perPlace(places.postgres, 'cluster', (place, matchers) =>
      postgresAlerts(series, place, matchers, limitBytes),
    ),
    ...perPlace(places.lag, 'lag', (place, matchers) => lagAlerts(series, place, matchers)),
  ];
}
