import { stat } from 'node:fs/promises';
import type { Secrets } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import { objectivesOf } from '../deployment/objectives.js';
import { systemClock } from '../runner/clock.js';
import type { Verdict } from '../slo/answers.js';
import type { Exposure } from '../slo/exposure.js';
import type { Incident } from '../slo/incident.js';
import type { Drill, ExposureRow } from '../slo/slice.js';
import { tiers } from '../slo/tiers.js';
import { probedComponents, verdictsOf } from '../slo/verdict.js';
import { storeOf } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { complain } from './output.js';
import { storeSettings } from './store-settings.js';

/** What verdicts are given on. */
export interface VerdictInput {
  readonly config: Config;
  /** End of the time that is judged, in Unix milliseconds. */
  readonly atMs: number;
  readonly incidents: readonly Incident[];
  readonly exposures: readonly ExposureRow[];
  readonly drills: readonly Drill[];
}

/** What `sensei report` takes from elsewhere. Every message of an error says what to do. */
export interface ReportSources {
  /** A store that can be read at once; it is closed when the report is made. */
  openStore(config: Config, secrets: Secrets): Promise<Store>;
  verdictsOf(input: VerdictInput): readonly Verdict[];
}

/** @throws Error where there is no history to read: a report must not make an empty one */
async function openStore(config: Config, secrets: Secrets): Promise<Store> {
  const settings = storeSettings(config, secrets);
  if (settings.kind === 'sqlite' && !(await exists(settings.file))) {
    throw new Error(
      `store ${settings.file}: no such file; run the exporter first, or where its working directory is`,
    );
  }
  const store = storeOf(settings, { clock: systemClock, onDamage: complain });
  await store.open();
  return store;
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** The worst minute of each dataset: what would have been lost at the worst moment of the time. */
function worstExposures(rows: readonly ExposureRow[]): Exposure[] {
  const worst = new Map<string, ExposureRow>();
  for (const row of rows) {
    const known = worst.get(row.dataset);
    if (known === undefined || (row.worstMs ?? 0) > (known.worstMs ?? 0))
      worst.set(row.dataset, row);
  }
  return [...worst.values()].map(({ dataset, worstMs, targetMs, startMs }) => ({
    dataset,
    exposureMs: worstMs,
    targetMs,
    status: worstMs === null ? 'unknown' : worstMs <= targetMs ? 'met' : 'breached',
    path: null,
    source: `the minute from ${new Date(startMs).toISOString()}`,
    unproved: null,
  }));
}

function verdictsOfHistory({ config, atMs, incidents, exposures, drills }: VerdictInput) {
  const { rpo, rto } = config.objectives;
  return verdictsOf({
    tier: config.tier,
    agreed: { rpoMs: rpo ?? tiers[config.tier].rpoMs, rtoMs: rto ?? tiers[config.tier].rtoMs },
    incidents,
    drills,
    exposures: worstExposures(exposures),
    probed: probedComponents(objectivesOf(config, []).slos),
    nowMs: atMs,
  });
}

/** The one place that `sensei report` takes store and verdicts from. */
export const reportSources: ReportSources = { openStore, verdictsOf: verdictsOfHistory };
