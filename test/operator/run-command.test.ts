import { readFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment, runCommand } from '../../src/operator/run-command.js';

const env = cleanEnvironment(process.env);
const script = (source: string, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  runCommand({ command: [process.execPath, '-e', source], env, timeoutMs: 20_000, ...more });

/** A process that nobody has waited for is over all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a command of the operator', () => {
  it('is told by its exit code, and what it printed on both streams', async () => {
    const found = await script('console.log("out"); console.error("err"); process.exit(3)');
    expect(found).toEqual({
      code: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      isTimedOut: false,
    });
  });

  it('is given its arguments as they are: there is no shell', async () => {
    const found = await runCommand({
      command: [process.execPath, '-p', 'process.argv[1]', '$(id); $HOME'],
      env,
      timeoutMs: 20_000,
    });
    expect(found.stdout).toBe('$(id); $HOME\n');
  });

  it('sees of the environment no more than it needs, and what is SENSEI_', async () => {
    const given = cleanEnvironment(
      { PATH: process.env['PATH'], HOME: '/h', LANG: 'C', SENSEI_TOKEN: 't', OTHER: 'o' },
      { SENSEI_ID: '1' },
    );
    expect(Object.keys(given).toSorted()).toEqual([
      'HOME',
      'LANG',
      'PATH',
      'SENSEI_ID',
      'SENSEI_TOKEN',
    ]);
    const found = await runCommand({
      command: [process.execPath, '-p', 'process.env.OTHER + process.env.SENSEI_TOKEN'],
      env: given,
      timeoutMs: 20_000,
    });
    expect(found.stdout).toBe('undefinedt\n');
  });

  it('is ended with all that it started when its time is over, though it ignores SIGTERM', async () => {
    const child = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    const found = await script(
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}]);
       console.log(child.pid); setInterval(() => {}, 1000)`,
      { timeoutMs: 5000 },
    );
    expect(found).toMatchObject({ code: null, signal: 'SIGTERM', isTimedOut: true });
    expect(Number(found.stdout)).toBeGreaterThan(0);
    await expect.poll(() => isAlive(Number(found.stdout))).toBe(false);
  });

  it('is ended by SIGKILL where it does not heed SIGTERM itself', async () => {
    const found = await script("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)", {
      timeoutMs: 5000,
    });
    expect(found).toMatchObject({ code: null, signal: 'SIGKILL', isTimedOut: true });
  });

  it('is ended by the signal that it was given, and that is no time limit', async () => {
    const stop = new AbortController();
    const running = script('setInterval(() => {}, 1000)', { signal: stop.signal });
    setTimeout(() => stop.abort(), 500);
    expect(await running).toMatchObject({ signal: 'SIGTERM', isTimedOut: false });
  });

  it('that prints without end is kept of what fits, and ends as it would', async () => {
    const found = await script('process.stdout.write("x".repeat(1_000_000)); process.exitCode = 0');
    expect([found.code, found.stdout.length]).toEqual([0, 256 * 1024]);
  });

  it('is not waited for by its streams: what it left in the background goes on', async () => {
    const found = await script(
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit' });
       console.log(child.pid); child.unref(); process.exit(0)`,
    );
    const pid = Number(found.stdout);
    expect([found.code, isAlive(pid)]).toEqual([0, true]);
    process.kill(pid, 'SIGKILL');
  });

  it('that cannot be started is named', async () => {
    await expect(runCommand({ command: ['/no/such'], env, timeoutMs: 1000 })).rejects.toThrow(
      /cannot run \/no\/such: .*ENOENT/,
    );
  });
});
