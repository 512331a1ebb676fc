import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { MemberAnswer } from '../../src/collectors/sql/answer.js';
import type { MemberResult } from '../../src/collectors/sql/member.js';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf } from '../../src/store/open-store.js';
import type { Batch } from '../../src/store/store.js';
import { stanzaText, type RawStanza } from '../backups/recorded.js';
import { KubernetesRegion } from '../lab/kubernetes-region.js';
import { snapshotOf } from '../lag/regions.js';
import { recordedJson, type Json } from '../patroni/recorded.js';
import { nothing } from '../store/rows.js';
import { errorAnswer, jsonAnswer, ready, startFakePostgres } from '../support/fake-postgres.js';
import { custom, startFaultyHttp, type FaultyHttp } from '../support/faulty-http.js';
import type { TcpServer } from '../support/faulty-tcp.js';

export const hour = 3_600_000;

type Letter = 'a' | 'b';

/** What is otherwise than in a healthy deployment. What it leaves out is as it should be. */
export interface Trouble {
  /** What a member's Patroni says to a path; a number is a status without a body, undefined no answer. */
  readonly patroni?: (member: string, path: string, healthy: Json) => unknown;
  /** What a member's PostgreSQL says of itself; undefined where the connection is cut. */
  readonly postgres?: (member: string, healthy: MemberAnswer) => MemberAnswer | undefined;
  /** When the newest heartbeat that a member has was written, in Unix milliseconds. */
  readonly heartbeatMs?: (member: string) => number;
  readonly config?: (healthy: Json) => Json;
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

/** As Patroni changes its configuration: null takes a key away. */
function patched(config: Json, change: Json): Json {
  const entries = Object.entries({ ...config, ...change });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/** Everything that a failover from region A to region B depends on, as servers of this process. */
export class WholeDeployment {
  readonly folder = mkdtempSync(join(tmpdir(), 'sensei-dr-'));
  readonly configFile = join(this.folder, 'sensei.json');
  readonly operationsFile = join(this.folder, 'operations.json');
  readonly journalFile = join(this.folder, 'failover.db');
  /** Where every hook leaves a file of its name. */
  readonly hooksFolder = mkdtempSync(join(this.folder, 'hooks-'));
  readonly patroni: FaultyHttp[] = [];
  readonly postgres: TcpServer[] = [];
  /** Every statement that a server of PostgreSQL was sent. */
  readonly statements: string[] = [];
  /** Whether region A accepts connections and answers nothing. */
  isAFrozen = false;
  readonly kubernetes = new KubernetesRegion();
  private trouble: Trouble = {};
  private healthy: Json = {};
  private readonly primary = new BusyPrimary();
  private readonly addresses = new Map<string, string>();
  /** What Patroni keeps of each region: it can be changed, as with Patroni. */
  private readonly kept: Record<Letter, Json> = {
    a: recordedJson('ab-healthy', 'a2-config.json')!,
    b: recordedJson('ab-healthy', 'b1-config.json')!,
  };

  async start(): Promise<void> {
    await this.kubernetes.start(join(this.folder, 'kubeconfig'));
    const a = await this.region('a', ['a1']);
    const b = await this.region('b', ['b1', 'b2']);
    await this.record('sensei.db', { drills: [drillThatTook(60_000)] });
    writeFileSync(join(this.folder, 'restored.json'), restored());
    this.writeStanza();
    this.healthy = this.config([a, b]);
    this.suffer({});
    this.writeOperations();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.patroni, ...this.postgres].map((each) => each.close()));
    await this.kubernetes.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** From now on it is so, in place of any trouble that it had. */
  suffer(trouble: Trouble): void {
    this.trouble = trouble;
    const config = trouble.config?.(this.healthy) ?? this.healthy;
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  /** The repository as recorded, with backups that were made an hour ago. */
  writeStanza(alter: (stanza: RawStanza) => void = () => {}): void {
    const stop = Math.floor((systemClock.now().wallMs - hour) / 1000);
    const fresh = stanzaText((stanza) => {
      for (const each of stanza.backup) each.timestamp = { start: stop - 10, stop };
      alter(stanza);
    });
    writeFileSync(join(this.folder, 'stanza.json'), fresh);
  }

  /** Makes a store that holds this. */
  async record(name: string, batch: Partial<Batch>): Promise<string> {
    const file = join(this.folder, name);
    const store = storeOf({ kind: 'sqlite', file }, { clock: systemClock, onDamage: () => {} });
    await store.open();
    await store.acquire();
    await store.write({ ...nothing, ...batch });
    await store.close();
    return file;
  }

  /** What may change it, with a hook for everything that there can be one for. */
  writeOperations(change: (operations: Json) => Json = (same) => same): void {
    const hooks = ['fence', 'scale', 'redis', 'traffic', 'notify'].map((on) => ({
      name: `${on}-hook`,
      on,
      ...(on === 'fence' && { region: 'region-a' }),
      command: ['/usr/bin/touch', join(this.hooksFolder, on)],
    }));
    const operations = {
      journal: { file: this.journalFile },
      clusters: [this.clusterOperations('a'), this.clusterOperations('b')],
      limits: { fenceProof: '100ms', hold: '100ms', demote: '1s', promote: '1s', verify: '1s' },
      hooks,
    };
    writeFileSync(this.operationsFile, JSON.stringify(change(operations)), { mode: 0o600 });
  }

  /** What both regions hold that a failover would change, as every member of them tells it. */
  async standing(): Promise<unknown> {
    const members = this.patroni.map(async ({ url }) => {
      const ask = async (path: string) => {
        const answer = await fetch(`${url}/${path}`);
        return [answer.status, await answer.text()] as const;
      };
      const [config, history, status] = [
        await ask('config'),
        await ask('history'),
        await ask('patroni'),
      ];
      const { role, timeline } = JSON.parse(status[1] || '{}') as Json;
      return { url, config, history, role, timeline };
    });
    return { members: await Promise.all(members), kept: structuredClone(this.kept) };
  }

  /** How often Patroni or PostgreSQL was asked anything so far. */
  questions(): number {
    const requests = this.patroni.flatMap((each) => each.requests);
    return requests.length + this.statements.length;
  }

  /** Everything that was done to it, and is more than a question. */
  changes(): string[] {
    const requests = this.patroni.flatMap((each) => each.requests);
    const isQuestion = /^SELECT (json_build_object|coalesce\(json_agg\(r\))/;
    return [
      ...requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, url }) => `${method} ${url}`),
      ...this.statements.filter((sql) => !isQuestion.test(sql)),
      ...readdirSync(this.hooksFolder).map((hook) => `the hook ${hook} ran`),
      ...(existsSync(this.journalFile) ? ['there is a journal'] : []),
    ];
  }

