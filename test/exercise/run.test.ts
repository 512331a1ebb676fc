import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drillPlan } from '../../src/config/drill-plans.js';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { judgeDrill } from '../../src/drills/judge.js';
import type { DrillIncident, Look } from '../../src/drills/recovery.js';
import { step, type Hit } from '../../src/exercise/injection.js';
import { breakLock, leftovers, takeLock, writeEvidence } from '../../src/exercise/journal.js';
import { runDrill, type RunSettings, type RunTools } from '../../src/exercise/run.js';
import { incidentOf, lookOf, sloOf } from '../drills/look-of.js';

const command = { inject: ['x'], cleanup: ['x'] };
const times = { observe: '1s', settle: '1s', recoverWithin: '3s', cleanupWithin: '1s' };
const plan = drillPlan.parse({ name: 'p', scenario: 'pod', what: 'It breaks.', command, ...times });
const terms = {
  periodsMs: {},
  rtoMs: 1000,
  configuration: 'ab'.repeat(32),
  nowMs: Date.now(),
};
const unended = { pid: 2 ** 22 + 1, host: hostname(), startedAt: '2026-11-01T10:00:00Z' };

describe('a run of a drill', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sensei-run-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const settings = (changes: Partial<RunSettings> = {}): RunSettings => ({
    plan,
    head: {
      plan: 'p',
      scenario: 'pod',
      environment: 'test',
      by: 'A',
      what: 'It breaks.',
      configuration: 'ab'.repeat(32),
    },
    folder,
    deployment: 'sensei',
    watched: [sloOf()],
    timed: [sloOf()],
    recoverWithinMs: 3000,
    access: undefined,
    ...changes,
  });

  interface World {
    /** What the exporter says after the failure; before it all is well. */
    after?: (atMs: number) => Look;
    before?: (atMs: number) => Look;
    inject?: (signal: AbortSignal) => Promise<Hit>;
    isMended?: boolean;
    /** How long the cleanup takes. */
    mendMs?: number;
  }

  /** Runs it in a world; answers with the evidence, what was told, and what was there while it ran. */
  async function run(world: World, given = settings(), signal = new AbortController().signal) {
    const told: string[] = [];
    const recorded: DrillEvidence[] = [];
    let whileBroken: readonly string[] = [];
    let isBroken = false;
    const well = (atMs: number) => lookOf({}, [], atMs);
    const tools: RunTools = {
      ask: () => {
        const look = (isBroken ? world.after : world.before) ?? well;
        return Promise.resolve().then(() => look(Date.now()));
      },
      prepare: () =>
        Promise.resolve({
          undo: { kind: 'command' },
          lines: [],
          inject: (stop) => {
            isBroken = true;
            whileBroken = readdirSync(folder);
            return world.inject?.(stop) ?? Promise.resolve({ targets: ['x'] });
          },
        }),
      mend: async () => {
        await sleep(world.mendMs ?? 0);
        return [step('mend', world.isMended ?? true, 'seen')];
      },
      record: (evidence) => Promise.resolve(void recorded.push(evidence)),
      tell: (text) => void told.push(text),
    };
    const evidence = await runDrill(given, tools, signal);
    expect(recorded).toEqual([evidence]);
    return { evidence, told, whileBroken };
  }

  it('has what it takes back on the disk before anything is broken, and nothing at the end', async () => {
    const { whileBroken, evidence } = await run({});
    expect(whileBroken).toEqual(['drill.lock', 'p.running.json']);
    expect(readdirSync(folder)).toEqual([]);
    expect(evidence).toMatchObject({
      targets: ['x'],
      recovery: { lowSeconds: 0, highSeconds: 1 },
      recoveredAt: evidence.injectedAt,
      cleanedUp: true,
    });
  });

  it('is timed by an outage that was told after it, not by one from before', async () => {
    const old = incidentOf({ id: 'old', lowMs: 90_000, highMs: 91_000 });
    const { evidence } = await run({
      before: (atMs) => lookOf({}, [old], atMs),
      after: (atMs) => lookOf({}, [old, incidentOf()], atMs),
    });
    expect(evidence.recovery).toEqual({ lowSeconds: 3, highSeconds: 5 });
    expect(evidence.incidents?.map(({ id }) => id)).toEqual([incidentOf().id]);
  });

  it('has seen no recovery where the outage does not end in time', async () => {
    const open: DrillIncident = incidentOf({ closedMs: null, firstOkMs: null, highMs: null });
    const after = (atMs: number) => lookOf({ now: 'bad', openIncident: open.id }, [open], atMs);
    const { evidence } = await run({ after });
    expect(evidence).toMatchObject({
      recoveredAt: null,
      recovery: { lowSeconds: 3, highSeconds: null },
      notes: 'no recovery was seen within 3 s',
    });
  });

  it('proves nothing where the exporter went silent', async () => {
    const after = (): Look => {
      throw new Error('GET http://x: refused');
    };
    const { evidence } = await run({ after });
    expect(evidence).toMatchObject({ recoveredAt: null, cleanedUp: true });
    expect(evidence.recovery).toBeUndefined();
    expect(evidence.notes).toMatch(/the exporter did not answer: GET http:\/\/x: refused/);
  });

  it('is mended and recorded where making the failure fails, and where it is interrupted', async () => {
    const failed = await run({ inject: () => Promise.reject(new Error('status 403')) });
    expect(failed.evidence).toMatchObject({ targets: [], cleanedUp: true, notes: 'status 403' });
    const stop = new AbortController();
    const inject = (signal: AbortSignal) => {
      stop.abort();
      return signal.aborted
        ? Promise.reject(new Error('aborted'))
        : Promise.resolve({ targets: [] });
    };
    const interrupted = await run({ inject }, settings(), stop.signal);
    expect(interrupted.evidence).toMatchObject({ cleanedUp: true, notes: 'it was interrupted' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is no pass where it was interrupted, though all was well once it had been mended', async () => {
    const stop = new AbortController();
    const inject = () => {
      setTimeout(() => stop.abort(), 100);
      return Promise.resolve({ targets: ['x'] });
    };
    const { evidence } = await run({ inject, mendMs: 2500 }, settings(), stop.signal);
    expect(evidence).toMatchObject({ targets: ['x'], problem: 'it was interrupted' });
    expect(judgeDrill(evidence, terms)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'it was interrupted',
    });
  });

  it('is no pass where the failure was not made as planned, and nobody felt it', async () => {
    const problem = 'the command ended with exit code 3';
    const { evidence } = await run({ inject: () => Promise.resolve({ targets: ['x'], problem }) });
    expect(evidence.recovery).toEqual({ lowSeconds: 0, highSeconds: 1 });
    expect(judgeDrill(evidence, terms)).toMatchObject({ verdict: 'inconclusive', reason: problem });
  });

  it('is not bounded where the exporter was started again meanwhile', async () => {
    let looks = 0;
    const after = (atMs: number) => lookOf({ slices: (looks += 1) }, [], atMs);
    const { evidence } = await run({ after });
    expect(evidence.recovery).toEqual({ lowSeconds: 0, highSeconds: null });
    expect(evidence.notes).toMatch(/the exporter was started again/);
  });

  it('waits for what ends only after its grace period', async () => {
    let brokenMs = Infinity;
    const inject = () => {
      brokenMs = Date.now();
      return Promise.resolve({ targets: ['x'] });
    };
    const after = (atMs: number) => lookOf({}, atMs > brokenMs + 1800 ? [incidentOf()] : [], atMs);
    const chaos = { cluster: 'c', kind: 'PodChaos', action: 'pod-kill', gracePeriod: '2s' };
    const graceful = drillPlan.parse({ ...plan, ...times, command: undefined, chaos });
    const { evidence } = await run({ inject, after }, settings({ plan: graceful }));
    expect(evidence.incident).toBe(incidentOf().id);
    expect(Date.parse(evidence.cleanup![0]!.at)).toBeGreaterThan(brokenMs + 1800);
  });

  it('keeps what it could not mend, and lets no other be run', async () => {
    const { evidence } = await run({ isMended: false });
    expect(evidence.cleanedUp).toBe(false);
    const { running } = await leftovers(folder);
    expect(running).toMatchObject([{ id: evidence.id, plan: 'p', isRecorded: true }]);
    await expect(run({})).rejects.toThrow(/p\.running\.json: .*sensei drill cleanup/);
  });

  it.each<[string, World, Partial<RunSettings>, RegExp]>([
    ['an SLO is bad', { before: () => lookOf({ now: 'bad' }, [], Date.now()) }, {}, /is bad/],
    [
      'the exporter is of another deployment',
      {},
      { deployment: 'other' },
      /the exporter is of deployment sensei/,
    ],
    [
      'the clocks differ',
      { before: (atMs) => ({ ...lookOf({}, [], atMs), toldMs: atMs + 9000 }) },
      {},
      /9 s ahead/,
    ],
    ['nothing would time it', {}, { timed: [] }, /no SLO would time it.*api-availability/],
    [
      'the exporter does not answer',
      {
        before: () => {
          throw new Error('GET http://x: refused');
        },
      },
      {},
      /does not answer: GET http:\/\/x: refused/,
    ],
  ])('is refused, with nothing left, where %s', async (_where, world, changes, message) => {
    let isBroken = false;
    const inject = () => {
      isBroken = true;
      return Promise.resolve({ targets: [] });
    };
    await expect(run({ ...world, inject }, settings(changes))).rejects.toThrow(message);
    expect([isBroken, readdirSync(folder)]).toEqual([false, []]);
  });

  it('is stopped, with nothing broken, where something fails by itself just before', async () => {
    let looks = 0;
    const before = (atMs: number) => lookOf({ now: (looks += 1) > 1 ? 'bad' : 'good' }, [], atMs);
    await expect(run({ before })).rejects.toThrow(/not all is well/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a file of evidence', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sensei-evidence-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is written whole, beside what a write before it left, and never over another', async () => {
    const file = join(folder, 'x.json');
    writeFileSync(`${file}.draft`, '{"half');
    await writeEvidence(file, 'all of it');
    await expect(writeEvidence(file, 'other')).rejects.toThrow(/EEXIST.*x\.json/);
    expect(readFileSync(file, 'utf8')).toBe('all of it');
    expect(readdirSync(folder)).toEqual(['x.json']);
  });
});

describe('the lock of a folder of drills', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sensei-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const held = (holder: object) =>
    writeFileSync(join(folder, 'drill.lock'), JSON.stringify({ plan: 'p', ...holder }));

  it('is held by one, until it lets go', async () => {
    const release = await takeLock(folder, 'a');
    await expect(takeLock(folder, 'b')).rejects.toThrow(/a was begun at .*is under way/);
    await expect(breakLock(folder)).rejects.toThrow(/is under way/);
    await release();
    await (
      await takeLock(folder, 'b')
    )();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process that has ended is told as that, and broken by the cleanup alone', async () => {
    held(unended);
    await expect(takeLock(folder, 'b')).rejects.toThrow(/ended without a word.*drill cleanup/);
    await breakLock(folder);
    expect(existsSync(join(folder, 'drill.lock'))).toBe(false);
  });

  it('of another machine is broken where it is known to have ended', async () => {
    held({ ...unended, host: 'elsewhere' });
    await breakLock(folder, true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['this process, and older than it', process.pid],
    ['the first of all, and older than the machine runs', 1],
  ])('of a number that is by now of %s, is of one that has ended', async (_whose, pid) => {
    held({ pid, host: hostname(), startedAt: '2001-01-01T00:00:00Z' });
    await expect(takeLock(folder, 'b')).rejects.toThrow(/ended without a word/);
    await breakLock(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process that runs is not broken by force', async () => {
    const release = await takeLock(folder, 'a');
    await expect(breakLock(folder, true)).rejects.toThrow(/is under way/);
    await release();
  });

  it.each([
    ['of another machine', { ...unended, host: 'elsewhere' }, /on elsewhere/],
    ['of who knows what', { pid: 'x' }, /is not of a drill/],
  ])('%s is left alone', async (_whose, holder, message) => {
    held(holder);
    await expect(takeLock(folder, 'b')).rejects.toThrow(message);
    await expect(breakLock(folder)).rejects.toThrow(message);
    expect(readFileSync(join(folder, 'drill.lock'), 'utf8')).not.toBe('');
  });

  it('files of drills under way that cannot be read are told by name', async () => {
    writeFileSync(join(folder, 'x.running.json'), '{');
    const { faults } = await leftovers(folder);
    expect(faults).toEqual([expect.stringMatching(/x\.running\.json: .*mend it by hand/)]);
    expect(await leftovers(join(folder, 'none'))).toEqual({ running: [], faults: [] });
  });
});
