import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drCommand } from '../../src/cli/dr-command.js';
import { gateNames, type Gate } from '../../src/dr/gates.js';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf } from '../../src/store/open-store.js';
import { nothing } from '../store/rows.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { runCommand } from '../support/run-command.js';
import { runSensei, runSenseiUnread } from '../support/run-sensei.js';

let folder: string;
let file: string;
let server: TcpServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensei-dr-'));
  file = join(folder, 'sensei.json');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Far more than the command is given: it is the command that ends in time, and not each of them. */
const patient = { interval: '60s', timeout: '50s' };

/** Two regions whose every address is this port. */
function writeConfig(port: number): void {
  const cluster = (letter: string) => {
    const names = [`${letter}1`, `${letter}2`];
    const region = `region-${letter}`;
    const url = `http://127.0.0.1:${port}`;
    return {
      patroni: {
        name: `orders-${letter}`,
        region,
        members: names.map((name) => ({ name, url })),
        ...patient,
      },
      postgres: {
        name: `orders-${letter}`,
        region,
        user: 'sensei',
        members: names.map((name) => ({ name, address: `127.0.0.1:${port}` })),
        ...patient,
      },
    };
  };
  const [a, b] = [cluster('a'), cluster('b')];
  const config = {
    deployment: 'orders',
    store: { file: join(folder, 'sensei.db') },
    disasterRecovery: { mode: 'standby', primaryRegion: 'region-a', drRegion: 'region-b' },
    collectors: {
      patroni: [a.patroni, b.patroni],
      postgres: [a.postgres, b.postgres],
      lag: [{ name: 'orders', primary: 'orders-a', standby: 'orders-b' }],
      sentinel: [
        {
          name: 'cache',
          region: 'region-b',
          sentinels: [{ name: 's1', address: `127.0.0.1:${port}` }],
          ...patient,
        },
      ],
      backups: [
        { name: 'nightly', pgbackrest: { stanza: 'orders', command: ['sleep', '60'] }, ...patient },
      ],
    },
  };
  writeFileSync(file, JSON.stringify(config));
}

function status(...args: readonly string[]) {
  return runCommand(drCommand(), ['status', '-c', file, ...args]);
}

interface Answer {
  readonly verdict: string;
  readonly sentence: string;
  readonly tookMs: number;
  readonly gates: readonly Gate[];
}

