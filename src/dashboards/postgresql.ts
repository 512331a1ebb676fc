import { dashboards } from '../alerts/rule.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { highest } from '../alerts/promql.js';
import { failureTable } from './failures.js';
import { noneIsGood } from './limits.js';
import { asking, coded } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { noYes, noYesDoubtful, noYesPlain, upDown, yesNo, type Words } from './words.js';

const { raw, most, least, rate, total, increase, age } = asking('region');
const cluster = ['cluster', 'region'] as const;
const member = [...cluster, 'member'] as const;

const noPatroni = 'Nothing is known of a Patroni cluster';

const roleWords: Words = {
  0: ['Unreachable', 'bad'],
  1: ['Does not run', 'doubtful'],
  2: ['Replica', 'second'],
  3: ['Synchronous standby', 'fourth'],
  4: ['Leader', 'good'],
};
const roleTexts = {
  leader: 'Leader',
  standby_leader: 'Standby leader',
  sync_standby: 'Synchronous standby',
  quorum_standby: 'Quorum standby',
  replica: 'Replica',
  primary: 'Primary without the lock',
} as const;
const roleBy = [...member, 'zone'] as const;
/** What a member is, as a number; what stands first counts. */
const memberRole = [
  `4 * (${most('sensei_patroni_member_leader', roleBy)} == 1)`,
  `3 * (${most('sensei_patroni_member_synchronous', roleBy)} == 1)`,
  `2 * (${least('sensei_patroni_member_running', roleBy)} == 1)`,
  least('sensei_patroni_member_up', roleBy),
].join('\nor ');

/** Stages of replication, with their names. */
const lagStages = [
  ['sent', 'Send'],
  ['write', 'Write'],
  ['flush', 'Flush'],
  ['replay', 'Replay'],
] as const;

