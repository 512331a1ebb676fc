import { setTimeout as sleep } from 'node:timers/promises';
import { backupsCollector } from '../collectors/backups/index.js';
import type {
  Collector,
  CollectorEnv,
  Measurement,
  Secrets,
  Target,
} from '../collectors/contract.js';
import { lagCollector } from '../collectors/lag/index.js';
import type { LagSnapshot } from '../collectors/lag/snapshot.js';
import type { LagTarget, Site } from '../collectors/lag/targets.js';
import { patroniCollector } from '../collectors/patroni/index.js';
import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import type { PatroniTarget } from '../collectors/patroni/targets.js';
import { replicasCollector } from '../collectors/replicas/index.js';
import type { ReplicasTarget } from '../collectors/replicas/targets.js';
import { sentinelCollector } from '../collectors/sentinel/index.js';
import type { MemberResult } from '../collectors/sql/member.js';
import type { Config } from '../config/schema.js';
import type {
  CapacityEvidence,
  ClusterEvidence,
  DrEvidence,
  History,
  MeasuredEvidence,
  PairEvidence,
  PairLook,
  Seen,
} from '../dr/evidence.js';
import { observeOnce, type Look } from '../runner/observe-once.js';
import { tiers } from '../slo/tiers.js';
import { drillTermsOf } from '../deployment/drill-terms.js';
import { conclusiveDrills, judgeDrill } from '../drills/judge.js';
import type { Drill } from '../slo/slice.js';
import { storeReaderOf } from '../store/open-store.js';
import { filedDrills } from './filed-drills.js';
import { storeSettings } from './store-settings.js';

const minuteMs = 60_000;
const betweenLooksMs = 250;
const exposuresMs = 10 * minuteMs;
const drillsMs = 3650 * 24 * 60 * minuteMs;

/** With the whole time for every collection: one that is done once need not keep to its interval. */
function withDeadline(config: Config, timeoutMs: number): Config {
  const within = <Entry extends { readonly interval: number }>(entries: readonly Entry[]) =>
    entries.map((entry) => ({
      ...entry,
      timeout: timeoutMs,
      interval: Math.max(entry.interval, timeoutMs),
    }));
  const { patroni, lag, sentinel, replicas, backups } = config.collectors;
  return {
    ...config,
    collectors: {
      ...config.collectors,
      patroni: within(patroni),
      lag: within(lag),
      sentinel: within(sentinel),
      replicas: within(replicas),
      backups: within(backups),
    },
  };
}

/** What one collection needs, and whom to tell when it has ended. */
export interface Asking {
  readonly env: CollectorEnv;
  readonly signal: AbortSignal;
  readonly begun: (name: string) => void;
  readonly ended: (name: string) => void;
}

async function told<Value>(asking: Asking, name: string, work: () => Promise<Value>) {
  asking.begun(name);
  const value = await work();
  asking.ended(name);
  return value;
}

function look<T extends Target, Io, Snapshot, Memory>(
  collector: Collector<T, Io, Snapshot, Memory>,
  target: T,
  asking: Asking,
): Promise<Look<Snapshot>> {
  return told(asking, `${collector.kind}/${target.name}`, () =>
    observeOnce(collector, target, asking.env, asking.signal),
  );
}

async function clusterOf(target: PatroniTarget, asking: Asking): Promise<ClusterEvidence> {
  const found = await look(patroniCollector, target, asking);
  const snapshot = found.ok ? found.snapshot : (found.partial as PatroniSnapshot | undefined);
  const seen: Seen<PatroniSnapshot> =
    snapshot !== undefined
      ? { ok: true, value: snapshot }
      : { ok: false, message: found.ok ? '' : found.message };
  return { target, seen, atSeconds: found.span.startedAt.wallMs / 1000 };
}

/** Where no member of either region answered: each with the reason. */
function silent({ members }: Site, found: Extract<Look<LagSnapshot>, { ok: false }>) {
  const { reason, message, partial } = found;
  const results = Array.isArray(partial) ? (partial as MemberResult[]) : [];
  return members.map(
    ({ name }): MemberResult =>
      results.find(({ member }) => member === name) ?? { ok: false, member: name, reason, message },
  );
}

function pairLook({ sites: [first, second] }: LagTarget, found: Look<LagSnapshot>): PairLook {
  const snapshot: LagSnapshot = found.ok
    ? found.snapshot
    : [silent(first, found), silent(second, found)];
  return { snapshot, span: found.span };
}

/** Twice, where anybody answers: a copy that is always a little behind has by then what was there before. */
async function lookTwice(target: LagTarget, { env, signal }: Asking): Promise<PairEvidence> {
  const lookOnce = () => observeOnce(lagCollector, target, env, signal);
  const first = await lookOnce();
  const earlier = pairLook(target, first);
  if (!first.ok || signal.aborted) return { target, earlier: undefined, ...earlier };
  await sleep(betweenLooksMs);
  const second = await lookOnce();
  return second.ok
    ? { target, earlier, ...pairLook(target, second) }
    : { target, earlier: undefined, ...earlier };
}

