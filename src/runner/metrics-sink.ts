import { failureReasons } from '../collectors/failure.js';
import { count, gauge, type Increment, type Sample } from '../metrics/sample.js';
import { outcomes, type Outcome as SliOutcome } from '../slo/observation.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';
import type { TargetListener } from './runner.js';
import { jobId, type CollectionSink, type Job, type Outcome } from './target-loop.js';

/** Turns every collection into series. */
export class MetricsSink implements CollectionSink, TargetListener {
  private readonly lastSuccessSeconds = new Map<string, number>();
  private readonly constants = new WeakMap<Job, Constants>();
  /** The four counters of each SLI, by outcome. */
  private readonly sliSteps = new Map<string, Readonly<Record<SliOutcome, Increment>>>();

  constructor(private readonly page: MetricsPage) {}

  added(job: Job): void {
    const { id, owner, labels, description } = this.of(job);
    const reasons = job.collector.failureReasons ?? failureReasons;
    this.page.series.increment(id, job.collector.counters(job.target));
    this.page.series.increment(owner, [
      count('sensei_collector_attempts_total', labels, 0),
      ...reasons.map((reason) =>
        count('sensei_collector_failures_total', { ...labels, reason }, 0),
      ),
    ]);
    this.page.series.replaceGauges(owner, description);
  }

  removed(job: Job): void {
    const { id, owner } = this.of(job);
    this.page.series.forget(id);
    this.page.series.forget(owner);
    this.lastSuccessSeconds.delete(id);
    for (const sli of this.sliSteps.keys()) {
      if (sli.startsWith(`${id}/`)) this.sliSteps.delete(sli);
    }
  }

  begun(job: Job, lateMs: number): void {
    const { owner, attempt } = this.of(job);
    this.page.startDelay.observe(lateMs / 1000);
    this.page.series.increment(owner, attempt);
  }

  ended(job: Job, outcome: Outcome): void {
    const { id, owner } = this.of(job);
    const { samples, increments, observations } = outcome.measurement;
    this.page.series.replaceGauges(id, samples ?? []);
    this.page.series.increment(id, increments ?? []);
    for (const { sli, outcome: found } of observations ?? []) this.countObservation(id, sli, found);
    if (outcome.ok) this.lastSuccessSeconds.set(id, outcome.span.endedAt.wallMs / 1000);
    this.page.series.replaceGauges(owner, this.runnerSamples(job, outcome));
    if (!outcome.ok) this.countFailure(job, outcome.reason);
  }

  private of(job: Job): Constants {
    const known = this.constants.get(job);
    if (known !== undefined) return known;
    const made = constantsOf(job);
    this.constants.set(job, made);
    return made;
  }

  /** An SLI's four outcomes exist from its first observation on. */
  private countObservation(owner: string, sli: string, outcome: SliOutcome): void {
    let steps = this.sliSteps.get(sli);
    if (steps === undefined) {
      const zeros = outcomes.map((each) =>
        count('sensei_observations_total', { sli, outcome: each }, 0),
      );
      this.page.series.increment(owner, zeros);
      steps = Object.fromEntries(
        outcomes.map((each, index) => [each, { ...zeros[index]!, by: 1 }]),
      ) as Record<SliOutcome, Increment>;
      this.sliSteps.set(sli, steps);
    }
    this.page.series.increment(owner, [steps[outcome]]);
  }

  private countFailure(job: Job, reason: string): void {
    const { owner, labels } = this.of(job);
    this.page.series.increment(owner, [
      count('sensei_collector_failures_total', { ...labels, reason }),
    ]);
  }

  private runnerSamples(job: Job, { ok, span }: Outcome): Sample[] {
    const { id, labels, description } = this.of(job);
    const durationSeconds = (span.endedAt.monoMs - span.startedAt.monoMs) / 1000;
    const last = this.lastSuccessSeconds.get(id);
    return [
      ...description,
      gauge('sensei_collector_success', labels, ok),
      gauge('sensei_collector_duration_seconds', labels, durationSeconds),
      ...(last === undefined
        ? []
        : [gauge('sensei_collector_last_success_timestamp_seconds', labels, last)]),
    ];
  }
}

/** What does not change while a target is configured: made once, so that a collection makes nothing. */
interface Constants {
  readonly id: string;
  /** The series of the runner itself outlive a failed collection; the target's gauges do not. */
  readonly owner: string;
  readonly labels: { readonly kind: string; readonly target: string };
  readonly description: readonly Sample[];
  readonly attempt: readonly Increment[];
}

function constantsOf(job: Job): Constants {
  const { collector, target } = job;
  const { component, region, zone } = target;
  const labels = { kind: collector.kind, target: target.name };
  return {
    id: jobId(job),
    owner: `runner:${jobId(job)}`,
    labels,
    description: [
      gauge('sensei_target_info', { ...labels, component, region, zone }, 1),
      gauge('sensei_collector_interval_seconds', labels, target.intervalMs / 1000),
    ],
    attempt: [count('sensei_collector_attempts_total', labels)],
  };
}
