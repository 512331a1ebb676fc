import type { Fact } from '../slo/observation.js';
import type { Drill, ExposureRow } from '../slo/slice.js';
import { formatDuration } from '../report/figures.js';
import type { CapacityEvidence, DrEvidence, MeasuredEvidence } from './evidence.js';
import { fail, pass, unknown, worstOr, type Finding } from './gates.js';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Rows are written once a minute: what is older than a few of them says nothing of now. */
const recentMs = 5 * minuteMs;
/** A drill once a year is what the platform asks for; some weeks of grace. */
const drillMaxAgeMs = 400 * dayMs;

function inWords(reason: string | undefined): string {
  return (reason ?? 'not known').replaceAll('_', ' ');
}

function unanswered({ name }: MeasuredEvidence, message: string): Finding {
  return unknown(`${name}: no answer`, message, `Find out why ${name} gives no answer.`);
}

function numberOf(facts: readonly Fact[], name: string): number | undefined {
  const value = facts.find((fact) => fact.name === name)?.value;
  return typeof value === 'number' ? value : undefined;
}

function findComponent(
  name: string,
  { component, minimum }: CapacityEvidence['components'][number],
  facts: readonly Fact[],
): Finding {
  const serving = numberOf(facts, `${component}.serving`);
  const source = `Kubernetes cluster ${name}`;
  if (serving === undefined)
    return unknown(
      `${component}: not known`,
      source,
      `See what keeps ${component} from being read in ${name}.`,
    );
  const figure = `${component}: ${serving} of ${minimum}`;
  return serving >= minimum
    ? pass(figure, source)
    : fail(figure, source, `Scale ${component} in ${name} to at least ${minimum}.`);
}

function findCapacity(evidence: CapacityEvidence): Finding[] {
  const { name, seen, components } = evidence;
  if (!seen.ok) return [unanswered(evidence, seen.message)];
  return components.map((each) => findComponent(name, each, seen.value.facts));
}

export function capacity({ region, capacity: clusters }: DrEvidence): Finding {
  return worstOr(
    clusters.flatMap(findCapacity),
    unknown(
      'no Kubernetes cluster is watched there',
      'the configuration',
      `Add the Kubernetes cluster of ${region} under collectors.replicas, with region: ${region}.`,
    ),
  );
}

function findRedis(evidence: MeasuredEvidence): Finding {
  const { name, seen } = evidence;
  if (!seen.ok) return unanswered(evidence, seen.message);
  const source = `the Sentinels of ${name}`;
  const { observations, facts } = seen.value;
  const agreed = facts.find((fact) => fact.name === 'agreement')?.value;
  const figure = `${name}: ${agreed ?? 'none'} agree`;
  const bad = observations.find(({ outcome }) => outcome === 'bad');
  if (bad !== undefined)
    return fail(
      `${figure}, ${inWords(bad.reason)}`,
      source,
      `Bring Redis ${name} back to a primary that its Sentinels agree on, with its replicas.`,
    );
  const doubtful = observations.find(({ outcome }) => outcome !== 'good');
  return doubtful === undefined && observations.length > 0
    ? pass(figure, source)
    : unknown(
        `${name}: ${inWords(doubtful?.reason)}`,
        source,
        `Bring the Sentinels of ${name} back.`,
      );
}

export function redis({ region, redis: all, isOff }: DrEvidence): Finding {
  const nothing = isOff.redis
    ? pass('not used', 'redis.sentinel.enabled')
    : unknown(
        'no Redis is watched there',
        'the configuration',
        `Add the Sentinels of ${region} under collectors.sentinel, with region: ${region}.`,
      );
  return worstOr(all.map(findRedis), nothing);
}

