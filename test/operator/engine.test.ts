import { afterEach, describe, expect, it } from 'vitest';
import { stepNames, type Step, type StepName } from '../../src/failover/execution.js';
import { execute } from '../../src/operator/engine.js';
import { done, skipped, StepError, TakenBack, type StepRun } from '../../src/operator/step.js';
import { Harness } from './failover-harness.js';

const open: Harness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

/** An unplanned failover whose steps do nothing but what is given. */
async function engine(given: Partial<Record<StepName, StepRun>> = {}) {
  const harness = await new Harness().start();
  open.push(harness);
  const { journal } = harness;
  const execution = harness.execution();
  const events: string[] = [];
  const run =
    (name: StepName): StepRun =>
    async (context, step) => {
      events.push(
        `run ${name}, ${journal.writes.at(-1)?.steps.find((each) => each.name === name)?.state}`,
      );
      return (await given[name]?.(context, step)) ?? done(`${name} is done`, ['look']);
    };
  const runs = Object.fromEntries(stepNames.map((name) => [name, run(name)])) as Record<
    StepName,
    StepRun
  >;
  const tell = (what: string) => (step: Step) => void events.push(`${what} ${step.name}`);
  const listener = { begun: tell('begun'), ended: tell('ended') };
  const go = (signal?: AbortSignal) => execute(harness.context(execution, signal), listener, runs);
  return { journal, execution, events, go };
}

const stateOf = (steps: readonly Step[], name: StepName) =>
  steps.find((step) => step.name === name)?.state;

describe('the engine', () => {
  it('does each step once it is written down as begun, and tells of it on both sides', async () => {
    const { events, execution, go } = await engine();
    await go();
    expect(events).toEqual(
      execution.steps.flatMap(({ name }) => [
        `begun ${name}`,
        `run ${name}, begun`,
        `ended ${name}`,
      ]),
    );
    expect(execution).toMatchObject({ state: 'done', reason: '' });
    expect(execution.endedMs).not.toBeNull();
  });

  it('keeps what came of a step: words, remarks, instants and tries', async () => {
    const { execution, go } = await engine({ fence: () => Promise.resolve(skipped('no hook')) });
    await go();
    const [freeze, fence] = execution.steps;
    expect(freeze).toMatchObject({
      state: 'done',
      detail: 'freeze is done',
      remarks: ['look'],
      attempts: 1,
    });
    expect(freeze!.endedMs).toBeGreaterThanOrEqual(freeze!.begunMs!);
    expect(fence).toMatchObject({ state: 'skipped', detail: 'no hook', remarks: [] });
  });

  it.each([
    ['a step that cannot be done', new StepError('no')],
    ['anything else that is thrown', new TypeError('no')],
  ])('leaves the execution open at %s, and goes on with it', async (_title, error) => {
    let isBroken = true;
    const prove: StepRun = () => (isBroken ? Promise.reject(error) : Promise.resolve(done('yes')));
    const { execution, journal, events, go } = await engine({ prove });
    await expect(go()).rejects.toBe(error);
    const kept = journal.writes.at(-1)!;
    expect([kept.state, kept.endedMs, stateOf(kept.steps, 'promote')]).toEqual([
      'running',
      null,
      'pending',
    ]);
    expect(kept.steps.find(({ name }) => name === 'prove')).toMatchObject({
      state: 'failed',
      detail: 'no',
    });
    const { begunMs } = execution.steps.find(({ name }) => name === 'prove')!;
    isBroken = false;
    events.length = 0;
    await go();
    expect(events[0]).toBe('begun prove');
    expect(execution.steps.find(({ name }) => name === 'prove')).toMatchObject({
      state: 'done',
      attempts: 2,
      begunMs,
    });
  });

  it('is over where a step took the failover back', async () => {
    const prove: StepRun = () => Promise.reject(new TakenBack('east serves again'));
    const { journal, go } = await engine({ prove });
    await expect(go()).rejects.toThrow(TakenBack);
    expect(journal.writes.at(-1)).toMatchObject({
      state: 'taken_back',
      reason: 'east serves again',
    });
    expect(await journal.unfinished()).toBeUndefined();
  });

  it('does not do a step that cannot be written down first', async () => {
    const { journal, events, go } = await engine();
    journal.isBroken = (write) => write === 3;
    await expect(go()).rejects.toThrow('the journal cannot be written: no space left on device');
    expect(events.at(-1)).toBe('ended freeze');
  });

  it('does not go on from a step whose end cannot be written down', async () => {
    const { journal, events, go } = await engine();
    journal.isBroken = (write) => write === 2;
    await expect(go()).rejects.toThrow('the journal cannot be written');
    expect(events.at(-1)).toBe('run freeze, begun');
    expect(stateOf(journal.writes.at(-1)!.steps, 'freeze')).toBe('begun');
  });

  it('says what went wrong with a step before that it cannot be written down', async () => {
    const freeze: StepRun = () => Promise.reject(new StepError('east is not fenced'));
    const { journal, go } = await engine({ freeze });
    journal.isBroken = (write) => write === 2;
    await expect(go()).rejects.toThrow(
      'east is not fenced; and the journal cannot be written: no space left on device',
    );
  });

  it('does not begin a step once the command is to end', async () => {
    const controller = new AbortController();
    const fence: StepRun = () => {
      controller.abort();
      return Promise.resolve(done('fenced'));
    };
    const { journal, events, go } = await engine({ fence });
    await expect(go(controller.signal)).rejects.toThrow('it was interrupted');
    expect(events.at(-1)).toBe('ended fence');
    const { steps } = journal.writes.at(-1)!;
    expect([stateOf(steps, 'fence'), stateOf(steps, 'prove')]).toEqual(['done', 'pending']);
  });
});
