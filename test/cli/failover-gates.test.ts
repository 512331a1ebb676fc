import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gateNames } from '../../src/dr/gates.js';
import { WholeDeployment } from '../dr/whole-deployment.js';
import { failing, unknown, type Blocked } from './failover-troubles.js';
import {
  changesNothing,
  gatesIn,
  kindsOf,
  openIn,
  overrides,
  runExecution,
  runFailover,
} from './failover-run.js';

/** All answer or refuse at once: only an overloaded machine needs as long. */
const limitMs = 120_000;
vi.setConfig({ testTimeout: limitMs, hookTimeout: limitMs });

/** What nobody may go on over. */
const final = ['one-writer (FAIL)', 'same-system (FAIL)'];

function namesOf(words: readonly string[]): string[] {
  return words.map((word) => word.split(' ')[0] ?? '');
}

/** In the order in which gates are shown. */
function wordsOf(blocked: readonly Blocked[]): string[] {
  return gateNames.flatMap((gate) =>
    blocked.filter(([name]) => name === gate).map(([name, verdict]) => `${name} (${verdict})`),
  );
}

function refusalOf(words: readonly string[]): string {
  return (
    `refused, nothing was changed: ${words.join(', ')}\n` +
    `cannot be overridden: ${namesOf(words).join(', ')}\n`
  );
}

const deployment = new WholeDeployment();
beforeAll(() => deployment.start());
afterAll(() => deployment.stop());

const run = (...args: readonly string[]) => runFailover(deployment, '--json', ...args);

describe.each([
  ['fails', failing],
  ['is not known', unknown],
] as const)('a failover of which a gate %s', (_what, cases) => {
  it('is tried for every gate', () => {
    expect(new Set(cases.map(({ blocked }) => blocked[0][0]))).toEqual(new Set(gateNames));
  });

  describe.each(cases.map((each) => [each.title, each] as const))('%s', (_title, given) => {
    const { blocked, bring, mend } = given;
    const words = wordsOf(blocked);
    const barred = words.filter((word) => final.includes(word));
    beforeAll(async () => deployment.suffer(await bring(deployment)));
    afterAll(async () => {
      await mend?.(deployment);
      deployment.suffer({});
    });

    it('is refused, names the gate and changes nothing', () =>
      changesNothing(deployment, async () => {
        const { stdout, stderr, code } = await run('--confirm');
        expect(openIn(stdout)).toEqual(words);
        expect(stderr.split('\n')[0]).toBe(`refused, nothing was changed: ${words.join(', ')}`);
        expect(kindsOf(stdout)).toEqual(['gates', 'plan']);
        expect(code).toBe(1);
      }));

    it('goes on over what may be overridden, and over nothing else', () =>
      changesNothing(deployment, async () => {
        const [how, outcome] =
          barred.length === 0
            ? (['--dry-run', { stderr: '', code: 0 }] as const)
            : (['--confirm', { stderr: refusalOf(barred), code: 1 }] as const);
        const { stdout, stderr, code } = await run(how, ...overrides(namesOf(words)));
        expect(openIn(stdout)).toEqual(words);
        expect({ stderr, code }).toEqual(outcome);
      }));
  });
});

describe('overrides', () => {
  it('are of the gate that they name alone', () =>
    changesNothing(deployment, async () => {
      const isB1 = (member: string) => member === 'b1';
      deployment.suffer({
        postgres: (member, healthy) => ({ ...healthy, replayPaused: isB1(member) }),
        patroni: (member, _path, healthy) => (isB1(member) ? 503 : healthy),
      });
      const others = gateNames.filter((name) => name !== 'replay-running');
      const { stdout, stderr, code } = await run('--confirm', ...overrides(others));
      deployment.suffer({});
      expect(openIn(stdout)).toEqual(['replay-running (FAIL)', 'healthy-replica (UNKNOWN)']);
      expect(stderr).toBe(
        'refused, nothing was changed: replay-running (FAIL)\n' +
          'to go on over them, once each was looked at: --override replay-running=REASON\n',
      );
      expect(code).toBe(1);
    }));

  it('are shown beside the gate to people, and only where they count', () =>
    changesNothing(deployment, async () => {
      deployment.suffer({
        postgres: (member, healthy) => ({
          ...healthy,
          systemIdentifier: member === 'b2' ? '78' : '77',
          replayPaused: true,
        }),
      });
      const given = overrides(['same-system', 'replay-running']);
      const { stdout, code } = await runFailover(deployment, '--confirm', ...given);
      deployment.suffer({});
      expect(stdout).toMatch(/^same-system +FAIL  .* It cannot be overridden\.$/m);
      expect(stdout).toMatch(/^replay-running +FAIL, overridden  /m);
      expect(code).toBe(1);
    }));
});

