import { describe, expect, it } from 'vitest';
import {
  isOver,
  mayBePromoted,
  nextStep,
  knownExecutions,
  leftAs,
  parseExecution,
  stepOf,
  type Execution,
  type PairRecord,
  type StepName,
} from '../../src/failover/execution.js';
import { renewProofs } from '../../src/operator/engine.js';
import { executionOf, promotedAt, standingOf, start } from './execution-of.js';

/** What a journal makes of it. */
function kept(execution: Execution): unknown {
  return JSON.parse(JSON.stringify(execution));
}

/** One in which every kind of record is filled in. */
function full(): Execution {
  const heartbeat = { seq: 1795424987000, writtenMs: start + 0.25 };
  const standing = standingOf({ lsn: '1/AB', heartbeat, lastCommitMs: start });
  const execution = executionOf({
    outage: { incident: 'i1', lastOkBeforeMs: start, firstFailMs: start, detectedMs: start },
    pairs: [
      {
        systemIdentifier: '7711291248539396805',
        before: { old: standing, new: null },
        heldBefore: { readOnly: 'off' },
        acknowledged: {
          source: 'http://exporter',
          beats: [[1795424987000, start, start + 10.5]],
          isTruncated: false,
          firstRefusal: [start + 20, start + 30],
        },
        copy: standing,
        end: standing,
        promoted: promotedAt(start, { seenMs: start, member: 'b1', timeline: 2, lsn: '1/AB' }),
        written: { lastFailedMs: null, begunMs: start, endedMs: start + 1 },
      },
    ],
    steps: { freeze: { state: 'done', begunMs: start, endedMs: start, remarks: ['look'] } },
  });
  execution.overrides.push({ name: 'streaming', reason: 'lost', verdict: 'FAIL', figure: 'none' });
  return execution;
}

describe('an execution', () => {
  it.each([
    ['that only begins', executionOf()],
    ['with everything known', full()],
  ])('%s is the same when it comes back from the journal', (_title, execution) => {
    expect(parseExecution(kept(execution))).toEqual(execution);
  });

  it.each([
    ['of another version', { format: 'sensei-execution/v2' }, /another version \(format: .*v1/],
    ['with a step that is not known', { steps: [{ name: 'dance' }] }, /\(steps\.0\.name: /],
    ['without its pairs', { pairs: undefined }, /\(pairs: /],
  ])('%s is refused, and says where', (_title, change, expected) => {
    const body = { ...executionOf(), ...change };
    expect(() => parseExecution(body)).toThrow(expected);
    expect(() => parseExecution(body)).toThrow('use the version that began it');
  });

  it('that is no object at all is refused', () => {
    expect(() => parseExecution(null)).toThrow('another version');
  });

  it('are passed over where others are listed', () => {
    const execution = full();
    expect(knownExecutions([{ format: 'sensei-execution/v0' }, kept(execution), null])).toEqual([
      execution,
    ]);
  });

  it('goes on with its first step that is neither done nor skipped', () => {
    const execution = executionOf({ steps: { freeze: { state: 'done' } } });
    expect(nextStep(execution)?.name).toBe('fence');
    stepOf(execution, 'fence')!.state = 'skipped';
    expect(nextStep(execution)?.name).toBe('prove');
  });

  it.each(['begun', 'failed', 'pending'] as const)('goes on with a step that is %s', (state) => {
    expect(nextStep(executionOf({ steps: { freeze: { state } } }))?.name).toBe('freeze');
  });

  it('has no next step where all are over', () => {
    const execution = executionOf();
    for (const step of execution.steps) step.state = 'done';
    expect(nextStep(execution)).toBeUndefined();
    expect(execution.steps.every(isOver)).toBe(true);
  });

  it('may be promoted once it was asked for any of its databases', () => {
    expect(mayBePromoted(executionOf({ pairs: [{}, {}] }))).toBe(false);
    expect(mayBePromoted(executionOf({ pairs: [{}, { promoted: promotedAt(start) }] }))).toBe(true);
  });
});

describe('proofs that are renewed', () => {
  const overSteps = (names: readonly StepName[]) =>
    Object.fromEntries(names.map((name) => [name, { state: 'done' as const }]));

  it.each([
    ['unplanned', ['freeze', 'fence', 'prove'], 'prove'],
    ['planned', ['freeze', 'prepare', 'hold', 'demote'], 'demote'],
  ] as const)('of an %s failover are made again before the promotion', (mode, over, next) => {
    const execution = executionOf({ mode, steps: overSteps(over) });
    expect(nextStep(execution)?.name).toBe('promote');
    renewProofs(execution);
    expect(nextStep(execution)?.name).toBe(next);
  });

  it('leave every other step as it is', () => {
    const execution = executionOf({ steps: overSteps(['freeze', 'fence', 'prove']) });
    renewProofs(execution);
    expect(execution.steps.filter(isOver).map(({ name }) => name)).toEqual(['freeze', 'fence']);
  });

  it('do not take the execution back to a step that it has not reached', () => {
    const execution = executionOf({ steps: { freeze: { state: 'failed' } } });
    renewProofs(execution);
    expect(nextStep(execution)?.name).toBe('freeze');
  });

  it('are no steps to repeat once a promotion may have been asked for', () => {
    const execution = executionOf({
      steps: overSteps(['freeze', 'fence', 'prove']),
      pairs: [{ promoted: promotedAt(start) }],
    });
    renewProofs(execution);
    expect(nextStep(execution)?.name).toBe('promote');
  });
});

describe('an execution that was given up', () => {
  const words = (...pairs: readonly Partial<PairRecord>[]) =>
    leftAs(executionOf({ mode: 'planned', pairs }));

  it('has left nothing where nothing was held', () => {
    expect(words({})).toEqual([]);
  });

  it('has left writes held, and says what was there before', () => {
    const [unset, off] = words(
      { old: 'orders-east', heldBefore: { readOnly: null } },
      { old: 'bills-east', heldBefore: { readOnly: 'off' } },
    );
    expect(unset).toMatch(/held in east: .* orders-east .* default_transaction_read_only unset,/);
    expect(off).toMatch(/ bills-east .* default_transaction_read_only set to off,/);
  });

  it('has perhaps left the other region promoted: then what was held is to stay so', () => {
    const promoted = promotedAt(start);
    expect(words({ heldBefore: { readOnly: null }, promoted })).toEqual([
      expect.stringContaining('west may be promoted'),
    ]);
  });
});
