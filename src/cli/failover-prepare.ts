import process from 'node:process';
import { userInfo } from 'node:os';
import type { CollectorEnv } from '../collectors/contract.js';
import { isStreaming, timelineOf } from '../collectors/sql/member.js';
import { loadOperations } from '../config/load-operations.js';
import { hookOccasions, type Operations } from '../config/operations.js';
import type { Config } from '../config/schema.js';
import { regionsOf } from '../config/regions.js';
import type { Gate } from '../dr/gates.js';
import type { Acknowledged, ExecutionKind, ExecutionMode } from '../failover/execution.js';
import type { Allowed } from '../failover/overrides.js';
import type { PlanTerms } from '../failover/plan.js';
import { Databases, type PairLook } from '../operator/databases.js';
import { accessOf, type PairAccess } from '../operator/region-access.js';
import { systemClock } from '../runner/clock.js';
import type { Incident } from '../slo/incident.js';
import { journalOf, journalReaderOf, type Journal, type JournalReader } from '../store/journal.js';
import type { StoreSettings } from '../store/open-store.js';
import { heartbeatsAnswer } from './answer-schemas.js';
import { askGates, unknownRegion } from './ask-gates.js';
import { ExporterClient, urlOfServer } from './exporter-client.js';
import { openConfig } from './open-config.js';
import { complain } from './output.js';
import { storeSettings } from './store-settings.js';

/** What every command about executions is given. */
export interface ExecutionOptions {
  readonly config: string;
  readonly operations: string;
  readonly exporter?: string;
  /** Longest time for asking the gates, in milliseconds. */
  readonly timeout?: number;
}

/** Of every command about executions. */
export interface CommonOptions extends ExecutionOptions {
  readonly override: readonly Allowed[];
  readonly by?: string;
  readonly json?: true;
}

export const defaultTimeoutMs = 10_000;

/** Everything that was read before anything is done. */
export interface Prepared {
  readonly config: Config;
  readonly operations: Operations;
  readonly env: CollectorEnv;
  readonly options: ExecutionOptions;
}

/** Undefined when a file has faults: they are printed. */
export async function prepare(options: ExecutionOptions): Promise<Prepared | undefined> {
  const opened = await openConfig(options.config);
  if (opened === undefined) return undefined;
  const { config } = opened.reloader;
  const loaded = await loadOperations(options.operations, config);
  if (!loaded.ok) {
    for (const fault of loaded.faults) complain(fault);
    return undefined;
  }
  // Whether the lost region is fenced is a gate of its own, where it matters.
  for (const warning of loaded.warnings) if (!warning.startsWith('hooks:')) complain(warning);
  const env = { clock: systemClock, secrets: opened.secrets };
  return { config, operations: loaded.operations, env, options };
}

function journalSettings({
  config,
  operations,
  env,
}: Pick<Prepared, 'config' | 'operations' | 'env'>): StoreSettings {
  const { journal } = operations;
  return journal === undefined
    ? storeSettings(config, env.secrets)
    : { kind: 'sqlite', file: journal.file };
}

const storeClock = { now: () => ({ wallMs: systemClock.now().wallMs }) };

export function journalFor(prepared: Prepared): Journal {
  return journalOf(journalSettings(prepared), storeClock);
}

export function journalReaderFor(prepared: Prepared): JournalReader {
  return journalReaderOf(journalSettings(prepared), storeClock);
}

/** Incidents are the exporter's, wherever the journal is. Answers nothing where its store cannot be read. */
export function incidentsFor({ config, env }: Prepared) {
  return async (fromMs: number, toMs: number): Promise<readonly Incident[]> => {
    const reader = journalReaderOf(storeSettings(config, env.secrets), storeClock);
    try {
      await reader.open();
      return await reader.incidents({ fromMs, toMs }, 1000);
    } catch {
      return [];
    } finally {
      await reader.close();
    }
  };
}

/** Both regions, as they must be named. Undefined when they are not: that is printed. */
export function regionsAreKnown(
  { config, options }: Prepared,
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  const known = regionsOf(config);
  const strange = [from, to].filter((region) => !known.includes(region));
  for (const region of strange) complain(unknownRegion(region, options.config, known));
  if (from === to) complain(`--from and --to are both ${from}: name the region that takes over`);
  return strange.length === 0 && from !== to;
}

