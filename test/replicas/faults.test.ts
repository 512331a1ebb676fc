import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { replicasCollector } from '../../src/collectors/replicas/index.js';
import type { ClusterSync } from '../../src/collectors/replicas/observe.js';
import { scopeIncrements } from '../../src/collectors/replicas/samples.js';
import { systemClock } from '../../src/runner/clock.js';
import { TargetLoop, type Outcome } from '../../src/runner/target-loop.js';
import { noSecrets } from '../support/collect.js';
import { kubeconfigOf, serverTls, Synced, token, until, type SyncedOptions } from './synced.js';

let open: Synced[] = [];
let loops: TargetLoop[] = [];
afterEach(async () => {
  for (const loop of loops) await loop.stop();
  for (const synced of open) await synced.stop();
  open = [];
  loops = [];
});

async function start(options: SyncedOptions = {}): Promise<Synced> {
  const synced = new Synced(options);
  open.push(synced);
  return synced.start();
}

function loopOf(target: Synced['target']): TargetLoop {
  const loop = new TargetLoop(
    { collector: replicasCollector, target },
    { clock: systemClock, secrets: noSecrets },
    { begun: () => {}, ended: () => {} },
  );
  loops.push(loop);
  return loop;
}

function failureOf(outcome: Outcome): string {
  return outcome.ok ? 'no failure' : `${outcome.reason}: ${outcome.message}`;
}

type Break = (synced: Synced) => unknown;
/** What was sent is on its way. */
const moment = () => new Promise((resolve) => setTimeout(resolve, 50));
const event = (object: object) => `${JSON.stringify({ type: 'ERROR', object })}\n`;

/** Every way to break a watch, and how it is mended where it does not mend itself. */
const breaks: readonly [string, Break, Break?][] = [
  ['nothing', () => undefined],
  ['connections are reset', ({ server }) => server.resetConnections()],
  ['watches end as at their timeout', ({ server }) => server.endWatches()],
  ['watches end within an event', ({ server }) => server.endWatchesWith('{"type":"MODIFIED","obj')],
  ['a watch says what is no JSON', ({ server }) => server.sayToWatches('<html>busy</html>\n')],
  [
    'a watch tells of what is no pod',
    ({ server }) => server.sayToWatches('{"type":"ADDED","object":{"kind":"Pod"}}\n'),
  ],
  [
    'a watch says that its version is too old',
    ({ server }) =>
      server.sayToWatches(event({ code: 410, reason: 'Expired', message: 'too old' })),
  ],
  [
    'a watch fails at the server',
    ({ server }) =>
      server.sayToWatches(
        event({ code: 500, reason: 'InternalError', message: 'etcdserver: timeout' }),
      ),
  ],
  [
    'an event of five megabytes',
    ({ server }) => server.sayToWatches(`${'x'.repeat(5 * 1024 * 1024)}\n`, 'pods'),
  ],
  [
    'a version that was forgotten, told by an event',
    ({ server, store }) => {
      server.faults.tooOld = { times: 3, how: 'event' };
      store.compact();
      server.endWatches();
    },
  ],
  [
    'a version that was forgotten, told by the status 410',
    ({ server, store }) => {
      server.faults.tooOld = { times: 3, how: 'status' };
      store.compact();
      server.endWatches();
    },
  ],
  [
    'what was forgotten while nobody watched',
    async ({ server, store }) => {
      await server.refuse();
      store.compact();
    },
    async ({ server, store }) => {
      store.compact();
      await server.start();
    },
  ],
  [
    'the server is busy: 429 with Retry-After',
    ({ server }) => {
      server.faults.tooManyRequests = { times: 5, retryAfterSeconds: 1 };
      server.resetConnections();
    },
  ],
  [
    'the server answers 503',
    ({ server }) => {
      server.faults.status = { times: 12, code: 503 };
      server.resetConnections();
    },
  ],
  [
    'connections are refused for a while',
    ({ server }) => server.refuse(),
    ({ server }) => server.start(),
  ],
  [
    'the server freezes, and goes on',
    ({ server }) => {
      server.faults.isFrozen = true;
      server.faults.areWatchesFrozen = true;
    },
    ({ server }) => {
      server.faults.isFrozen = false;
      server.thawWatches();
    },
  ],
  [
    'watches fall silent while the server answers',
    ({ server }) => {
      server.faults.areWatchesFrozen = true;
    },
    ({ server }) => {
      server.faults.areWatchesFrozen = false;
    },
  ],
  [
    'answers come late',
    ({ server }) => {
      server.faults.delayMs = 300;
      server.resetConnections();
    },
  ],
  [
    'every event comes twice',
    ({ server }) => {
      server.faults.areEventsDoubled = true;
    },
  ],
];

