import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigOf, until } from '../replicas/synced.js';
import { ApiServer } from './api-server.js';
import { Cluster } from './cluster.js';
import { ObjectStore } from './object-store.js';
import { VirtualClock } from './sim-clock.js';

let store: ObjectStore;
let cluster: Cluster;
let server: ApiServer;
/** Lets time pass in the cluster, at once. */
let pass: (ms: number) => void;

beforeEach(async () => {
  const virtual = new VirtualClock();
  store = new ObjectStore();
  cluster = new Cluster(store, virtual, Date.now());
  pass = (ms) => virtual.runTo(virtual.now() + ms);
  for (const zone of ['a', 'b']) cluster.addNode(`n-${zone}`, zone);
  cluster.createDeployment({ name: 'api', replicas: 5 });
  pass(20_000);
  server = new ApiServer(store);
  await server.start();
});
afterEach(() => server.stop());

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server.url}${path}`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const podsPath = '/api/v1/namespaces/sensei/pods';

describe('the API server of the tests', () => {
  it('is one that the official client can list from and follow', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sensei-informer-'));
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfigOf(server.url));
    const config = new KubeConfig();
    config.loadFromFile(file);
    const api = config.makeApiClient(CoreV1Api);
    const list = () => api.listNamespacedPod({ namespace: 'sensei' });
    const informer = makeInformer<V1Pod>(config, podsPath, list);
    // Its own way to go on after an error.
    informer.on('error', () => void informer.start());
    const held = () =>
      informer
        .list()
        .map(({ metadata }) => metadata?.name ?? '')
        .toSorted();
    const there = () =>
      cluster
        .pods()
        .map(({ metadata }) => metadata.name)
        .toSorted();
    const isSame = () => JSON.stringify(held()) === JSON.stringify(there());
    try {
      await informer.start();
      expect(held()).toEqual(there());
      expect(informer.list()[0]?.status?.conditions?.some(({ type }) => type === 'Ready')).toBe(
        true,
      );
      cluster.rollout('api', 'api:2');
      pass(30_000);
      await until(isSame, (same) => same);
      server.endWatches();
      cluster.scale('api', 8);
      pass(30_000);
      await until(isSame, (same) => same);
      expect(held()).toHaveLength(8);
    } finally {
      await informer.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('lists in pages of one instant, without kinds in the items', async () => {
    const first = await get(`${podsPath}?limit=2`);
    const { metadata, items } = first.body as {
      metadata: Record<string, unknown>;
      items: object[];
    };
    expect(items).toHaveLength(2);
    expect(metadata).toMatchObject({
      resourceVersion: String(store.revision),
      remainingItemCount: 3,
    });
    expect(items[0]).not.toHaveProperty('kind');
    cluster.scale('api', 9);
    pass(20_000);
    const next = await get(`${podsPath}?limit=10&continue=${String(metadata['continue'])}`);
    const rest = next.body as { metadata: Record<string, unknown>; items: object[] };
    expect(rest.items).toHaveLength(3);
    expect(rest.metadata).toEqual({ resourceVersion: metadata['resourceVersion'] });
    store.compact();
    const late = await get(`${podsPath}?limit=10&continue=${String(metadata['continue'])}`);
    expect(late).toMatchObject({
      status: 410,
      body: { kind: 'Status', reason: 'Expired', code: 410 },
    });
  });

  it.each([
    ['app=api', 5],
    ['app!=api', 0],
    ['app in (api,web)', 5],
    ['app notin (api)', 0],
    ['app,pod-template-hash', 5],
    ['!app', 0],
  ])('selects by labels: %s', async (selector, count) => {
    const { body } = await get(`${podsPath}?labelSelector=${encodeURIComponent(selector)}`);
    expect(body['items']).toHaveLength(count);
  });

  it('tells who may not, and what', async () => {
    server.allow = () => false;
    const { status, body } = await get('/apis/apps/v1/namespaces/sensei/deployments');
    expect(status).toBe(403);
    expect(body).toMatchObject({
      kind: 'Status',
      reason: 'Forbidden',
      message:
        'deployments.apps is forbidden: User "system:serviceaccount:sensei-monitoring:sensei-exporter" cannot list resource "deployments" in API group "apps" in the namespace "sensei"',
    });
    expect((await get('/api/v1/nodes')).body['message']).toContain('at the cluster scope');
  });

  it('answers an unknown path with a Status too', async () => {
    expect(await get('/api/v1/secrets')).toMatchObject({
      status: 404,
      body: { reason: 'NotFound' },
    });
  });
});
