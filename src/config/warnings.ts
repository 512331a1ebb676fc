import { recoveryTargetsMs, tiers } from '../slo/tiers.js';
import type { Config } from './schema.js';

/** Two things in a configuration that cannot both hold, or one that is unwise. */
export interface Warning {
  readonly path: string;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** Why, with the numbers. */
  readonly reason: string;
  /** What to do. */
  readonly remedy: string;
}

/** `PATH: TITLE: REASON; REMEDY`, on one line. */
export function formatWarning({ path, title, reason, remedy }: Warning): string {
  return `${path}: ${title}: ${reason}; ${remedy}`;
}

const day = 86_400_000;
const seconds = (ms: number) => `${ms / 1000} s`;

type Rule = (config: Config) => Warning | readonly Warning[] | undefined;

function rpoOf({ tier, objectives }: Config): number {
  return objectives.rpo ?? tiers[tier].rpoMs;
}

const backupsAlone: Rule = (config) => {
  const { backups } = config.settings;
  const rpoMs = rpoOf(config);
  if (backups === undefined || backups.walArchiving || backups.interval <= rpoMs) return undefined;
  const often = backups.interval === day ? 'daily' : `every ${seconds(backups.interval)}`;
  return {
    path: 'settings.backups',
    title: 'backups too far apart',
    reason: `backups made ${often}, without WAL archiving, cannot meet the ${config.tier} tier's RPO of ${seconds(rpoMs)}`,
    remedy: 'archive WAL, or back up at least that often',
  };
};

/** How often backups are made, where the configuration tells: without WAL that is all that they can meet. */
function backupsText({ settings: { backups } }: Config): string {
  if (backups === undefined) return 'backups';
  return backups.interval === day
    ? 'daily backups'
    : `backups made every ${seconds(backups.interval)}`;
}

const backupsWithoutWal: Rule = (config) => {
  const rpoMs = rpoOf(config);
  const { backups } = config.collectors;
  if (rpoMs >= day || (config.settings.backups?.interval ?? day) <= rpoMs) return undefined;
  const archived = new Set(
    backups.filter(({ archiver }) => archiver !== undefined).map(({ dataset }) => dataset),
  );
  return backups.flatMap(({ name, dataset }, index) =>
    archived.has(dataset)
      ? []
      : [
          {
            path: `collectors.backups[${index}]`,
            title: 'backups without WAL',
            reason: `${backupsText(config)} alone, as ${name} watches them, cannot meet the ${config.tier} tier's RPO of ${seconds(rpoMs)}: what was written since the last one is lost`,
            remedy: 'archive WAL, and name the cluster under archiver',
          },
        ],
  );
};

const backupsNeverVerified: Rule = ({ collectors: { backups } }) =>
  backups.flatMap(({ name, restoreTest }, index) =>
    restoreTest !== undefined
      ? []
      : [
          {
            path: `collectors.backups[${index}].restoreTest`,
            title: 'backups never verified',
            reason: `no record of a restore test is named for ${name}, and a backup that was never restored is no evidence: its exposure is never met`,
            remedy: 'let the restore job write a record, and name it under restoreTest.file',
          },
        ],
  );

const slowRestart: Rule = ({ settings: { patroni } }) => {
  const targetMs = recoveryTargetsMs.postgresql;
  if (patroni === undefined || patroni.primaryStartTimeout < targetMs) return undefined;
  return {
    path: 'settings.patroni.primaryStartTimeout',
    title: 'failover too late',
    reason: `a crashed primary may try to start for ${seconds(patroni.primaryStartTimeout)} before a failover, and PostgreSQL's recovery target is ${seconds(targetMs)}`,
    remedy: 'set primary_start_timeout well below the target',
  };
};

const slowDetection: Rule = ({ settings: { sentinel } }) => {
  const targetMs = recoveryTargetsMs.redis;
  if (sentinel === undefined || sentinel.downAfter < targetMs) return undefined;
  return {
    path: 'settings.sentinel.downAfter',
    title: 'detection too late',
    reason: `Sentinel waits ${seconds(sentinel.downAfter)} before it calls a primary down, and Redis' recovery target is ${seconds(targetMs)}`,
    remedy: 'set down-after-milliseconds well below the target',
  };
};

const slowEviction: Rule = ({ settings: { kubernetes } }) => {
  const targetMs = recoveryTargetsMs.node;
  const tolerationMs = kubernetes?.unreachableToleration;
  if (tolerationMs === undefined || tolerationMs <= targetMs) return undefined;
  return {
    path: 'settings.kubernetes.unreachableToleration',
    title: 'rescheduling too late',
    reason: `pods stay on an unreachable node for ${seconds(tolerationMs)}, and capacity should be back in ${seconds(targetMs)}`,
    remedy: 'set tolerationSeconds well below the target',
  };
};

const softSpread: Rule = ({ settings: { kubernetes } }) =>
  kubernetes?.podAntiAffinity !== 'preferred'
    ? undefined
    : {
        path: 'settings.kubernetes.podAntiAffinity',
        title: 'no spread over zones',
        reason: 'preferred anti-affinity guarantees none: all pods may run in one zone',
        remedy: 'require it, or use topologySpreadConstraints with DoNotSchedule',
      };

const asynchronousActiveActive: Rule = ({ disasterRecovery: dr }) =>
  dr?.mode !== 'active-active' || !dr.enabled || dr.replication?.postgresql?.mode === 'sync'
    ? undefined
    : {
        path: 'disasterRecovery.mode',
        title: 'asynchronous between regions',
        reason:
          'active-active with one PostgreSQL writer replicates asynchronously to the other region: its RPO is the lag, not zero',
        remedy: 'promise an RPO above the usual lag, or replicate synchronously',
      };