  private clusterOperations(letter: Letter): Json {
    return {
      name: `orders-${letter}`,
      standbyCluster: { host: `db.region-${letter === 'a' ? 'b' : 'a'}.test`, port: 5000 },
      writePath: { address: this.addresses.get(`${letter}1`), user: 'canary' },
    };
  }

  private async region(letter: Letter, names: readonly string[]) {
    const [region, name] = [`region-${letter}`, `orders-${letter}`];
    const results = snapshotOf({ written: '0/1', replayed: '0/1' })[letter === 'a' ? 0 : 1];
    const members = await Promise.all(
      names.map(async (member) => {
        const url = await this.startPatroni(letter, member);
        const address = await this.startPostgres(results, member);
        this.addresses.set(member, address);
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

  private async startPatroni(letter: Letter, member: string): Promise<string> {
    const server = await startFaultyHttp(
      custom((request, response) => void this.serve(letter, member, request, response)),
    );
    this.patroni.push(server);
    return server.url;
  }

  private async serve(
    letter: Letter,
    member: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const path = request.url ?? '';
    const body = await text(request);
    if (request.method !== 'GET' && path === '/config')
      this.kept[letter] = patched(this.kept[letter], JSON.parse(body) as Json);
    if (this.isAFrozen && letter === 'a') return;
    const healthy = this.patroniAnswer(letter, member, path);
    const { patroni } = this.trouble;
    const answer = patroni === undefined ? healthy : patroni(member, path, healthy);
    if (answer === undefined) return;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private patroniAnswer(letter: Letter, member: string, path: string): Json {
    const from = letter === 'a' ? 'a2' : 'b1';
    const seconds = Math.floor(systemClock.now().wallMs / 1000);
    if (path === '/patroni')
      return {
        ...recordedJson('ab-healthy', `${member}-patroni.json`),
        dcs_last_seen: seconds,
      };
    return path === '/config'
      ? this.kept[letter]
      : recordedJson('ab-healthy', `${from}-${path.slice(1)}.json`)!;
  }

  private async startPostgres(results: readonly MemberResult[], member: string): Promise<string> {
    const found = results.find((each) => each.member === member);
    if (found?.ok !== true) throw new Error(`${member} has no answer`);
    const server = await startFakePostgres({
      answer: (given, socket) => {
        const sql = given.trim();
        this.statements.push(sql);
        if (this.isAFrozen && member.startsWith('a')) return undefined;
        if (/json_agg\(r\).*heartbeat/s.test(sql) && !sql.includes('json_build_object'))
          return jsonAnswer(this.heartbeats(member));
        if (!sql.startsWith('SELECT'))
          return Buffer.concat([errorAnswer('25006', 'read-only transaction'), ready]);
        const answer = this.postgresAnswer(member, found.answer);
        if (answer === undefined) socket.destroy();
        return answer && jsonAnswer(answer);
      },
    });
    this.postgres.push(server);
    return `127.0.0.1:${server.port}`;
  }

  private postgresAnswer(member: string, found: MemberAnswer): MemberAnswer | undefined {
    const { copied } = this.primary;
    const position = found.inRecovery
      ? { receiveLsn: copied, replayLsn: copied }
      : { currentLsn: this.primary.next() };
    const healthy = { ...found, ...position };
    const { postgres } = this.trouble;
    return postgres === undefined ? healthy : postgres(member, healthy);
  }

  private heartbeats(member: string) {
    const { heartbeatMs } = this.trouble;
    if (heartbeatMs === undefined) return [];
    return [{ writer: 'orders', seq: '7', written_at: heartbeatMs(member) / 1000 }];
  }

  private config(
    regions: readonly { readonly patroni: object; readonly postgres: object }[],
  ): Json {
    const print = `exec cat '${this.folder}/stanza.json'`;
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
            pgbackrest: { stanza: 'orders', command: ['/bin/sh', '-c', print, '--'] },
            restoreTest: { file: join(this.folder, 'restored.json') },
          },
        ],
      },
    };
  }
}

/** A drill of a region an hour ago. */
export function drillThatTook(recoveryMs: number) {
  const atMs = systemClock.now().wallMs - hour;
  return { id: 'd', scenario: 'region', atMs, recoveryMs, lossMs: 0, detail: '' };
}

function restored(): string {
  const at = new Date(systemClock.now().wallMs - hour).toISOString();
  return JSON.stringify({ at, success: true });
}
