import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasData } from '../../lab/prometheus.js';
import { writeSnapshot } from '../../lab/snapshot.js';
import { mayBeEmpty } from '../../src/dashboards/may-be-empty.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { dashboardQueries } from '../dashboards/queries.js';
import { Asking, shown, snapshotAnswers, totalsOf, type Answer } from './dashboard-answers.js';
import { LivedDeployment } from './lived-deployment.js';

/** As often as the lab's Prometheus scrapes. */
const stepSeconds = 1;

/** What this life has none of: lost data, lost history, floods of events, people who clean up. */
const neverCounted = [
  'sensei_objects_canaries_accepted_total',
  'sensei_postgres_canary_lost_heartbeats_total',
  'sensei_sentinel_events_dropped_total',
  'sensei_store_failures_total',
  'sensei_store_lost_rows_total',
];

/**
 * An hour of life, with the clock shortened: it is lived in two minutes. A scrape each second stands for
 * one each fifteen or thirty; what rules evaluate every few minutes is evaluated every few seconds; Patroni
 * and Sentinel have the lab's timings, and a lost node is noticed in 3 s for 40. All that can be watched is
 * watched, and all of it fails once, so that no query is excused: what is empty here can never be seen.
 *
 * With SENSEI_SNAPSHOT=FOLDER the answers are kept there, to be drawn without a Prometheus.
 */
describe('the dashboards of a deployment that lived', () => {
  const deployment = new LivedDeployment((text) => void process.stderr.write(`${text}\n`));
  let answers: readonly Answer[] = [];

  beforeAll(() => deployment.start());
  afterAll(() => deployment.stop());

  it('that fails in many ways, and is well again in the end', async () => {
    const { life } = deployment;
    await life.run();
    expect(life.moments.at(-1)?.what).toBe('all is well again');
  }, 300_000);

  it('whose every metric has had values', async () => {
    const { prometheus, span } = deployment;
    const empty: string[] = [];
    for (const name of Object.keys(catalogue)) {
      const series = await prometheus.range(`{__name__=~"${name}(_bucket)?"}`, span, stepSeconds);
      if (!hasData(series)) empty.push(name);
    }
    expect(empty).toEqual([]);
  });

  it('whose every counter has counted something, but for what did not happen', async () => {
    const { prometheus, span } = deployment;
    const length = Math.ceil(span.end - span.start);
    const still: string[] = [];
    for (const [name, { type }] of Object.entries(catalogue)) {
      if (type !== 'counter') continue;
      const risen = await prometheus.instant(`max_over_time(${name}[${length}s]) > 0`, span.end);
      if (!hasData(risen)) still.push(name);
    }
    expect(still.filter((name) => !neverCounted.includes(name))).toEqual([]);
  });

  it('have an answer to every query of every panel, variable and annotation', async () => {
    const { prometheus, span, life } = deployment;
    answers = await new Asking(prometheus, span, stepSeconds).all(dashboardQueries());
    process.stderr.write(`${totalsOf(answers)}\n`);
    const folder = process.env['SENSEI_SNAPSHOT'];
    const dashboards = snapshotAnswers(answers);
    if (folder !== undefined)
      writeSnapshot(folder, { span, stepSeconds, moments: life.moments, dashboards });
    expect(answers.filter(({ isEmpty }) => isEmpty).map(shown)).toEqual([]);
  });

  it('are empty while all is well only where they say so, with the reason', () => {
    const listed = new Set(mayBeEmpty.map(({ uid, place }) => `${uid}: ${place}`));
    const unlisted = answers.filter(
      ({ query: { uid, place }, isEmptyAtEnd }) => isEmptyAtEnd && !listed.has(`${uid}: ${place}`),
    );
    expect(answers.length).toBeGreaterThan(400);
    expect(unlisted.map(shown)).toEqual([]);
  });
});
