import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { until } from '../../src/operator/waiting.js';

const never = () => Promise.resolve({ missing: 'not yet' });
const limits = { limitMs: 300, everyMs: 5 };

/** Of the machine that runs this: frees what nothing holds. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

describe('waiting until something is so', () => {
  it('answers with what was found', async () => {
    let looks = 0;
    const found = until(new AbortController().signal, { limitMs: 20_000, everyMs: 1 }, () => {
      looks += 1;
      return Promise.resolve(looks < 3 ? { missing: 'not yet' } : { found: looks });
    });
    expect(await found).toBe(3);
  });

  it('ends at its limit, and says what was missing last', async () => {
    const waited = until(new AbortController().signal, limits, never);
    await expect(waited).rejects.toThrow('not within 0.3 s: not yet');
  });

  it('ends at its limit however often memory is freed', async () => {
    const collect = collector();
    const waited = until(new AbortController().signal, limits, (signal) => {
      collect();
      return Promise.resolve({ missing: `aborted: ${signal.aborted}` });
    });
    await expect(waited).rejects.toThrow('not within 0.3 s');
  });

  it('ends when the command is to end', async () => {
    const controller = new AbortController();
    const waited = until(controller.signal, { limitMs: 20_000, everyMs: 1 }, () => {
      controller.abort();
      return never();
    });
    await expect(waited).rejects.toThrow('it was interrupted');
  });

  it('does not look at all where the command is to end already', async () => {
    const waited = until(AbortSignal.abort(), limits, () => Promise.resolve({ found: true }));
    await expect(waited).rejects.toThrow('it was interrupted');
  });
});
