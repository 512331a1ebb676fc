import { dashboards } from '../alerts/rule.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { failureTable } from './failures.js';
import { noneIsBetter, shareOfTarget } from './limits.js';
import { asking } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { noYes, noYesDoubtful, upDown, yesNo } from './words.js';

const { most, least, rate, increase, age } = asking('region');
const master = ['master', 'region'] as const;
const sentinel = [...master, 'sentinel'] as const;
const replica = [...master, 'replica'] as const;

const safety: Section = {
  title: 'Could it fail over',
  panels: [
    stat({
      title: 'Primaries claimed',
      description:
        'Different primaries named by the Sentinels. More than 1 means that clients write to different servers.',
      width: 4,
      named: true,
      limits: ['bad', [1, 'good'], [2, 'bad']],
      none: 'Unknown',
      queries: [
        { expr: most('sensei_sentinel_masters_claimed', master), legend: '{{master}} {{region}}' },
      ],
    }),
    stat({
      title: 'Quorum',
      description:
        'Whether some Sentinel says that quorum and majority can be reached. Without, no failover takes place.',
      width: 4,
      named: true,
      words: yesNo,
      none: 'Unknown',
      queries: [
        { expr: most('sensei_sentinel_quorum_ok', master), legend: '{{master}} {{region}}' },
      ],
    }),
    stat({
      title: 'Sentinels answering',
      unit: 'percentunit',
      description: 'Of those that are configured. Half of them or fewer is no majority.',
      width: 4,
      named: true,
      none: 'Unknown',
      decimals: 0,
      limits: ['bad', [0.501, 'doubtful'], [1, 'good']],
      queries: [
        {
          expr: `sum by (master, region) (${most('sensei_sentinel_up', sentinel)})\n/ on (master, region) ${most('sensei_sentinel_sentinels_configured', master)}`,
          legend: '{{master}} {{region}}',
        },
      ],
    }),
    stat({
      title: 'Replicas usable',
      unit: 'percentunit',
      description: 'Replicas that could be promoted, as a share of those that should be.',
      width: 4,
      named: true,
      none: 'Unknown',
      decimals: 0,
      limits: ['bad', [1, 'good']],
      queries: [
        {
          expr: `${most('sensei_sentinel_replicas_usable', master)}\n/ on (master, region) (${most('sensei_sentinel_replicas_expected', master)} > 0)`,
          legend: '{{master}} {{region}}',
        },
      ],
    }),
    stat({
      title: 'TILT',
      description:
        'Whether any Sentinel is in TILT, after its clock jumped or it stood still: it watches and does not act.',
      width: 4,
      named: true,
      words: noYesDoubtful,
      none: 'Unknown',
      queries: [{ expr: most('sensei_sentinel_tilt', master), legend: '{{master}} {{region}}' }],
    }),
    stat({
      title: 'Write canary',
      description: 'Whether the last key was set and read back at the primary.',
      width: 4,
      named: true,
      words: upDown,
      none: 'Unknown',
      queries: [
        {
          expr: least('sensei_sentinel_canary_success', master),
          legend: '{{master}} {{region}}',
        },
      ],
    }),
    states({
      title: 'Sentinels over time',
      description: 'Whether each Sentinel answers. One down is no harm; look before a second is.',
      width: 12,
      words: upDown,
      queries: [
        {
          expr: most('sensei_sentinel_up', ['sentinel', 'region', 'zone']),
          legend: '{{sentinel}} {{region}} {{zone}}',
        },
      ],
    }),
    states({
      title: 'Primary named',
      description:
        'The address that the Sentinels name. A change is a failover; two at once are a disagreement.',
      width: 12,
      absent: '',
      hideLegend: true,
      words: { 1: ['Primary', 'good'] },
      queries: [
        {
          expr: most('sensei_sentinel_master_info', [...master, 'address']),
          legend: '{{address}} {{master}} {{region}}',
        },
      ],
    }),
  ],
};

