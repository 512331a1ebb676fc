import { describe, expect, it } from 'vitest';
import { parseObject } from '../../src/collectors/replicas/parse.js';
import type {
  BudgetRecord,
  NodeRecord,
  PodRecord,
  SliceRecord,
  WorkloadRecord,
} from '../../src/collectors/replicas/records.js';
import { selects } from '../../src/collectors/replicas/view.js';

const at = { wallMs: 1_795_000_000_000, monoMs: 5000 };
const metadata = { name: 'x', namespace: 'sensei', uid: 'u', resourceVersion: '7' };

function pod(spec: object, status: object = {}, meta: object = {}): PodRecord {
  const raw = { metadata: { ...metadata, ...meta }, spec, status };
  return parseObject('pods', raw, at) as PodRecord;
}

function deployment(spec: object, status: object = {}, meta: object = {}): WorkloadRecord {
  const raw = {
    metadata: { ...metadata, ...meta },
    spec: { template: {}, ...spec },
    status,
  };
  return parseObject('deployments', raw, at) as WorkloadRecord;
}

describe('what is kept of an object', () => {
  it('takes fields that are left out for zero, as Go leaves them out', () => {
    const read = deployment({ replicas: 3 }, { observedGeneration: 1 }, { generation: 1 });
    expect(read).toMatchObject({ replicas: 3, available: 0, updated: 0, isObserved: true });
    expect(parseObject('poddisruptionbudgets', { metadata }, at)).toMatchObject({
      selector: null,
      disruptionsAllowed: 0,
    });
  });

  it('takes lists that are null for empty', () => {
    expect(pod({ tolerations: null }, { conditions: null, containerStatuses: null })).toMatchObject(
      { isReady: false, restarts: 0, unreachableSeconds: 0 },
    );
    expect(parseObject('endpointslices', { metadata, endpoints: null }, at)).toMatchObject({
      readyPods: [],
    });
  });

  it('wants one instance where replicas is left out, and none where it is 0', () => {
    expect(deployment({}).replicas).toBe(1);
    expect(deployment({ replicas: 0 }).replicas).toBe(0);
  });

  it('trusts a status only of the newest generation', () => {
    const meta = { generation: 4 };
    expect(deployment({}, { observedGeneration: 3 }, meta).isObserved).toBe(false);
    expect(deployment({}, { observedGeneration: 4 }, meta).isObserved).toBe(true);
    expect(deployment({}, {}, meta).isObserved).toBe(false);
  });

  it.each([
    ['none', [], 0],
    [
      'the default one',
      [
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      300,
    ],
    ['one without an end', [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists' }], null],
    ['one of everything', [{ operator: 'Exists' }], null],
    [
      'one of another taint',
      [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 9 }],
      0,
    ],
    [
      'one that does not concern pods that run',
      [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoSchedule' }],
      0,
    ],
  ])('stays on a node that is gone, with tolerations: %s', (_name, tolerations, seconds) => {
    expect(pod({ tolerations }).unreachableSeconds).toBe(seconds);
  });

  it('sums restarts, and says why a container waits or last ended', () => {
    const containerStatuses = [
      { restartCount: 2, state: { running: {} } },
      { restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
    ];
    expect(pod({}, { containerStatuses })).toMatchObject({
      restarts: 5,
      trouble: 'CrashLoopBackOff',
    });
  });

  it('knows a disruption by its condition, when it is true', () => {
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
    expect(pod({}, { conditions: [condition] }).disruption).toBe('EvictionByEvictionAPI');
    expect(pod({}, { conditions: [{ ...condition, status: 'False' }] }).disruption).toBeNull();
  });

  it('takes an endpoint without a condition for ready', () => {
    const endpoints = [
      { targetRef: { kind: 'Pod', name: 'a' } },
      { conditions: {}, targetRef: { kind: 'Pod', name: 'b' } },
      { conditions: { ready: null }, targetRef: { kind: 'Pod', name: 'c' } },
      { conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'd' } },
      { conditions: { ready: true } },
    ];
    const slice = parseObject('endpointslices', { metadata, endpoints }, at) as SliceRecord;
    expect(slice.readyPods).toEqual(['a', 'b', 'c']);
  });

  it('reads the zone of a node, also by its older label', () => {
    const zoneOf = (labels: object) =>
      (parseObject('nodes', { metadata: { ...metadata, labels } }, at) as NodeRecord).zone;
    expect(zoneOf({ 'topology.kubernetes.io/zone': 'a' })).toBe('a');
    expect(zoneOf({ 'failure-domain.beta.kubernetes.io/zone': 'b' })).toBe('b');
    expect(zoneOf({})).toBe('');
  });

  it.each([
    ['no name', { metadata: { uid: 'u', resourceVersion: '1' }, spec: {} }, /metadata\.name/],
    ['no metadata', { spec: {} }, /metadata/],
    ['a list', [], /pods/],
    ['nothing', null, /pods/],
    ['a wrong type', { metadata, spec: { nodeName: 5 } }, /spec\.nodeName/],
  ])('names what is wrong with %s', (_name, raw, words) => {
    expect(() => parseObject('pods', raw, at)).toThrow(words);
  });
});

describe('the placement that a template declares', () => {
  const zone = 'topology.kubernetes.io/zone';
  const host = 'kubernetes.io/hostname';
  const preferred = (topologyKey: string) => ({
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { labelSelector: {}, topologyKey } },
        ],
      },
    },
  });
  const required = (topologyKey: string) => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {}, topologyKey }],
      },
    },
  });
  const spread = (topologyKey: string, whenUnsatisfiable?: string) => ({
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable }],
  });

  it.each([
    ['nothing', {}, 'none', 'none'],
    ['the example of the platform', preferred(zone), 'preferred', 'none'],
    ['required anti-affinity by zone', required(zone), 'required', 'none'],
    ['required anti-affinity by node', required(host), 'none', 'required'],
    ['a spread that must hold', spread(zone, 'DoNotSchedule'), 'required', 'none'],
    ['a spread that must hold by default', spread(zone), 'required', 'none'],
    ['a spread that may not hold', spread(zone, 'ScheduleAnyway'), 'preferred', 'none'],
    ['both', { ...preferred(host), ...spread(zone, 'DoNotSchedule') }, 'required', 'preferred'],
  ])('is read from %s', (_name, spec, byZone, byNode) => {
    expect(deployment({ template: { spec } })).toMatchObject({
      zoneConstraint: byZone,
      nodeConstraint: byNode,
    });
  });

  it('tells one template from another, wherever they differ', () => {
    const image = (name: string) => ({ template: { spec: { containers: [{ image: name }] } } });
    const digest = (spec: object) => deployment(spec).template;
    expect(digest(image('a:1'))).toBe(digest(image('a:1')));
    expect(digest(image('a:1'))).not.toBe(digest(image('a:2')));
    expect(digest({ template: { spec: required(zone) } })).not.toBe(
      digest({ template: { spec: required(host) } }),
    );
  });
});