describe('sensei dr status with nothing that answers', () => {
  it('shows every gate as unknown, says so in a sentence and exits with 2', async () => {
    writeConfig(await refusedPort());
    const { stdout, stderr, code } = await status('--region', 'region-b', '--timeout', '2s');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^GATE +VERDICT +FIGURE +SOURCE +WHAT TO DO$/);
    expect(lines.slice(1, 16).map((line) => line.split(/ +/).slice(0, 2))).toEqual(
      gateNames.map((name) => [name, 'UNKNOWN']),
    );
    expect(lines[1]).toMatch(
      /orders-a is not known to be without a writer \(a1: connect, a2: connect\) /,
    );
    expect(lines.slice(16)).toEqual([
      '',
      `not known: ${gateNames.join(', ')}`,
      expect.stringMatching(/^asked all in .*; nothing was changed$/),
      '',
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(2);
  });

  it('ends within its timeout where everybody accepts and nobody answers', async () => {
    server = await startTcp(tcpFaults.hang);
    writeConfig(server.port);
    const startedMs = performance.now();
    const { stdout, code } = await status('--region', 'region-b', '--timeout', '1s', '--json');
    expect(performance.now() - startedMs).toBeLessThan(25_000);
    const answer = JSON.parse(stdout) as Answer;
    expect(answer.verdict).toBe('unknown');
    expect(answer.gates.map(({ verdict }) => verdict)).toEqual(gateNames.map(() => 'UNKNOWN'));
    const writer = answer.gates.find(({ name }) => name === 'one-writer');
    expect(writer?.figure).toMatch(/timeout/);
    expect(code).toBe(2);
  });

  it('ends by itself, and leaves no connection behind', async () => {
    server = await startTcp(tcpFaults.hang);
    writeConfig(server.port);
    const args = ['-c', file, '--region', 'region-b', '--timeout', '1s'];
    const { code, stderr } = await runSensei('dr', 'status', ...args);
    expect([code, stderr]).toEqual([2, '']);
    expect(server.accepted()).toBeGreaterThan(4);
    await expect.poll(() => server?.open()).toBe(0);
  });

  it('exits with 2 also for a reader that has gone: nobody takes that for ready', async () => {
    writeConfig(await refusedPort());
    const args = ['-c', file, '--timeout', '1s'];
    expect(await runSenseiUnread('dr', 'status', '--region', 'region-b', ...args)).toBe(2);
    expect(await runSenseiUnread('dr', 'status', '--region', 'region-c', ...args)).toBe(2);
  });

  it('makes no store where there is none', async () => {
    writeConfig(await refusedPort());
    const { stdout } = await status('--region', 'region-b', '--timeout', '30s', '--json');
    const drill = (JSON.parse(stdout) as Answer).gates.at(-1);
    expect(drill?.figure).toBe('the store cannot be read');
    expect(drill?.source).toMatch(/sensei\.db: no such file; run this where the exporter records$/);
    expect(readdirSync(folder)).toEqual(['sensei.json']);
  });
});

describe('sensei dr status and the store', () => {
  const drill = {
    id: 'd1',
    scenario: 'region',
    recoveryMs: 240_000,
    lossMs: 0,
    detail: 'held by hand',
  };

  async function statusOfDrill(): Promise<Gate | undefined> {
    const { stdout } = await status('--region', 'region-b', '--timeout', '2s', '--json');
    return (JSON.parse(stdout) as Answer).gates.find(({ name }) => name === 'last-drill');
  }

  it('reads the last drill beside an exporter that records', async () => {
    writeConfig(await refusedPort());
    const store = storeOf(
      { kind: 'sqlite', file: join(folder, 'sensei.db') },
      { clock: systemClock, onDamage: () => {} },
    );
    await store.open();
    await store.acquire();
    await store.write({ ...nothing, drills: [{ ...drill, atMs: Date.now() - 3_600_000 }] });
    const gate = await statusOfDrill();
    expect(gate).toMatchObject({ verdict: 'PASS', figure: '1 h ago, it took 4 min (RTO 4 h)' });
    await store.write({ ...nothing, drills: [{ ...drill, id: 'd2', atMs: Date.now() }] });
    await store.close();
  });

  it('leaves a damaged store as it is, and says what is wrong with it', async () => {
    writeConfig(await refusedPort());
    const damaged = 'this is no database, and must stay as it is'.repeat(100);
    writeFileSync(join(folder, 'sensei.db'), damaged);
    const gate = await statusOfDrill();
    expect(gate).toMatchObject({ verdict: 'UNKNOWN', figure: 'the store cannot be read' });
    expect(gate?.source).toMatch(/is damaged/);
    expect(readFileSync(join(folder, 'sensei.db'), 'utf8')).toBe(damaged);
    expect(readdirSync(folder)).toEqual(['sensei.db', 'sensei.json']);
  });
});

describe('the arguments of sensei dr status', () => {
  it('names the regions that there are for one that there is not', async () => {
    writeConfig(await refusedPort());
    const { stdout, stderr, code } = await status('--region', 'region-c');
    expect(stderr).toBe(`region-c: no such region in ${file}; it names region-a, region-b\n`);
    expect([stdout, code]).toEqual(['', 2]);
  });

  it('says so where the configuration names no region at all', async () => {
    writeFileSync(file, JSON.stringify({ deployment: 'orders' }));
    const { stderr, code } = await status('--region', 'region-b');
    expect(stderr).toBe(`region-b: no such region in ${file}; it names none\n`);
    expect(code).toBe(2);
  });

  it('exits with 2 for a configuration with faults, and prints them', async () => {
    writeFileSync(file, '{"deployment": 7}');
    const { stderr, code } = await status('--region', 'region-b');
    expect(stderr).toMatch(/deployment/);
    expect(code).toBe(2);
  });

  it.each(['soon', '0s', '499ms', '6m', '-1s'])('takes no timeout of %s', async (timeout) => {
    const { stderr } = await status('--region', 'region-b', '--timeout', timeout);
    expect(stderr).toMatch(/expected a duration from 500ms to 5m/);
  });

  it('exits with 2 for a bad argument, and teaches with examples', async () => {
    const bad = await runSensei('dr', 'status', '--region', 'b');
    expect([bad.code, bad.stdout]).toEqual([2, '']);
    expect(bad.stderr).toMatch(/--config <file>/);
    const help = await runSensei('dr', 'status', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/Exit code: 0 ready, 1 not ready/);
    expect(help.stdout).toMatch(/sensei dr status --region us-west-2 -c sensei\.yaml --timeout 3s/);
  });
});
