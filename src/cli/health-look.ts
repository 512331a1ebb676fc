import { collectors } from '../collectors/index.js';
import { jobsOf } from '../collectors/jobs.js';
import type { CollectorEnv } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import { slisOf, type SliSource } from '../deployment/slis.js';
import type { Look, SeenSli } from '../health/assess.js';
import { oneLook, type Looked, type LookProgress } from '../runner/one-look.js';
import { StateBook } from '../runner/state-book.js';
import { jobId, type Job } from '../runner/target-loop.js';
import { ExposureTracker } from '../slo/exposure.js';
import { tiers } from '../slo/tiers.js';

/** How a look is taken. */
export interface LookOptions {
  readonly timeoutMs: number;
  /** Components that are looked at; all of them where none is named. */
  readonly components: readonly string[];
  readonly progress: LookProgress;
}

/** Kubernetes clusters have several components: which they are is known when they have told. */
function isWanted({ target, collector }: Job, components: readonly string[]): boolean {
  return (
    components.length === 0 ||
    components.includes(target.component) ||
    collector.kind === 'replicas'
  );
}

function bookOf(looked: readonly Looked[]): StateBook {
  const book = new StateBook();
  for (const { job, outcome } of looked) {
    book.add(job);
    if (outcome !== undefined) book.record(job, outcome);
  }
  return book;
}

function seenOf({ sli, type, place }: SliSource, looked: readonly Looked[]): SeenSli {
  const target = sli.split('/').slice(0, 2).join('/');
  const found = looked.find(({ job }) => jobId(job) === target)?.outcome;
  const observed = found?.measurement.observations?.find((each) => each.sli === sli);
  const outcome = observed?.outcome === 'excluded' ? 'unknown' : (observed?.outcome ?? 'unknown');
  const failure = found === undefined ? 'no answer in time' : found.ok ? '' : found.reason;
  return { sli, type, ...place, outcome, reason: observed?.reason ?? failure };
}

/** Exposure is told where a restorable point was seen; that one look sees none proves nothing. */
function exposureOf(
  { sli, type, place }: SliSource,
  looked: readonly Looked[],
  { config, nowMs }: { readonly config: Config; readonly nowMs: number },
): SeenSli[] {
  const dataset = sli.slice('rpo/'.length);
  const targetMs = config.objectives.rpo ?? tiers[config.tier].rpoMs;
  const tracker = new ExposureTracker(dataset, targetMs, 0);
  for (const { job, outcome } of looked) {
    const points = outcome?.measurement.restorePoints ?? [];
    tracker.take(
      jobId(job),
      points.filter((point) => point.dataset === dataset),
    );
  }
  const { exposureMs } = tracker.at(nowMs);
  if (exposureMs === null) return [];
  const isOver = exposureMs > targetMs;
  const reason = isOver ? 'more would be lost now than was promised' : '';
  return [{ sli, type, ...place, outcome: isOver ? 'bad' : 'good', reason }];
}

/** Looks at every target of a configuration, by the exporter's own collectors. */
export async function takeLook(
  config: Config,
  env: CollectorEnv,
  { timeoutMs, components, progress }: LookOptions,
): Promise<Look> {
  const jobs = jobsOf(collectors, config).filter((job) => isWanted(job, components));
  // Of several SLIs that say the same, the one closest to the user.
  const sources = slisOf(config).filter(
    ({ place, isDefault }) =>
      isDefault && (components.length === 0 || components.includes(place.component)),
  );
  const awaited = new Set(sources.map(({ sli }) => sli));
  const looked = await oneLook(jobs, env, { timeoutMs, awaited, progress });
  const ids = new Set(jobs.map(jobId));
  const told = sources.filter(
    ({ sli, type }) => type !== 'rpo' && ids.has(sli.split('/').slice(0, 2).join('/')),
  );
  const { wallMs: nowMs } = env.clock.now();
  const exposures = sources
    .filter(({ type }) => type === 'rpo')
    .flatMap((source) => exposureOf(source, looked, { config, nowMs }));
  return {
    targets: bookOf(looked).targets,
    slis: [...told.map((source) => seenOf(source, looked)), ...exposures],
  };
}
