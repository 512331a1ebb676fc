import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DrillWatch } from '../../src/runner/drill-watch.js';
import { drillTermsOf } from '../../src/deployment/drill-terms.js';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import type { JudgedDrill } from '../../src/drills/judge.js';
import { ConfigReloader } from '../../src/deployment/reloader.js';
import { runSensei } from '../support/run-sensei.js';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** An hour ago, and later than that. */
const injectedMs = Date.now() - 3_600_000;
const after = (ms: number) => new Date(injectedMs + ms).toISOString();

describe('sensei drill', () => {
  let folder: string;
  let file: string;
  let kept: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-drill-'));
    file = join(folder, 'sensei.yaml');
    kept = join(folder, 'kept');
    configure('enhanced');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const configure = (tier: string) =>
    writeFileSync(file, JSON.stringify({ deployment: 'orders', tier, drills: { folder: kept } }));
  const record = (scenario: string, ...args: readonly string[]) =>
    runSensei(
      'drill',
      'record',
      '-c',
      file,
      '--scenario',
      scenario,
      '--by',
      'A. Admin',
      '--what',
      'a game day',
      '--injected',
      after(0),
      ...args,
    );
  const well = ['--target', 'x', '--recovered', after(500), '--cleaned-up'];

  it('records what passed, and says what it comes to', async () => {
    const { stdout, code } = await record('pod', ...well);
    expect(stdout).toMatch(/-pod-[0-9a-f]{8}\.json: pass: it took 0\.5 s, the target is 1 s/);
    expect(code).toBe(0);
  });

  it.each([
    [
      'hit nothing',
      ['--recovered', after(1000), '--cleaned-up'],
      2,
      /inconclusive: it hit nothing/,
    ],
    [
      'was not cleaned up',
      ['--target', 'x', '--recovered', after(1000)],
      2,
      /inconclusive: .*not mended/,
    ],
    [
      'took too long',
      [...well, '--at-least', '3s', '--at-most', '4s'],
      1,
      /fail: it took 3 s to 4 s/,
    ],
  ])('records what %s as what it is', async (_what, args, code, words) => {
    const found = await record('pod', ...args);
    expect(found.stdout).toMatch(words);
    expect(found.code).toBe(code);
    expect(readdirSync(kept)).toHaveLength(1);
  });

  it('leaves no bound out that it was given', async () => {
    const { stderr, code } = await record('pod', ...well, '--at-most', '400ms');
    expect(stderr).toMatch(/--at-most: needs --at-least/);
    expect(code).toBe(2);
  });

  it('never writes over evidence', async () => {
    const output = join(folder, 'mine.json');
    writeFileSync(output, 'evidence');
    const { stderr, code } = await record('pod', ...well, '-o', output);
    expect([code, readFileSync(output, 'utf8')]).toEqual([2, 'evidence']);
    expect(stderr).toContain('mine.json');
  });

  it('lists what is due, and is content only when all of it passed', async () => {
    await record('pod', ...well);
    const some = await runSensei('drill', 'list', '-c', file);
    expect(some.stdout).toMatch(/^pod {2,}31 d .*pass {2,}in 30 d/m);
    expect(some.stdout).toMatch(/^region .*never {2,}- {2,}now: never made/m);
    expect(some.code).toBe(1);
    const [name] = readdirSync(kept);
    const drill = JSON.parse(readFileSync(join(kept, name!), 'utf8')) as DrillEvidence;
    for (const scenario of ['node', 'zone', 'region']) {
      const other = JSON.stringify({ ...drill, scenario, id: randomUUID() });
      writeFileSync(join(kept, `${scenario}.json`), other);
    }
    expect((await runSensei('drill', 'list', '-c', file)).code).toBe(0);
  }, 60_000);

  it('counts an older pass where the newest drill proved nothing, and shows the newest', async () => {
    await record('pod', ...well);
    const [name] = readdirSync(kept);
    const drill = JSON.parse(readFileSync(join(kept, name!), 'utf8')) as DrillEvidence;
    const write = (changes: Partial<DrillEvidence>) => {
      const other = { ...drill, id: randomUUID(), ...changes };
      writeFileSync(join(kept, `${other.id}.json`), JSON.stringify(other));
    };
    for (const scenario of ['node', 'zone', 'region'] as const) write({ scenario });
    const later = { injectedAt: after(60_000), recoveredAt: after(61_000) };
    write({ ...later, targets: [] });
    const counting = await runSensei('drill', 'list', '-c', file);
    expect(counting.stdout).toMatch(/^pod {2,}31 d .*inconclusive {2,}in 30 d .*it hit nothing/m);
    expect(counting.code).toBe(0);
    const { stdout } = await runSensei('drill', 'list', '-c', file, '--json');
    const told = JSON.parse(stdout) as { newest: object; scenarios: object[] };
    expect(told.newest).toMatchObject({
      pod: { verdict: 'inconclusive', reason: 'it hit nothing' },
    });
    expect(told.scenarios).toContainEqual(
      expect.objectContaining({
        scenario: 'pod',
        dueMs: injectedMs + 31 * 86_400_000,
        isOverdue: false,
      }),
    );
    const slow = { recovery: { lowSeconds: 3, highSeconds: 4 } };
    write({ ...slow, injectedAt: after(30_000), recoveredAt: after(34_000) });
    const failed = await runSensei('drill', 'list', '-c', file);
    expect(failed.stdout).toMatch(/^pod .*inconclusive {2,}in 30 d/m);
    expect(failed.code).toBe(1);
  }, 60_000);

  it('goes on where nobody reads its remarks any more', async () => {
    await record('pod', ...well);
    writeFileSync(join(kept, 'bad.json'), '{');
    const command = ['--import', 'tsx', main, 'drill', 'list', '-c', file];
    const child = spawn(process.execPath, command);
    child.stderr.destroy();
    const [stdout, [code]] = await Promise.all([
      text(child.stdout),
      once(child, 'close') as Promise<[number]>,
    ]);
    expect(stdout).toMatch(/^pod .*pass/m);
    expect(code).toBe(1);
  }, 60_000);

  it('exports a page with the sum of the file, judged where there is a configuration', async () => {
    await record('pod', ...well);
    const evidence = join(kept, readdirSync(kept)[0]!);
    const sum = createHash('sha256').update(readFileSync(evidence)).digest('hex');
    const bare = await runSensei('drill', 'export', evidence);
    expect(bare.stdout).toContain(`SHA-256 of the file: ${sum}`);
    expect(bare.stdout).toContain('Verdict: not judged.');
    const page = join(folder, 'page.md');
    const { code } = await runSensei('drill', 'export', evidence, '-c', file, '-o', page);
    expect(readFileSync(page, 'utf8')).toMatch(/^Verdict: pass: it took 0\.5 s/m);
    expect([bare.code, code]).toEqual([0, 0]);
  }, 60_000);

  it('calls what was made on another configuration stale', async () => {
    await record('pod', ...well);
    configure('premium');
    const evidence = join(kept, readdirSync(kept)[0]!);
    const { stdout, code } = await runSensei('drill', 'verify', evidence, '-c', file);
    expect(stdout).toMatch(/stale: it was made on another configuration/);
    expect(code).toBe(2);
  });

  it.each([
    [['drill', 'record', '--scenario', 'fire'], /choices are pod, node/],
    [['drill', 'verify', '/nowhere.json'], /nowhere\.json.*ENOENT/],
    [['drill', 'list'], /drills\.folder .*ENOENT.*; make it, or name one that can be read/],
    [['drill', 'run', 'x', '--by', 'A', '--confirm'], /x: no such plan under drills\.plans.*none/],
    [['drill', 'run', 'x', '--by', '', '--confirm'], /--by.*expected a name/],
    [['drill', 'export', '/nowhere.json'], /nowhere\.json/],
  ])('%j is refused with 2 and what to do', async (args, message) => {
    const { stderr, code } = await runSensei(...args, '-c', file);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('is followed by the exporter, bad files told once and hiding none of the others', async () => {
    await record('pod', ...well);
    writeFileSync(join(kept, 'bad.json'), '{');
    const opened = await ConfigReloader.open(file);
    if (!opened.ok) throw new Error(opened.faults.join('; '));
    const { config } = opened.reloader;
    let judged: readonly JudgedDrill[] = [];
    const faults: string[] = [];
    const watch = new DrillWatch((of) => drillTermsOf(of, Date.now()), {
      judged: (drills) => (judged = drills),
      fault: (message) => faults.push(message),
    });
    await watch.configure(config);
    await watch.configure(config);
    watch.stop();
    expect(judged.map(({ verdict }) => verdict)).toEqual(['pass']);
    expect(faults).toEqual([expect.stringContaining('bad.json: not JSON')]);
    const { drills: _none, ...without } = config;
    await watch.configure(without);
    expect(judged).toEqual([]);
  });
});
