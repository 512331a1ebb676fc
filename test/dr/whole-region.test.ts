import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drCommand } from '../../src/cli/dr-command.js';
import type { MemberResult } from '../../src/collectors/sql/member.js';
import { gateNames, type Gate, type GateName } from '../../src/dr/gates.js';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf } from '../../src/store/open-store.js';
import { stanzaText } from '../backups/recorded.js';
import { KubernetesRegion } from '../lab/kubernetes-region.js';
import { snapshotOf } from '../lag/regions.js';
import { answering } from '../patroni/cluster-of-servers.js';
import { recordedJson } from '../patroni/recorded.js';
import { nothing } from '../store/rows.js';
import { jsonAnswer, startFakePostgres } from '../support/fake-postgres.js';
import { startFaultyHttp, type FaultyHttp } from '../support/faulty-http.js';
import type { TcpServer } from '../support/faulty-tcp.js';
import { runCommand } from '../support/run-command.js';

const hour = 3_600_000;

interface Answer {
  readonly tookMs: number;
  readonly gates: readonly Gate[];
}

/** Where the primary is, in bytes; it writes a little whenever it is asked. */
class BusyPrimary {
  private lsn = 0x5000;
  private before = this.lsn;

  next(): string {
    this.before = this.lsn;
    this.lsn += 0x100;
    return positionOf(this.lsn);
  }

  /** What a copy has that is always one write behind. */
  get copied(): string {
    return positionOf(this.before);
  }
}

function positionOf(lsn: number): string {
  return `0/${lsn.toString(16).toUpperCase()}`;
}

/** Everything that a failover from region A to region B depends on, as servers of this process. */
class WholeDeployment {
  readonly folder = mkdtempSync(join(tmpdir(), 'sensei-dr-'));
  readonly configFile = join(this.folder, 'sensei.json');
  readonly patroni: FaultyHttp[] = [];
  readonly postgres: TcpServer[] = [];
  /** Every statement that a server of PostgreSQL was sent. */
  readonly statements: string[] = [];
  /** Whether region A accepts connections and answers nothing. */
  isAFrozen = false;
  private readonly primary = new BusyPrimary();
  private readonly kubernetes = new KubernetesRegion();

  async start(): Promise<void> {
    await this.kubernetes.start(join(this.folder, 'kubeconfig'));
    const a = await this.region('a', ['a1']);
    const b = await this.region('b', ['b1', 'b2']);
    await this.recordDrill();
    writeFileSync(join(this.folder, 'restored.json'), restored());
    writeFileSync(join(this.folder, 'stanza.json'), freshStanza());
    writeFileSync(this.configFile, JSON.stringify(this.config([a, b])));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.patroni, ...this.postgres].map((each) => each.close()));
    await this.kubernetes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async region(letter: 'a' | 'b', names: readonly string[]) {
    const [region, name] = [`region-${letter}`, `orders-${letter}`];
    const results = snapshotOf({ written: '0/1', replayed: '0/1' })[letter === 'a' ? 0 : 1];
    const members = await Promise.all(
      names.map(async (member) => {
        const url = await this.startPatroni(member);
        const address = await this.startPostgres(results, member);
        return { name: member, url, address };
      }),
    );
    const patroni = {
      name,
      region,
      members: members.map(({ name: member, url }) => ({ name: member, url })),
    };
    const postgres = {
      name,
      region,
      user: 'm',
      members: members.map(({ name: member, address }) => ({ name: member, address })),
    };
    return { patroni, postgres };
  }

  private async startPatroni(member: string): Promise<string> {
    const from = member.startsWith('a') ? 'a2' : 'b1';
    const answers = () => {
      if (this.isAFrozen && member.startsWith('a')) return {};
      const seconds = Math.floor(systemClock.now().wallMs / 1000);
      return {
        '/patroni': {
          ...recordedJson('ab-healthy', `${member}-patroni.json`),
          dcs_last_seen: seconds,
        },
        '/cluster': recordedJson('ab-healthy', `${from}-cluster.json`),
        '/config': recordedJson('ab-healthy', `${from}-config.json`),
        '/history': recordedJson('ab-healthy', `${from}-history.json`),
      };
    };
    const server = await startFaultyHttp(answering(answers));
    this.patroni.push(server);
    return server.url;
  }

  private async startPostgres(results: readonly MemberResult[], member: string): Promise<string> {
    const found = results.find((each) => each.member === member);
    if (found?.ok !== true) throw new Error(`${member} has no answer`);
    const server = await startFakePostgres({
      answer: (sql) => {
        this.statements.push(sql.trim());
        if (this.isAFrozen && member.startsWith('a')) return undefined;
        const { copied } = this.primary;
        const position = found.answer.inRecovery
          ? { receiveLsn: copied, replayLsn: copied }
          : { currentLsn: this.primary.next() };
        return jsonAnswer({ ...found.answer, ...position });
      },
    });
    this.postgres.push(server);
    return `127.0.0.1:${server.port}`;
  }

  private async recordDrill(): Promise<void> {
    const settings = { kind: 'sqlite', file: join(this.folder, 'sensei.db') } as const;
    const store = storeOf(settings, { clock: systemClock, onDamage: () => {} });
    const atMs = systemClock.now().wallMs - hour;
    const drill = { id: 'd', scenario: 'region', recoveryMs: 60_000, lossMs: 0, detail: '' };
    await store.open();
    await store.acquire();
    await store.write({ ...nothing, drills: [{ ...drill, atMs }] });
    await store.close();
  }

  private config(regions: readonly { readonly patroni: object; readonly postgres: object }[]) {
    const print = `process.stdout.write(require('node:fs').readFileSync('${this.folder}/stanza.json'))`;
    return {
      deployment: 'orders',
      tier: 'enhanced',
      store: { file: join(this.folder, 'sensei.db') },
      redis: { sentinel: { enabled: false } },
      disasterRecovery: {
        mode: 'standby',
        primaryRegion: 'region-a',
        drRegion: 'region-b',
        replication: { objectStorage: { enabled: false } },
      },
      collectors: {
        patroni: regions.map(({ patroni }) => patroni),
        postgres: regions.map(({ postgres }) => postgres),
        lag: [{ name: 'orders', primary: 'orders-a', standby: 'orders-b' }],
        replicas: [
          {
            name: 'west',
            region: 'region-b',
            kubeconfig: { file: join(this.folder, 'kubeconfig') },
            namespaces: ['sensei'],
            components: [
              { component: 'api', deployment: 'sensei-api' },
              { component: 'workers', deployment: 'sensei-workers' },
            ],
          },
        ],
        backups: [
          {
            name: 'nightly',
            pgbackrest: { stanza: 'orders', command: [process.execPath, '-e', print, '--'] },
            restoreTest: { file: join(this.folder, 'restored.json') },
          },
        ],
      },
    };
  }
}

function restored(): string {
  const at = new Date(systemClock.now().wallMs - hour).toISOString();
  return JSON.stringify({ at, success: true });
}

/** As recorded, and made an hour ago. */
function freshStanza(): string {
  const stop = Math.floor((systemClock.now().wallMs - hour) / 1000);
  return stanzaText(({ backup }) => {
    for (const each of backup) each.timestamp = { start: stop - 10, stop };
  });
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
      /^at most \d+ ms, .* B behind \(RPO 15 min\)$/,
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
    const { stdout, code } = await status('--json', '--timeout', '1s');
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
    expect(tookMs).toBeLessThan(1000);
    expect(code).toBe(2);
  });
});
