import { readFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hookOf, run, scripted, SecretFiles } from './hook-harness.js';

/** A process that nobody has waited for is over all the same. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a hook that is a command', () => {
  let files: SecretFiles;
  beforeAll(() => {
    files = new SecretFiles();
    process.env['SENSEI_OF_THE_OPERATOR'] = 'hunter2-of-the-operator';
  });
  afterAll(() => {
    files.remove();
    delete process.env['SENSEI_OF_THE_OPERATOR'];
  });

  it('is good with exit code 0, and tells what was printed on both streams', async () => {
    const found = await run(scripted('console.log("stopped"); console.error("3 nodes")'));
    expect(found).toMatchObject({ ok: true, output: 'stopped\n3 nodes', attempts: 1 });
    expect(found.detail).toMatch(/^exit code 0, after \d+(?:\.\d+)? m?s$/);
    expect(found.tookMs).toBeGreaterThan(0);
  });

  it('is bad with any other exit code', async () => {
    const found = await run(scripted('console.error("no quorum"); process.exit(3)'));
    expect(found).toMatchObject({ ok: false, output: 'no quorum' });
    expect(found.detail).toMatch(/^exit code 3, after /);
  });

  it('is bad when a signal ended it', async () => {
    const found = await run(scripted('process.kill(process.pid, "SIGKILL")'));
    expect(found).toMatchObject({ ok: false, output: '' });
    expect(found.detail).toMatch(/^ended by SIGKILL, after /);
  });

  it('has the context, its secrets, and no other variable of this process', async () => {
    const names = await run(scripted('console.log(Object.keys(process.env).sort().join(" "))'));
    const own =
      'SENSEI_DEPLOYMENT SENSEI_DRILL SENSEI_EXECUTION SENSEI_FROM SENSEI_HOOK SENSEI_KIND';
    expect(names.output.replace(/^(?:(?:HOME|LANG|PATH) )+/, '')).toBe(
      `${own} SENSEI_MODE SENSEI_TO`,
    );
    const values = await run(
      scripted(
        `const { env } = process;
         console.log(env.SENSEI_EXECUTION, env.SENSEI_KIND, env.SENSEI_MODE, env.SENSEI_FROM);
         console.log(env.SENSEI_TO, env.SENSEI_DEPLOYMENT, env.SENSEI_DRILL, env.SENSEI_HOOK);
         console.log(env.FENCE_TOKEN.length)`,
        { secrets: { FENCE_TOKEN: files.write('length', 'hunter2-of-the-fence\n') } },
      ),
    );
    expect(values.output).toBe(
      'failover-7 failover unplanned east\nwest orders true stop-east\n20',
    );
  });

  it('shows its secrets nowhere, though it prints them in every way', async () => {
    const found = await run(
      scripted(
        `const token = process.env.FENCE_TOKEN;
         console.log('plain', token);
         console.log('json', JSON.stringify({ token }));
         console.error('basic', Buffer.from(token).toString('base64'));
         console.error('query', encodeURIComponent(token));`,
        { secrets: { FENCE_TOKEN: files.write('shown', 'hunter2 "of" the/fence') } },
      ),
    );
    expect(found.output).toBe(
      'plain (hidden)\njson {"token":"(hidden)"}\nbasic (hidden)Q==\nquery (hidden)',
    );
  });

  it('names the secret that is missing, and is not run', async () => {
    const found = await run(
      scripted('console.log("ran")', {
        secrets: { FENCE_TOKEN: { file: '/nowhere/fence.token' } },
      }),
    );
    expect(found).toMatchObject({ ok: false, output: '' });
    expect(found.detail).toMatch(
      /^cannot read the secret in \/nowhere\/fence\.token \(ENOENT\); check/,
    );
  });

  it('is not run with a secret that no variable can hold, and does not show it', async () => {
    const secrets = { FENCE_TOKEN: files.write('nul', 'hunter2\0of-the-fence') };
    const found = await run(scripted('console.log("ran")', { secrets }));
    expect(found.detail).toMatch(/^the secret FENCE_TOKEN has a NUL byte in it/);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it.each([
    ['/no/such/fence', /^cannot run \/no\/such\/fence: .*there is no such program, after/],
    ['/etc', /^cannot run \/etc: .*this user may not execute it, after/],
  ])('that cannot be started is named: %s', async (program, detail) => {
    const found = await run(hookOf({ command: [program] }));
    expect(found).toMatchObject({ ok: false, output: '', attempts: 1 });
    expect(found.detail).toMatch(detail);
  });

  it('that is a file nobody may execute is named', async () => {
    const { file } = files.write('fence.sh', '#!/bin/sh\n');
    const found = await run(hookOf({ command: [file] }));
    expect(found.detail).toContain(`cannot run ${file}: `);
    expect(found.detail).toContain('this user may not execute it');
  });

  it('is ended at its time limit with all that it started, though none of it heeds SIGTERM', async () => {
    const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
    const found = await run(
      scripted(
        `const { spawn } = require('node:child_process');
         const child = spawn(process.execPath, ['-e', ${JSON.stringify(deaf)}]);
         console.log(process.pid, child.pid); ${deaf}`,
        { timeout: '5s' },
      ),
    );
    expect(found).toMatchObject({ ok: false, detail: 'did not end within 5 s', attempts: 1 });
    const pids = found.output.split(' ').map(Number);
    expect(pids.every((pid) => pid > 1)).toBe(true);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it('that ends well at SIGTERM, after its time, is bad all the same', async () => {
    const found = await run(
      scripted("process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)", {
        timeout: '1s',
      }),
    );
    expect(found).toMatchObject({ ok: false, detail: 'did not end within 1 s' });
  });

  it('that floods its output is kept of what fits: the beginning and the end', async () => {
    const found = await run(
      scripted('process.stdout.write("begun\\n" + "é".repeat(1_000_000)); console.error("ended")'),
    );
    expect(found.ok).toBe(true);
    expect(Buffer.byteLength(found.output)).toBeLessThanOrEqual(4096);
    expect(found.output).toMatch(/^begun\né+\n\(\.\.\.\)\né+\nended$/);
  });

  it('moves no cursor of whoever reads its output', async () => {
    const found = await run(scripted(String.raw`console.log('\u001b[2Jgone\r\u0007')`));
    expect(found.output).toBe(String.raw`\u{1b}[2Jgone\u{d}\u{7}`);
  });

  it('is tried again after a failure, as often as it says, and tells which try was good', async () => {
    const { file } = files.write('tries', '');
    const hook = scripted(
      `const fs = require('node:fs');
       fs.appendFileSync(${JSON.stringify(file)}, 'x');
       process.exit(fs.readFileSync(${JSON.stringify(file)}).length < 2 ? 1 : 0)`,
      { attempts: 3 },
    );
    const found = await run(hook);
    expect(found).toMatchObject({ ok: true, attempts: 2 });
    expect(found.detail).toMatch(/^exit code 0, after .*, in try 2 of 3$/);
    expect(readFileSync(file, 'utf8')).toBe('xx');
  });

  it('is ended when the execution is interrupted, and not tried again', async () => {
    const stop = new AbortController();
    const { file } = files.write('begun', '');
    const hook = scripted(
      `console.log("begun");
       require('node:fs').appendFileSync(${JSON.stringify(file)}, 'x'); setInterval(() => {}, 1000)`,
      { attempts: 3 },
    );
    const running = run(hook, stop.signal);
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('x');
    stop.abort();
    const found = await running;
    expect(found).toMatchObject({ ok: false, output: 'begun', attempts: 1 });
    expect(found.detail).toMatch(/^interrupted after .* in try 1 of 3$/);
  });

  it('is not run where the execution was interrupted before', async () => {
    const found = await run(scripted('console.log("ran")'), AbortSignal.abort());
    expect(found).toMatchObject({
      ok: false,
      detail: 'not run, for the execution was interrupted',
      output: '',
      attempts: 0,
    });
  });
});
