import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const command = [process.execPath, '--import', 'tsx', join(root, 'src/cli/main.ts'), 'config'];

/** Runs `sensei config ...` as a process of its own, without a terminal, or two with a pipe between. */
async function config(args: readonly string[], { pipedInto = '' } = {}) {
  const second = pipedInto === '' ? [] : ['|', ...command, pipedInto];
  const line = [...command, ...args, ...second].join(' ');
  const env = { ...process.env, CI: 'true', NO_COLOR: undefined, FORCE_COLOR: undefined };
  const child = spawn('/bin/sh', ['-c', line], { cwd: root, env });
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { stdout, stderr, code };
}

describe('sensei config', () => {
  let folder: string;
  let good: string;
  let warned: string;
  let bad: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-command-'));
    const write = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    good = write('good.yaml', 'deployment: orders');
    warned = write('warned.yaml', 'deployment: orders\ntier: premium');
    bad = write('bad.yaml', 'deployment: orders\ntier: gold\ncollector: {}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('check exits 0 on a good file, and says how much it configures', async () => {
    expect(await config(['check', good])).toEqual({
      stdout: `ok: ${good}: 0 targets, 0 warnings\n`,
      stderr: '',
      code: 0,
    });
  });

  it('check prints warnings to stdout and exits 0; 1 with --strict', async () => {
    const [lax, strict] = await Promise.all([
      config(['check', warned]),
      config(['check', '--strict', warned]),
    ]);
    expect(lax).toMatchObject({ code: 0, stderr: '' });
    expect(lax.stdout).toMatch(/^warning: .*warned\.yaml: objectives\.rpo: .*near-zero/);
    expect(strict).toEqual({ ...lax, code: 1 });
  });

  it('check prints every fault of every file to stderr, without colours, and exits 2', async () => {
    expect(await config(['check', bad, good, '/nonexistent.yaml'])).toEqual({
      stdout: `ok: ${good}: 0 targets, 0 warnings\n`,
      stderr: [
        `${bad}:2:1: tier: found "gold"; expected one of "standard", "enhanced", "premium"`,
        `${bad}:3:1: collector: unknown key; did you mean "collectors"? allowed here: deployment, tier, objectives, server, logging, slo, store, alerts, drills, otlp, peers, postgresql, redis, disasterRecovery, settings, collectors`,
        `${bad}: 2 faults`,
        '/nonexistent.yaml: no such file',
        '/nonexistent.yaml: 1 fault',
        '',
      ].join('\n'),
      code: 2,
    });
  });

  it('check --json prints an object a file', async () => {
    const { stdout, stderr, code } = await config(['check', '--json', bad, warned]);
    const [first, second] = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(first).toMatchObject({
      file: bad,
      ok: false,
      faults: [
        { line: 2, column: 1, path: 'tier' },
        { line: 3, column: 1, path: 'collector' },
      ],
    });
    expect(second).toMatchObject({
      file: warned,
      ok: true,
      warnings: [{ path: 'objectives.rpo' }],
    });
    expect({ stderr, code }).toEqual({ stderr: '', code: 2 });
  });

  it('example prints a file that check takes, also from a pipe', async () => {
    const { stdout, code } = await config(['example'], { pipedInto: 'check --strict /dev/stdin' });
    expect({ stdout, code }).toEqual({
      stdout: 'ok: /dev/stdin: 10 targets, 0 warnings\n',
      code: 0,
    });
  });

  it('schema prints a JSON Schema', async () => {
    const { stdout, code } = await config(['schema']);
    expect(JSON.parse(stdout)).toMatchObject({ required: ['deployment'], type: 'object' });
    expect(code).toBe(0);
  });

  it('check --operations holds an operations file against the configuration', async () => {
    const files = ['examples/config.yaml', '--operations', 'examples/operations.yaml'];
    expect(await config(['check', ...files])).toEqual({
      stdout:
        'ok: examples/config.yaml: 10 targets, 0 warnings\n' +
        'ok: examples/operations.yaml: 2 clusters, 8 hooks, 0 warnings\n',
      stderr: '',
      code: 0,
    });
  });

  it('check --operations tells its faults and warnings as those of a configuration', async () => {
    const write = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const faulty = write('faulty.yaml', 'clusters: []\nhook: []');
    const text = readFileSync(join(root, 'examples/operations.yaml'), 'utf8');
    const unfenced = write('unfenced.yaml', text.replace('on: fence', 'on: rejoin'));
    const against = ['examples/config.yaml', '--operations'];
    const [faults, lax, strict, json] = await Promise.all([
      config(['check', ...against, faulty]),
      config(['check', ...against, unfenced]),
      config(['check', '--strict', ...against, unfenced]),
      config(['check', '--json', ...against, unfenced]),
    ]);
    expect(faults.code).toBe(2);
    expect(faults.stderr).toBe(
      `${faulty}:1:1: clusters: found an empty list; expected a list of at least 1\n` +
        `${faulty}:2:1: hook: unknown key; did you mean "hooks"? allowed here: journal, clusters, limits, hooks\n` +
        `${faulty}: 2 faults\n`,
    );
    expect(lax).toMatchObject({ code: 0, stderr: '' });
    expect(lax.stdout).toContain(`warning: ${unfenced}: hooks: a region that nothing fences: `);
    expect(strict.code).toBe(1);
    const [, last = ''] = json.stdout.trimEnd().split('\n');
    expect(JSON.parse(last)).toMatchObject({
      file: unfenced,
      ok: true,
      warnings: [{ path: 'hooks' }],
    });
  });

  it('check --operations goes with one configuration file, and one that can be used', async () => {
    const [two, unusable] = await Promise.all([
      config(['check', good, warned, '--operations', 'operations.yaml']),
      config(['check', bad, '--operations', 'operations.yaml']),
    ]);
    expect(two).toEqual({
      stdout: '',
      stderr: '--operations goes with one configuration file; found 2\n',
      code: 2,
    });
    expect(unusable.code).toBe(2);
    expect(unusable.stderr).toContain(
      `operations.yaml: not checked, for ${bad} has faults; mend those first\n`,
    );
  });

  it('example and schema have one for operations, too', async () => {
    const [example, schema] = await Promise.all([
      config(['example', '--operations']),
      config(['schema', '--operations']),
    ]);
    expect(example.stdout).toBe(readFileSync(join(root, 'examples/operations.yaml'), 'utf8'));
    expect(JSON.parse(schema.stdout)).toMatchObject({ required: ['clusters'], type: 'object' });
  });

  it('check without a file says how it is used and exits 2', async () => {
    const { stderr, code } = await config(['check']);
    expect(stderr).toContain("missing required argument 'files'");
    expect(code).toBe(2);
  });
});
