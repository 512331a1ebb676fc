import { describe, expect, it } from 'vitest';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { count, gauge } from '../../src/metrics/sample.js';
import { MetricsSink } from '../../src/runner/metrics-sink.js';
import type { Job, Outcome } from '../../src/runner/target-loop.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';
import { valueOf, samplesOf } from '../lab/scrape.js';

const labels = { target: 'api', component: 'api', region: 'a', zone: '' };
const collector = {
  kind: 'lb',
  failureReasons: ['timeout', 'internal'],
  counters: () => [count('sensei_lb_probes_total', labels, 0)],
} as unknown as AnyCollector;
const job: Job = {
  collector,
  target: {
    name: 'api',
    component: 'api',
    region: 'a',
    zone: '',
    intervalMs: 2000,
    timeoutMs: 500,
  },
};
const span = { startedAt: { wallMs: 0, monoMs: 0 }, endedAt: { wallMs: 5000, monoMs: 250 } };
const good: Outcome = {
  ok: true,
  span,
  measurement: {
    samples: [gauge('sensei_lb_up', labels, 1)],
    increments: [count('sensei_lb_probes_total', labels)],
    observations: [
      { sli: 'lb/api/availability', outcome: 'good', at: span.startedAt, endedAt: span.endedAt },
    ],
    events: [],
    facts: [],
    memory: undefined,
  },
};
const failed: Outcome = { ok: false, reason: 'timeout', message: 'late', span, measurement: {} };

async function pageAfter(act: (sink: MetricsSink) => void): Promise<string> {
  const page = new MetricsPage();
  act(new MetricsSink(page));
  let text = '';
  for await (const chunk of page.render('prometheus')) text += chunk;
  return text;
}

const kind = { kind: 'lb', target: 'api' };

describe('what becomes of a collection in the metrics', () => {
  it('every known counter is there at 0 before the first collection, and no gauge of a result', async () => {
    const page = await pageAfter((sink) => sink.added(job));
    expect(valueOf(page, 'sensei_lb_probes_total')).toBe(0);
    expect(valueOf(page, 'sensei_collector_attempts_total', kind)).toBe(0);
    expect(samplesOf(page, 'sensei_collector_failures_total').map(({ value }) => value)).toEqual([
      0, 0,
    ]);
    expect(valueOf(page, 'sensei_collector_success', kind)).toBeUndefined();
    expect(valueOf(page, 'sensei_collector_interval_seconds', kind)).toBe(2);
  });

  it('success, duration and last success are the runner’s own', async () => {
    const page = await pageAfter((sink) => {
      sink.added(job);
      sink.begun(job, 3);
      sink.ended(job, good);
    });
    expect(valueOf(page, 'sensei_collector_success', kind)).toBe(1);
    expect(valueOf(page, 'sensei_collector_duration_seconds', kind)).toBe(0.25);
    expect(valueOf(page, 'sensei_collector_last_success_timestamp_seconds', kind)).toBe(5);
    expect(valueOf(page, 'sensei_observations_total', { outcome: 'good' })).toBe(1);
    expect(valueOf(page, 'sensei_observations_total', { outcome: 'bad' })).toBe(0);
    expect(valueOf(page, 'sensei_collector_start_delay_seconds_count')).toBe(1);
  });

  it('after a failure the gauges of the target vanish, the counters and the last success stay', async () => {
    const page = await pageAfter((sink) => {
      sink.added(job);
      sink.ended(job, good);
      sink.ended(job, failed);
    });
    expect(valueOf(page, 'sensei_lb_up')).toBeUndefined();
    expect(valueOf(page, 'sensei_lb_probes_total')).toBe(1);
    expect(valueOf(page, 'sensei_collector_success', kind)).toBe(0);
    expect(valueOf(page, 'sensei_collector_failures_total', { ...kind, reason: 'timeout' })).toBe(
      1,
    );
    expect(valueOf(page, 'sensei_collector_last_success_timestamp_seconds', kind)).toBe(5);
  });

  it('of a target that the configuration no longer has nothing is left, and it begins anew at 0', async () => {
    const act = (sink: MetricsSink) => {
      sink.added(job);
      sink.ended(job, good);
      sink.removed(job);
    };
    expect(samplesOf(await pageAfter(act), 'sensei_observations_total')).toEqual([]);
    expect(await pageAfter(act)).not.toContain('target="api"');
    const again = await pageAfter((sink) => {
      act(sink);
      sink.added(job);
      sink.ended(job, good);
    });
    expect(valueOf(again, 'sensei_observations_total', { outcome: 'good' })).toBe(1);
    expect(valueOf(again, 'sensei_observations_total', { outcome: 'unknown' })).toBe(0);
  });
});
