import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChaosObject } from '../../src/drills/chaos.js';
import { chaosInjection, mendChaos } from '../../src/exercise/chaos-injection.js';
import { drainInjection, mendDrain } from '../../src/exercise/drain-injection.js';
import { DrillApi } from '../../src/exercise/kubernetes.js';
import { kubeconfigOf } from '../replicas/synced.js';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

const never = new AbortController().signal;
const failure = { kind: 'Status', status: 'Failure', message: 'nodes "n1" not found' };
const object: ChaosObject = {
  apiVersion: 'chaos-mesh.org/v1alpha1',
  kind: 'PodChaos',
  metadata: { name: 'x', namespace: 'shop', labels: {} },
  spec: {
    action: 'pod-kill',
    mode: 'one',
    selector: { namespaces: ['shop'], labelSelectors: { app: 'api' } },
  },
};

describe('failures by the API of Kubernetes', () => {
  let folder: string;
  let server: Server;
  let api: DrillApi;
  let asked: Asked[];
  let answer: (asked: Asked) => Promise<[code: number, body: object]> | [number, object];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-injections-'));
    asked = [];
    const handle = async (request: IncomingMessage) => {
      const { method = '', url = '' } = request;
      const hasBody = method === 'POST' || method === 'PATCH';
      const each = { method, url, body: hasBody ? await json(request) : undefined };
      asked.push(each);
      return answer(each);
    };
    server = createServer((request, response) => {
      const told = async () => {
        const [code, body] = await handle(request);
        response.writeHead(code, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      void told();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const file = join(folder, 'kubeconfig');
    const { port } = server.address() as AddressInfo;
    writeFileSync(file, kubeconfigOf(`http://127.0.0.1:${port}`), { mode: 0o600 });
    api = new DrillApi({ file, context: undefined });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('an object that is being made when it is interrupted is made before it is looked for', async () => {
    const objects = new Set<string>();
    answer = async ({ method, url }) => {
      if (method === 'POST' && !url.includes('dryRun')) {
        await sleep(500);
        objects.add('x');
      }
      if (method === 'POST') return [201, object];
      const isThere = objects.has('x');
      if (method === 'DELETE') objects.clear();
      return isThere ? [200, object] : [404, failure];
    };
    const made = await chaosInjection(api, 'east', object, 5000, never);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const hit = await made.inject(stop.signal, () => {});
    expect([hit.targets, objects.size]).toEqual([[], 1]);
    const { undo } = made;
    if (undo.kind !== 'chaos') throw new Error('another undo');
    expect(await mendChaos(api, undo, 1000, never)).toMatchObject([{ isDone: true }]);
    expect(objects.size).toBe(0);
    const posts = asked.filter(({ method }) => method === 'POST').map(({ url }) => url);
    expect(posts.map((url) => new URL(url, 'http://x').search)).toEqual([
      '?dryRun=All',
      '?timeout=10s',
    ]);
  });

  it('names what was hit before it was interrupted', async () => {
    const containerRecords = [
      { id: 'shop/a', selectorKey: '.', phase: 'Injected', injectedCount: 1 },
      { id: 'shop/b', selectorKey: '.', phase: 'Not Injected', injectedCount: 0 },
    ];
    answer = () => [200, { ...object, status: { experiment: { containerRecords } } }];
    const made = await chaosInjection(api, 'east', object, 60_000, never);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 500);
    expect(await made.inject(stop.signal, () => {})).toMatchObject({ targets: ['shop/a'] });
  });

  it('a drain gives pods whole seconds to end, for the API takes no others', async () => {
    const pod = {
      metadata: {
        name: 'a',
        namespace: 'shop',
        uid: 'u',
        ownerReferences: [{ kind: 'ReplicaSet', controller: true }],
      },
      spec: { nodeName: 'n1' },
      status: { phase: 'Running' },
    };
    let isGone = false;
    answer = ({ method, url }) => {
      if (method === 'POST') isGone = true;
      if (url.startsWith('/api/v1/pods')) return [200, { items: isGone ? [] : [pod] }];
      const node = { metadata: { name: 'n1' }, spec: {} };
      return [200, url === '/api/v1/nodes' ? { items: [node] } : node];
    };
    const drain = { cluster: 'east', node: 'n1', gracePeriod: 1500, within: 5000 };
    const selected = { namespace: 'shop', labels: {} };
    const made = await drainInjection(api, drain, selected, never);
    expect(await made.inject(never, () => {})).toEqual({ targets: ['shop/a'] });
    expect(asked.find(({ method }) => method === 'POST')?.body).toMatchObject({
      deleteOptions: { gracePeriodSeconds: 2, preconditions: { uid: 'u' } },
    });
  });

  it('a node that an autoscaler took away after the drain has no cordon to take off', async () => {
    answer = () => [404, failure];
    const undo = { kind: 'drain' as const, cluster: 'east', nodes: ['n1'] };
    expect(await mendDrain(api, undo, 1000, never)).toMatchObject([
      { isDone: true, proof: 'there is no such node any more' },
    ]);
  });
});