function findBackup(evidence: MeasuredEvidence, atMs: number): Finding {
  const { name, seen } = evidence;
  if (!seen.ok) return unanswered(evidence, seen.message);
  const { observations, restorePoints = [] } = seen.value;
  const [point] = restorePoints;
  const trouble = observations.find(({ outcome }) => outcome === 'bad');
  const source = point?.source ?? name;
  if (trouble !== undefined)
    return fail(`${name}: ${inWords(trouble.reason)}`, source, `Mend the backups ${name}.`);
  if (point?.newestMs == null)
    return unknown(`${name}: not known`, source, `See why the backups ${name} cannot be read.`);
  const figure = `${name}: up to ${formatDuration(Math.max(0, atMs - point.newestMs))} ago`;
  return point.unproved === undefined
    ? pass(figure, source)
    : unknown(
        `${figure}, but ${point.unproved}`,
        source,
        `Restore ${name} once, and let the job write restoreTest.file.`,
      );
}

export function backups({ backups: all, atMs }: DrEvidence): Finding {
  return worstOr(
    all.map((each) => findBackup(each, atMs)),
    unknown(
      'no backups are watched',
      'the configuration',
      'Add the backups of each dataset under collectors.backups.',
    ),
  );
}

function notReadable(message: string): Finding {
  return unknown(
    'the store cannot be read',
    message,
    'Run this where the store is, or see to the store.',
  );
}

function findObjects(dataset: string, rows: readonly ExposureRow[], atMs: number): Finding {
  const newest = rows.filter((row) => row.dataset === dataset).at(-1);
  const ageMs = newest === undefined ? Infinity : atMs - newest.startMs;
  if (newest === undefined || ageMs > recentMs)
    return unknown(
      `${dataset}: nothing was recorded in the last ${formatDuration(recentMs)}`,
      'exposures in the store',
      'Let the exporter run: its canary objects tell how far the copy is behind.',
    );
  const source = `exposure recorded ${formatDuration(Math.max(0, ageMs))} ago`;
  const { worstMs, targetMs } = newest;
  if (worstMs === null)
    return unknown(
      `${dataset}: not known`,
      source,
      `See why nothing tells how far the copy of ${dataset} is behind.`,
    );
  const figure = `${dataset}: ${formatDuration(worstMs, 'up')} (RPO ${formatDuration(targetMs)})`;
  return worstMs <= targetMs
    ? pass(figure, source)
    : fail(figure, source, `Let the replication of ${dataset} catch up.`);
}

export function objects({ region, objects: datasets, isOff, history, atMs }: DrEvidence): Finding {
  if (datasets.length === 0)
    return isOff.objects
      ? pass('not replicated', 'disasterRecovery.replication.objectStorage.enabled')
      : unknown(
          'no replication of objects is watched',
          'the configuration',
          `Add it under collectors.objects, with destination.region: ${region}.`,
        );
  if (!history.ok) return notReadable(history.message);
  const { exposures } = history.value;
  const nothing = notReadable('');
  return worstOr(
    datasets.map((each) => findObjects(each, exposures, atMs)),
    nothing,
  );
}

function newestDrill(drills: readonly Drill[]): Drill | undefined {
  return drills
    .filter(({ scenario }) => scenario === 'region')
    .toSorted((a, b) => b.atMs - a.atMs)[0];
}

export function lastDrill({ history, atMs, rtoMs }: DrEvidence): Finding {
  if (!history.ok) return notReadable(history.message);
  const drill = newestDrill(history.value.drills);
  const source = 'drills in the store';
  const advice = 'Hold a failover drill, and record it.';
  if (drill === undefined) return unknown('no drill of a region is recorded', source, advice);
  const { recoveryMs } = drill;
  const ago = `${formatDuration(Math.max(0, atMs - drill.atMs))} ago`;
  if (recoveryMs === null) return unknown(`${ago}, and its time was not measured`, source, advice);
  const figure = `${ago}, it took ${formatDuration(recoveryMs)} (RTO ${formatDuration(rtoMs)})`;
  const isOld = atMs - drill.atMs > drillMaxAgeMs;
  return isOld || recoveryMs > rtoMs ? fail(figure, source, advice) : pass(figure, source);
}