describe('the gate fencing', () => {
  const unplanned = ['--mode', 'unplanned'];
  const fencing = 'fencing (UNKNOWN)';
  const withHooks = (hooks: readonly object[]) =>
    deployment.writeOperations((operations) => ({ ...operations, hooks }));
  afterAll(() => deployment.writeOperations());

  it('passes where a hook fences the region, and is asked only where the region is lost', () =>
    changesNothing(deployment, async () => {
      const { stdout, code } = await run('--dry-run', ...unplanned);
      const fence = gatesIn(stdout).at(-1);
      expect(fence).toMatchObject({ name: 'fencing', verdict: 'PASS', figure: 'fence-hook' });
      expect(code).toBe(0);
      const planned = await run('--dry-run', '--mode', 'planned');
      expect(gatesIn(planned.stdout).map(({ name }) => name)).toEqual(gateNames);
    }));

  it.each([
    ['nothing does', []],
    [
      'a hook fences the other one alone',
      [{ name: 'west', on: 'fence', region: 'region-b', command: ['/bin/false'] }],
    ],
  ])('blocks where %s', (_title, hooks) =>
    changesNothing(deployment, async () => {
      withHooks(hooks);
      const { stdout, stderr, code } = await run('--confirm', ...unplanned);
      expect(openIn(stdout)).toEqual([fencing]);
      expect(gatesIn(stdout).at(-1)?.figure).toBe('nothing fences region-a');
      expect(stderr.split('\n')[0]).toBe(`refused, nothing was changed: ${fencing}`);
      expect(code).toBe(1);
    }),
  );

  it('may be overridden', () =>
    changesNothing(deployment, async () => {
      withHooks([]);
      const { stderr, code } = await run('--dry-run', ...unplanned, ...overrides(['fencing']));
      expect([stderr, code]).toEqual(['', 0]);
    }));
});

describe('a failover of which every gate passes', () => {
  it('is planned, and changes nothing, with --dry-run', () =>
    changesNothing(deployment, async () => {
      const { stdout, stderr, code } = await run('--dry-run');
      expect(openIn(stdout)).toEqual([]);
      expect(kindsOf(stdout)).toEqual(['gates', 'plan']);
      expect([stderr, code]).toEqual(['', 0]);
    }));

  it('is not begun without --confirm', () =>
    changesNothing(deployment, async () => {
      const { stdout, stderr, code } = await run();
      expect(kindsOf(stdout)).toEqual(['gates', 'plan']);
      expect(stderr).toBe(
        'nothing was changed: add --confirm to do this, or --dry-run to see the plan alone\n',
      );
      expect(code).toBe(2);
    }));

  it('is refused to the region that serves', () =>
    changesNothing(deployment, async () => {
      const swapped = ['--from', 'region-b', '--to', 'region-a'];
      const { stdout, stderr, code } = await run('--confirm', ...swapped);
      const names = ['standby-leader', 'streaming', 'received-position', 'replay-running'];
      for (const name of names)
        expect(gatesIn(stdout)).toContainEqual(expect.objectContaining({ name, verdict: 'FAIL' }));
      expect(stderr).toMatch(/^refused, nothing was changed: .*standby-leader \(FAIL\)/);
      expect(code).toBe(1);
    }));
});

describe('a region that accepts connections and answers nothing', () => {
  it('keeps a failover from going on, and not for ever', () =>
    changesNothing(deployment, async () => {
      deployment.isAFrozen = true;
      const { stdout, stderr, code } = await run('--confirm', '--timeout', '4s');
      deployment.isAFrozen = false;
      const unknown = ['one-writer', 'same-system', 'same-timeline', 'received-position'];
      expect(openIn(stdout)).toEqual(unknown.map((name) => `${name} (UNKNOWN)`));
      expect(stderr).toMatch(/^refused, nothing was changed: one-writer \(UNKNOWN\), /);
      expect(code).toBe(1);
    }));
});

describe('a journal in the store of the exporter', () => {
  it('holds no execution after a refusal', async () => {
    deployment.writeOperations(({ journal: _none, ...operations }) => operations);
    deployment.suffer({ postgres: (_member, healthy) => ({ ...healthy, replayPaused: true }) });
    const refused = await run('--confirm');
    deployment.suffer({});
    const { stdout, code } = await runExecution(deployment, 'executions', '--json');
    deployment.writeOperations();
    expect(refused.code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([]);
    expect(code).toBe(0);
  });
});

/** What the other tests find nothing of is there to be found. */
describe('a failover that is begun', () => {
  it('leaves what they look for', async () => {
    const other = new WholeDeployment();
    await other.start();
    const before = await other.standing();
    const listeners = process.listenerCount('SIGTERM');
    const { stdout, code } = await runFailover(other, '--confirm', '--mode', 'unplanned', '--json');
    expect(kindsOf(stdout)).toContain('begun');
    expect(code).toBe(1);
    expect(other.changes()).toEqual(
      expect.arrayContaining([
        'PATCH /config',
        expect.stringMatching(/INSERT INTO sensei\.heartbeat/),
        'the hook fence ran',
        'there is a journal',
      ]),
    );
    expect(await other.standing()).not.toEqual(before);
    // What comes once it has ended is nobody's to stop any more.
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
    await other.stop();
  });
});
