import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { commandInjection, mendCommand } from '../../src/exercise/command-injection.js';
import { cleanEnvironment } from '../../src/operator/run-command.js';

const env = cleanEnvironment(process.env, { SENSEI_DRILL_ID: 'the-id' });
const node = (source: string) => [process.execPath, '-e', source];

async function hit(source: string, more: { targets?: string[]; timeout?: number } = {}) {
  const told: string[] = [];
  const command = { inject: node(source), cleanup: node(''), timeout: 20_000, ...more };
  const signal = new AbortController().signal;
  const found = await commandInjection(command, env).inject(signal, (text) => told.push(text));
  return { ...found, told };
}

describe('a failure by a command', () => {
  it('hit what it prints, each once', async () => {
    const found = await hit(
      'console.log("target: a\\nnot target: b\\ntarget:c \\ntarget: a\\ntarget:\\n")',
    );
    expect(found.targets).toEqual(['a', 'c']);
  });

  it('hit what the plan names where it prints nothing and ends well', async () => {
    expect((await hit('', { targets: ['pg1'] })).targets).toEqual(['pg1']);
    expect((await hit('console.log("target: a")', { targets: ['pg1'] })).targets).toEqual(['a']);
  });

  it('hit only what it printed where it failed', async () => {
    const found = await hit('console.log("target: a"); console.error("no"); process.exit(3)', {
      targets: ['pg1'],
    });
    expect(found).toEqual({
      targets: ['a'],
      problem: 'the command ended with exit code 3',
      told: ['the command says: no'],
    });
    expect((await hit('process.exit(3)', { targets: ['pg1'] })).targets).toEqual([]);
  });

  it('that does not end is ended, and said to be', async () => {
    const found = await hit('setTimeout(() => {}, 60000)', { timeout: 1000, targets: ['pg1'] });
    expect(found).toMatchObject({ targets: [], problem: 'the command did not end within 1 s' });
  });

  it('is told which drill it is of', async () => {
    const found = await hit('console.log("target: " + process.env.SENSEI_DRILL_ID)');
    expect(found.targets).toEqual(['the-id']);
  });

  it.each([
    ['process.exit(0)', true, /exit code 0/],
    ['process.exit(1)', false, /exit code 1/],
  ])('is mended by %s: %s', async (source, isDone, proof) => {
    const command = { inject: node(''), cleanup: node(source), timeout: 20_000 };
    const [found] = await mendCommand(command, env, new AbortController().signal);
    expect(found).toMatchObject({ isDone, proof: expect.stringMatching(proof) as string });
  });

  it('whose cleanup cannot be started is not mended', async () => {
    const command = { inject: node(''), cleanup: ['/no/such'], timeout: 1000 };
    const [found] = await mendCommand(command, env, new AbortController().signal);
    expect(found?.proof).toMatch(/cannot run \/no\/such/);
    expect(found?.isDone).toBe(false);
  });
});
