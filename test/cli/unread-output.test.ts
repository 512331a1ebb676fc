import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WholeDeployment } from '../dr/whole-deployment.js';
import { failing } from './failover-troubles.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const source = (name: string) => new URL(`../../src/cli/${name}`, import.meta.url).href;

function run(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function runModule(text: string): ChildProcess {
  return run('--input-type=module', '-e', text);
}

async function codeOf(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Nobody reads what it tells, from the beginning. */
function unread(child: ChildProcess): ChildProcess {
  child.stdout?.destroy();
  child.stderr?.destroy();
  return child;
}

function tellingTwice(first: string): string {
  return `
    import { complain, goOnUnread, print, watchReaders } from '${source('output.ts')}';
    watchReaders();
    ${first}
    print('one');
    complain('two');
    setTimeout(() => { print('three'); process.exitCode = 7; }, 200);
  `;
}

describe('a command that nobody reads any more', () => {
  it('ends where it only tells something', async () => {
    const telling = tellingTwice('').replace("complain('two');", '');
    expect(await codeOf(unread(runModule(telling)))).toBe(0);
  });

  it('goes on where it does something, and exits as that says', async () => {
    expect(await codeOf(unread(runModule(tellingTwice('goOnUnread();'))))).toBe(7);
  });
});

describe('an execution whose terminal goes away', () => {
  it('goes on, and ends at the next chance when it is told to', async () => {
    const child = runModule(`
      import { interruption } from '${source('interruption.ts')}';
      const { signal } = interruption();
      signal.addEventListener('abort', () => process.exit(7));
      setInterval(() => {}, 1000);
      console.log('ready');
    `);
    const complaints = createInterface({ input: child.stderr! });
    await once(child.stdout!, 'data');
    child.kill('SIGHUP');
    expect(await once(complaints, 'line')).toEqual([expect.stringContaining('going on')]);
    child.kill('SIGTERM');
    expect(await codeOf(child)).toBe(7);
  });
});

describe('a failover that is refused and whose output nobody reads', () => {
  const deployment = new WholeDeployment();
  beforeAll(() => deployment.start());
  afterAll(() => deployment.stop());

  it('does not say that it is done', async () => {
    deployment.suffer(await failing[0]!.bring(deployment));
    const { configFile, operationsFile } = deployment;
    const files = ['-c', configFile, '--operations', operationsFile];
    const regions = ['--from', 'region-a', '--to', 'region-b', '--confirm'];
    const main = new URL(source('main.ts')).pathname;
    expect(await codeOf(unread(run(main, 'dr', 'failover', ...files, ...regions)))).toBe(1);
  });
});