describe('a watch that breaks while things change', () => {
  it.each(breaks)(
    '%s: what is held comes to what there is, with no pod lost or doubled',
    { timeout: 60_000 },
    async (_name, breakIt, mendIt) => {
      const synced = await start();
      const sync = synced.open();
      await synced.observe(sync);
      await synced.inStep(sync);
      await synced.watched();
      synced.cluster.rollout('api', 'api:2');
      synced.pass(1500);
      await breakIt(synced);
      synced.pass(20_000);
      await moment();
      synced.cluster.scale('api', 9);
      synced.pass(10_000);
      synced.cluster.deletePod(synced.cluster.pods('api')[0]!.metadata.name);
      synced.pass(30_000);
      await moment();
      await mendIt?.(synced);
      const snapshot = await synced.inStep(sync);
      expect(snapshot.components[0]!.pods).toHaveLength(9);
      expect(snapshot.nodes?.size).toBe(3);
    },
  );

  it('a name that was given again is another pod', async () => {
    const synced = await start({
      app: 'db',
      entry: { components: [{ component: 'db', statefulSet: 'db', minimum: 1 }] },
    });
    synced.cluster.createStatefulSet({ name: 'db', replicas: 3 });
    synced.pass(20_000);
    const sync = synced.open();
    await synced.observe(sync);
    await synced.inStep(sync);
    await synced.server.refuse();
    synced.cluster.deletePod('db-1');
    synced.pass(20_000);
    await synced.server.start();
    const snapshot = await synced.inStep(sync);
    expect(snapshot.components[0]!.pods).toHaveLength(3);
  });

  it('is resumed where it was: bookmarks spare a list', async () => {
    const synced = await start({ server: { bookmarkMs: 50 } });
    const sync = synced.open();
    await synced.observe(sync);
    await synced.inStep(sync);
    for (let round = 0; round < 3; round += 1) {
      // Nobody changes a node, so its watch would be behind without bookmarks.
      synced.cluster.scale('api', 7 + round);
      synced.pass(10_000);
      await synced.inStep(sync);
      const before = synced.server.nodeBookmarks;
      await until(
        () => synced.server.nodeBookmarks,
        (sent) => sent > before,
      );
      synced.store.compact();
      synced.server.endWatches();
    }
    await synced.inStep(sync);
    const lists = synced.server.requests.filter(
      ({ verb, resource }) => verb === 'list' && resource === 'nodes',
    );
    expect(lists).toHaveLength(1);
  });

  it('a watch asks for bookmarks and an end, from where the list was', async () => {
    const synced = await start();
    await synced.observe(synced.open());
    const watch = await until(
      () =>
        synced.server.requests.find(
          ({ verb, resource }) => verb === 'watch' && resource === 'pods',
        ),
      (found) => found !== undefined,
    );
    const query = new URLSearchParams(watch!.query);
    expect(query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(query.get('timeoutSeconds'))).toBeGreaterThan(0);
    expect(query.get('resourceVersion')).toBe(String(synced.store.revision));
  });

  it('a server that asks to be left alone is left alone for that long', async () => {
    const synced = await start({ timing: { heartbeatMs: 60_000 } });
    synced.server.faults.tooManyRequests = { times: 8, retryAfterSeconds: 1 };
    const sync = synced.open();
    const began = performance.now();
    await sync.settled(AbortSignal.timeout(10_000));
    await synced.inStep(sync);
    expect(performance.now() - began).toBeGreaterThanOrEqual(1000);
    const refused = sync.snapshot().scopes.flatMap(({ failures }) => [...failures]);
    expect(refused).toHaveLength(8);
  });

  it('failures are counted since the look before', async () => {
    const synced = await start();
    const sync = synced.open();
    await synced.observe(sync);
    const before = await synced.inStep(sync);
    await synced.watched();
    synced.server.faults.status = { times: 3, code: 503 };
    synced.server.resetConnections();
    const failuresSince = () =>
      sync
        .snapshot()
        .scopes.flatMap((scope, index) =>
          scopeIncrements(synced.target, scope, before.scopes[index]).filter(
            ({ metric }) => metric === 'sensei_replicas_sync_failures_total',
          ),
        );
    await until(failuresSince, (counted) => counted.reduce((sum, { by }) => sum + by, 0) >= 3);
  });
});

