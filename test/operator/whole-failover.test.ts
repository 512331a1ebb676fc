import { afterEach, describe, expect, it } from 'vitest';
import { recoveryOf } from '../../src/failover/recovery.js';
import { Harness, type HarnessOptions } from './failover-harness.js';

const open: Harness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const made = await new Harness(options).start();
  open.push(made);
  if (options.mode !== 'planned') made.east.state.isUp = false;
  return made;
}

/** Every change of a step's state, in the order in which the journal was told. */
function told({ journal }: Harness): string[] {
  return journal.writes.flatMap(({ steps }, index) => {
    const before = journal.writes[index - 1]?.steps;
    return steps.flatMap(({ name, state }, at) =>
      state === 'pending' || state === before?.[at]?.state ? [] : [`${name} ${state}`],
    );
  });
}

const modes = ['planned', 'unplanned'] as const;

describe('a failover from begin to end', () => {
  it.each(modes)('is done (%s), and never do both regions write', async (mode) => {
    const made = await harness({ mode });
    const execution = await made.begin();
    expect(execution.state).toBe('done');
    expect(made.west.state).toMatchObject({ role: 'primary', timeline: 2 });
    expect(made.east.isWritable).toBe(false);
    expect(made.wereTwoWritable).toBe(false);
    expect(recoveryOf(execution)?.highMs).toSatisfy((ms) => mode === 'unplanned' || ms !== null);
  });

  it('writes each step down before it is done, and after', async () => {
    const made = await harness({ mode: 'planned' });
    const { steps } = await made.begin();
    const hasNothingToDo = new Set(['prepare', 'redis', 'traffic', 'notify']);
    expect(told(made)).toEqual(
      steps.flatMap(({ name }) => [
        `${name} begun`,
        `${name} ${hasNothingToDo.has(name) ? 'skipped' : 'done'}`,
      ]),
    );
  });

  it('is over in the journal too', async () => {
    const made = await harness();
    const { id } = await made.begin();
    expect(await made.journal.unfinished()).toBeUndefined();
    expect((await made.journal.entry(id))?.body).toMatchObject({ state: 'done' });
  });
});

/**
 * The journal cannot be written from the write of this number on, as where the process is killed there; or
 * not that once, as where a disk is full for a moment.
 */
const breaks = {
  'from then on': (at: number) => (write: number) => write >= at,
  once: (at: number) => (write: number) => write === at,
} as const;

/** What proves in the mode that the old region does not write. */
const proofs = { planned: /^east asked/, unplanned: /^east write refused/ } as const;
const promotion = /^west PATCH .*"standby_cluster":null/;

/** Whether every request to promote has a proof between it and the interruption before it. */
function arePromotionsProved(log: readonly string[], mode: (typeof modes)[number]): boolean {
  return log.every((line, index) => {
    if (!promotion.test(line)) return true;
    const from = log.slice(0, index).lastIndexOf('interrupted');
    return log.slice(from + 1, index).some((each) => proofs[mode].test(each));
  });
}

describe('a failover that is interrupted wherever the journal is written', () => {
  /** Interrupted at the write of this number, and gone on with; undefined where there is no such write. */
  async function interrupted(mode: (typeof modes)[number], kind: keyof typeof breaks, at: number) {
    const made = await harness({ mode });
    const execution = made.execution();
    await made.context(execution).save();
    made.journal.isBroken = breaks[kind](at + 1);
    const error = await made.begin(execution).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    made.journal.isBroken = () => false;
    made.log.push('interrupted');
    if (error === undefined) return undefined;
    const open = await made.journal.unfinished();
    return { made, error, ended: open === undefined ? undefined : await made.resume() };
  }

  const cases = modes.flatMap((mode) =>
    (['from then on', 'once'] as const).map((kind) => [mode, kind] as const),
  );
  const batch = 6;

  it.each(cases)(
    'goes on (%s, broken %s) and promotes only on a proof of its own',
    async (mode, kind) => {
      const all = [];
      for (let at = 1; all.length === at - 1; at += batch) {
        const writes = Array.from({ length: batch }, (_, index) => at + index);
        const found = await Promise.all(writes.map((each) => interrupted(mode, kind, each)));
        all.push(...found.filter((each) => each !== undefined));
      }
      expect(all.length).toBeGreaterThan(20);
      const outcomes = all.map(({ made, error, ended }) => ({
        isSaid: error.message.includes('the journal cannot be written: no space left on device'),
        ended: ended?.state,
        isProved: arePromotionsProved(made.log, mode),
        wereTwoWritable: made.wereTwoWritable,
      }));
      const good = { isSaid: true, ended: 'done', isProved: true, wereTwoWritable: false };
      expect(outcomes).toEqual(outcomes.map(() => good));
    },
    180_000,
  );
});
