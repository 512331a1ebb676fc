import { highest } from '../alerts/promql.js';
import { dashboards } from '../alerts/rule.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { exposureShare, mostExposed } from './exposure.js';
import { failureTable, happened } from './failures.js';
import { noneIsBetter, shareOfTarget } from './limits.js';
import { asking, coded } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { noYes, noYesDoubtful, regionCodes, regionWords, upDown, yesNo } from './words.js';

const { raw, most, least, rate, increase, age } = asking('region');
const backup = ['backup', 'region'] as const;
const lag = ['lag'] as const;
const cluster = ['lag', 'cluster', 'region'] as const;
const member = [...cluster, 'member'] as const;
const side = ['replication', 'side'] as const;

const state = highest(
  ['region'],
  coded(regionCodes, (each) => raw('sensei_region_state', { state: each })),
);

const exposure: Section = {
  title: 'What would be lost now',
  panels: [
    stat({
      title: 'Lost if it failed now',
      description:
        'Exposure of the most exposed dataset. Unknown while that is so of any dataset: the table tells which.',
      width: 6,
      none: 'Unknown',
      queries: [{ expr: most('sensei_rpo_deployment_exposure_seconds', []) }],
    }),
    stat({
      title: 'Most exposed',
      description: 'The dataset that would lose most of what it may, or of which nothing is known.',
      width: 6,
      nameOnly: true,
      queries: [{ expr: mostExposed, legend: '{{dataset}}' }],
    }),
    stat({
      title: 'Share of the RPO',
      unit: 'percentunit',
      description:
        'Exposure of the worst dataset as a share of what may be lost. Above 100 % a failover now breaks the promise.',
      width: 6,
      decimals: 0,
      none: 'Unknown',
      limits: shareOfTarget,
      queries: [{ expr: `max(${exposureShare})` }],
    }),
    stat({
      title: 'Unproved',
      description:
        'Datasets whose exposure rests on what is no evidence, such as backups of which none was ever restored.',
      width: 6,
      none: 'Unknown',
      limits: noneIsBetter,
      queries: [{ expr: `sum(${most('sensei_rpo_unproved', ['dataset'])})` }],
    }),
    lines({
      title: 'Exposure by dataset',
      description:
        'Age of the newest point that could be brought back. A gap means that nothing is known; that counts as breached after a while. Dashed: the targets.',
      width: 12,
      height: 12,
      logarithmic: true,
      queries: [
        { expr: most('sensei_rpo_exposure_seconds', ['dataset']), legend: '{{dataset}}' },
        {
          expr: most('sensei_rpo_target_seconds', ['dataset']),
          legend: 'target {{dataset}}',
        },
      ],
      targets: '^target',
    }),
    [
      table({
        title: 'Datasets',
        description:
          'Exposure against the target, and how old the newest point is that could be brought back. Unproved means that it rests on backups of which none was ever restored.',
        width: 12,
        height: 7,
        rows: { dataset: 'Dataset' },
        columns: [
          { name: 'Exposure', expr: most('sensei_rpo_exposure_seconds', ['dataset']) },
          { name: 'Target', expr: most('sensei_rpo_target_seconds', ['dataset']) },
          {
            name: 'Newest',
            expr: age('sensei_rpo_restorable_timestamp_seconds', ['dataset']),
          },
          {
            name: 'Share',
            unit: 'percentunit',
            expr: exposureShare,
            decimals: 0,
            limits: shareOfTarget,
          },
          { name: 'Breached', expr: most('sensei_rpo_breached', ['dataset']), words: noYes },
          {
            name: 'Unproved',
            expr: most('sensei_rpo_unproved', ['dataset']),
            words: noYesDoubtful,
          },
        ],
        widths: { Dataset: 150 },
        sort: ['Share', 'highest'],
      }),
      states({
        title: 'Way back',
        description:
          'Whether each dataset would be brought back from a copy or from a backup. From a backup takes longer.',
        width: 12,
        height: 5,
        absent: '',
        hideLegend: true,
        words: { 1: ['This way', 'good'] },
        queries: [
          {
            expr: most('sensei_rpo_path_info', ['dataset', 'path']),
            legend: '{{dataset}} {{path}}',
          },
        ],
      }),
    ],
  ],
};