describe('a list', () => {
  it('is read in pages of one instant, whatever changes meanwhile', async () => {
    const synced = await start({ replicas: 250 });
    synced.server.faults.delayMs = 100;
    const sync = synced.open();
    const observed = synced.observe(sync);
    await until(
      () => synced.server.requests.filter(({ path }) => path.endsWith('/pods')).length,
      (pages) => pages >= 2,
    );
    synced.cluster.deletePod(synced.cluster.pods('api')[0]!.metadata.name);
    synced.pass(20_000);
    await observed;
    synced.server.faults.delayMs = 0;
    const snapshot = await synced.inStep(sync);
    expect(snapshot.components[0]!.pods).toHaveLength(250);
    const pages = synced.server.requests.filter(
      ({ path, verb }) => path.endsWith('/pods') && verb === 'list',
    );
    expect(pages).toHaveLength(3);
  });

  it('whose pages were forgotten is begun again', async () => {
    const synced = await start({ replicas: 250 });
    synced.server.faults.delayMs = 50;
    const sync = synced.open();
    const observed = synced.observe(sync);
    await until(
      () => synced.server.requests.filter(({ path }) => path.endsWith('/pods')).length,
      (pages) => pages >= 2,
    );
    synced.cluster.scale('api', 251);
    synced.pass(100);
    synced.store.compact();
    await observed;
    synced.server.faults.delayMs = 0;
    synced.pass(10_000);
    expect((await synced.inStep(sync)).components[0]!.pods).toHaveLength(251);
  });

  it('that never ends is given up', { timeout: 60_000 }, async () => {
    const synced = await start();
    synced.server.faults.isListEndless = true;
    const sync = synced.open();
    await sync.settled(AbortSignal.timeout(50_000));
    const failed = sync.snapshot().scopes.find(({ failure }) => failure !== undefined);
    expect(failed!.failure).toMatchObject({ reason: 'too_large' });
    expect(failed!.failure!.message).toContain('the list does not end');
  });
});

