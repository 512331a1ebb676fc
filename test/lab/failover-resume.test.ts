import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { prepareTruth, RegionWriter, WritableChecker } from '../../lab/region-traffic.js';
import type { StepName } from '../../src/failover/execution.js';
import {
  gatesOf,
  outcomeOf,
  overridesFor,
  runDr,
  type Line,
  type Ran,
  writeFailoverFiles,
} from './failover-run.js';

const labName = 'rre';
const limitMs = 1_200_000;
const mostResumes = 120;
/** At its beginning, and within: some of what it asks is under way then. Milliseconds after `begun`. */
const momentsMs = process.env['SENSEI_KILLS'] === 'all' ? [0, 15, 40, 150, 400] : [0, 40];
/** Steps that take longer than that, however quick the machine is. */
const longSteps: readonly StepName[] = ['prove', 'demote', 'restrain'];

/** What the lab has none of in the region that takes over. */
const lacking = ['capacity', 'objects', 'redis', 'backups', 'last-drill'].flatMap((name) => [
  '--override',
  `${name}=the lab has none`,
]);

/** Ends the command once at every moment of every step, as it comes by. */
class Killer {
  readonly kills: string[] = [];
  private readonly done = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  onLine(line: Line, child: ChildProcess): void {
    if (line.event !== 'begun' && line.event !== 'ended') return;
    clearTimeout(this.timer);
    if (line.event === 'ended') return;
    const momentMs = momentsMs.find((ms) => !this.done.has(`${line.step}/${ms}`));
    if (momentMs === 0) this.kill(child, `${line.step}/0`);
    else if (momentMs !== undefined)
      this.timer = setTimeout(() => this.kill(child, `${line.step}/${momentMs}`), momentMs);
  }

  private kill(child: ChildProcess, where: string): void {
    if (child.exitCode !== null || !child.kill('SIGKILL')) return;
    this.done.add(where);
    this.kills.push(where);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

describe('a failover that is killed at every step', () => {
  let lab: Lab;
  let writer: RegionWriter;
  let checker: WritableChecker;
  let files: string[];

  /** Begins it, kills it wherever it comes by for the first time, and goes on until it is done. */
  async function throughKills(words: readonly string[]): Promise<{ ran: Ran; killer: Killer }> {
    const killer = new Killer();
    const onLine = (line: Line, child: ChildProcess) => killer.onLine(line, child);
    const all = [...files, '--json', '--timeout', '10s'];
    const dry = await runDr([...words, ...all, '--dry-run']);
    const overrides = [...lacking, ...overridesFor(gatesOf(dry), 'looked at')];
    let ran = await runDr([...words, ...all, ...overrides, '--confirm'], onLine);
    for (let resumes = 0; ran.code === null && resumes < mostResumes; resumes += 1) {
      ran = await runDr(['resume', ...all], onLine);
      killer.stop();
    }
    return { ran, killer };
  }

  function expectEveryStep({ ran, killer }: { ran: Ran; killer: Killer }): void {
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    const outcome = outcomeOf(ran);
    expect(outcome.state).toBe('done');
    const steps = outcome.steps.map(({ name }) => name);
    // Where one step has ended the next is begun. A short one may be over before its middle comes.
    const within = steps.filter((name) => longSteps.includes(name));
    const wanted = [...steps.map((name) => `${name}/0`), ...within.map((name) => `${name}/40`)];
    expect(killer.kills).toEqual(expect.arrayContaining(wanted));
    process.stderr.write(
      `${outcome.mode} ${outcome.kind} from ${outcome.from}: killed ${killer.kills.length} times: ${killer.kills.join(' ')}\n`,
    );
  }

  /** Nothing that was acknowledged since is missing in the region that serves. */
  async function expectNothingLost(since: number, region: 'a' | 'b'): Promise<void> {
    const seqs = new Set(writer.acknowledged.slice(since).map(({ seq }) => seq));
    const lost = (await writer.lostIn(region)).filter(({ seq }) => seqs.has(seq));
    expect(lost).toEqual([]);
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 72, timing: 'fast' });
    await prepareTruth(lab);
    files = writeFailoverFiles(lab);
    writer = new RegionWriter(lab);
    checker = new WritableChecker(lab);
  });
  afterAll(async () => {
    await writer?.stop();
    await checker?.stop();
    await removeLab(labName);
  });

  it(
    'goes on from every point of a planned one, and loses nothing',
    async () => {
      const since = writer.acknowledged.length;
      const words = ['failover', '--from', 'region-a', '--to', 'region-b'];
      expectEveryStep(await throughKills(words));
      await lab.waitHealthyAs('b');
      await until(
        'writes in B',
        async () => writer.moves().length === 1,
        120_000,
        () => '',
      );
      await expectNothingLost(since, 'b');
      expect(checker.twoAtOnce()).toEqual([]);
    },
    limitMs,
  );

  it(
    'goes on from every point of one out of a dead region',
    async () => {
      await lab.kill('region-b');
      const words = ['failover', '--from', 'region-b', '--to', 'region-a'];
      expectEveryStep(await throughKills(words));
      await until(
        'writes in A',
        async () => writer.moves().length === 2,
        120_000,
        () => '',
      );
    },
    limitMs,
  );

  it(
    'goes on from every point of the way back into the region that was dead',
    async () => {
      const since = writer.acknowledged.length;
      const words = ['failback', '--from', 'region-a', '--to', 'region-b'];
      expectEveryStep(await throughKills(words));
      await lab.waitHealthyAs('b');
      await until(
        'writes in B',
        async () => writer.moves().length === 3,
        120_000,
        () => '',
      );
      await expectNothingLost(since, 'b');
    },
    limitMs,
  );

  it('never had two regions that took writes', () => {
    const counts = checker.counts();
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(500);
    expect(checker.twoAtOnce()).toEqual([]);
    expect(checker.reigns().map(({ region }) => region)).toEqual(['a', 'b', 'a', 'b']);
    process.stderr.write(`tried by every way: ${JSON.stringify(counts)}; two regions at once: 0\n`);
  });
});
