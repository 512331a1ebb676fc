import { failureReasons } from '../collectors/failure.js';
import { count, gauge, type Increment, type Sample } from '../metrics/sample.js';
import { outcomes } from '../slo/observation.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';
import type { TargetListener } from './runner.js';
import { jobId, type CollectionSink, type Job, type Outcome } from './target-loop.js';

/** Turns every collection into series. */
export class MetricsSink implements CollectionSink, TargetListener {
  private readonly lastSuccessSeconds = new Map<string, number>();

  private readonly knownSlis = new Set<string>();

  constructor(private readonly page: MetricsPage) {}

  added(job: Job): void {
    const { collector, target } = job;
    const labels = { kind: collector.kind, target: target.name };
    const reasons = collector.failureReasons ?? failureReasons;
    this.page.series.increment(jobId(job), collector.counters(target));
    this.page.series.increment(runnerOwner(job), [
      count('sensei_collector_attempts_total', labels, 0),
      ...reasons.map((reason) =>
        count('sensei_collector_failures_total', { ...labels, reason }, 0),
      ),
    ]);
    this.page.series.replaceGauges(runnerOwner(job), describeTarget(job));
  }

  removed(job: Job): void {
    this.page.series.forget(jobId(job));
    this.page.series.forget(runnerOwner(job));
    this.lastSuccessSeconds.delete(jobId(job));
    for (const sli of this.knownSlis) {
      if (sli.startsWith(`${jobId(job)}/`)) this.knownSlis.delete(sli);
    }
  }

  begun(job: Job, lateMs: number): void {
    this.page.startDelay.observe(lateMs / 1000);
    const labels = { kind: job.collector.kind, target: job.target.name };
    this.page.series.increment(runnerOwner(job), [
      count('sensei_collector_attempts_total', labels),
    ]);
  }

  ended(job: Job, outcome: Outcome): void {
    const id = jobId(job);
    const { samples, increments } = outcome.measurement;
    this.page.series.replaceGauges(id, samples ?? []);
    this.page.series.increment(id, [...(increments ?? []), ...this.observationCounts(outcome)]);
    if (outcome.ok) this.lastSuccessSeconds.set(id, outcome.span.endedAt.wallMs / 1000);
    this.page.series.replaceGauges(runnerOwner(job), this.runnerSamples(job, outcome));
    if (!outcome.ok) this.countFailure(job, outcome.reason);
  }

  /** An SLI's four outcomes exist from its first observation on. */
  private observationCounts({ measurement }: Outcome): Increment[] {
    return (measurement.observations ?? []).flatMap(({ sli, outcome }) => {
      const step = count('sensei_observations_total', { sli, outcome });
      if (this.knownSlis.has(sli)) return [step];
      this.knownSlis.add(sli);
      return [
        ...outcomes.map((each) => count('sensei_observations_total', { sli, outcome: each }, 0)),
        step,
      ];
    });
  }

  private countFailure(job: Job, reason: string): void {
    const labels = { kind: job.collector.kind, target: job.target.name, reason };
    this.page.series.increment(runnerOwner(job), [
      count('sensei_collector_failures_total', labels),
    ]);
  }

  private runnerSamples(job: Job, { ok, span }: Outcome): Sample[] {
    const labels = { kind: job.collector.kind, target: job.target.name };
    const durationSeconds = (span.endedAt.monoMs - span.startedAt.monoMs) / 1000;
    const last = this.lastSuccessSeconds.get(jobId(job));
    return [
      ...describeTarget(job),
      gauge('sensei_collector_success', labels, ok),
      gauge('sensei_collector_duration_seconds', labels, durationSeconds),
      ...(last === undefined
        ? []
        : [gauge('sensei_collector_last_success_timestamp_seconds', labels, last)]),
    ];
  }
}

/** The series of the runner itself outlive a failed collection; the target's gauges do not. */
function runnerOwner(job: Job): string {
  return `runner:${jobId(job)}`;
}

function describeTarget({ collector, target }: Job): Sample[] {
  const { component, region, zone } = target;
  const labels = { kind: collector.kind, target: target.name };
  return [
    gauge('sensei_target_info', { ...labels, component, region, zone }, 1),
    gauge('sensei_collector_interval_seconds', labels, target.intervalMs / 1000),
  ];
}
