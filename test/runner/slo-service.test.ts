import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { judgeDrill } from '../../src/drills/judge.js';
import { systemClock } from '../../src/runner/clock.js';
import { SloService } from '../../src/runner/slo-service.js';
import { storeOf } from '../../src/store/open-store.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';
import { configuration, drillOf } from '../drills/drill-of.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('drills of the SLO service', () => {
  let folder: string;
  let service: SloService;

  const storeAt = (file: string) =>
    storeOf({ kind: 'sqlite', file }, { clock: systemClock, onDamage: () => {} });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-service-'));
    const file = join(folder, 'kept.db');
    const before = storeAt(file);
    await before.open();
    await before.acquire();
    const kept = { id: 'kept', scenario: 'zone', recoveryMs: 400, lossMs: null, detail: 'old' };
    const drills = [{ ...kept, atMs: Date.now() - 20 * dayMs }];
    await before.write({ slices: [], exposures: [], events: [], incidents: [], drills });
    await before.close();
    const config = configSchema.parse({ deployment: 'orders', tier: 'enhanced' });
    const deps = {
      clock: systemClock,
      page: new MetricsPage(),
      newId: randomUUID,
      log: { incident() {}, store() {}, wrote() {} },
    };
    service = new SloService(deps, storeAt(file), config);
    service.configure(config, []);
    await service.start();
    // A start waits for a slow store for a while only.
    await vi.waitUntil(() => service.drills(1).total === 1, { timeout: 30_000 });
  }, 60_000);
  afterEach(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  const take = (...drills: Parameters<typeof drillOf>[0][]) => {
    const nowMs = Date.now();
    const terms = { periodsMs: { region: 366 * dayMs }, rtoMs: hourMs, configuration, nowMs };
    const injectedAt = new Date(nowMs - dayMs).toISOString();
    service.takeDrills(
      drills.map((changes) => judgeDrill(drillOf({ injectedAt, ...changes }), terms)),
    );
  };
  const rtoOf = (disruption: string) =>
    service
      .compliance()
      .verdicts.find(
        (each) => each.promised && each.disruption === disruption && each.objective === 'rto',
      );

  it('are those of files and of the store, with how each kind of failure stands', () => {
    take({ scenario: 'region' });
    const { drills, scenarios, total } = service.drills(1);
    expect(total).toBe(2);
    expect(drills.map(({ scenario }) => scenario)).toEqual(['region']);
    const standing = (name: string) => scenarios.find(({ scenario }) => scenario === name);
    expect(standing('region')).toMatchObject({ newest: { verdict: 'pass' }, isOverdue: false });
    expect(standing('zone')).toMatchObject({ newest: { detail: 'old' }, isOverdue: false });
    expect(standing('node')).toMatchObject({ newest: null, isOverdue: true });
  });

  it('decide the verdict of the tier where they passed or failed, and not where they proved nothing', () => {
    take({ scenario: 'region', targets: [] });
    expect(rtoOf('region')?.status).toBe('no_evidence');
    expect(service.drills(1).scenarios.at(-1)).toMatchObject({
      newest: { verdict: 'inconclusive' },
      isOverdue: true,
    });
    const slow = { lowSeconds: 3601, highSeconds: 3700 };
    take({ scenario: 'region', recovery: slow });
    expect(rtoOf('region')).toMatchObject({
      status: 'breached',
      evidence: [{ drill: drillOf().id }],
    });
    expect(rtoOf('zone')).toMatchObject({ status: 'met', evidence: [{ drill: 'kept' }] });
  });
});