describe('a missing right', () => {
  it('is named with the rule that would grant it, and the rest goes on', async () => {
    const synced = await start();
    synced.server.allow = ({ resource }) => resource !== 'poddisruptionbudgets';
    const loop = loopOf(synced.target);
    const outcome = await loop.collectOnce();
    expect(outcome.ok).toBe(true);
    const [event_] = outcome.measurement.events!;
    expect(event_).toMatchObject({ type: 'access_denied', subject: 'poddisruptionbudgets/sensei' });
    expect(event_!.detail).toContain(
      'cannot list resource "poddisruptionbudgets" in API group "policy" in the namespace "sensei"',
    );
    expect(event_!.detail).toContain(
      'to grant it: Role in sensei: {apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list", "watch"]}',
    );
    const metrics = outcome.measurement.samples!.map(({ metric }) => metric);
    expect(metrics).toContain('sensei_replicas_serving');
    expect(metrics).not.toContain('sensei_replicas_disruption_budgets');
    synced.server.allow = undefined;
    const granted = await until(
      () => loop.collectOnce(),
      ({ measurement }) => measurement.events!.length > 0,
    );
    expect(granted.measurement.events!.map(({ type }) => type)).toEqual(['access_granted']);
  });

  it.each([
    ['pods', 'Role in sensei: {apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]}'],
    [
      'deployments',
      'Role in sensei: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"]}',
    ],
  ])('without which nothing can be judged fails the collection: %s', async (denied, rule) => {
    const synced = await start();
    synced.server.allow = ({ resource }) => resource !== denied;
    const outcome = await loopOf(synced.target).collectOnce();
    expect(failureOf(outcome)).toMatch(/^auth: cluster east: /);
    expect(failureOf(outcome)).toContain(rule);
    const unknown = outcome.measurement.observations!.map((each) => each.outcome);
    expect(unknown).toEqual(['unknown', 'unknown']);
  });

  it('to see nodes leaves zones unknown, never fine', async () => {
    const synced = await start();
    synced.server.allow = ({ resource }) => resource !== 'nodes';
    const { ok, measurement } = await loopOf(synced.target).collectOnce();
    expect(ok).toBe(true);
    expect(measurement.events![0]!.detail).toContain(
      'ClusterRole: {apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"]}',
    );
    expect(measurement.observations!.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
      'good',
      'zones_unknown',
    ]);
    expect(measurement.samples!.map(({ metric }) => metric)).not.toContain(
      'sensei_replicas_zone_serving',
    );
  });

  it('only list and watch are ever asked for', async () => {
    const synced = await start();
    const asked = new Set<string>();
    synced.server.allow = ({ verb, group, resource }) => {
      asked.add(`${verb} ${group}/${resource}`);
      return true;
    };
    const sync = synced.open();
    await synced.observe(sync);
    await until(
      () => asked.size,
      (size) => size === 16,
    );
    expect([...asked].filter((each) => !/^(?:list|watch) /.test(each))).toEqual([]);
  });
});

describe('what is held, when the API server is not heard', () => {
  it(
    'stands for the grace time, then is unknown; it says since when',
    { timeout: 30_000 },
    async () => {
      const synced = await start({ staleMs: 3000 });
      const loop = loopOf(synced.target);
      const before = await loop.collectOnce();
      const syncedAt = (outcome: Outcome) =>
        outcome.measurement.samples!.find(
          ({ metric, labels }) =>
            metric === 'sensei_replicas_last_sync_timestamp_seconds' &&
            labels['resource'] === 'pods',
        )!.value;
      expect(before.ok).toBe(true);
      await synced.watched();
      synced.server.faults.isFrozen = true;
      synced.server.faults.areWatchesFrozen = true;
      const during = await loop.collectOnce();
      expect(during.ok).toBe(true);
      const stale = await until(
        () => loop.collectOnce(),
        ({ ok }) => !ok,
      );
      expect(failureOf(stale)).toMatch(
        /pods in sensei: .*last in step \d+ s ago \(staleAfter 3 s\)/,
      );
      expect(stale.measurement.observations!.map(({ outcome }) => outcome)).toEqual([
        'unknown',
        'unknown',
      ]);
      const metrics = stale.measurement.samples!.map(({ metric }) => metric);
      expect(metrics).not.toContain('sensei_replicas_serving');
      expect(metrics).toContain('sensei_replicas_minimum');
      expect(syncedAt(stale)).toBeGreaterThanOrEqual(syncedAt(before));
      expect(stale.span.endedAt.wallMs / 1000 - syncedAt(stale)).toBeGreaterThan(3);
      synced.server.faults.isFrozen = false;
      synced.server.thawWatches();
      const after = await until(
        () => loop.collectOnce(),
        ({ ok }) => ok,
      );
      expect(syncedAt(after)).toBeGreaterThan(syncedAt(stale));
    },
  );

  it('is current for as long as it answers, though nothing changes', async () => {
    const synced = await start({ staleMs: 2500 });
    const loop = loopOf(synced.target);
    await loop.collectOnce();
    const began = performance.now();
    const outcomes: boolean[] = [];
    await until(
      async () => outcomes.push((await loop.collectOnce()).ok),
      () => performance.now() - began > 5000,
    );
    expect(outcomes).not.toContain(false);
  });
});