const views: Section = {
  title: 'As each Sentinel sees it',
  panels: [
    table({
      title: 'Sentinels',
      description:
        'What each Sentinel knows and how it is set. They should all agree: one that differs was left behind.',
      width: 24,
      height: 6,
      widths: { Master: 90, Region: 90, Quorum: 90, TILT: 80, Epoch: 80 },
      rows: { master: 'Master', region: 'Region', sentinel: 'Sentinel' },
      columns: [
        { name: 'Quorum', expr: least('sensei_sentinel_quorum_ok', sentinel), words: yesNo },
        { name: 'Must agree', expr: most('sensei_sentinel_quorum', sentinel) },
        { name: 'Sentinels usable', expr: least('sensei_sentinel_sentinels_usable', sentinel) },
        { name: 'Sentinels known', expr: most('sensei_sentinel_sentinels_known', sentinel) },
        { name: 'Replicas usable', expr: least('sensei_sentinel_replicas_usable', sentinel) },
        { name: 'Replicas known', expr: most('sensei_sentinel_replicas_known', sentinel) },
        {
          name: 'Epoch',
          expr: most('sensei_sentinel_config_epoch', sentinel),
          unit: 'none',
        },
        { name: 'TILT', expr: most('sensei_sentinel_tilt', sentinel), words: noYesDoubtful },
        {
          name: 'Down after',
          expr: most('sensei_sentinel_down_after_seconds', sentinel),
        },
        {
          name: 'Failover timeout',
          expr: most('sensei_sentinel_failover_timeout_seconds', sentinel),
        },
      ],
    }),
    lines({
      title: 'Replicas usable and expected',
      description: 'By the Sentinel that sees most. Below the dashed line redundancy is lost.',
      width: 12,
      steps: true,
      min: 0,
      queries: [
        { expr: most('sensei_sentinel_replicas_usable', master), legend: '{{master}} {{region}}' },
        {
          expr: most('sensei_sentinel_replicas_expected', master),
          legend: 'expected {{master}} {{region}}',
        },
      ],
      color: 'first',
      targets: '^expected',
    }),
    states({
      title: 'Flags on the primary',
      description:
        'What Sentinels hold of the primary: s down is the view of one, o down that of the quorum.',
      width: 12,
      height: 8,
      words: noYes,
      absent: '',
      spaced: true,
      showValue: false,
      queries: [
        {
          expr: most('sensei_sentinel_master_flag', [...master, 'flag']),
          legend: '{{flag}} {{master}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Settings',
      description:
        'Detection as a share of the 30 s within which Redis should be back: at 1 it cannot be. Lower down-after then.',
      width: 12,
      height: 4,
      rows: { master: 'Master', region: 'Region' },
      columns: [
        {
          name: 'Detection share',
          expr: most('sensei_sentinel_detection_share_ratio', master),
          decimals: 0,
          limits: shareOfTarget,
        },
        { name: 'Quorum expected', expr: most('sensei_sentinel_quorum_expected', master) },
        {
          name: 'Epochs claimed',
          expr: most('sensei_sentinel_epochs_claimed', master),
          limits: ['good', [2, 'doubtful']],
        },
      ],
    }),
    table({
      title: 'Switches in the time shown',
      description:
        'Changes of the primary, and failovers begun. More begun than done means that some did not succeed.',
      width: 12,
      height: 4,
      rows: { master: 'Master', region: 'Region' },
      columns: [
        { name: 'Switches', expr: increase('sensei_sentinel_switches_total', master), decimals: 0 },
        {
          name: 'Begun',
          expr: increase('sensei_sentinel_epoch_changes_total', master),
          decimals: 0,
        },
        {
          name: 'Events dropped',
          expr: increase('sensei_sentinel_events_dropped_total', master),
          decimals: 0,
          limits: noneIsBetter,
        },
      ],
    }),
  ],
};

const replicas: Section = {
  title: 'Replicas and failovers',
  panels: [
    states({
      title: 'Replica links',
      description:
        'Whether each replica has its link to the primary, as the Sentinels were told. A gap: it is not a replica then.',
      width: 8,
      absent: '',
      words: upDown,
      queries: [
        {
          expr: least('sensei_sentinel_replica_link_up', replica),
          legend: '{{replica}} {{master}}',
        },
      ],
    }),
    lines({
      title: 'Links down for',
      description: 'How long the link of each replica has been down; 0 while it is up.',
      width: 8,
      height: 7,
      min: 0,
      queries: [
        {
          expr: most('sensei_sentinel_replica_link_down_seconds', replica),
          legend: '{{replica}} {{master}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Replicas behind the furthest',
      description:
        'Replication offsets against the highest one of the replicas. One that falls behind is no good to promote.',
      width: 8,
      height: 7,
      min: 0,
      queries: [
        {
          expr: `${most('sensei_sentinel_replica_offset_bytes', master)} - on (master, region) group_right () ${most('sensei_sentinel_replica_offset_bytes', replica)}`,
          legend: '{{replica}} {{master}} {{region}}',
        },
      ],
    }),
  ],
};

const writing: Section = {
  title: 'Write canary',
  panels: [
    lines({
      title: 'Duration by phase',
      description: 'Of the last good write: asking the Sentinels, connecting, writing.',
      width: 8,
      min: 0,
      colors: { '/^connect /': 'third', '/^write /': 'first' },
      queries: [
        {
          expr: most('sensei_sentinel_canary_duration_seconds', [...master, 'phase']),
          legend: '{{phase}} {{master}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Since the last good write',
      description: 'It grows for as long as writing is impossible.',
      width: 8,
      min: 0,
      color: 'first',
      queries: [
        {
          expr: age('sensei_sentinel_canary_last_success_timestamp_seconds', master),
          legend: '{{master}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Writes that fail',
      unit: 'percentunit',
      description: 'Share of the attempts. The table below tells the reasons.',
      width: 8,
      min: 0,
      max: 1,
      queries: [
        {
          expr: `${rate('sensei_sentinel_canary_failures_total', master)}\n/ on (master, region) (${rate('sensei_sentinel_canary_writes_total', master)} > 0)`,
          legend: '{{master}} {{region}}',
        },
      ],
      color: 'target',
    }),
    failureTable({
      title: 'Failed writes by reason',
      description:
        'In the time that is shown. A failover fails some of them: none for long is bad.',
      width: 8,
      rows: { master: 'Master', region: 'Region', reason: 'Reason' },
      expr: increase('sensei_sentinel_canary_failures_total', [...master, 'reason']),
    }),
    lines({
      title: 'New connections',
      description: 'A second. More than none means that the kept connection was lost.',
      width: 8,
      unit: 'ops',
      min: 0,
      color: 'first',
      queries: [
        {
          expr: rate('sensei_sentinel_canary_connections_total', master),
          legend: '{{master}} {{region}}',
        },
      ],
    }),
    failureTable({
      title: 'Sentinels that gave no answer, by reason',
      description:
        'Collections without an answer, in the time that is shown. The timeline of Sentinels tells when.',
      width: 8,
      rows: { sentinel: 'Sentinel', region: 'Region', reason: 'Reason' },
      expr: increase('sensei_sentinel_failures_total', ['sentinel', 'region', 'reason']),
    }),
  ],
};

export const redis: DashboardSpec = {
  uid: dashboards.redis,
  title: 'Sensei: Redis',
  description: 'Redis under Sentinel: agreement, quorum, replicas, failovers, writes.',
  variables: ['region'],
  sections: [safety, views, replicas, writing],
};
