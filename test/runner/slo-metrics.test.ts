import { describe, expect, it } from 'vitest';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { judgeDrill } from '../../src/drills/judge.js';
import { drillStandings, shownDrills } from '../../src/drills/standing.js';
import type { MetricName } from '../../src/metrics/catalogue.js';
import { SloMetrics } from '../../src/runner/slo-metrics.js';
import { SloEngine } from '../../src/slo/engine.js';
import type { Instant, Outcome } from '../../src/slo/observation.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';
import { configuration, drillOf } from '../drills/drill-of.js';
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

describe('the metrics of drills', () => {
  const dayMs = 86_400_000;
  const terms = {
    periodsMs: { pod: 31 * dayMs, region: 366 * dayMs },
    rtoMs: 3_600_000,
    configuration,
    nowMs: startMs,
  };
  const page = new MetricsPage();
  const publish = (...drills: DrillEvidence[]) => {
    const judged = drills.map((drill) => judgeDrill(drill, terms));
    const shown = shownDrills(judged, [], terms);
    new SloMetrics(page).publishDrills(shown, drillStandings(shown, terms));
  };
  const valuesOf = (name: MetricName) => {
    const series = page.series.families.get(name)?.series.values() ?? [];
    return [...series].map(({ labels, value }) => [Object.values(labels).join(' '), value]);
  };

  it('tell how often one is due before any was made', () => {
    publish();
    expect(valuesOf('sensei_drill_period_seconds')).toEqual([
      ['pod', 31 * 86_400],
      ['region', 366 * 86_400],
    ]);
    expect(valuesOf('sensei_drill_recorded_timestamp_seconds')).toEqual([]);
  });

  it('tell the newest and what it came to, apart from the newest that counts', () => {
    const injectedAt = '2026-10-30T10:00:00Z';
    const useless = drillOf({
      id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0002',
      injectedAt,
      targets: [],
    });
    publish(useless, drillOf({ injectedAt: '2026-10-20T10:00:00Z' }));
    const seconds = (text: string) => Date.parse(text) / 1000;
    expect(valuesOf('sensei_drill_recorded_timestamp_seconds')).toEqual([
      ['primary_database', seconds(injectedAt)],
    ]);
    expect(valuesOf('sensei_drill_last_timestamp_seconds')).toEqual([
      ['primary_database', seconds('2026-10-20T10:00:00Z')],
    ]);
    expect(valuesOf('sensei_drill_verdict').filter(([, value]) => value === 1)).toEqual([
      ['primary_database inconclusive', 1],
    ]);
  });
});