const safety: Section = {
  title: 'Leader and safety',
  panels: [
    stat({
      title: 'Leader',
      description:
        'Whether a member holds the leader lock. Without one nothing is written; Patroni should elect one within its ttl.',
      width: 4,
      named: true,
      words: yesNo,
      none: 'Unknown',
      queries: [
        { expr: least('sensei_patroni_has_leader', cluster), legend: '{{cluster}} {{region}}' },
      ],
    }),
    stat({
      title: 'Split brain',
      description:
        'Whether two members run as primary. If so stop the one without the lock at once: what it takes will be lost.',
      width: 4,
      named: true,
      words: noYes,
      none: 'Unknown',
      queries: [
        { expr: most('sensei_patroni_split_brain', cluster), legend: '{{cluster}} {{region}}' },
      ],
    }),
    stat({
      title: 'Configuration store',
      description:
        'Whether the cluster reaches etcd or whatever holds its lock. Without it no failover is possible.',
      width: 4,
      named: true,
      words: { 1: ['Reached', 'good'], 0: ['Cut off', 'bad'] },
      none: 'Unknown',
      queries: [
        { expr: least('sensei_patroni_dcs_reachable', cluster), legend: '{{cluster}} {{region}}' },
      ],
    }),
    stat({
      title: 'Paused',
      description:
        'Whether the cluster is in maintenance mode, in which nothing fails over by itself. Resume it when the work is done.',
      width: 4,
      named: true,
      words: noYesDoubtful,
      none: 'Unknown',
      queries: [{ expr: most('sensei_patroni_paused', cluster), legend: '{{cluster}} {{region}}' }],
    }),
    stat({
      title: 'Write canary',
      description:
        'Whether the last heartbeat was committed and read back on the way that applications write.',
      width: 4,
      named: true,
      words: upDown,
      none: 'Unknown',
      queries: [
        {
          expr: least('sensei_postgres_canary_success', cluster),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
    stat({
      title: 'Lost heartbeats',
      description:
        'Times that an acknowledged commit was gone afterwards, since the exporter began. More than 0 is lost data.',
      width: 4,
      named: true,
      limits: noneIsGood,
      decimals: 0,
      none: 'Unknown',
      queries: [
        {
          expr: most('sensei_postgres_canary_lost_heartbeats_total', cluster),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
    states({
      title: 'Members by role',
      description:
        'What each member is. The leader moves with a failover or a switchover; while none is blue and named Leader nothing is written.',
      width: 12,
      words: roleWords,
      queries: [{ expr: memberRole, legend: '{{member}} {{region}} {{zone}}' }],
    }),
    states({
      title: 'PostgreSQL by member',
      description: 'Whether PostgreSQL runs on each member, as its Patroni says.',
      width: 12,
      words: upDown,
      queries: [
        {
          expr: least('sensei_patroni_member_running', [...member, 'zone']),
          legend: '{{member}} {{region}} {{zone}}',
        },
      ],
    }),
  ],
};

const members: Section = {
  title: 'Members and standbys',
  panels: [
    table({
      title: 'Members',
      description:
        'How each member is seen from here and what it says of itself. Restart due means that settings are not in force; paused, that replay is; SQL, as PostgreSQL itself says.',
      width: 24,
      height: 8,
      widths: {
        PostgreSQL: 95,
        Region: 80,
        Timeline: 80,
        'Started, SQL': 105,
        'Restart due': 95,
        'Paused, SQL': 110,
      },
      rows: { cluster: 'Cluster', region: 'Region', member: 'Member' },
      columns: [
        { name: 'Patroni', expr: least('sensei_patroni_member_up', member), words: upDown },
        { name: 'PostgreSQL', expr: least('sensei_postgres_up', member), words: upDown },
        {
          name: 'Primary',
          expr: most('sensei_patroni_member_primary', member),
          words: noYesPlain,
        },
        {
          name: 'Sync',
          expr: most('sensei_patroni_member_synchronous', member),
          words: noYesPlain,
        },
        {
          name: 'Read only',
          expr: most('sensei_postgres_in_recovery', member),
          words: noYesPlain,
        },
        { name: 'Timeline', expr: most('sensei_patroni_member_timeline', member), unit: 'none' },
        {
          name: 'Paused',
          expr: most('sensei_patroni_member_replay_paused', member),
          words: noYesDoubtful,
        },
        {
          name: 'Paused, SQL',
          expr: most('sensei_postgres_replay_paused', member),
          words: noYesDoubtful,
        },
        {
          name: 'Restart due',
          expr: most('sensei_patroni_member_pending_restart', member),
          words: noYesDoubtful,
        },
        {
          name: 'Failsafe',
          expr: most('sensei_patroni_member_failsafe_active', member),
          words: noYesDoubtful,
        },
        {
          name: 'No lock',
          expr: most('sensei_patroni_member_cluster_unlocked', member),
          words: noYesDoubtful,
        },
        {
          name: 'Saw store',
          expr: age('sensei_patroni_member_dcs_last_seen_timestamp_seconds', member),
        },
        {
          name: 'Started',
          expr: age('sensei_patroni_member_postmaster_start_timestamp_seconds', member),
        },
        {
          name: 'Started, SQL',
          expr: age('sensei_postgres_start_timestamp_seconds', member),
        },
      ],
    }),
    table({
      title: 'Standbys against what is expected',
      description:
        'Fewer synchronous standbys than expected means that a failover may lose commits, or that writes wait.',
      width: 24,
      height: 5,
      rows: { cluster: 'Cluster', region: 'Region' },
      columns: [
        { name: 'Expected members', expr: most('sensei_patroni_members_expected', cluster) },
        { name: 'Unconfigured', expr: most('sensei_patroni_members_unconfigured', cluster) },
        { name: 'Primaries', expr: most('sensei_patroni_primaries', cluster) },
        { name: 'Accept writes', expr: most('sensei_postgres_primaries', cluster) },
        { name: 'Streaming', expr: most('sensei_postgres_standbys_connected', cluster) },
        { name: 'Should stream', expr: most('sensei_postgres_standbys_expected', cluster) },
        { name: 'Synchronous', expr: most('sensei_patroni_synchronous_standbys', cluster) },
        {
          name: 'Should be',
          expr: most('sensei_patroni_synchronous_standbys_expected', cluster),
        },
      ],
    }),
    lines({
      title: 'Synchronous standbys',
      description:
        'Standbys that the primary waits for at commit. At 0 a failover may lose what was acknowledged.',
      width: 12,
      height: 6,
      steps: true,
      min: 0,
      queries: [
        {
          expr: least('sensei_postgres_synchronous_standbys_connected', cluster),
          legend: '{{cluster}} {{region}}',
        },
        {
          expr: most('sensei_postgres_synchronous_standbys_expected', cluster),
          legend: 'expected {{cluster}} {{region}}',
        },
      ],
      color: 'first',
      targets: '^expected',
    }),
    stat({
      title: 'Synchronous mode',
      description:
        'What Patroni is told: off, on or quorum. Off means that an acknowledged commit may be lost at a failover; a standby cluster has nothing to acknowledge.',
      width: 12,
      height: 6,
      named: true,
      none: 'Unknown',
      words: { 0: ['Off', 'unknown'], 1: ['On', 'good'], 2: ['Quorum', 'good'] },
      queries: [
        {
          expr: highest(
            cluster,
            coded({ off: 0, on: 1, quorum: 2 }, (mode) =>
              raw('sensei_patroni_synchronous_mode', { mode }),
            ),
          ),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
  ],
};

const replication: Section = {
  title: 'Replication',
  panels: [
    lines({
      title: 'Lag in bytes',
      description:
        'Log that the primary had written and the standby had not received or replayed. Received but not replayed costs time at a failover, not data.',
      width: 12,
      min: 0,
      colors: { '/^receive/': 'first', '/^replay/': 'third' },
      linearUpTo: 1024,
      queries: [
        {
          expr: most('sensei_postgres_receive_lag_bytes', member),
          legend: 'receive {{member}} {{region}}',
        },
        {
          expr: most('sensei_postgres_replay_lag_bytes', member),
          legend: 'replay {{member}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Lag in seconds',
      description:
        'How long ago the primary passed the position that the standby has replayed, on one clock.',
      width: 12,
      min: 0,
      queries: [
        {
          expr: most('sensei_postgres_replay_lag_seconds', member),
          legend: '{{member}} {{region}}',
        },
      ],
    }),
    lines({
      title: "Lag by Patroni's account",
      description:
        'As the members tell by their REST API; beyond the dashed line a standby takes no part in an election.',
      width: 12,
      min: 0,
      colors: {
        '/^receive/': 'first',
        '/^replay/': 'third',
        '/^configuration store/': 'second',
      },
      linearUpTo: 1024,
      queries: [
        {
          expr: most('sensei_patroni_member_receive_lag_bytes', member),
          legend: 'receive {{member}} {{region}}',
        },
        {
          expr: most('sensei_patroni_member_replay_lag_bytes', member),
          legend: 'replay {{member}} {{region}}',
        },
        {
          expr: most('sensei_patroni_member_dcs_lag_bytes', member),
          legend: 'configuration store {{member}} {{region}}',
        },
        {
          expr: least('sensei_patroni_maximum_lag_on_failover_bytes', cluster),
          legend: 'election limit {{cluster}} {{region}}',
        },
      ],
      targets: '^election limit',
    }),
    lines({
      title: 'Lag by stage, as the sender sees it',
      description:
        'Delay to write, flush and replay for each connection. A standby that is slow to flush slows synchronous commits.',
      width: 12,
      min: 0,
      colors: { '/^write/': 'first', '/^flush/': 'fourth', '/^replay/': 'third' },
      queries: [
        {
          expr: most('sensei_postgres_replication_lag_seconds', ['standby', 'region', 'stage']),
          legend: '{{stage}} {{standby}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Connections',
      description:
        'What streams from what. A standby that is missing here is cut off or down; state catchup means that it is still behind.',
      width: 12,
      rows: {
        cluster: 'Cluster',
        region: 'Region',
        member: 'From',
        standby: 'To',
        state: 'State',
        sync_state: 'Kind',
      },
      columns: [
        {
          name: 'Connection',
          expr: most('sensei_postgres_replication_info', [
            ...member,
            'standby',
            'state',
            'sync_state',
          ]),
          hidden: true,
        },
      ],
    }),
    table({
      title: 'Lag by stage, in bytes',
      description:
        'Log that each connection has still to send, write, flush and replay. Large in one stage and all after it: that stage is slow.',
      width: 12,
      rows: { region: 'Region', member: 'From', standby: 'To' },
      columns: lagStages.map(([stage, name]) => ({
        name,
        expr: most('sensei_postgres_replication_lag_bytes', ['region', 'member', 'standby'], {
          stage,
        }),
      })),
      sort: ['Replay', 'highest'],
    }),
    states({
      title: 'WAL receivers',
      description: 'Whether each standby has a receiver that streams. The leader needs none.',
      width: 12,
      height: 6,
      absent: 'None',
      words: { 1: ['Streams', 'good'], 0: ['Does not', 'bad'] },
      queries: [
        {
          expr: least('sensei_postgres_wal_receiver_streaming', member),
          legend: '{{member}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Receivers last heard',
      description:
        'Time since each receiver heard from its source, by the clock of the standby. It grows when the link is cut without a word.',
      width: 12,
      height: 6,
      min: 0,
      queries: [
        {
          expr: age('sensei_postgres_wal_receiver_last_message_timestamp_seconds', member),
          legend: '{{member}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Log kept by slots',
      description:
        'A slot that nobody reads keeps log until the disk is full, or is lost and its standby must be made anew.',
      width: 12,
      min: 0,
      linearUpTo: 1024,
      queries: [
        {
          expr: most('sensei_postgres_slot_retained_bytes', [...member, 'slot']),
          legend: '{{slot}} {{member}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Slots',
      description: 'Whether each slot is read, and whether log that it needs is gone.',
      width: 12,
      height: 8,
      rows: { cluster: 'Cluster', region: 'Region', member: 'Member', slot: 'Slot' },
      columns: [
        {
          name: 'Active',
          expr: most('sensei_postgres_slot_active', [...member, 'slot']),
          words: { 1: ['Yes', 'good'], 0: ['No', 'doubtful'] },
        },
        {
          name: 'Lost',
          expr: most('sensei_postgres_slot_lost', [...member, 'slot']),
          words: noYes,
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
      description:
        'Of the last good heartbeat. Commit grows with the round trip to the synchronous standby.',
      width: 8,
      min: 0,
      colors: { '/^connect /': 'third', '/^commit /': 'first', '/^read /': 'fourth' },
      queries: [
        {
          expr: most('sensei_postgres_canary_duration_seconds', [...cluster, 'phase']),
          legend: '{{phase}} {{cluster}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Heartbeats that fail',
      unit: 'percentunit',
      description:
        'Share of the attempts. One that timed out may have been committed. The table below tells the reasons.',
      width: 8,
      min: 0,
      color: 'target',
      max: 1,
      queries: [
        {
          expr: `${rate('sensei_postgres_canary_failures_total', cluster)}\n/ on (cluster, region) (${rate('sensei_postgres_canary_writes_total', cluster)} > 0)`,
          legend: '{{cluster}} {{region}}',
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
          expr: age('sensei_postgres_canary_last_success_timestamp_seconds', cluster),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Age of the newest heartbeat',
      description: 'As each member has it: the lag that a reader there would see.',
      width: 8,
      min: 0,
      queries: [
        {
          expr: age('sensei_postgres_heartbeat_timestamp_seconds', member),
          legend: '{{member}} {{region}}',
        },
      ],
    }),
    failureTable({
      title: 'Failures by reason',
      description: 'Heartbeats that failed, in the time that is shown.',
      width: 8,
      rows: { cluster: 'Cluster', region: 'Region', reason: 'Reason' },
      expr: increase('sensei_postgres_canary_failures_total', [...cluster, 'reason']),
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
          expr: rate('sensei_postgres_canary_connections_total', cluster),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
  ],
};

const history: Section = {
  title: 'Failovers, archiving and settings',
  panels: [
    [
      lines({
        title: 'Timeline',
        description: 'Each promotion makes a new one. Members on an older one must be rewound.',
        width: 8,
        height: 8,
        steps: true,
        unit: 'none',
        queries: [
          {
            expr: most('sensei_patroni_timeline', cluster),
            legend: '{{cluster}} {{region}} leader',
          },
          { expr: most('sensei_postgres_timeline', member), legend: '{{member}} {{region}}' },
        ],
      }),
      table({
        title: 'Members by role and state',
        description:
          'All configured members. Role primary is one that runs as such without the lock.',
        width: 8,
        height: 7,
        none: noPatroni,
        rows: { role: 'Role', state: 'State' },
        texts: { Role: roleTexts },
        columns: [
          {
            name: 'Members',
            expr: `${total('sensei_patroni_members', ['role', 'state'])} > 0`,
          },
        ],
        sort: ['Role', 'lowest'],
      }),
    ],
    [
      table({
        title: 'Failovers and switchovers',
        description:
          'In the time that is shown, planned or not, and how long ago the last promotion was.',
        width: 16,
        height: 5,
        rows: { cluster: 'Cluster', region: 'Region' },
        columns: [
          {
            name: 'Leader changes',
            expr: increase('sensei_patroni_leader_changes_total', cluster),
            decimals: 0,
          },
          {
            name: 'Timeline changes',
            expr: increase('sensei_patroni_timeline_changes_total', cluster),
            decimals: 0,
          },
          {
            name: 'Last promotion',
            expr: age('sensei_patroni_last_timeline_change_timestamp_seconds', cluster),
          },
          {
            name: 'Switchover planned',
            expr: most('sensei_patroni_switchover_scheduled', cluster),
            words: noYesDoubtful,
          },
          {
            name: 'Planned in',
            expr: `${most('sensei_patroni_scheduled_switchover_timestamp_seconds', cluster)} - time()`,
          },
        ],
      }),
      table({
        title: 'Settings that decide a failover',
        description:
          'How soon a lost leader is noticed, and whether the primary goes on without a synchronous standby (strict: it does not). Replication: whether it is synchronous.',
        width: 16,
        height: 5,
        rows: { cluster: 'Cluster', region: 'Region' },
        columns: [
          { name: 'Lock lasts (ttl)', expr: most('sensei_patroni_ttl_seconds', cluster) },
          { name: 'Loop wait', expr: most('sensei_patroni_loop_wait_seconds', cluster) },
          {
            name: 'Retry timeout',
            expr: most('sensei_patroni_retry_timeout_seconds', cluster),
          },
          {
            name: 'Start within',
            expr: most('sensei_patroni_primary_start_timeout_seconds', cluster),
          },
          {
            name: 'Strict',
            expr: most('sensei_patroni_synchronous_mode_strict', cluster),
            words: noYesPlain,
          },
          {
            name: 'Failsafe mode',
            expr: most('sensei_patroni_failsafe_mode', cluster),
            words: noYesPlain,
          },
          {
            name: 'Replication',
            expr: least('sensei_postgres_synchronous_replication_on', cluster),
            words: { 1: ['On', 'good'], 0: ['Off', 'doubtful'] },
          },
        ],
      }),
      table({
        title: 'Archiving',
        description:
          'Log segments archived and attempts that failed in the time that is shown, and how long ago the last were, by the clock of the server. Failures alone mean that the log fills the disk.',
        width: 16,
        height: 5,
        none: 'Nothing is archived',
        rows: { cluster: 'Cluster', region: 'Region' },
        columns: [
          {
            name: 'Archived',
            expr: increase('sensei_postgres_archived_segments_total', cluster),
            decimals: 0,
          },
          {
            name: 'Failed',
            expr: increase('sensei_postgres_archive_failures_total', cluster),
            decimals: 0,
            limits: ['good', [0.5, 'doubtful']],
          },
          {
            name: 'Last archived',
            expr: age('sensei_postgres_last_archived_timestamp_seconds', cluster),
          },
          {
            name: 'Last failure',
            expr: age('sensei_postgres_last_archive_failure_timestamp_seconds', cluster),
          },
        ],
      }),
    ],
    table({
      title: 'Versions',
      description: 'Of Patroni and PostgreSQL, and the identity of the database.',
      width: 24,
      height: 8,
      rows: {
        cluster: 'Cluster',
        region: 'Region',
        member: 'Member',
        patroni_version: 'Patroni',
        postgresql_version: 'PostgreSQL',
        system_identifier: 'Database',
      },
      columns: [
        {
          name: 'Info',
          expr: most('sensei_patroni_member_info', [
            ...member,
            'patroni_version',
            'postgresql_version',
            'system_identifier',
          ]),
          hidden: true,
        },
      ],
    }),
    lines({
      title: 'Members that give no answer',
      description: 'Collections a second in which a member did not answer as expected.',
      width: 12,
      unit: 'ops',
      min: 0,
      queries: [
        {
          expr: rate('sensei_patroni_member_failures_total', ['member', 'region']),
          legend: 'Patroni {{member}} {{region}}',
        },
        {
          expr: rate('sensei_postgres_member_failures_total', ['member', 'region']),
          legend: 'PostgreSQL {{member}} {{region}}',
        },
      ],
    }),
    failureTable({
      title: 'Why Patroni gave no answer',
      description:
        'Collections without an answer, in the time that is shown. Connect: it does not run or is cut off; timeout: it hangs.',
      width: 6,
      rows: { member: 'Member', reason: 'Reason' },
      expr: increase('sensei_patroni_member_failures_total', ['member', 'reason']),
    }),
    failureTable({
      title: 'Why PostgreSQL gave no answer',
      description:
        'Collections without an answer, in the time that is shown. Connect: it does not run or is cut off; auth: the rights of the role that asks.',
      width: 6,
      rows: { member: 'Member', reason: 'Reason' },
      expr: increase('sensei_postgres_member_failures_total', ['member', 'reason']),
    }),
  ],
};

export const postgresql: DashboardSpec = {
  uid: dashboards.postgresql,
  title: 'Sensei: PostgreSQL',
  description: 'PostgreSQL under Patroni: leader, members, replication, archiving, writes.',
  variables: ['region'],
  sections: [safety, writing, members, replication, history],
};
