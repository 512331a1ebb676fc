import { describe, expect, it } from 'vitest';
import { gateNames, type GateName } from '../../src/dr/gates.js';
import { gatesOf, readinessOf } from '../../src/dr/readiness.js';
import { snapshotOf } from '../lag/regions.js';
import {
  evidenceOf,
  gateNamed,
  healthyA,
  healthyB,
  historyOf,
  inStep,
  instancesOf,
  pairOf,
  pairWith,
} from './evidence-of.js';

function readinessWith(change: Parameters<typeof evidenceOf>[0] = {}) {
  return readinessOf('b', gatesOf(evidenceOf(change)));
}

describe('whether a region is ready', () => {
  it('is ready when every gate passes', () => {
    expect(readinessWith()).toEqual({
      verdict: 'ready',
      sentence: 'ready: all 15 gates of a failover to b pass',
    });
  });

  it('is not ready for one gate that fails, and tells what is not known beside it', () => {
    const change = { capacity: [instancesOf(0)], history: historyOf({ drills: [] }) };
    expect(readinessWith(change)).toEqual({
      verdict: 'not_ready',
      sentence: 'not ready: capacity; not known: last-drill',
    });
  });

  it('is not known for one gate that is not, and for nothing that was seen at all', () => {
    expect(readinessWith({ redis: [] })).toEqual({
      verdict: 'unknown',
      sentence: 'not known: redis',
    });
    const nothing = {
      clusters: [],
      pairs: [],
      capacity: [],
      redis: [],
      backups: [],
      objects: [],
      history: { ok: false, message: 'store sensei.db: no such file' },
    } as const;
    expect(readinessWith(nothing)).toEqual({
      verdict: 'unknown',
      sentence: `not known: ${gateNames.join(', ')}`,
    });
  });
});

describe('a gate', () => {
  it('has a name that people can type, of its own, and that is kept', () => {
    expect(gateNames).toEqual([
      'one-writer',
      'same-system',
      'same-timeline',
      'standby-leader',
      'streaming',
      'received-position',
      'replay-running',
      'healthy-replica',
      'no-pause',
      'dcs',
      'capacity',
      'objects',
      'redis',
      'backups',
      'last-drill',
    ]);
  });

  it.each<GateName>(['one-writer', 'same-system'])(
    'may never be overridden where %s fails',
    (name) => {
      const change = { pairs: [pairOf({ isPromoted: name === 'one-writer', copySystem: '78' })] };
      expect(gateNamed(name, change)).toMatchObject({ verdict: 'FAIL', mayBeOverridden: false });
    },
  );

  it('may be overridden where a dead region cannot tell, whatever its name', () => {
    const gates = gatesOf(evidenceOf({ pairs: [pairOf({ written: null, isStreaming: false })] }));
    const open = gates.filter(({ verdict }) => verdict === 'UNKNOWN');
    expect(open.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['one-writer', 'same-system', 'same-timeline', 'streaming']),
    );
    expect(gates.every(({ mayBeOverridden }) => mayBeOverridden)).toBe(true);
  });

  it('may be overridden where another one fails', () => {
    const gate = gateNamed('capacity', { capacity: [instancesOf(0)] });
    expect(gate).toMatchObject({ verdict: 'FAIL', mayBeOverridden: true });
  });

  it('looks at the pair of the region alone, whichever of the two is written first', () => {
    const { target } = pairOf();
    const [first, second] = target.sites;
    const [ofA, ofB] = snapshotOf(inStep);
    const turned = {
      ...pairWith([ofB, ofA]),
      target: { ...target, sites: [second, first] },
    } as const;
    for (const pair of [pairOf(), turned]) {
      const gates = gatesOf(evidenceOf({ pairs: [pair] }));
      expect(readinessOf('b', gates).verdict).toBe('ready');
    }
  });

  it('of a region whose copy is dead and that is written first in its pair is still of a copy', () => {
    const { target } = pairOf();
    const [first, second] = target.sites;
    const [ofA, ofB] = snapshotOf({ ...inStep, written: null, isStreaming: false });
    const turned = {
      ...pairWith([ofB, ofA]),
      target: { ...target, sites: [second, first] },
    } as const;
    expect(gateNamed('replay-running', { pairs: [turned] }).verdict).toBe('PASS');
  });

  it('of the region that serves says that there is nothing to fail over to', () => {
    const gates = gatesOf(evidenceOf({ region: 'a', clusters: [healthyA, healthyB] }));
    const leader = gates.find(({ name }) => name === 'standby-leader');
    expect(leader).toMatchObject({
      verdict: 'FAIL',
      figure: 'orders-a/a1 is a primary',
      advice: 'This region writes already: there is nothing to fail over to.',
    });
  });
});