function pairOf(target: LagTarget, asking: Asking): Promise<PairEvidence> {
  return told(asking, `lag/${target.name}`, () => lookTwice(target, asking));
}

async function measuredOf<T extends Target, Io, Snapshot, Memory>(
  collector: Collector<T, Io, Snapshot, Memory>,
  target: T,
  asking: Asking,
): Promise<MeasuredEvidence> {
  const found = await look(collector, target, asking);
  const { name } = target;
  if (!found.ok) return { name, seen: { ok: false, message: found.message } };
  const value: Measurement<Memory> = collector.measure(
    target,
    found.snapshot,
    undefined,
    found.span,
  );
  return { name, seen: { ok: true, value } };
}

async function capacityOf(target: ReplicasTarget, asking: Asking): Promise<CapacityEvidence> {
  const measured = await measuredOf(replicasCollector, target, asking);
  return { ...measured, components: target.components };
}

/** Of evidence files; what cannot be read proves nothing, and `sensei drill list` says why. */
async function conclusiveOf(config: Config, nowMs: number): Promise<Drill[]> {
  const terms = drillTermsOf(config, nowMs);
  const filed = await filedDrills(config, () => {});
  return conclusiveDrills(filed.map((drill) => judgeDrill(drill, terms)));
}

/** What is recorded; by a reader that makes, mends and migrates nothing. */
async function readHistory(config: Config, secrets: Secrets, nowMs: number): Promise<History> {
  const store = storeReaderOf(storeSettings(config, secrets), { now: () => ({ wallMs: nowMs }) });
  try {
    await store.open();
    const toMs = nowMs + minuteMs;
    return {
      exposures: await store.exposures({ fromMs: nowMs - exposuresMs, toMs }),
      drills: [
        ...(await store.drills({ fromMs: nowMs - drillsMs, toMs })),
        ...(await conclusiveOf(config, nowMs)),
      ],
    };
  } finally {
    await store.close();
  }
}

function historyOf(config: Config, asking: Asking): Promise<Seen<History>> {
  const { env, signal } = asking;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('the store gave no answer in time')));
  });
  return told(asking, 'store', () =>
    Promise.race([readHistory(config, env.secrets, env.clock.now().wallMs), aborted]).then(
      (value) => ({ ok: true, value }) as const,
      (error: unknown) =>
        ({ ok: false, message: error instanceof Error ? error.message : String(error) }) as const,
    ),
  );
}

function inRegion<T extends Target>(targets: readonly T[], region: string): T[] {
  return targets.filter((target) => target.region === region);
}

function promises({ tier, objectives: { rpo, rto } }: Config) {
  return { rpoMs: rpo ?? tiers[tier].rpoMs, rtoMs: rto ?? tiers[tier].rtoMs };
}

function whatIsOff({ redis, disasterRecovery: dr }: Config): DrEvidence['isOff'] {
  return {
    postgresql: dr?.replication?.postgresql?.enabled === false,
    objects: dr?.replication?.objectStorage?.enabled === false,
    redis: redis?.sentinel?.enabled === false,
  };
}

type Asked = Pick<DrEvidence, 'clusters' | 'pairs' | 'capacity' | 'redis' | 'backups' | 'history'>;

function forEach<T, Evidence>(
  targets: readonly T[],
  ask: (target: T) => Promise<Evidence>,
): Promise<Evidence[]> {
  return Promise.all(targets.map(ask));
}

async function askAll(config: Config, region: string, asking: Asking): Promise<Asked> {
  const pairs = lagCollector
    .targets(config)
    .filter(({ sites }) => sites.some((site) => site.region === region));
  const [clusters, lags, capacity, redis, backups, history] = await Promise.all([
    forEach(patroniCollector.targets(config), (target) => clusterOf(target, asking)),
    forEach(pairs, (target) => pairOf(target, asking)),
    forEach(inRegion(replicasCollector.targets(config), region), (target) =>
      capacityOf(target, asking),
    ),
    forEach(inRegion(sentinelCollector.targets(config), region), (target) =>
      measuredOf(sentinelCollector, target, asking),
    ),
    forEach(backupsCollector.targets(config), (target) =>
      measuredOf(backupsCollector, target, asking),
    ),
    historyOf(config, asking),
  ]);
  return { clusters, pairs: lags, capacity, redis, backups, history };
}

/** Datasets of objects that are copied to the region. */
function objectsTo({ collectors: { objects } }: Config, region: string): string[] {
  return objects
    .filter(({ destination }) => destination.region === region)
    .map(({ name, dataset = name }) => dataset);
}

/** Asks all that matters to a failover to the region once, all at the same time; writes nothing. */
export async function gatherDrEvidence(
  config: Config,
  region: string,
  timeoutMs: number,
  asking: Asking,
): Promise<DrEvidence> {
  const asked = await askAll(withDeadline(config, timeoutMs), region, asking);
  return {
    region,
    atMs: asking.env.clock.now().wallMs,
    ...promises(config),
    ...asked,
    objects: objectsTo(config, region),
    isOff: whatIsOff(config),
  };
}