describe('what is watched', () => {
  it('can be all namespaces at once', async () => {
    const components = [{ component: 'api', namespace: 'sensei', deployment: 'api', lease: 'api' }];
    const synced = await start({ entry: { namespaces: ['*'], components } });
    const sync = synced.open();
    await synced.observe(sync);
    const snapshot = await synced.inStep(sync);
    expect(snapshot.components[0]!.pods).toHaveLength(6);
    expect(snapshot.nodeLeases.size).toBe(3);
    const paths = synced.server.requests
      .filter(({ verb }) => verb === 'list')
      .map(({ path }) => path);
    expect(paths.toSorted()).toEqual([
      '/api/v1/nodes',
      '/api/v1/pods',
      '/apis/apps/v1/deployments',
      '/apis/apps/v1/replicasets',
      '/apis/apps/v1/statefulsets',
      '/apis/coordination.k8s.io/v1/leases',
      '/apis/discovery.k8s.io/v1/endpointslices',
      '/apis/policy/v1/poddisruptionbudgets',
    ]);
  });

  it('can be what has some labels, as the server selects it', async () => {
    const synced = await start({ entry: { labelSelector: 'app in (api)' } });
    synced.cluster.createDeployment({ name: 'other', replicas: 3 });
    synced.pass(20_000);
    const sync = synced.open();
    await synced.observe(sync);
    const held = (await synced.inStep(sync)).scopes.find(({ scope }) => scope.resource === 'pods');
    expect(held!.objects).toBe(6);
    await synced.watched();
    const watch = synced.server.requests.find(
      ({ verb, resource }) => verb === 'watch' && resource === 'pods',
    );
    expect(new URLSearchParams(watch!.query).get('labelSelector')).toBe('app in (api)');
  });

  it('can be several workloads together, by their labels', async () => {
    const components = [{ component: 'workers', labels: { tier: 'platform' }, minimum: 4 }];
    const synced = await start({ entry: { components } });
    synced.cluster.createDeployment({ name: 'other', replicas: 3 });
    synced.pass(20_000);
    const { measurement } = await loopOf(synced.target).collectOnce();
    const serving = measurement.samples!.find(({ metric }) => metric === 'sensei_replicas_serving');
    expect(serving).toMatchObject({ value: 9, labels: { component: 'workers', cluster: 'east' } });
  });

  it('can be several clusters, each by a context of its own', async () => {
    const [east, west] = [await start(), await start({ replicas: 4 })];
    const context = `contexts: [{ name: east, context: { cluster: c, user: u } }, { name: west, context: { cluster: w, user: u } }]`;
    const both = kubeconfigOf(east.server.url)
      .replace(
        'clusters: [',
        `clusters: [{ name: w, cluster: { server: '${west.server.url}', insecure-skip-tls-verify: true } }, `,
      )
      .replace(/^contexts:.*$/m, context);
    writeFileSync(east.file, both);
    const servingIn = async (name: string) => {
      const { target } = east;
      const kubeconfig = { file: east.file, context: name };
      const outcome = await loopOf({ ...target, name, kubeconfig }).collectOnce();
      return outcome.measurement.samples!.find(
        ({ metric }) => metric === 'sensei_replicas_serving',
      )!.value;
    };
    expect(await servingIn('east')).toBe(6);
    expect(await servingIn('west')).toBe(4);
  });
});

