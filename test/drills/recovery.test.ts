import { describe, expect, it } from 'vitest';
import { notWell, phaseOf, recoveryOf, type Since } from '../../src/drills/recovery.js';
import { incidentOf, injectedMs, lookOf, sloOf } from './look-of.js';

const since: Since = {
  timed: [sloOf()],
  before: lookOf({}, [], injectedMs),
  injectedMs,
  settledMs: injectedMs + 15_000,
};
const open = incidentOf({ closedMs: null, firstOkMs: null, highMs: null });

describe('whether all is well', () => {
  it.each([
    ['is good', lookOf(), []],
    ['is bad', lookOf({ now: 'bad' }), ['api-availability is bad']],
    ['was not seen', lookOf({ now: 'unknown' }), ['api-availability is unknown']],
    ['is in an outage', lookOf({ openIncident: 'x' }), ['api-availability is in an outage (x)']],
    ['has another name', lookOf({ name: 'y' }), ['api-availability is not known to the exporter']],
  ])('where an SLO %s', (_what, look, faults) => {
    expect(notWell(look, [sloOf()])).toEqual(faults);
  });
});

describe('what is awaited of a drill', () => {
  it.each([
    ['nothing was felt, once an outage would have been told', lookOf(), 'unfelt'],
    ['nothing was felt so far', lookOf({}, [], injectedMs + 14_999), 'waiting'],
    ['an SLO is bad, and no outage was told yet', lookOf({ now: 'bad' }), 'waiting'],
    ['an outage is open', lookOf({}, [open]), 'waiting'],
    ['the outage is over', lookOf({}, [incidentOf()]), 'recovered'],
    ['the outage is of what does not time it', lookOf({}, [incidentOf({ slo: 'x' })]), 'unfelt'],
  ])('where %s', (_where, look, phase) => {
    expect(phaseOf(look, since)).toBe(phase);
  });

  it('is nothing of an outage that was there before', () => {
    const before = lookOf({}, [incidentOf()], injectedMs);
    expect(phaseOf(lookOf({}, [incidentOf()]), { ...since, before })).toBe('unfelt');
  });
});

describe('how long a recovery took', () => {
  it('is one interval at most where no slice was bad', () => {
    const found = recoveryOf(lookOf(), since);
    expect(found).toMatchObject({ lowMs: 0, highMs: 1000, recoveredMs: injectedMs });
  });

  it('is one interval more for every slice that was not good', () => {
    expect(recoveryOf(lookOf({ failures: 9 }), since)?.highMs).toBe(3000);
  });

  it.each([
    ['the exporter was started again', lookOf({ failures: 0 }), since],
    ['it was started again and nothing had failed', lookOf(), { ...since, isRestarted: true }],
    ['the SLO was not told of before', lookOf(), { ...since, before: undefined }],
  ])('is not bounded where %s', (_where, look, given) => {
    expect(recoveryOf(look, given)).toMatchObject({ lowMs: 0, highMs: null });
  });

  it('is by the worst of several outages, each side by its own', () => {
    const other = incidentOf({ id: 'other', lowMs: 2000, highMs: 9000, firstOkMs: injectedMs + 9 });
    expect(recoveryOf(lookOf({}, [other, incidentOf()]), since)).toEqual({
      lowMs: 3000,
      highMs: 9000,
      recoveredMs: injectedMs + 4500,
      incident: incidentOf().id,
    });
  });

  it('has no end while an outage is open', () => {
    const found = recoveryOf(lookOf({}, [incidentOf({ id: 'x' }), open]), since);
    expect(found).toMatchObject({ lowMs: 3000, highMs: null, recoveredMs: null });
  });

  it('is not known before anything could have been told', () => {
    expect(recoveryOf(lookOf({}, [], injectedMs), since)).toBeUndefined();
  });
});
