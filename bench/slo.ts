import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { SloEngine } from '../src/slo/engine.js';
import type { Slo } from '../src/slo/objective.js';
import { resolutions, type SliceRow } from '../src/slo/slice.js';
import { systemClock } from '../src/runner/clock.js';
import { storeOf } from '../src/store/open-store.js';
import { rowOf, type Row } from './row.js';

const sloCount = 100;
const day = 86_400_000;
const names = Array.from({ length: sloCount }, (_, index) => `s${index}`);
const settings = {
  stabilisationMs: 10_000,
  exposureGraceMs: 60_000,
  rpoTargetMs: 5000,
  rtoTargetMs: 3_600_000,
  peers: [],
};
const listener = { event: () => {}, incident: () => {}, renamed: () => {} };

function sloOf(name: string): Slo {
  return {
    name,
    type: 'availability',
    sli: `lb/${name}/availability`,
    component: 'api',
    region: '',
    zone: '',
    objective: 0.999,
    period: { kind: 'rolling', ms: 30 * day },
    intervalMs: 1000,
    timeoutMs: 900,
    recoveryTargetMs: 1000,
    outageThreshold: 3,
    maintenance: [],
    source: 'default',
  };
}

function engineWith(slos: readonly Slo[]): SloEngine {
  const engine = new SloEngine(settings, () => 'id', listener);
  engine.configure(slos, settings, () => true);
  return engine;
}

function heap(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const origin = { target: 'lb/a', component: 'api', region: '', zone: '' };

/** A day of probes, one a second, of one SLO. */
function observeFor(engine: SloEngine, observations: number): number {
  const at0 = { wallMs: Date.now() - observations * 1000, monoMs: 0 };
  const sli = 'lb/s0/availability';
  const startMs = performance.now();
  for (let index = 0; index < observations; index += 1) {
    const at = { wallMs: at0.wallMs + index * 1000, monoMs: index * 1000 };
    const endedAt = { wallMs: at.wallMs + 3, monoMs: at.monoMs + 3 };
    const outcome = index % 997 < 4 ? 'bad' : 'good';
    engine.observe(origin, { observations: [{ sli, outcome, at, endedAt }] });
  }
  return ((performance.now() - startMs) * 1e6) / observations;
}

/** What a store holds of one SLO that was probed once a second for 30 days. */
function monthOf(slo: string, nowMs: number): SliceRow[] {
  return resolutions.flatMap(({ widthMs, keptMs }, level) => {
    const coarser = resolutions[level + 1];
    const spanMs = coarser === undefined ? 30 * day : keptMs + 2 * coarser.widthMs;
    const last = Math.floor(nowMs / widthMs);
    return Array.from({ length: Math.floor(spanMs / widthMs) }, (_, index) => ({
      slo,
      widthMs,
      startMs: (last - index) * widthMs,
      intervalMs: 1000,
      good: widthMs / 1000 - 1,
      bad: 1,
      unknown: 0,
      excluded: 0,
    })).toReversed();
  });
}

async function benchStore(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-slo-'));
  const file = join(folder, 'sensei.db');
  const env = { clock: systemClock, onDamage: () => {} };
  try {
    const store = storeOf({ kind: 'sqlite', file }, env);
    await store.open();
    await store.acquire();
    const nowMs = Date.now();
    let rows = 0;
    for (const name of names) {
      const slices = monthOf(name, nowMs);
      rows += slices.length;
      await store.write({ slices, exposures: [], events: [], incidents: [], drills: [] });
    }
    await store.close();
    const bytes = statSync(file).size;
    const again = storeOf({ kind: 'sqlite', file }, env);
    const startMs = performance.now();
    await again.open();
    const engine = engineWith(names.map(sloOf));
    const range = { fromMs: 0, toMs: nowMs + 1 };
    for (const name of names) {
      engine.restoreSlices(name, await again.slices(name, range), systemClock.now());
    }
    const tookMs = performance.now() - startMs;
    await again.close();
    return [
      rowOf({
        name: `start with ${sloCount} SLOs of 30 days, ${rows} rows`,
        unit: 's',
        ours: tookMs / 1000,
        aim: 'under 1 s',
        isMet: tookMs < 1000,
      }),
      rowOf({
        name: `store of ${sloCount} SLOs after a month`,
        unit: 'MiB',
        ours: bytes / 2 ** 20,
        aim: 'none',
        isMet: true,
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory of an SLO, time of an observation, start-up with a month of history, size of the store. */
export async function benchSlo(): Promise<Row[]> {
  const many = Array.from({ length: 1000 }, (_, index) => sloOf(`m${index}`));
  const before = heap();
  const engine = engineWith(many);
  const bytes = (heap() - before) / many.length;
  const one = engineWith([sloOf('s0')]);
  observeFor(one, 100_000);
  const nanoseconds = observeFor(engineWith([sloOf('s0')]), 1_000_000);
  return [
    rowOf({
      name: 'memory of one SLO, period 30 d',
      unit: 'KiB',
      ours: bytes / 1024,
      aim: '64 KiB or less',
      isMet: bytes <= 64 * 1024 && engine.slos.length === many.length,
    }),
    rowOf({
      name: 'one observation: windows, outage, budget',
      unit: 'ns',
      ours: nanoseconds,
      aim: 'none',
      isMet: true,
    }),
    ...(await benchStore()),
  ];
}