describe('the way to the API server', () => {
  it('is verified by the authority of the kubeconfig', async () => {
    const synced = await start({ server: { tls: serverTls } });
    expect((await loopOf(synced.target).collectOnce()).ok).toBe(true);
    writeFileSync(
      synced.file,
      kubeconfigOf(synced.server.url).replace(
        /certificate-authority-data: \S+/,
        'tls-server-name: other.test',
      ),
    );
    expect(failureOf(await loopOf(synced.target).collectOnce())).toMatch(/^tls: /);
  });

  it('a token that was replaced is read again', async () => {
    const tokens = new Set([token]);
    const synced = await start({ server: { tokens } });
    const sync = synced.open();
    await synced.observe(sync);
    writeFileSync(synced.file, kubeconfigOf(synced.server.url, 'next'));
    tokens.clear();
    tokens.add('next');
    synced.server.resetConnections();
    synced.cluster.scale('api', 8);
    synced.pass(20_000);
    expect((await synced.inStep(sync)).components[0]!.pods).toHaveLength(8);
  });

  it('a token that is refused is never shown', async () => {
    const synced = await start({ server: { tokens: new Set(['other']) } });
    const text = failureOf(await loopOf(synced.target).collectOnce());
    expect(text).toMatch(
      /^auth: cluster east: nodes: GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/nodes: status 401: Unauthorized/,
    );
    expect(text).not.toContain('hunter2');
  });

  it('a server that is not there', async () => {
    const synced = await start();
    await synced.server.refuse();
    expect(failureOf(await loopOf(synced.target).collectOnce())).toMatch(
      /^connect: cluster east: nodes: GET .*ECONNREFUSED/,
    );
  });

  it('a server that never answers ends at the deadline', async () => {
    const synced = await start({ timing: { answerMs: 300 } });
    synced.server.faults.isFrozen = true;
    expect(failureOf(await loopOf(synced.target).collectOnce())).toMatch(
      /^timeout: cluster east: nodes: GET .*: no answer within 300 ms/,
    );
  });

  it('a large list is still being read at the deadline: it says how far it is', async () => {
    const synced = await start({ replicas: 250 });
    synced.server.faults.delayMs = 250;
    const loop = loopOf({ ...synced.target, timeoutMs: 600 });
    expect(failureOf(await loop.collectOnce())).toMatch(
      /pods in sensei: still being listed, (?:0|100|200) so far/,
    );
    expect(
      (
        await until(
          () => loop.collectOnce(),
          ({ ok }) => ok,
        )
      ).ok,
    ).toBe(true);
  });

  it.each([
    [
      'a kubeconfig that is missing',
      '/nonexistent/kubeconfig',
      undefined,
      /internal: .*kubeconfig \/nonexistent\/kubeconfig: ENOENT/,
    ],
    [
      'a context that it lacks',
      undefined,
      'west',
      /context "west" names no cluster; there are: east/,
    ],
  ])('%s is named', async (_name, file, context, words) => {
    const synced = await start();
    const kubeconfig = { file: file ?? synced.file, context };
    expect(failureOf(await loopOf({ ...synced.target, kubeconfig }).collectOnce())).toMatch(words);
  });

  it('outside of a pod there is no service account', async () => {
    const synced = await start();
    const outcome = await loopOf({ ...synced.target, kubeconfig: undefined }).collectOnce();
    expect(failureOf(outcome)).toContain('outside of a pod give kubeconfig');
  });

  it('ends with the collector: nothing is asked any more', async () => {
    const synced = await start();
    const sync: ClusterSync = synced.open();
    await synced.observe(sync);
    await synced.watched();
    sync.close();
    await until(
      () => synced.server.openWatches,
      (watches) => watches === 0,
    );
    const asked = synced.server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(synced.server.requests).toHaveLength(asked);
  });
});
