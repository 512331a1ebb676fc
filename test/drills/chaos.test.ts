import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { manifestsText } from '../../src/deployment/drill-manifests.js';
import { chaosManifest, chaosState, injectedIn, isAllInjected } from '../../src/drills/chaos.js';
import { manifestsOf } from '../../src/drills/manifests.js';
import { drillRights } from '../../src/drills/rights.js';

const folder = fileURLToPath(new URL('../../kubernetes/chaos', import.meta.url));

function configWith(...plans: readonly object[]): Config {
  const replicas = [
    {
      name: 'east',
      namespaces: ['shop'],
      components: [
        { component: 'api', deployment: 'shop-api' },
        { component: 'workers', labels: { tier: 'worker' } },
      ],
    },
  ];
  const drills = { folder: '/d', plans };
  const text = JSON.stringify({ deployment: 'shop', drills, collectors: { replicas } });
  const parsed = parseConfig('x.yaml', text);
  if (!parsed.ok) throw new Error(parsed.faults.map(({ message }) => message).join('; '));
  return parsed.config;
}

const plan = (chaos: object, scenario = 'pod') => ({
  name: 'p',
  scenario,
  what: 'It breaks.',
  chaos: { cluster: 'east', kind: 'PodChaos', action: 'pod-kill', component: 'api', ...chaos },
});
const network = { kind: 'NetworkChaos', duration: '90s' };

/** Spec of the object that a plan makes. */
function specOf(chaos: object): unknown {
  const [made] = manifestsOf(configWith(plan(chaos)));
  return chaosManifest.parse(made?.objects[0]).spec;
}

describe('the objects of Chaos Mesh', () => {
  const selector = { namespaces: ['shop'], labelSelectors: { app: 'shop-api' } };
  it.each<[string, object, object]>([
    ['kills one pod', {}, { action: 'pod-kill', mode: 'one', selector }],
    [
      'kills half of them, in five seconds',
      { mode: 'fixed-percent', value: '50', gracePeriod: '5s' },
      { mode: 'fixed-percent', value: '50', gracePeriod: 5 },
    ],
    [
      'selects what a component is labelled with',
      { component: 'workers' },
      { selector: { namespaces: ['shop'], labelSelectors: { tier: 'worker' } } },
    ],
    [
      'selects by labels of its own, elsewhere',
      { component: undefined, labels: { a: 'b' }, namespace: 'other' },
      { selector: { namespaces: ['other'], labelSelectors: { a: 'b' } } },
    ],
    [
      'ends a container',
      { action: 'container-kill', containers: ['main'] },
      { containerNames: ['main'] },
    ],
    [
      'makes pods fail for a while that is no whole second',
      { action: 'pod-failure', duration: '1500ms' },
      { duration: '1500ms' },
    ],
    [
      'cuts both ways where the peer is named',
      { ...network, action: 'partition', towards: { app: 'redis' } },
      {
        duration: '90s',
        direction: 'both',
        target: {
          mode: 'all',
          selector: { namespaces: ['shop'], labelSelectors: { app: 'redis' } },
        },
      },
    ],
    ['cuts off from everybody', { ...network, action: 'partition' }, { direction: 'to' }],
    [
      'delays',
      { ...network, action: 'delay', latency: '100ms' },
      { direction: 'to', delay: { latency: '100ms' } },
    ],
    ['loses packets', { ...network, action: 'loss', loss: 30 }, { loss: { loss: '30' } }],
  ])('%s', (_what, chaos, spec) => {
    expect(specOf(chaos)).toMatchObject(spec);
  });

  it.each([
    ['pod', '0 10 1 * *'],
    ['node', '0 10 1 */3 *'],
    ['zone', '0 10 1 */3 *'],
    ['region', '0 10 1 1 *'],
  ])('come again as often as the loss of a %s is due', (scenario, cron) => {
    const [, made] = manifestsOf(configWith(plan({}, scenario)));
    expect(chaosManifest.parse(made?.objects[0])).toMatchObject({
      kind: 'Schedule',
      spec: { schedule: cron, type: 'PodChaos', podChaos: { action: 'pod-kill' } },
    });
  });

  it('are shipped for the example, each of them one that Chaos Mesh knows', () => {
    const files = readdirSync(folder).filter((file) => !file.startsWith('drill-'));
    expect(files).toEqual(
      expect.arrayContaining([
        'chaos-pod-kill.yaml',
        'chaos-network-partition.yaml',
        'schedule-pod-kill.yaml',
      ]),
    );
    const faults = files.flatMap((file) => {
      const [document] = parseAllDocuments(readFileSync(join(folder, file), 'utf8'));
      return chaosManifest.safeParse(document?.toJS()).success ? [] : [file];
    });
    expect(faults).toEqual([]);
  });

  it('are refused by the schema with a key that is not used', () => {
    const [made] = manifestsOf(configWith(plan({})));
    const object = { ...made?.objects[0], status: {} };
    expect(chaosManifest.safeParse(object).success).toBe(false);
  });
});

