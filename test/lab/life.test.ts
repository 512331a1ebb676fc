import process from 'node:process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, until } from '../../lab/health.js';
import { hasData, type Span } from '../../lab/prometheus.js';
import { writeSnapshot } from '../../lab/snapshot.js';
import { mayBeEmpty } from '../../src/dashboards/may-be-empty.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import type { IncidentsAnswer } from '../../src/slo/answers.js';
import { dashboardQueries } from '../dashboards/queries.js';
import { Asking, shown, snapshotAnswers, totalsOf, type Answer } from './dashboard-answers.js';
import { LivedDeployment } from './lived-deployment.js';
import { PageWatcher } from './page-watcher.js';

/** As often as the lab's Prometheus scrapes. */
const stepSeconds = 1;

const snapshot = process.env['SENSEI_SNAPSHOT'];

/** What this life has none of: lost data, lost history, floods of events, people who clean up. */
const neverCounted = [
  'sensei_objects_canaries_accepted_total',
  'sensei_postgres_canary_lost_heartbeats_total',
  'sensei_sentinel_events_dropped_total',
  'sensei_store_failures_total',
  'sensei_store_lost_rows_total',
];

/** Keeps what dashboards show when the life is over, and in folders by number what they showed at each moment. */
async function keepSnapshots(
  folder: string,
  { prometheus, span, life: { moments } }: LivedDeployment,
  answers: readonly Answer[],
): Promise<void> {
  const keep = (place: string, until: Span, kept: readonly Answer[]) =>
    writeSnapshot(place, { span: until, stepSeconds, moments, dashboards: snapshotAnswers(kept) });
  keep(folder, span, answers);
  for (const [at, { atSeconds }] of moments.entries()) {
    if (at === 0) continue;
    const until = { start: span.start, end: atSeconds };
    const then = await new Asking(prometheus, until, stepSeconds).all(dashboardQueries());
    keep(join(folder, String(at)), until, then);
  }
}

/**
 * An hour of life, with the clock shortened: it is lived in two minutes. A scrape each second stands for
 * one each fifteen or thirty; what rules evaluate every few minutes is evaluated every few seconds; Patroni
 * and Sentinel have the lab's timings, and a lost node is noticed in 3 s for 40. All that can be watched is
 * watched, and all of it fails once, so that no query is excused: what is empty here can never be seen.
 *
 * With SENSEI_SNAPSHOT=FOLDER the answers are kept there, to be drawn without a Prometheus, and pictures
 * of the status page.
 */
describe('a deployment that lived', () => {
  const deployment = new LivedDeployment((text) => void process.stderr.write(`${text}\n`));
  let answers: readonly Answer[] = [];

  let watcher: PageWatcher | undefined;

  const shoot = async (page: Page, name: string) => {
    if (snapshot === undefined) return;
    mkdirSync(snapshot, { recursive: true });
    await page.screenshot({ path: join(snapshot, `${name}.png`) });
  };

  beforeAll(async () => {
    await deployment.start();
    watcher = await PageWatcher.open(deployment.url, 'orders-a-writes', (page) =>
      shoot(page, 'status-page'),
    );
  });
  afterAll(async () => {
    await watcher?.close();
    await deployment.stop();
  });

  it('fails in many ways, and is well again in the end', async () => {
    const { life } = deployment;
    await life.run();
    expect(life.moments.at(-1)?.what).toBe('all is well again');
  }, 1_200_000);

  it('has had values of every metric', async () => {
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

  it('has an answer to every query of every panel, variable and annotation of its dashboards', async () => {
    const { prometheus, span } = deployment;
    answers = await new Asking(prometheus, span, stepSeconds).all(dashboardQueries());
    process.stderr.write(`${totalsOf(answers)}\n`);
    if (snapshot !== undefined) await keepSnapshots(snapshot, deployment, answers);
    expect(answers.filter(({ isEmpty }) => isEmpty).map(shown)).toEqual([]);
  });

  it('has panels that are empty while all is well only where they say so, with the reason', () => {
    const listed = new Set(mayBeEmpty.map(({ uid, place }) => `${uid}: ${place}`));
    const unlisted = answers.filter(
      ({ query: { uid, place }, isEmptyAtEnd }) => isEmptyAtEnd && !listed.has(`${uid}: ${place}`),
    );
    expect(answers.length).toBeGreaterThan(400);
    expect(unlisted.map(shown)).toEqual([]);
  });

  it('told of the lost primary on its status page, live, and lists what is over with its bracket', async () => {
    const { told, page, complaints } = watcher!;
    expect(told).toBeDefined();
    const late = Math.round(told!.byPageMs - told!.byApiMs);
    process.stderr.write(`the open status page told of the outage ${late} ms after the API\n`);
    expect(await watcher!.isSamePage()).toBe(true);
    expect(complaints).toEqual([]);
    const answer = await ask(`${deployment.url}/api/v1/incidents?limit=10`);
    const { incidents } = JSON.parse(answer!.body) as IncidentsAnswer;
    const over = incidents.filter(({ closedMs }) => closedMs !== null);
    expect(over.length).toBeGreaterThan(5);
    for (const incident of over) {
      const { shown: found, wanted } = await watcher!.bracketOf(incident);
      expect(found).toBe(wanted);
    }
    await shoot(page, 'status-page-after');
  });

  it('has a status page also where its history store is dead, which it says', async () => {
    const url = await deployment.losesStore();
    let page = await ask(url);
    const says = ['The history store does not answer.', 'rows wait to be written'];
    // Rows are made once a slice is over.
    const isSaid = async () => {
      page = await ask(url);
      return says.every((words) => page?.body.includes(words) === true);
    };
    await until(says.join(' '), isSaid, 60_000, () => page?.body ?? 'it does not answer');
    expect(page?.status).toBe(200);
    expect(page?.body).not.toContain('nobody@');
  });
});
