import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { gateNames } from '../../src/dr/gates.js';
import { WholeDeployment } from '../dr/whole-deployment.js';
import type { Json } from '../patroni/recorded.js';
import { runSensei } from '../support/run-sensei.js';
import { changesNothing, runExecution, runFailover } from './failover-run.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const deployment = new WholeDeployment();
beforeAll(() => deployment.start());
afterAll(() => deployment.stop());
beforeEach(() => {
  deployment.suffer({});
  deployment.writeOperations();
});

/** What it complains of, and that it does so before anybody is asked. */
async function complaintOf(run: () => ReturnType<typeof runFailover>): Promise<string> {
  let complaint = '';
  await changesNothing(deployment, async () => {
    const before = deployment.questions();
    const { stdout, stderr, code } = await run();
    expect([stdout, code]).toEqual(['', 2]);
    expect(deployment.questions()).toBe(before);
    complaint = stderr;
  });
  return complaint;
}

function between(from: string, to: string) {
  return runExecution(deployment, 'failover', '--from', from, '--to', to, '--confirm');
}

/** One cluster of the file, changed. */
function inCluster(name: string, change: (cluster: Json) => Json) {
  return (operations: Json): Json => ({
    ...operations,
    clusters: (operations['clusters'] as Json[]).map((each) =>
      each['name'] === name ? change(each) : each,
    ),
  });
}

function without(...names: readonly string[]) {
  return (operations: Json): Json => ({
    ...operations,
    clusters: (operations['clusters'] as Json[]).filter(
      (each) => !names.includes(String(each['name'])),
    ),
  });
}

/** A second database that both regions have. */
function withBilling(healthy: Json): Json {
  const { patroni, postgres, lag, ...others } = healthy['collectors'] as Record<string, Json[]>;
  const renamed = (list: Json[] = []) =>
    list.map((each) => ({ ...each, name: String(each['name']).replace('orders', 'billing') }));
  const pair = { name: 'billing', primary: 'billing-a', standby: 'billing-b' };
  const collectors = {
    ...others,
    patroni: [...(patroni ?? []), ...renamed(patroni)],
    postgres: [...(postgres ?? []), ...renamed(postgres)],
    lag: [...(lag ?? []), pair],
  };
  return { ...healthy, collectors };
}

function withoutPairs(healthy: Json): Json {
  return { ...healthy, collectors: { ...(healthy['collectors'] as Json), lag: [] } };
}

describe('regions', () => {
  it('that nobody knows are named, with those that there are', async () => {
    expect(await complaintOf(() => between('region-a', 'region-x'))).toBe(
      `region-x: no such region in ${deployment.configFile}; it names region-a, region-b\n`,
    );
  });

  it('are told both where neither is known', async () => {
    expect(await complaintOf(() => between('region-y', 'region-x'))).toMatch(
      /^region-y: no such region .*\nregion-x: no such region /,
    );
  });

  it('must be two', async () => {
    expect(await complaintOf(() => between('region-b', 'region-b'))).toBe(
      '--from and --to are both region-b: name the region that takes over\n',
    );
  });

  it('must have a database in both', async () => {
    deployment.suffer({ config: withoutPairs });
    expect(await complaintOf(() => between('region-a', 'region-b'))).toContain(
      `${deployment.configFile}: no PostgreSQL cluster of region-a has a copy in region-b: add the pair under collectors.lag\n`,
    );
  });
});

describe('an operations file', () => {
  const complaintAbout = (change: (operations: Json) => Json) => {
    deployment.writeOperations(change);
    return complaintOf(() => runFailover(deployment, '--confirm'));
  };

  it('must name both clusters of a pair', async () => {
    expect(await complaintAbout(without('orders-a'))).toMatch(
      /clusters\[0\]\.name: found without orders-a, the other cluster of collectors\.lag orders/,
    );
  });

  it('must name the clusters of every pair of the two regions', async () => {
    deployment.suffer({ config: withBilling });
    const words = ['billing-a', 'billing-b'].map(
      (name) =>
        `${deployment.operationsFile}: clusters: ${name} is missing; give it the logins that may change it\n`,
    );
    expect(await complaintAbout((same) => same)).toContain(words.join(''));
  });

  it('must name clusters that are watched', async () => {
    const change = inCluster('orders-b', (each) => ({ ...each, name: 'orders-z' }));
    expect(await complaintAbout(change)).toMatch(
      /clusters\[1\]\.name: found "orders-z"; expected the name of a cluster under collectors\.patroni: orders-a, orders-b/,
    );
  });

  it('tells a key that it does not know, and the one that was meant', async () => {
    const change = inCluster('orders-a', ({ writePath, ...each }) => ({
      ...each,
      writepath: writePath,
    }));
    expect(await complaintAbout(change)).toMatch(/clusters\[0\]\.writepath: .*writePath/);
  });

  it('tells a hook that does nothing', async () => {
    const hooks = [{ name: 'idle', on: 'scale' }];
    expect(await complaintAbout((operations) => ({ ...operations, hooks }))).toMatch(
      /hooks\[0\]: found neither command nor http; expected one of the two/,
    );
  });

  it('tells all faults at once', async () => {
    const complaint = await complaintAbout((operations) => ({
      ...without('orders-a')(operations),
      limits: { hold: 'soon' },
      hooks: [{ name: 'idle', on: 'scales', command: ['true'] }],
    }));
    expect(complaint).toMatch(/clusters\[0\]\.name: /);
    expect(complaint).toMatch(/limits\.hold: /);
    expect(complaint).toMatch(/hooks\[0\]\.on: /);
  });

  it('takes secrets by reference alone, and does not repeat one that it was given', async () => {
    const secret = 'not-to-be-seen-4711';
    deployment.writeOperations(
      inCluster('orders-a', (each) => ({
        ...each,
        basicAuth: { username: 'operator', password: secret },
      })),
    );
    const { stdout, stderr, code } = await runFailover(deployment, '--confirm');
    expect(stderr).toMatch(/clusters\[0\]\.basicAuth\.password/);
    expect(stdout + stderr).not.toContain(secret);
    expect(code).toBe(2);
  });

  it('must be there', async () => {
    rmSync(deployment.operationsFile);
    expect(await complaintOf(() => runFailover(deployment, '--confirm'))).toContain(
      deployment.operationsFile,
    );
  });

  it('must be YAML', async () => {
    writeFileSync(deployment.operationsFile, 'clusters: [\n');
    expect(await complaintOf(() => runFailover(deployment, '--confirm'))).toMatch(
      /operations\.json:2/,
    );
  });
});

describe('an override', () => {
  async function complaintAbout(override: string): Promise<string> {
    const files = ['-c', deployment.configFile, '--operations', deployment.operationsFile];
    const words = ['--from', 'region-a', '--to', 'region-b', '--override', override, '--confirm'];
    let complaint = '';
    await changesNothing(deployment, async () => {
      const { stdout, stderr, code } = await runSensei('dr', 'failover', ...files, ...words);
      expect([stdout, code]).toEqual(['', 2]);
      complaint = stderr;
    });
    return complaint;
  }

  it('of a gate that there is not is told, with those that there are', async () => {
    const complaint = await complaintAbout('one-write=sure');
    expect(complaint).toContain("'one-write=sure' is invalid");
    expect(complaint).toContain([...gateNames, 'fencing'].join(', '));
  });

  it.each(['streaming', 'streaming=', 'streaming= '])(
    'without a reason, as in %j, is refused: the journal is to say why',
    async (override) => {
      expect(await complaintAbout(override)).toContain('--override streaming="REASON"');
    },
  );
});
