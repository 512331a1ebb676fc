import { dashboards } from '../alerts/rule.js';

/** A panel, variable or annotation that has nothing to show on a deployment that is well. */
export interface MayBeEmpty {
  readonly uid: string;
  /** Title of the panel, or name of the variable or annotation. */
  readonly place: string;
  readonly reason: string;
}

type Reasons = Readonly<Record<string, readonly string[]>>;

function entries(uid: string, reasons: Reasons): MayBeEmpty[] {
  return Object.entries(reasons).flatMap(([reason, places]) =>
    places.map((place) => ({ uid, place, reason })),
  );
}

const noOutage = 'no outage is under way';
const neverOut = 'there was no outage yet';
const neverDrilled = 'no drill is on record';
const noTls = 'no endpoint has TLS';
const noKubernetes = 'no Kubernetes is watched';
const noLag = 'no second region is watched';
const noBackups = 'no backups are watched';
const noObjects = 'no object replication is watched';
const noSentinel = 'no Redis is watched';
const noPatroni = 'no Patroni is watched';
const noPostgres = 'PostgreSQL is not asked directly';
const noPeers = 'the exporter has no peers';
const noStore = 'no history store is configured';

/** Panels that are rightly empty at times, with the reason. */
export const mayBeEmpty: readonly MayBeEmpty[] = [
  ...entries(dashboards.overview, {
    [noOutage]: ['Outages under way', 'Outages by SLO'],
    'no alert fires': ['Firing alerts'],
    'no dataset has a target, or that of one is unknown': [
      'Lost if it failed now',
      'Share of the RPO',
      'Most exposed',
      'Exposure unproved',
    ],
    [noKubernetes]: ['Instances by component'],
    [noPatroni]: ['Databases'],
    [noSentinel]: ['Redis'],
  }),
  ...entries(dashboards.slo, {
    'the budget is not burning': ['Spent in'],
    'an SLO without a recovery target has no outages': [
      'Outage now',
      'Outage',
      'Recovery time',
      'Outages in the time shown',
    ],
    [noOutage]: ['Outages'],
  }),
  ...entries(dashboards.endpoints, {
    [noTls]: ['Certificates end in', 'Certificates and TLS versions'],
  }),
  ...entries(dashboards.postgresql, {
    [noPatroni]: [
      'Leader',
      'Split brain',
      'Configuration store',
      'Paused',
      'Members by role',
      'PostgreSQL by member',
      'Members by role and state',
      'Standbys against what is expected',
      'Members',
      "Lag by Patroni's account",
      'Failovers and switchovers',
      'Settings that decide a failover',
      'Synchronous mode',
      'Versions',
      'Timeline',
      'Members that give no answer',
      'Why Patroni gave no answer',
    ],
    [noPostgres]: [
      'Write canary',
      'Lost heartbeats',
      'Synchronous standbys',
      'Lag in bytes',
      'Lag in seconds',
      'Lag by stage, as the sender sees it',
      'Lag by stage, in bytes',
      'Connections',
      'WAL receivers',
      'Receivers last heard',
      'Duration by phase',
      'Heartbeats that fail',
      'Failures by reason',
      'Why PostgreSQL gave no answer',
      'New connections',
      'Since the last good write',
      'Age of the newest heartbeat',
    ],
    'no replication slot is in use': ['Log kept by slots', 'Slots'],
    'archiving is off': ['Archiving'],
  }),
  ...entries(dashboards.redis, {
    [noSentinel]: [
      'Primaries claimed',
      'Quorum',
      'Sentinels answering',
      'Replicas usable',
      'TILT',
      'Write canary',
      'Sentinels over time',
      'Primary named',
      'Sentinels',
      'Replicas usable and expected',
      'Flags on the primary',
      'Settings',
      'Replica links',
      'Replicas behind the furthest',
      'Links down for',
      'Switches in the time shown',
      'Duration by phase',
      'Since the last good write',
      'Writes that fail',
      'Failed writes by reason',
      'Sentinels that gave no answer, by reason',
      'New connections',
    ],
  }),
  ...entries(dashboards.kubernetes, {
    [noKubernetes]: [
      'Below minimum',
      'Instances missing',
      'Zones lost',
      'Components',
      'Instances that serve',
      'Missing instances',
      'Instances by zone',
      'Nodes ready by zone',
      'Rollouts and endings',
      'How strongly instances are kept apart',
      'Nodes by zone',
      'Watched resources',
      'Changes received',
      'Lists and watches',
      'Failed lists and watches',
    ],
    'nothing is wrong with how components stand': ['Findings'],
    'no instance was lost': ['Instances lost in the time shown'],
    'no service is watched': ['Services'],
    'no lease is watched': ['Leases over time', 'Leases'],
    'no container restarted': ['Container restarts in the time shown'],
  }),
  ...entries(dashboards.disasterRecovery, {
    'no dataset has a target, or that of one is unknown': [
      'Lost if it failed now',
      'Most exposed',
      'Share of the RPO',
      'Unproved',
      'Exposure by dataset',
      'Datasets',
      'Way back',
    ],
    'no region is named': ['Regions', 'State by region', 'Votes'],
    [noLag]: [
      'Database clusters',
      'Where the writer is',
      'Writers',
      'Same timeline',
      'Could be promoted at',
      'Lag in bytes',
      'Lag in seconds',
      'Age of the newest heartbeat',
      'Standby leader',
      'Streaming',
      'Receivers last heard',
      'Slots of the copy',
      'Timelines',
    ],
    'no threshold is set': ['Above the threshold'],
    [noBackups]: [
      'Backups',
      'Age of the newest backup',
      'Age of what could be brought back',
      'WAL archive',
      'Segments waiting',
      'Archiving',
      'Archived log by position',
      'Timelines in the archive',
      'Faulty backups',
      'Primaries that gave no answer',
    ],
    'no restore test is on record': ['Restore tests'],
    [noObjects]: [
      'Replications',
      'Buckets',
      'Replication delay',
      'Canaries outstanding',
      'Canaries',
      'Failed requests by reason',
    ],
  }),
  ...entries(dashboards.recovery, {
    [noOutage]: ['Outages under way'],
    [neverOut]: [
      'Last outage of each SLO',
      'Recovery times of the last outages',
      'Outages by least time',
      'Median and worst by kind',
      'Interruptions by class',
      'Targets missed by SLO',
    ],
    [neverDrilled]: ['Drills'],
  }),
  ...entries(dashboards.exporter, {
    [noPeers]: ['Peers'],
    [noStore]: ['Store', 'Rows waiting', 'Writes and failures', 'Size on disk'],
  }),
];

/** What a panel says in place of No data, unless it has words of its own. An exporter that is down leaves it empty, too. */
export function wordsForNothing(uid: string, title: string | undefined): string | undefined {
  const reason = mayBeEmpty.find((each) => each.uid === uid && each.place === title)?.reason;
  if (reason === undefined) return undefined;
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}, or nothing is known`;
}