describe('the rights of drills', () => {
  const kinds = (config: Config) => drillRights(config).map(({ kind }) => kind);

  it('are for the kinds and the namespace of the plans, and no more', () => {
    const config = configWith(plan({}));
    expect(kinds(config)).toEqual(['ServiceAccount', 'Role', 'RoleBinding']);
    expect(drillRights(config)[1]).toMatchObject({
      metadata: { namespace: 'shop' },
      rules: [
        {
          apiGroups: ['chaos-mesh.org'],
          resources: ['podchaos'],
          verbs: ['create', 'get', 'delete'],
        },
      ],
    });
  });

  it('reach the whole cluster only for a drain', () => {
    const drain = { name: 'd', scenario: 'node', what: 'x', drain: { cluster: 'east', node: 'n' } };
    expect(kinds(configWith(drain))).toEqual([
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
    ]);
    const text = manifestsText(configWith(drain))['drill-rights.yaml'];
    expect(text).not.toMatch(/secrets|'\*'|"\*"/);
  });
});

describe('what Chaos Mesh says', () => {
  const state = (status: object | undefined) =>
    chaosState.parse({ kind: 'PodChaos', metadata: { name: 'x' }, status });
  const hit = { id: 'a', phase: 'Injected', injectedCount: 1 };
  const holding = (...types: string[]) => types.map((type) => ({ type, status: 'True' }));

  it('of what was hit is by its records, also of those that are mended again', () => {
    const containerRecords = [
      { id: 'shop/a', phase: 'Injected', injectedCount: 1 },
      { id: 'shop/b', phase: 'Not Injected', injectedCount: 1 },
      { id: 'shop/c', phase: 'Not Injected', injectedCount: 0 },
    ];
    const said = state({ experiment: { containerRecords } });
    expect(injectedIn(said)).toEqual(['shop/a', 'shop/b']);
  });

  it('of peers is no hit: where the network is slowed Chaos Mesh does nothing to them', () => {
    const containerRecords = [
      { id: 'shop/a', selectorKey: '.', phase: 'Not Injected/Wait', injectedCount: 0 },
      { id: 'shop/redis', selectorKey: '.Target', phase: 'Injected', injectedCount: 1 },
    ];
    const said = state({ experiment: { containerRecords } });
    expect([injectedIn(said), isAllInjected(said)]).toEqual([[], false]);
  });

  it.each<[string, object | undefined, boolean]>([
    ['nothing yet', undefined, false],
    ['that nothing was selected', { conditions: holding('AllInjected'), experiment: {} }, false],
    ['that all of it is hit', { experiment: { containerRecords: [hit] } }, true],
    [
      'that some of it is hit',
      { experiment: { containerRecords: [hit, { id: 'b', phase: 'Not Injected' }] } },
      false,
    ],
    [
      'that all of it was hit, and is mended again',
      { experiment: { containerRecords: [{ id: 'a', phase: 'Not Injected', injectedCount: 1 }] } },
      true,
    ],
  ])('%s', (_what, status, isAll) => {
    expect(isAllInjected(state(status))).toBe(isAll);
  });
});