describe('a label selector', () => {
  const selector = (matchLabels: object, matchExpressions: object[] = []) => {
    const raw = { metadata, spec: { selector: { matchLabels, matchExpressions } } };
    return (parseObject('poddisruptionbudgets', raw, at) as BudgetRecord).selector;
  };
  it.each([
    ['all of its labels', selector({ app: 'api' }), true],
    ['another value', selector({ app: 'web' }), false],
    ['an empty one', selector({}), true],
    ['In', selector({}, [{ key: 'app', operator: 'In', values: ['web', 'api'] }]), true],
    ['NotIn', selector({}, [{ key: 'app', operator: 'NotIn', values: ['api'] }]), false],
    [
      'NotIn of a missing label',
      selector({}, [{ key: 'x', operator: 'NotIn', values: ['a'] }]),
      true,
    ],
    ['Exists', selector({}, [{ key: 'tier', operator: 'Exists' }]), true],
    ['DoesNotExist', selector({}, [{ key: 'tier', operator: 'DoesNotExist' }]), false],
    ['an unknown operator', selector({}, [{ key: 'app', operator: 'Like', values: ['a'] }]), false],
    ['none at all', null, false],
  ])('by %s selects: %s', (_name, given, expected) => {
    expect(selects(given, { app: 'api', tier: 'web' })).toBe(expected);
  });
});
