import { recoveryTargetsMs, tiers } from '../slo/tiers.js';
import type { Config } from './schema.js';

/** Two things in a configuration that cannot both hold. */
export interface Warning {
  readonly path: string;
  readonly message: string;
}

const day = 86_400_000;
const seconds = (ms: number) => `${ms / 1000} s`;

type Rule = (config: Config) => Warning | undefined;

const backupsAlone: Rule = ({ tier, rpo, settings: { backups } }) => {
  const rpoMs = rpo ?? tiers[tier].rpoMs;
  if (backups === undefined || backups.walArchiving || backups.interval <= rpoMs) return undefined;
  const how =
    backups.interval === day
      ? 'daily backups alone'
      : `backups every ${seconds(backups.interval)} alone`;
  return {
    path: 'settings.backups',
    message: `${how} cannot meet the ${tier} tier's RPO of ${seconds(rpoMs)}; archive WAL, or back up at least that often`,
  };
};

const slowRestart: Rule = ({ settings: { patroni } }) =>
  patroni === undefined || patroni.primaryStartTimeout < recoveryTargetsMs.postgresql
    ? undefined
    : {
        path: 'settings.patroni.primaryStartTimeout',
        message: `a crashed primary may try to start for ${seconds(patroni.primaryStartTimeout)} before a failover, and PostgreSQL's recovery target is ${seconds(recoveryTargetsMs.postgresql)}; set primary_start_timeout well below it`,
      };

const slowDetection: Rule = ({ settings: { sentinel } }) =>
  sentinel === undefined || sentinel.downAfter < recoveryTargetsMs.redis
    ? undefined
    : {
        path: 'settings.sentinel.downAfter',
        message: `Sentinel waits ${seconds(sentinel.downAfter)} before it calls a primary down, and Redis' recovery target is ${seconds(recoveryTargetsMs.redis)}; set down-after-milliseconds well below it`,
      };

const slowEviction: Rule = ({ settings: { kubernetes } }) =>
  kubernetes?.unreachableToleration === undefined ||
  kubernetes.unreachableToleration <= recoveryTargetsMs.node
    ? undefined
    : {
        path: 'settings.kubernetes.unreachableToleration',
        message: `pods stay on an unreachable node for ${seconds(kubernetes.unreachableToleration)}, and capacity should be back in ${seconds(recoveryTargetsMs.node)}; set tolerationSeconds below it`,
      };

const softSpread: Rule = ({ settings: { kubernetes } }) =>
  kubernetes?.podAntiAffinity !== 'preferred'
    ? undefined
    : {
        path: 'settings.kubernetes.podAntiAffinity',
        message:
          'preferred anti-affinity guarantees no spread over zones; require it, or use topologySpreadConstraints with DoNotSchedule',
      };

const asynchronousActiveActive: Rule = ({ disasterRecovery }) =>
  disasterRecovery?.mode !== 'active-active' ||
  disasterRecovery.replication?.postgresql?.mode === 'sync'
    ? undefined
    : {
        path: 'disasterRecovery.mode',
        message:
          'active-active with one PostgreSQL writer replicates asynchronously between regions: its RPO is the lag, not zero',
      };

const premiumWithoutNumber: Rule = ({ tier, rpo }) =>
  tier !== 'premium' || rpo !== undefined
    ? undefined
    : {
        path: 'rpo',
        message: `the premium tier promises "near-zero" loss, which cannot be measured; ${seconds(tiers.premium.rpoMs)} is taken, set rpo to the number that was promised`,
      };

const rules: readonly Rule[] = [
  backupsAlone,
  slowRestart,
  slowDetection,
  slowEviction,
  softSpread,
  asynchronousActiveActive,
  premiumWithoutNumber,
];

/** Every contradiction in a valid configuration. */
export function warningsOf(config: Config): Warning[] {
  return rules.flatMap((rule) => rule(config) ?? []);
}

export function formatWarning({ path, message }: Warning): string {
  return `${path}: ${message}`;
}
