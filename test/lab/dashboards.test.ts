import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasData } from '../../lab/prometheus.js';
import { writeSnapshot, type SnapshotAnswer } from '../../lab/snapshot.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { dashboardQueries } from '../dashboards/queries.js';
import { Asking, type Answer } from './dashboard-answers.js';
import { LivedDeployment } from './lived-deployment.js';

const tell = (text: string) => void process.stderr.write(`${text}\n`);
/** A second of the lab's life, and of its scrapes, stands for 15 s to a minute elsewhere. */
const stepSeconds = 1;

function shown({ query: { dashboard, kind, place }, expr, fault }: Answer): string {
  return `${dashboard}, ${kind} ${place}: ${fault ?? expr}`;
}

function snapshotOf({ query, expr, series, atSeconds }: Answer): SnapshotAnswer {
  const { uid: _uid, dashboard: _dashboard, ...rest } = query;
  return { ...rest, expr, series, ...(atSeconds !== undefined && { atSeconds }) };
}

function byDashboard(answers: readonly Answer[]): Map<string, SnapshotAnswer[]> {
  const uids = new Set(answers.map(({ query }) => query.uid));
  return new Map(
    [...uids].map((uid) => [uid, answers.filter(({ query }) => query.uid === uid).map(snapshotOf)]),
  );
}

function totals(answers: readonly Answer[]): string {
  const count = (kind: string) => answers.filter(({ query }) => query.kind === kind).length;
  const dashboards = new Set(answers.map(({ query }) => query.uid)).size;
  const panels = new Set(
    answers.flatMap(({ query: { kind, uid, place } }) =>
      kind === 'panel' ? [`${uid} ${place}`] : [],
    ),
  ).size;
  const empty = answers.filter(({ isEmpty }) => isEmpty).length;
  return `${dashboards} dashboards, ${panels} panels, ${count('panel')} queries of panels, ${count('variable')} of variables, ${count('annotation')} of annotations; ${answers.length - empty} with data, ${empty} without`;
}

/**
 * A life that is short: what takes an hour elsewhere is lived in a minute and a half, Prometheus scrapes
 * once a second where it does so every fifteen elsewhere, rules that are evaluated every few minutes are
 * evaluated every few seconds, and timings of Patroni, Sentinel and Kubernetes are those of the lab.
 */
describe('the dashboards of a deployment that lived', () => {
  const deployment = new LivedDeployment(tell);
  let answers: readonly Answer[] = [];

  beforeAll(() => deployment.start());
  afterAll(() => deployment.stop());

  it('is lived to its end', async () => {
    await deployment.life.run();
    expect(deployment.life.moments.length).toBeGreaterThan(5);
  }, 240_000);

  it('leaves values of every metric', async () => {
    const { prometheus, span } = deployment;
    const empty: string[] = [];
    for (const name of Object.keys(catalogue))
      if (!hasData(await prometheus.range(`{__name__=~"${name}(_bucket)?"}`, span, 1)))
        empty.push(name);
    expect(empty).toEqual([]);
  });

  it('answers every query of every dashboard', async () => {
    const { prometheus, span } = deployment;
    const asking = new Asking(prometheus, span, stepSeconds);
    answers = await asking.all(dashboardQueries());
    tell(totals(answers));
    expect(answers.filter(({ isEmpty }) => isEmpty).map(shown)).toEqual([]);
  });

  it('can be looked at without a Prometheus', () => {
    const folder = process.env['SENSEI_SNAPSHOT'];
    if (folder === undefined) return;
    const { span, life } = deployment;
    const dashboards = byDashboard(answers);
    writeSnapshot(folder, { span, stepSeconds, moments: life.moments, dashboards });
    expect(dashboards.size).toBeGreaterThan(0);
  });
});