const regions: Section = {
  title: 'Regions side by side',
  panels: [
    table({
      title: 'Regions',
      description:
        'Both regions as they stand: is it up, would routing send anybody there, who sees it down, does its database cluster answer. Compare before failing over.',
      width: 14,
      height: 5,
      rows: { region: 'Region' },
      columns: [
        { name: 'State', expr: state, words: regionWords },
        {
          name: 'Routing',
          expr: most('sensei_region_routing_healthy', ['region']),
          words: upDown,
        },
        { name: 'See it down', expr: most('sensei_region_votes', ['region']) },
        { name: 'Of', expr: most('sensei_region_vantage_points', ['region']) },
        { name: 'Database', expr: least('sensei_lag_cluster_up', ['region']), words: upDown },
        { name: 'Buckets', expr: least('sensei_objects_up', ['region']), words: upDown },
        {
          name: 'Heartbeat',
          expr: age('sensei_lag_heartbeat_timestamp_seconds', ['region']),
        },
      ],
    }),
    states({
      title: 'State by region',
      description:
        'Down needs a majority of the vantage points; suspected is what this one sees alone.',
      width: 10,
      height: 5,
      words: regionWords,
      queries: [{ expr: state, legend: '{{region}}' }],
    }),
    lines({
      title: 'Votes',
      description: 'Vantage points that see everything in the region down. Dashed: all there are.',
      width: 8,
      steps: true,
      min: 0,
      height: 5,
      queries: [
        { expr: most('sensei_region_votes', ['region']), legend: '{{region}}' },
        {
          expr: most('sensei_region_vantage_points', ['region']),
          legend: 'vantage points of {{region}}',
        },
      ],
      targets: '^vantage points',
    }),
    states({
      title: 'Database clusters',
      description: 'Whether any member of the cluster in each region answers.',
      width: 8,
      height: 5,
      words: upDown,
      queries: [{ expr: most('sensei_lag_cluster_up', cluster), legend: '{{cluster}} {{region}}' }],
    }),
    states({
      title: 'Where the writer is',
      description: 'The cluster that has the writer, or had it last. A change is a failover.',
      width: 8,
      height: 5,
      absent: '',
      hideLegend: true,
      words: { 1: ['Writer', 'good'] },
      queries: [
        { expr: most('sensei_lag_source_info', cluster), legend: '{{cluster}} {{region}}' },
      ],
    }),
  ],
};

