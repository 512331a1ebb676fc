import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../lab/addresses.js';
import { exporterConfig, objectsTargets } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { ask, clusterOf, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { heartbeatsAnswer } from '../../src/cli/answer-schemas.js';
import type { ComplianceAnswer, ExposureAnswer } from '../../src/slo/answers.js';
import type { Incident } from '../../src/slo/incident.js';
import { samplesOf, valueOf } from './scrape.js';

const labName = 'exposure';
const dataset = 'orders-a';
const limitMs = 180_000;
/** How far the exposure may be from the truth, in milliseconds. */
const allowedMs = 1000;

/** A connection that is made anew after any failure, and answers with nothing then. */
class Reader {
  private client: pg.Client | undefined;
  constructor(private readonly settings: pg.ClientConfig) {}

  async read(query: string): Promise<Record<string, unknown>[] | undefined> {
    try {
      this.client ??= await this.connect();
      return (await this.client.query<Record<string, unknown>>(query)).rows;
    } catch {
      this.close();
      return undefined;
    }
  }

  close(): void {
    const { client } = this;
    this.client = undefined;
    void client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.settings, connectionTimeoutMillis: 2000 });
    client.on('error', () => this.close());
    await client.connect();
    return client;
  }
}

/**
 * What is really behind, read at both ends by connections that have nothing to do with the exporter: the
 * number of a heartbeat is the millisecond in which it was begun.
 */
class Truth {
  private readonly ends: { readonly source: Reader; readonly copies: readonly Reader[] };
  acknowledged = 0;
  replicated = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(lab: Lab) {
    const login = { user: 'postgres', password: lab.password('superuser'), database: 'postgres' };
    const { regionA, regionB } = lab.addresses;
    this.ends = {
      source: new Reader({ ...login, host: regionA.haproxy, port: ports.pgWrite }),
      copies: Object.values(regionB.members).map(
        (host) => new Reader({ ...login, host, port: ports.postgres }),
      ),
    };
  }

  start(): void {
    let isReading = false;
    this.timer = setInterval(() => {
      if (isReading) return;
      isReading = true;
      void this.readOnce().finally(() => (isReading = false));
    }, 50);
  }

  stop(): void {
    clearInterval(this.timer);
    for (const reader of [this.ends.source, ...this.ends.copies]) reader.close();
  }

  /** Milliseconds of acknowledged heartbeats that the copy lacks. */
  get behindMs(): number {
    return Math.max(0, this.acknowledged - this.replicated);
  }

  private async readOnce(): Promise<void> {
    const query = "SELECT seq FROM sensei.heartbeat WHERE writer = 'orders'";
    const newest = async (reader: Reader) => Number((await reader.read(query))?.[0]?.['seq'] ?? 0);
    const [source, ...copies] = await Promise.all(
      [this.ends.source, ...this.ends.copies].map(newest),
    );
    this.acknowledged = Math.max(this.acknowledged, source ?? 0);
    this.replicated = Math.max(this.replicated, ...copies);
  }
}

interface Compared {
  readonly toldMs: number | null;
  readonly trueMs: number;
  /** What passed since anything was acknowledged: a canary that waits is no fault of the copy. */
  readonly idleMs: number;
  /** What asking took: the truth moves on meanwhile. */
  readonly tookMs: number;
}

