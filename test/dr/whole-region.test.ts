import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drCommand } from '../../src/cli/dr-command.js';
import { gateNames, type Gate, type GateName } from '../../src/dr/gates.js';
import { runCommand } from '../support/run-command.js';
import { WholeDeployment } from './whole-deployment.js';

interface Answer {
  readonly tookMs: number;
  readonly gates: readonly Gate[];
}

describe('a region that is ready in every respect', () => {
  const deployment = new WholeDeployment();
  beforeAll(() => deployment.start());
  afterAll(() => deployment.stop());

  function status(...args: readonly string[]) {
    const all = ['status', '--region', 'region-b', '-c', deployment.configFile, ...args];
    return runCommand(drCommand(), all);
  }

  it('passes every gate, over the protocols of all of them, and exits with 0', async () => {
    const { stdout, stderr, code } = await status('--json', '--timeout', '10s');
    const { gates } = JSON.parse(stdout) as Answer;
    expect(gates.filter(({ verdict }) => verdict !== 'PASS')).toEqual([]);
    const figures = new Map<GateName, string>(gates.map(({ name, figure }) => [name, figure]));
    expect(figures.get('one-writer')).toBe('orders-a/a1');
    expect(figures.get('standby-leader')).toBe('orders-b/b2');
    expect(figures.get('received-position')).toMatch(
      /^at most [\d.]+ m?s, .* B behind \(RPO 15 min\)$/,
    );
    expect(figures.get('capacity')).toBe('api: 4 of 2; workers: 6 of 4');
    expect(figures.get('backups')).toBe('nightly: up to 1 h ago');
    expect([stderr, code]).toEqual(['', 0]);
  });

  it('says so in its last sentence', async () => {
    const { stdout, code } = await status();
    expect(stdout.split('\n').at(-3)).toBe(
      `ready: all ${gateNames.length} gates of a failover to region-b pass`,
    );
    expect(code).toBe(0);
  });

  it('asks, and tells nobody anything', async () => {
    await status();
    const requests = deployment.patroni.flatMap((each) => each.requests);
    expect(new Set(requests.map(({ url }) => url))).toEqual(
      new Set(['/patroni', '/cluster', '/config', '/history']),
    );
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    const asked = deployment.statements.map((sql) => sql.slice(0, 24));
    expect(new Set(asked)).toEqual(new Set(['SELECT json_build_object']));
  });

  it('keeps what the region says while the other one accepts and answers nothing', async () => {
    deployment.isAFrozen = true;
    const { stdout, code } = await status('--json', '--timeout', '4s');
    deployment.isAFrozen = false;
    const { gates, tookMs } = JSON.parse(stdout) as Answer;
    const open = gates.filter(({ verdict }) => verdict !== 'PASS');
    expect(open.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['one-writer', 'UNKNOWN'],
      ['same-system', 'UNKNOWN'],
      ['same-timeline', 'UNKNOWN'],
      ['received-position', 'UNKNOWN'],
    ]);
    expect(open[0]?.figure).toMatch(/^orders-a is not known .*\(a1: timeout\)$/);
    // Of those that hang none is waited for much longer than that.
    expect(tookMs).toBeLessThan(3 * 4000);
    expect(code).toBe(2);
  });
});