const crossRegion: Section = {
  title: 'Copy of the database in the other region',
  panels: [
    stat({
      title: 'Writers',
      description:
        'Members of both clusters that accept writes: 1 is right. 2 is a split brain between the regions: fence one at once.',
      width: 6,
      named: true,
      none: 'Unknown',
      words: { 0: ['No writer', 'bad'], 1: ['One writer', 'good'], 2: ['Two writers!', 'bad'] },
      limits: ['bad'],
      queries: [{ expr: most('sensei_lag_writers', lag), legend: '{{lag}}' }],
    }),
    stat({
      title: 'Same timeline',
      description:
        'Whether both regions follow one timeline of one database. When not, the copy must be rewound or made anew.',
      width: 6,
      named: true,
      none: 'Unknown',
      words: yesNo,
      queries: [{ expr: least('sensei_lag_timelines_equal', lag), legend: '{{lag}}' }],
    }),
    stat({
      title: 'Could be promoted at',
      description: 'Age of the newest point that the copy could be promoted at.',
      width: 6,
      named: true,
      none: 'Unknown',
      queries: [{ expr: age('sensei_lag_restorable_timestamp_seconds', lag), legend: '{{lag}}' }],
    }),
    stat({
      title: 'Above the threshold',
      description: 'Whether that is older than the age from which to warn, where one is set.',
      width: 6,
      named: true,
      none: 'Not set, or unknown',
      words: noYesDoubtful,
      queries: [{ expr: most('sensei_lag_above_threshold', lag), legend: '{{lag}}' }],
    }),
    lines({
      title: 'Lag in bytes',
      description:
        'Log that the primary had written and the copy had not received or replayed, both asked at once.',
      width: 8,
      min: 0,
      colors: { '/^receive/': 'first', '/^replay/': 'third' },
      linearUpTo: 1024,
      queries: [
        {
          expr: most('sensei_lag_bytes', ['lag', 'region', 'member', 'stage']),
          legend: '{{stage}} {{member}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Lag in seconds',
      description:
        'Time since the primary passed the position that the copy has replayed. Dashed: from when to warn.',
      width: 8,
      min: 0,
      queries: [
        { expr: most('sensei_lag_seconds', member), legend: '{{member}} {{region}}' },
        { expr: most('sensei_lag_threshold_seconds', lag), legend: 'threshold of {{lag}}' },
      ],
      targets: '^threshold of',
    }),
    lines({
      title: 'Age of the newest heartbeat',
      description: 'In each region: what a reader there would see last.',
      width: 8,
      min: 0,
      queries: [
        {
          expr: age('sensei_lag_heartbeat_timestamp_seconds', cluster),
          legend: '{{cluster}} {{region}}',
        },
      ],
    }),
    states({
      title: 'Standby leader',
      description: 'The member of the copy that gets its log from the other region.',
      width: 8,
      height: 5,
      absent: '',
      hideLegend: true,
      words: { 1: ['Leads', 'good'] },
      queries: [
        { expr: most('sensei_lag_standby_leader_info', member), legend: '{{member}} {{region}}' },
      ],
    }),
    states({
      title: 'Streaming',
      description:
        'Whether the WAL receivers of the copy stream. None: it has none, as a leader has.',
      width: 8,
      height: 5,
      absent: 'None',
      words: { 1: ['Streams', 'good'], 0: ['Does not', 'bad'] },
      queries: [{ expr: least('sensei_lag_streaming', member), legend: '{{member}} {{region}}' }],
    }),
    lines({
      title: 'Receivers last heard',
      description: 'By the clock of the member. It grows when the link is cut without a word.',
      width: 8,
      height: 5,
      min: 0,
      queries: [
        {
          expr: age('sensei_lag_last_message_timestamp_seconds', member),
          legend: '{{member}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Slots of the copy',
      description:
        'Log that the primary keeps for the copy. A lost slot means that the copy must be made anew.',
      width: 12,
      height: 5,
      none: 'No slot is known',
      rows: { cluster: 'Cluster', region: 'Region', slot: 'Slot' },
      columns: [
        {
          name: 'Kept',
          expr: most('sensei_lag_slot_retained_bytes', ['cluster', 'region', 'slot']),
        },
        {
          name: 'Active',
          expr: most('sensei_lag_slot_active', ['cluster', 'region', 'slot']),
          words: { 1: ['Yes', 'good'], 0: ['No', 'doubtful'] },
        },
        {
          name: 'Lost',
          expr: most('sensei_lag_slot_lost', ['cluster', 'region', 'slot']),
          words: noYes,
        },
      ],
    }),
    table({
      title: 'Timelines',
      description: 'Of each cluster, and whether it is a standby cluster, as it should be.',
      width: 12,
      height: 5,
      rows: { cluster: 'Cluster', region: 'Region' },
      columns: [
        {
          name: 'Timeline',
          expr: most('sensei_lag_timeline', ['cluster', 'region']),
          unit: 'none',
        },
        {
          name: 'Standby cluster',
          expr: most('sensei_patroni_standby_cluster', ['cluster', 'region']),
          words: { 0: ['No', 'unknown'], 1: ['Yes', 'good'] },
        },
        {
          name: 'Should be one',
          expr: most('sensei_patroni_standby_cluster_expected', ['cluster', 'region']),
          words: { 0: ['No', 'unknown'], 1: ['Yes', 'good'] },
        },
      ],
    }),
  ],
};

const backups: Section = {
  title: 'Backups',
  panels: [
    table({
      title: 'Backups',
      description:
        'Whether there is one that could be restored, and whether that was ever shown by a restore. A backup that was never restored is no evidence.',
      width: 24,
      height: 4,
      rows: { backup: 'Backup', region: 'Region' },
      columns: [
        { name: 'Restorable', expr: least('sensei_backup_restorable', backup), words: yesNo },
        {
          name: 'Up to',
          expr: age('sensei_backup_restorable_timestamp_seconds', backup),
        },
        {
          name: 'Proved',
          expr: least('sensei_backup_proved', backup),
          words: { 1: ['Yes', 'good'], 0: ['No', 'doubtful'] },
        },
        { name: 'Newest is good', expr: least('sensei_backup_last_success', backup), words: yesNo },
        { name: 'Size', expr: most('sensei_backup_size_bytes', backup) },
        { name: 'Took', expr: most('sensei_backup_duration_seconds', backup) },
        { name: 'Archiving', expr: least('sensei_backup_archiving', backup), words: yesNo },
        { name: 'Primary', expr: least('sensei_backup_archiver_up', backup), words: upDown },
      ],
    }),
    stat({
      title: 'Age of the newest backup',
      description: 'By type. It should not grow beyond the schedule.',
      width: 8,
      height: 5,
      named: true,
      none: 'No backup is known',
      queries: [
        {
          expr: age('sensei_backup_newest_timestamp_seconds', [...backup, 'type']),
          legend: '{{type}} {{backup}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Age of what could be brought back',
      description: 'From the newest backup and the WAL archived after it.',
      width: 8,
      height: 5,
      min: 0,
      color: 'first',
      queries: [
        {
          expr: age('sensei_backup_restorable_timestamp_seconds', backup),
          legend: '{{backup}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Restore tests',
      description: 'The last one on record. Run one when it failed or grows old.',
      width: 8,
      height: 5,
      none: 'No restore was tested',
      widths: { Backup: 130 },
      rows: { backup: 'Backup', region: 'Region' },
      columns: [
        {
          name: 'Tested',
          expr: age('sensei_backup_restore_test_timestamp_seconds', backup),
        },
        {
          name: 'Result',
          expr: least('sensei_backup_restore_test_success', backup),
          words: { 1: ['Restored', 'good'], 0: ['Failed', 'bad'] },
        },
        {
          name: 'Took',
          expr: most('sensei_backup_restore_test_duration_seconds', backup),
        },
      ],
    }),
    lines({
      title: 'WAL archive',
      description:
        'Age of the newest archived WAL. It grows while nothing is written, too, unless segments are switched by time.',
      width: 8,
      min: 0,
      color: 'first',
      queries: [
        {
          expr: age('sensei_backup_wal_timestamp_seconds', backup),
          legend: '{{backup}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Segments waiting',
      description: 'WAL segments that wait on the primary to be archived. They fill its disk.',
      width: 8,
      min: 0,
      color: 'first',
      queries: [
        { expr: most('sensei_backup_segments_waiting', backup), legend: '{{backup}} {{region}}' },
      ],
    }),
    table({
      title: 'Archiving',
      description: 'By the clock of the primary. A failure later than a success is one that lasts.',
      width: 8,
      height: 8,
      rows: { backup: 'Backup', region: 'Region' },
      columns: [
        {
          name: 'Archived',
          expr: age('sensei_backup_last_archived_timestamp_seconds', backup),
        },
        {
          name: 'Failed',
          expr: age('sensei_backup_last_archive_failure_timestamp_seconds', backup),
        },
        {
          name: 'Oldest waits',
          expr: `time() - ${least('sensei_backup_oldest_waiting_timestamp_seconds', backup)}`,
        },
        {
          name: 'Missing WAL',
          expr: most('sensei_backup_archive_missing', backup),
          words: noYes,
        },
      ],
    }),
    states({
      title: 'Faulty backups',
      description: 'Recorded backups that cannot be counted on, by what is wrong with them.',
      width: 12,
      height: 5,
      words: { 0: ['None', 'good'] },
      absent: '',
      limits: ['good', [1, 'bad']],
      hideLegend: true,
      spaced: true,
      queries: [
        {
          expr: happened(most('sensei_backup_faulty', [...backup, 'reason']), 'reason'),
          legend: '{{reason}} {{backup}} {{region}}',
        },
      ],
    }),
    failureTable({
      title: 'Primaries that gave no answer',
      description: 'To questions about their archiving, in the time that is shown, by reason.',
      width: 12,
      height: 5,
      rows: { backup: 'Backup', region: 'Region', reason: 'Reason' },
      expr: increase('sensei_backup_archiver_failures_total', [...backup, 'reason']),
    }),
    lines({
      title: 'Archived log by position',
      description:
        'Where the archived WAL ends, in the repository that has most. It should rise, and never fall.',
      width: 12,
      height: 6,
      color: 'first',
      queries: [
        {
          expr: most('sensei_backup_archive_position_bytes', backup, {
            edge: 'max',
          }),
          legend: '{{backup}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Timelines in the archive',
      description: 'The newest one should be that of the leader.',
      width: 12,
      height: 6,
      unit: 'none',
      steps: true,
      colors: { '/^max /': 'first', '/^min /': 'fifth' },
      queries: [
        {
          expr: most('sensei_backup_archive_timeline', ['backup', 'edge']),
          legend: '{{edge}} {{backup}}',
        },
      ],
    }),
  ],
};

const objects: Section = {
  title: 'Objects',
  panels: [
    table({
      title: 'Replications',
      description:
        'Canary objects that are put in one bucket and looked for in the other. Stalled means that one has been without a true copy for too long.',
      width: 12,
      height: 5,
      rows: { replication: 'Replication' },
      columns: [
        { name: 'Stalled', expr: most('sensei_objects_stalled', ['replication']), words: noYes },
        {
          name: 'Newest copy put',
          expr: age('sensei_objects_newest_replicated_timestamp_seconds', ['replication']),
        },
        {
          name: 'Oldest without',
          expr: `time() - ${least('sensei_objects_oldest_outstanding_timestamp_seconds', ['replication'])}`,
        },
        {
          name: 'To be removed',
          expr: most('sensei_objects_waiting_for_removal', ['replication']),
        },
      ],
    }),
    states({
      title: 'Buckets',
      description: 'Whether each bucket did what it was asked.',
      width: 12,
      height: 5,
      words: upDown,
      queries: [
        {
          expr: least('sensei_objects_up', ['side', 'region']),
          legend: '{{side}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Replication delay',
      description: 'From putting a canary until its copy was seen.',
      width: 8,
      min: 0,
      colors: {
        '/^delay/': 'first',
        '/^requests source/': 'third',
        '/^requests destination/': 'fourth',
      },
      queries: [
        {
          expr: most('sensei_objects_replication_delay_seconds', ['replication']),
          legend: 'delay {{replication}}',
        },
        {
          expr: most('sensei_objects_request_duration_seconds', side),
          legend: 'requests {{side}} {{replication}}',
        },
      ],
    }),
    lines({
      title: 'Canaries outstanding',
      description: 'Missing ones are late or lost; corrupt ones were copied with other bytes.',
      width: 8,
      min: 0,
      colors: {
        '/^missing/': 'doubtful',
        '/^corrupt/': 'bad',
      },
      steps: true,
      queries: [
        {
          expr: most('sensei_objects_canaries_outstanding', ['replication', 'state']),
          legend: '{{state}} {{replication}}',
        },
      ],
    }),
    lines({
      title: 'Canaries',
      description:
        'A second. What is written should be replicated. Accepted gaps are canaries that somebody removed by hand.',
      width: 8,
      unit: 'ops',
      min: 0,
      queries: [
        {
          expr: rate('sensei_objects_canaries_written_total', ['replication']),
          legend: 'written {{replication}}',
        },
        {
          expr: rate('sensei_objects_canaries_replicated_total', ['replication']),
          legend: 'replicated {{replication}}',
        },
        {
          expr: rate('sensei_objects_canaries_corrupt_total', ['replication']),
          legend: 'corrupt {{replication}}',
        },
        {
          expr: rate('sensei_objects_canaries_accepted_total', ['replication']),
          legend: 'accepted gaps {{replication}}',
        },
      ],
      colors: {
        '/^written/': 'second',
        '/^replicated/': 'first',
        '/^corrupt/': 'bad',
        '/^accepted/': 'fifth',
      },
    }),
    failureTable({
      title: 'Failed requests by reason',
      description: 'To the buckets, in the time that is shown.',
      width: 24,
      height: 7,
      rows: { replication: 'Replication', side: 'Side', reason: 'Reason' },
      expr: increase('sensei_objects_failures_total', [...side, 'reason']),
    }),
  ],
};

export const disasterRecovery: DashboardSpec = {
  uid: dashboards.disasterRecovery,
  title: 'Sensei: Disaster recovery',
  description: 'What would be lost now, and what it would be brought back from.',
  variables: ['region'],
  sections: [exposure, regions, crossRegion, backups, objects],
};