/** Undefined when a cluster cannot be changed: that is printed. */
export function accessFor(
  { config, operations, options }: Prepared,
  regions: { readonly from: string; readonly to: string },
): readonly PairAccess[] | undefined {
  const found = accessOf(config, operations, regions);
  if (found.ok) return found.pairs;
  const file = found.of === 'configuration' ? options.config : options.operations;
  for (const fault of found.faults) complain(`${file}: ${fault}`);
  return undefined;
}

/** Asks every gate of a failover to the region, within the time-out. */
export function gatesNow(
  { config, env, options: { timeout = defaultTimeoutMs } }: Prepared,
  region: string,
): Promise<Gate[]> {
  return askGates(config, env, region, timeout);
}

/** Both regions of every database, as they answer now. */
export async function lookAtPairs(
  { env }: Prepared,
  pairs: readonly PairAccess[],
): Promise<PairLook[]> {
  return Promise.all(
    pairs.map(async (pair) => {
      const databases = new Databases(pair, env);
      try {
        return await databases.look(AbortSignal.timeout(pair.lag.timeoutMs));
      } finally {
        await databases.close();
      }
    }),
  );
}

/** Planned, where the region that is given up can be asked to stop. */
export function modeOf(looks: readonly PairLook[]): ExecutionMode {
  return looks.every(({ old }) => old.writers.length === 1) ? 'planned' : 'unplanned';
}

/** Whether the region that is to take over streams from the other, on its timeline. */
function follows({ old, new: young }: PairLook): boolean {
  const primary = old.answered.find(({ answer }) => !answer.inRecovery);
  return (
    young.answered.some(
      ({ answer }) =>
        isStreaming(answer) &&
        primary !== undefined &&
        timelineOf(answer) === timelineOf(primary.answer),
    ) && young.writers.length === 0
  );
}

export function mustRejoin(looks: readonly PairLook[]): boolean {
  return !looks.every(follows);
}

export function planTerms(
  { operations }: Prepared,
  {
    kind,
    mode,
    from,
    to,
    rejoins,
  }: {
    readonly kind: ExecutionKind;
    readonly mode: ExecutionMode;
    readonly from: string;
    readonly to: string;
    readonly rejoins: boolean;
  },
  pairs: readonly PairAccess[],
): PlanTerms {
  const regionOf = (occasion: string) => (occasion === 'fence' ? from : to);
  const hooks = Object.fromEntries(
    hookOccasions.map((occasion) => [
      occasion,
      operations.hooks
        .filter(
          ({ on, region }) =>
            on === occasion && (region ?? regionOf(occasion)) === regionOf(occasion),
        )
        .map(({ name }) => name),
    ]),
  );
  return {
    kind,
    mode,
    from,
    to,
    mustRejoin: rejoins,
    pairs: pairs.map((pair) => ({ old: pair.old.name, new: pair.new.name })),
    hooks,
  };
}

/** Who runs this, where nobody is named. */
export function whoAmI(): string {
  const { SUDO_USER: sudo, USER: user } = process.env;
  try {
    return sudo ?? user ?? userInfo().username;
  } catch {
    return 'unknown';
  }
}

const heartbeatLimit = 6000;
const exporterMs = 2000;

/** What the exporter knows of acknowledged heartbeats; it may be in the region that is lost. */
export async function acknowledgedBy(
  { config, options }: Prepared,
  cluster: string,
  afterSeq: number,
): Promise<Acknowledged | undefined> {
  const exporter = options.exporter ?? urlOfServer(config.server);
  try {
    const client = await ExporterClient.open({ exporter, timeout: exporterMs });
    const query = { cluster, after: Math.floor(afterSeq), limit: heartbeatLimit };
    const answer = await client?.ask({ path: '/api/v1/heartbeats', query }, heartbeatsAnswer);
    const found = answer?.value.clusters.find(({ name }) => name === cluster);
    if (found === undefined || found.writer !== config.deployment) return undefined;
    const { first } = found.kept;
    return {
      source: exporter,
      beats: found.acknowledged.map(([seq, begunMs, endedMs]) => [Number(seq), begunMs, endedMs]),
      isTruncated: found.isTruncated || first === null || Number(first) > afterSeq + 1,
      firstRefusal:
        found.firstRefusal === null
          ? null
          : [found.firstRefusal.begunMs, found.firstRefusal.endedMs],
    };
  } catch {
    return undefined;
  }
}
