import { describe, expect, it } from 'vitest';
import { SloMetrics } from '../../src/runner/slo-metrics.js';
import { SloEngine } from '../../src/slo/engine.js';
import type { Instant, Outcome } from '../../src/slo/observation.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';
import { sloOf } from '../slo/slo-of.js';

const startMs = Date.UTC(2026, 10, 1);
const slo = sloOf({
  name: 'api',
  sli: 'lb/api/availability',
  intervalMs: 100,
  recoveryTargetMs: 1000,
});
const settings = {
  stabilisationMs: 10_000,
  exposureGraceMs: 5000,
  rpoTargetMs: 5000,
  rtoTargetMs: 60_000,
  peers: [],
};

function instant(ms: number): Instant {
  return { wallMs: startMs + ms, monoMs: ms };
}

describe('the elapsed time of an outage', () => {
  const page = new MetricsPage();
  const metrics = new SloMetrics(page);
  const engine = new SloEngine(settings, () => 'i1', {
    event: () => {},
    incident: () => {},
    renamed: () => {},
  });
  engine.configure([slo], settings, () => false);
  metrics.configure([slo], []);
  let ms = 0;
  const observe = (outcome: Outcome, times: number) => {
    for (let time = 0; time < times; time += 1) {
      const at = instant(ms);
      const observations = [{ sli: slo.sli, outcome, at, endedAt: at }];
      engine.observe(
        { target: 'lb/api', component: 'api', region: '', zone: '' },
        { observations },
      );
      ms += slo.intervalMs;
    }
    engine.tick(instant(ms));
  };
  const elapsed = async (): Promise<number | undefined> => {
    await metrics.publish(engine, instant(ms));
    const series = page.series.families.get('sensei_outage_elapsed_seconds')?.series.values();
    return [...(series ?? [])][0]?.value;
  };

  it('stands still while successes have to last: what is over in time is not told as late', async () => {
    observe('good', 5);
    expect(await elapsed()).toBeUndefined();
    observe('bad', 5);
    expect(await elapsed()).toBeCloseTo(0.5);
    observe('bad', 3);
    expect(await elapsed()).toBeCloseTo(0.8);
    observe('good', 50);
    expect(await elapsed()).toBeCloseTo(0.8);
    observe('good', 60);
    expect(await elapsed()).toBeUndefined();
  });
});