describe('exposure against the truth', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let truth: Truth;
  let load: Reader | undefined;
  let peer: ExporterProcess | undefined;

  const compliance = async (): Promise<ComplianceAnswer> => {
    const answer = await ask(`${exporter.url}/api/v1/compliance`);
    if (answer?.status !== 200) throw new Error('the exporter gives no answer');
    return JSON.parse(answer.body) as ComplianceAnswer;
  };
  const exposure = async (): Promise<ExposureAnswer> =>
    (await compliance()).exposures.find((each) => each.dataset === dataset)!;

  async function compare(): Promise<Compared> {
    const startedMs = performance.now();
    const { exposureMs } = await exposure();
    return {
      toldMs: exposureMs,
      trueMs: truth.behindMs,
      idleMs: Math.max(0, Date.now() - truth.acknowledged),
      tookMs: performance.now() - startedMs,
    };
  }

  /** Compares for so long; every pair. */
  async function compareFor(seconds: number): Promise<Compared[]> {
    const pairs: Compared[] = [];
    for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs;) {
      pairs.push(await compare());
      await sleep(100);
    }
    return pairs;
  }

  /** How far off at most: below what is behind, or above that and what passed since. */
  function worstOf(pairs: readonly Compared[]): number {
    const offOf = ({ toldMs, trueMs, idleMs, tookMs }: Compared) => {
      if (toldMs === null) return Infinity;
      const off = toldMs < trueMs ? trueMs - toldMs : Math.max(0, toldMs - trueMs - idleMs);
      return Math.max(0, off - tookMs);
    };
    return Math.max(...pairs.map(offOf));
  }

  async function patchConfig(host: string, change: object): Promise<void> {
    const answer = await fetch(`http://${host}:${ports.patroni}/config`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(change),
    });
    if (!answer.ok) throw new Error(`PATCH /config: ${answer.status} ${await answer.text()}`);
  }

  const caughtUp = () =>
    until(
      'the copy has caught up, and the exporter says so',
      async () => truth.behindMs < 1000 && ((await exposure()).exposureMs ?? Infinity) < 1000,
      limitMs,
      () => `behind by ${truth.behindMs} ms`,
    );

  const behind = () =>
    until(
      'the exporter says that the copy is behind',
      async () => ((await exposure()).exposureMs ?? 0) > 500,
      limitMs,
      () => `behind by ${truth.behindMs} ms`,
    );

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 78, timing: 'fast' });
    const { regionA, regionB } = lab.addresses;
    // A delay of 5 s must not be taken for a dead line.
    const patient = { wal_sender_timeout: '60s', wal_receiver_timeout: '60s' };
    for (const { members } of [regionA, regionB])
      await patchConfig(Object.values(members)[0] ?? '', { postgresql: { parameters: patient } });
    exporter = new ExporterProcess(lab);
    await exporter.start();
    truth = new Truth(lab);
    truth.start();
    await caughtUp();
  });
  afterAll(async () => {
    truth?.stop();
    load?.close();
    await peer?.stop();
    await exporter?.stop();
    await removeLab(labName);
  });

  /** Writes a few hundred kilobytes a second until told to stop. */
  function busy(): () => void {
    const login = { user: 'postgres', password: lab.password('superuser'), database: 'postgres' };
    const reader = new Reader({
      ...login,
      host: lab.addresses.regionA.haproxy,
      port: ports.pgWrite,
    });
    load = reader;
    const stopping = new AbortController();
    void (async () => {
      await reader.read('CREATE TABLE IF NOT EXISTS filler (id bigserial, body text)');
      while (!stopping.signal.aborted) {
        await reader.read(
          "INSERT INTO filler (body) SELECT repeat('x', 1000) FROM generate_series(1, 50)",
        );
        await sleep(20);
      }
    })();
    return () => {
      stopping.abort();
      reader.close();
    };
  }

  it.each(['an idle primary', 'a busy primary'])(
    'follows it within 1 s, frozen, cut, delayed by 5 s and resumed, with %s',
    async (title) => {
      const stop = title.includes('busy') ? busy() : () => {};
      const report: Record<string, number> = {};
      const during = async (what: string, pairs: readonly Compared[]) => {
        report[what] = Math.round(worstOf(pairs));
        expect({ what, worstMs: worstOf(pairs) }).toEqual({
          what,
          worstMs: expect.toSatisfy((worst: number) => worst <= allowedMs) as number,
        });
      };
      try {
        await during('at rest', await compareFor(3));

        await lab.freeze('link');
        await behind();
        const frozen = await compareFor(5);
        await during('frozen', frozen);
        expect(frozen.every(({ toldMs }) => toldMs !== null && toldMs > 0)).toBe(true);
        expect(frozen.at(-1)!.toldMs).toBeGreaterThan(4000);
        await lab.thaw('link');
        await caughtUp();
        await during('thawed', await compareFor(2));

        await lab.link('cut');
        await behind();
        const cut = await compareFor(5);
        await during('cut', cut);
        expect(cut.every(({ toldMs }) => toldMs !== null && toldMs > 0)).toBe(true);
        expect(cut.at(-1)!.toldMs).toBeGreaterThan(4000);
        const page = await exporter.metrics();
        const [leader] = samplesOf(page, 'sensei_lag_standby_leader_info', { lag: 'orders' });
        const member = leader?.labels['member'] ?? '';
        expect(valueOf(page, 'sensei_lag_streaming', { lag: 'orders', member })).toBe(0);
        await lab.link('mend');
        await caughtUp();
        await during('mended', await compareFor(2));

        await lab.link({ delayMs: 5000 });
        await sleep(6000);
        const delayed = await compareFor(6);
        await during('delayed by 5 s', delayed);
        // Nothing comes over the line sooner, however long the canary waits meanwhile.
        const newest = delayed.map(({ trueMs, idleMs }) => trueMs + idleMs);
        expect(Math.min(...newest)).toBeGreaterThan(4000);
        await lab.link('mend');
        await caughtUp();
        await during('resumed', await compareFor(2));
      } finally {
        stop();
        await lab.thaw('link');
        await lab.link('mend');
        process.stderr.write(`off the truth by at most, ms, ${title}: ${JSON.stringify(report)}\n`);
      }
    },
  );

  /** The lab's configuration with some of it changed. */
  function configWith(change: (config: Record<string, object>) => object): string {
    const config = JSON.parse(exporterConfig(lab)) as Record<string, object>;
    return JSON.stringify({ ...config, ...change(config) });
  }

  it('active-active: one writer, both directions of objects, and routing health of both regions', async () => {
    await exporter.stop();
    await exporter.start(
      configWith(({ collectors }) => ({
        tier: 'premium',
        objectives: { rpo: '30s' },
        disasterRecovery: {
          mode: 'active-active',
          regions: ['region-a', 'region-b'],
          routing: { type: 'latency-based', healthCheck: { interval: '10s', threshold: 3 } },
        },
        collectors: { ...collectors, objects: objectsTargets(lab, true) },
      })),
    );
    const routing = (page: string, region: string) =>
      valueOf(page, 'sensei_region_routing_healthy', { region });
    let page = '';
    // All of it at once: one reading may be late, and is missing then.
    await until(
      'both directions are measured, one writer and healthy routing are seen',
      async () => {
        page = await exporter.metrics();
        const exposures = ['documents', 'documents-back'].map((name) =>
          valueOf(page, 'sensei_rpo_exposure_seconds', { dataset: name }),
        );
        return (
          exposures.every((seconds) => seconds !== undefined && seconds < 30) &&
          valueOf(page, 'sensei_lag_writers', { lag: 'orders' }) === 1 &&
          routing(page, 'region-a') === 1 &&
          routing(page, 'region-b') === 1
        );
      },
      limitMs,
      () => page,
    );
    expect(valueOf(page, 'sensei_slo_objective_ratio', { slo: 'orders-writer' })).toBeGreaterThan(
      0,
    );
    expect((await compliance()).worstDataset).not.toBeNull();
    await lab.kill('haproxy-b');
    await until(
      'the routing of region B is unhealthy',
      async () => routing((page = await exporter.metrics()), 'region-b') === 0,
      limitMs,
      () => page,
    );
    expect(routing(page, 'region-a')).toBe(1);
    await lab.heal();
  });

  /** When each heartbeat that was acknowledged was begun. */
  async function heartbeats(): Promise<number[]> {
    const answer = await fetch(`${exporter.url}/api/v1/heartbeats?cluster=orders-a&limit=6000`);
    const { clusters } = heartbeatsAnswer.parse(await answer.json());
    return clusters[0]!.acknowledged.map(([, begunMs]) => begunMs);
  }

  /** The longest time between two of these in a row. */
  function widest(times: readonly number[], sinceMs: number): number {
    const late = times.filter((atMs) => atMs >= sinceMs);
    return Math.max(...late.slice(1).map((atMs, index) => atMs - late[index]!));
  }

  it('at the death of region A is what was really lost, and the loss is one incident', async () => {
    const { regionA, regionB, exporter: here, peer: there } = lab.addresses;
    const secretFile = lab.passwordFile('peers');
    writeFileSync(secretFile, 'a secret that the two of them share', { mode: 0o600 });
    const asPeerOf = (host: string, other: string) =>
      configWith(() => ({
        server: { host, port: ports.exporter },
        store: { file: `${lab.folder}/sensei-${host}.db` },
        peers: {
          secret: { file: secretFile },
          interval: '500ms',
          exporters: [{ name: 'other', url: `http://${other}:${ports.exporter}` }],
        },
      }));
    await exporter.stop();
    await exporter.start(asPeerOf(here, there));
    await caughtUp();
    const login = { user: 'postgres', password: lab.password('superuser'), database: 'postgres' };
    const writer = new Reader({ ...login, host: regionA.haproxy, port: ports.pgWrite });
    await writer.read('CREATE TABLE IF NOT EXISTS acknowledged (at_ms bigint)');
    await lab.link({ delayMs: 700 });
    await sleep(2000);
    const acknowledged: number[] = [];
    const stopping = new AbortController();
    const writing = (async () => {
      while (!stopping.signal.aborted) {
        const atMs = Date.now();
        const done = await writer.read(`INSERT INTO acknowledged VALUES (${atMs}) RETURNING 1`);
        if (done !== undefined) acknowledged.push(atMs);
        await sleep(5);
      }
    })();
    await sleep(3000);
    await lab.kill('region-a');
    await sleep(3000);
    stopping.abort();
    await writing;
    writer.close();

    const incidents = async () => {
      const answer = await ask(`${exporter.url}/api/v1/incidents?from=10m&scenario=region`);
      return (JSON.parse(answer?.body ?? '{}') as { incidents: Incident[] }).incidents;
    };
    const regional = async () =>
      (await incidents()).filter(({ partOf, class: kind }) => partOf === null && kind === 'outage');
    const state = async (name: string) =>
      valueOf(await exporter.metrics(), 'sensei_region_state', { region: 'region-a', state: name });
    await until(
      'region A suspected',
      async () => (await state('suspected')) === 1,
      limitMs,
      () => 'it is not',
    );
    expect(await regional()).toEqual([]);
    peer = new ExporterProcess(lab, there);
    await peer.start(asPeerOf(there, here));
    await until(
      'the loss of region A',
      async () => (await regional()).length > 0,
      limitMs,
      () => 'no incident of a region',
    );
    const leader = (await clusterOf(regionB)).find(({ role }) => role === 'standby_leader')?.name;
    await patchConfig(regionB.members[leader ?? 'b1'] ?? '', { standby_cluster: null });
    const heir = new Reader({ ...login, host: regionB.haproxy, port: ports.pgWrite });
    await until(
      'region B accepts writes',
      async () =>
        (await heir.read('INSERT INTO acknowledged VALUES (0) RETURNING 1')) !== undefined,
      limitMs,
      () => 'it does not',
    );
    const kept = new Set(
      ((await heir.read('SELECT at_ms FROM acknowledged')) ?? []).map((row) =>
        Number(row['at_ms']),
      ),
    );
    heir.close();
    const lost = acknowledged.filter((atMs) => !kept.has(atMs));
    const lostMs = acknowledged.at(-1)! - Math.max(...kept);
    expect(lost.length).toBeGreaterThan(0);

    await until(
      'the loss is over: region B serves in its stead',
      async () => (await regional())[0]?.closedMs != null,
      limitMs,
      () => 'the incident is still open',
    );
    const found = await regional();
    expect(found.map(({ slo }) => slo)).toEqual(['region/region-a']);
    const parts = (await incidents()).filter(({ partOf }) => partOf === found[0]!.id);
    expect(parts.map(({ slo }) => slo)).toContain('orders-a-writes');
    const { exposureMs, lowMs, highMs } = found[0]!;
    process.stderr.write(
      `region A lost ${lost.length} of ${acknowledged.length} acknowledged writes, the last ${lostMs} ms; told ${exposureMs} ms; recovery ${lowMs} to ${highMs} ms\n`,
    );
    // Within one heartbeat, beside the spacing of the writes that it is compared with.
    const sinceMs = Math.min(...lost) - 1000;
    const spacingMs = widest(acknowledged, sinceMs) + widest(await heartbeats(), sinceMs);
    expect(Math.abs((exposureMs ?? Infinity) - lostMs)).toBeLessThanOrEqual(spacingMs);
    const verdict = (await compliance()).verdicts.find(
      ({ promised, disruption, objective }) =>
        promised && disruption === 'region' && objective === 'rto',
    );
    expect(verdict).toMatchObject({ status: 'met', evidence: [{ incident: found[0]!.id }] });
  });
});
