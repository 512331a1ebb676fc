/** What is wrong with a target, as far as advice goes. */
export type Trouble =
  | 'availability'
  | 'latency'
  | 'redundancy'
  | 'capacity'
  | 'rpo'
  | 'split'
  | 'archiving'
  | 'collection';

interface Runbooks {
  /** The one that helps where nothing more is known. */
  readonly usual: string;
  readonly byTrouble?: Readonly<Partial<Record<Trouble, string>>>;
}

/** Where to go on reading, by kind of target. */
const runbooks: Readonly<Record<string, Runbooks>> = {
  lb: { usual: 'SenseiOutageHalfOfRecoveryTarget' },
  patroni: {
    usual: 'SenseiPostgresqlNoLeader',
    byTrouble: { redundancy: 'SenseiPatroniMemberDown', split: 'SenseiSplitBrain' },
  },
  postgres: { usual: 'SenseiReplicationBroken' },
  'postgres-canary': { usual: 'SenseiPostgresqlNoLeader' },
  sentinel: {
    usual: 'SenseiSentinelNoQuorum',
    byTrouble: { redundancy: 'SenseiSentinelDown' },
  },
  'sentinel-canary': { usual: 'SenseiSentinelNoQuorum' },
  lag: { usual: 'SenseiReplicationBroken', byTrouble: { split: 'SenseiSplitBrain' } },
  objects: { usual: 'SenseiObjectReplicationStalled' },
  backups: {
    usual: 'SenseiBackupNotRestorable',
    byTrouble: { archiving: 'SenseiWalArchivingFailing' },
  },
  replicas: {
    usual: 'SenseiRedundancyBelowMinimum',
    byTrouble: { capacity: 'SenseiCapacityNotRestored' },
  },
};

const collectionRunbook = 'SenseiCollectorFailing';

/** What to do about a target, `kind/name`: what shows more of it, and where to read on. */
export function adviceFor(target: string, trouble: Trouble): string {
  const kind = target.slice(0, target.indexOf('/'));
  const known = runbooks[kind];
  const page =
    trouble === 'collection'
      ? collectionRunbook
      : (known?.byTrouble?.[trouble] ?? known?.usual ?? collectionRunbook);
  return `sensei probe ${target}; docs/runbooks/${page}.md`;
}

/** Every page that advice may name. */
export const advisedRunbooks: readonly string[] = [
  collectionRunbook,
  ...Object.values(runbooks).flatMap(({ usual, byTrouble = {} }) => [
    usual,
    ...Object.values(byTrouble),
  ]),
];
