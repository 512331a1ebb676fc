import { describe, expect, it } from 'vitest';
import { drillEndedBy } from '../../src/cli/failover-drill.js';
import { drillEvidence } from '../../src/drills/evidence.js';
import { judgeDrill } from '../../src/drills/judge.js';
import { drillOf } from '../../src/failover/drill.js';
import { newExecution, type Execution } from '../../src/failover/execution.js';

const startedMs = Date.UTC(2026, 10, 28, 10);
const configuration = 'a'.repeat(64);
const terms = {
  id: '0c9b2c5e-6d0e-4b52-9d3a-0a2d7e3f4a10',
  environment: 'staging',
  cleanedUp: true,
  recordedMs: startedMs + 60_000,
};

function executed(change: Partial<Execution> = {}): Execution {
  const begun = newExecution({
    id: '5b0f8a52-7a07-4d43-9b3f-0f4f3a1f2c11',
    deployment: 'orders',
    kind: 'failover',
    mode: 'planned',
    from: 'east',
    to: 'west',
    by: 'A. Admin',
    isDrill: true,
    configuration,
    rtoMs: 900_000,
    rpoMs: 5000,
    startedMs,
    overrides: [],
    mayOverride: [],
    gates: [],
    steps: ['hold', 'promote'],
    pairs: [{ name: 'orders', old: 'orders-a', new: 'orders-b' }],
  });
  const [hold] = begun.steps;
  const [pair] = begun.pairs;
  Object.assign(hold!, { state: 'done', begunMs: startedMs + 1000, endedMs: startedMs + 2000 });
  Object.assign(pair!, {
    isProvedWhole: true,
    promoted: {
      askedMs: startedMs + 5000,
      seenMs: startedMs + 5500,
      member: 'b1',
      timeline: 2,
      lsn: null,
    },
    written: { lastFailedMs: null, begunMs: startedMs + 5900, endedMs: startedMs + 6000 },
  });
  return { ...begun, state: 'done', endedMs: startedMs + 20_000, ...change };
}

describe('a failover that was an exercise', () => {
  it('is evidence of the format, with the bracket that it measured, and passes', () => {
    const evidence = drillEvidence.parse(drillOf(executed(), terms));
    expect(evidence).toMatchObject({
      scenario: 'region',
      targets: ['east', 'orders-a'],
      injectedAt: '2026-11-28T10:00:01.000Z',
      recoveredAt: '2026-11-28T10:00:06.000Z',
      recovery: { lowSeconds: 3, highSeconds: 5 },
      lossSeconds: 0,
      execution: executed().id,
    });
    const judged = judgeDrill(evidence, {
      periodsMs: {},
      rtoMs: 900_000,
      configuration,
      nowMs: terms.recordedMs,
    });
    expect(judged.verdict).toBe('pass');
  });

  it('is dated back to the first write that was refused where the region was lost', () => {
    const outage = {
      incident: null,
      lastOkBeforeMs: startedMs - 9100,
      firstFailMs: startedMs - 9000,
      detectedMs: startedMs - 8000,
      source: 'write',
    };
    const { injectedAt } = drillOf(executed({ mode: 'unplanned', outage }), terms);
    expect(injectedAt).toBe('2026-11-28T09:59:51.000Z');
  });

  it('proves nothing where no write was seen', () => {
    const execution = executed();
    execution.pairs[0]!.written = null;
    expect(drillOf(execution, terms).recoveredAt).toBeNull();
  });
});

describe('the end of an exercise', () => {
  const planned = executed();
  const unplanned = executed({ mode: 'unplanned' });
  const back = executed({ kind: 'failback', from: 'west', to: 'east', isDrill: false });

  it.each<[string, Execution, Execution | undefined, Execution | undefined]>([
    ['a planned one itself', planned, undefined, planned],
    ['one out of a lost region: not yet', unplanned, undefined, undefined],
    ['the way back from one out of a lost region', back, unplanned, unplanned],
    ['the way back from a planned one: it was over before', back, planned, undefined],
    [
      'the way back from no exercise',
      back,
      executed({ mode: 'unplanned', isDrill: false }),
      undefined,
    ],
    ['one that is not over', executed({ state: 'running' }), undefined, undefined],
    ['one that was taken back', executed({ state: 'taken_back' }), undefined, undefined],
    ['no exercise', executed({ isDrill: false }), undefined, undefined],
  ])('is told: %s', (_what, execution, before, ended) => {
    expect(drillEndedBy(execution, before)).toBe(ended);
  });
});