const premiumWithoutNumber: Rule = ({ tier, objectives }) =>
  tier !== 'premium' || objectives.rpo !== undefined
    ? undefined
    : {
        path: 'objectives.rpo',
        title: 'no number to measure against',
        reason: `the premium tier promises "near-zero" loss; ${seconds(tiers.premium.rpoMs)} is taken for it`,
        remedy: 'set objectives.rpo to what was promised',
      };

const premiumWithoutSynchronous: Rule = ({ tier, postgresql }) => {
  const replication = postgresql?.replication;
  if (tier !== 'premium' || replication === undefined) return undefined;
  if (replication.enabled && replication.numSynchronousReplicas > 0) return undefined;
  return {
    path: 'postgresql.replication.numSynchronousReplicas',
    title: 'no synchronous standby',
    reason: 'the premium tier promises "near-zero" loss, and commits wait for no standby',
    remedy: 'set numSynchronousReplicas to 1 or more, with replication enabled',
  };
};

const lateLagWarning: Rule = (config) => {
  const lagMs = config.disasterRecovery?.replication?.postgresql?.lagThreshold;
  const rpoMs = rpoOf(config);
  if (lagMs === undefined || lagMs <= rpoMs) return undefined;
  return {
    path: 'disasterRecovery.replication.postgresql.lagThreshold',
    title: 'lag noticed too late',
    reason: `a lag of up to ${seconds(lagMs)} passes unnoticed, and the RPO is ${seconds(rpoMs)}`,
    remedy: 'set lagThreshold below the RPO',
  };
};

/** Regions that serve or stand by; none where disaster recovery is off. */
function regionsOf({ disasterRecovery: dr }: Config): readonly string[] {
  if (dr === undefined || !dr.enabled) return [];
  return dr.mode === 'standby' ? [dr.primaryRegion, dr.drRegion] : dr.regions;
}

const copyNotMeasured: Rule = (config) => {
  const { postgres, lag } = config.collectors;
  const regions = regionsOf(config).filter((region) =>
    postgres.some((cluster) => cluster.region === region),
  );
  const isOn = config.disasterRecovery?.replication?.postgresql?.enabled !== false;
  if (regions.length < 2 || lag.length > 0 || !isOn) return undefined;
  return {
    path: 'collectors.lag',
    title: 'copy not measured',
    reason: `there are PostgreSQL clusters in ${regions.join(' and ')}, and nothing compares the two`,
    remedy: 'name the pair under collectors.lag',
  };
};

const objectsNotMeasured: Rule = (config) => {
  const isOn = config.disasterRecovery?.replication?.objectStorage?.enabled === true;
  const { objects, lb, postgres } = config.collectors;
  const isProbed = lb.length + postgres.length > 0;
  if (!isOn || !isProbed || objects.length > 0 || regionsOf(config).length === 0) return undefined;
  return {
    path: 'collectors.objects',
    title: 'objects not measured',
    reason:
      'object storage is replicated between the regions, and nothing says how far behind it is',
    remedy: 'name the buckets under collectors.objects',
  };
};

const oneWayOnly: Rule = ({ disasterRecovery: dr, collectors: { objects } }) => {
  if (dr?.mode !== 'active-active' || !dr.enabled || objects.length === 0) return undefined;
  const buckets = (from: 'source' | 'destination', to: 'source' | 'destination') =>
    objects.map((each) => `${each[from].bucket} to ${each[to].bucket}`);
  const ways = buckets('source', 'destination');
  const missing = buckets('destination', 'source').filter((way) => !ways.includes(way));
  if (missing.length === 0) return undefined;
  return {
    path: 'collectors.objects',
    title: 'one direction only',
    reason: `both regions are written to, and nothing measures ${missing.join(', ')}`,
    remedy: 'name that direction as a target of its own',
  };
};

const regionNotProbed: Rule = (config) => {
  const { lb, postgres } = config.collectors;
  const isProbed = lb.length + postgres.length > 0;
  if (config.disasterRecovery?.mode !== 'active-active' || !isProbed) return undefined;
  const probed = config.collectors.lb.map(({ region }) => region);
  const blind = regionsOf(config).filter((region) => !probed.includes(region));
  if (blind.length === 0) return undefined;
  return {
    path: 'collectors.lb',
    title: 'region not probed',
    reason: `clients are routed to ${blind.join(', ')} as well, and no endpoint there is probed`,
    remedy: 'probe an endpoint of every region',
  };
};

const rareCanaries: Rule = (config) => {
  const rpoMs = rpoOf(config);
  const index = config.collectors.objects.findIndex(({ interval }) => interval > rpoMs);
  if (index < 0) return undefined;
  const { name, interval } = config.collectors.objects[index]!;
  return {
    path: `collectors.objects[${index}].interval`,
    title: 'canaries too far apart',
    reason: `with a canary every ${seconds(interval)} nobody can tell that ${name} is within an RPO of ${seconds(rpoMs)}`,
    remedy: 'set the interval well below the RPO',
  };
};

const rules: readonly Rule[] = [
  backupsAlone,
  backupsWithoutWal,
  backupsNeverVerified,
  slowRestart,
  slowDetection,
  slowEviction,
  softSpread,
  asynchronousActiveActive,
  premiumWithoutNumber,
  premiumWithoutSynchronous,
  lateLagWarning,
  copyNotMeasured,
  objectsNotMeasured,
  oneWayOnly,
  regionNotProbed,
  rareCanaries,
];

/** Every contradiction in a valid configuration. Pure. */
export function warningsOf(config: Config): Warning[] {
  return rules.flatMap((rule) => rule(config) ?? []);
}
