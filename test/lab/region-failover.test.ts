import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { prepareTruth, RegionWriter, WritableChecker } from '../../lab/region-traffic.js';
import type { Gap } from '../../lab/region-truth.js';
import { heartbeatsAnswer } from '../../src/cli/answer-schemas.js';
import {
  gatesOf,
  outcomeOf,
  overridesFor,
  runDr,
  type Ran,
  type Told,
  writeFailoverFiles,
} from './failover-run.js';

const labName = 'rfo';
const runs = Number(process.env['SENSEI_RUNS'] ?? 1);
/** Delay of the line between the regions: what is under way when a region dies is lost. */
const lineDelayMs = 250;
const heartbeatMs = 100;
const limitMs = 1_200_000;
/** Between two connections through one load balancer, of which one finds the new primary before the other. */
const clientMs = 700;

const table: string[] = [];

function seconds(ms: number | null): string {
  return ms === null ? '?' : (ms / 1000).toFixed(2);
}

describe('failover between regions, held against clients of their own', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let writer: RegionWriter;
  let checker: WritableChecker;
  let files: string[];

  /** With every gate that does not pass gone on over, as somebody does who has looked at each. */
  async function go(kind: 'failover' | 'failback', from: string, to: string): Promise<Ran> {
    const words = [kind, '--from', from, '--to', to, ...files, '--json', '--timeout', '10s'];
    const dry = await runDr([...words, '--dry-run']);
    const lacking = ['capacity', 'objects', 'redis', 'backups', 'last-drill'].flatMap((name) => [
      '--override',
      `${name}=the lab has none`,
    ]);
    const overrides = overridesFor(gatesOf(dry), 'looked at');
    return runDr([...words, ...lacking, ...overrides, '--confirm']);
  }

  /** The move that the writer saw last: from its last acknowledgement there to its first here. */
  async function lastMove(count: number) {
    await until(
      'the writer moved',
      async () => writer.moves().length >= count,
      120_000,
      () => JSON.stringify([...writer.failures].slice(-5)),
    );
    return writer.moves()[count - 1]!;
  }

  /** The client's own loop has a bracket too: of each write the instant is between its two ends. */
  function expectRecovery(what: string, told: Told, { last, first }: Gap): void {
    const { recovery } = told;
    const [lowMs, highMs] = [recovery?.lowMs ?? NaN, recovery?.highMs ?? NaN];
    const refusedMs = lastRefusal(first)?.begunMs ?? last.ackedMs;
    const [leastMs, mostMs] = [refusedMs - last.ackedMs, first.ackedMs - last.begunMs];
    table.push(
      `${what.padEnd(24)} without writes: true ${seconds(leastMs)} to ${seconds(mostMs)} s, told ${seconds(lowMs)} to ${seconds(highMs)} s (${stepTimes(told)})`,
    );
    expect(lowMs).toBeLessThanOrEqual(mostMs);
    expect(leastMs).toBeLessThanOrEqual(highMs + clientMs);
  }

  /** The last attempt before it that the new region refused: what had no answer may have come in time. */
  function lastRefusal({ region, begunMs }: Gap['first']) {
    return writer.refused.findLast((each) => each.region === region && each.begunMs < begunMs);
  }

  function stepTimes({ steps }: Told): string {
    return steps
      .filter(({ begunMs, endedMs }) => (endedMs ?? 0) - (begunMs ?? 0) > 300)
      .map(({ name, begunMs, endedMs }) => `${name} ${seconds((endedMs ?? 0) - (begunMs ?? 0))}`)
      .join(', ');
  }

  function expectDone(ran: Ran): Told {
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    return outcomeOf(ran);
  }

  async function heartbeats() {
    const answer = await fetch(`${exporter.url}/api/v1/heartbeats?cluster=orders-a&limit=6000`);
    const { clusters } = heartbeatsAnswer.parse(await answer.json());
    return clusters[0]!.acknowledged.map(([seq]) => Number(seq));
  }

  async function heartbeatIn(region: 'a' | 'b'): Promise<number> {
    const { default: pg } = await import('pg');
    const { regionA, regionB } = lab.addresses;
    const client = new pg.Client({
      host: region === 'a' ? regionA.haproxy : regionB.haproxy,
      port: 5000,
      user: 'sensei_monitor',
      password: lab.password('monitor'),
      database: 'postgres',
    });
    await client.connect();
    try {
      const sql = "SELECT seq::text FROM sensei.heartbeat WHERE writer = 'orders'";
      const { rows } = await client.query<{ seq: string }>(sql);
      return Number(rows[0]!.seq);
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 71, timing: 'fast' });
    await prepareTruth(lab);
    files = writeFailoverFiles(lab);
    exporter = new ExporterProcess(lab);
    await exporter.start();
    writer = new RegionWriter(lab);
    checker = new WritableChecker(lab);
  });
  afterAll(async () => {
    await writer?.stop();
    await checker?.stop();
    await exporter?.stop();
    await removeLab(labName);
    process.stderr.write(`${table.join('\n')}\n`);
  });

  for (let run = 1; run <= runs; run += 1) {
    describe(`run ${run} of ${runs}`, () => {
      let unplanned: Told;

      it(
        'takes over from a region that was killed, and tells how long it took and what was lost',
        async () => {
          await lab.link({ delayMs: lineDelayMs });
          await sleep(1500);
          const since = writer.acknowledged.length;
          await lab.kill('region-a');
          const killedMs = performance.timeOrigin + performance.now();
          const ran = await go('failover', 'region-a', 'region-b');
          unplanned = expectDone(ran);
          const move = await lastMove(run * 4 - 3);
          expectRecovery(`unplanned A to B, ${run}`, unplanned, move);

          const [loss] = unplanned.losses;
          const kept = await heartbeatIn('b');
          const lostBeats = (await heartbeats()).filter((seq) => seq > kept).length;
          const recent = new Set(
            writer.acknowledged.slice(Math.max(0, since - 300)).map(({ seq }) => seq),
          );
          const lostRows = (await writer.lostIn('b')).filter(({ seq }) => recent.has(seq));
          const trueSpan =
            lostRows.length === 0
              ? 0
              : (lostRows.at(-1)?.begunMs ?? 0) - (lostRows[0]?.begunMs ?? 0);
          table.push(
            `${''.padEnd(22)} lost: true ${lostBeats} heartbeats, ${lostRows.length} rows of ${seconds(trueSpan)} s; told ${loss?.heartbeats} heartbeats, ${seconds(loss?.lowMs ?? null)} to ${seconds(loss?.highMs ?? null)} s, provisional: ${loss?.isProvisional}`,
          );
          expect(loss?.heartbeats).toBe(lostBeats);
          expect(loss?.isProvisional).toBe(true);
          // The writer may have waited for something: from the last row that was kept to the death is more.
          const missing = new Set(lostRows.map(({ seq }) => seq));
          const keptRow = writer.acknowledged.findLast(
            ({ seq, region }) => region === 'a' && !missing.has(seq),
          );
          const mostMs = killedMs - (keptRow?.begunMs ?? NaN);
          expect(loss?.lowMs).toBeLessThanOrEqual(mostMs + heartbeatMs);
          expect(trueSpan).toBeLessThanOrEqual((loss?.highMs ?? 0) + heartbeatMs);
        },
        limitMs,
      );

      it(
        'lets the region back in, reads what it lost, and goes back to it without losing anything',
        async () => {
          // What it rewinds it reads over the line: with the delay that takes minutes.
          await lab.link('mend');
          const ran = await go('failback', 'region-b', 'region-a');
          const told = expectDone(ran);
          const move = await lastMove(run * 4 - 2);
          expectRecovery(`failback B to A, ${run}`, told, move);
          expect(told.losses).toMatchObject([
            { heartbeats: 0, bytesAtMost: 0, isProvisional: false },
          ]);
          const [before] = await executionsOf(unplanned.id);
          table.push(
            `${''.padEnd(22)} the failover before lost, finally: ${before?.losses[0]?.heartbeats} heartbeats, at most ${before?.losses[0]?.bytesAtMost} B`,
          );
          expect(before?.losses[0]).toMatchObject({
            heartbeats: unplanned.losses[0]?.heartbeats,
            isProvisional: false,
          });
          await lab.waitHealthyAs('a');
        },
        limitMs,
      );

      it(
        'goes over as planned, and back, without losing anything',
        async () => {
          const before = writer.acknowledged.length;
          const over = expectDone(await go('failover', 'region-a', 'region-b'));
          expect(over).toMatchObject({ state: 'done', mode: 'planned' });
          expectRecovery(`planned A to B, ${run}`, over, await lastMove(run * 4 - 1));
          expect(over.losses).toMatchObject([
            { heartbeats: 0, bytesAtMost: 0, isProvisional: false },
          ]);
          await lab.waitHealthyAs('b');
          const back = expectDone(await go('failback', 'region-b', 'region-a'));
          expect(back).toMatchObject({ state: 'done', mode: 'planned' });
          expectRecovery(`planned B to A, ${run}`, back, await lastMove(run * 4));
          await lab.waitHealthyAs('a');
          const written = new Set(writer.acknowledged.slice(before).map(({ seq }) => seq));
          const lost = (await writer.lostIn('a')).filter(({ seq }) => written.has(seq));
          expect(lost).toEqual([]);
        },
        limitMs,
      );
    });
  }

  it('never let two regions take writes', () => {
    const counts = Object.values(checker.counts());
    expect(Math.min(...counts)).toBeGreaterThan(100);
    expect(checker.twoAtOnce()).toEqual([]);
    expect(checker.reigns().map(({ region }) => region)).toHaveLength(1 + 4 * runs);
    table.push(
      `two regions at once: ${checker.twoAtOnce().length}, of ${counts.reduce((sum, count) => sum + count, 0)} writes tried in both`,
    );
  });

  async function executionsOf(id: string): Promise<readonly Told[]> {
    let told: readonly Told[] = [];
    const { runSensei } = await import('../support/run-sensei.js');
    const { stdout } = await runSensei('dr', 'executions', id, ...files, '--json');
    told = JSON.parse(stdout) as Told[];
    return told;
  }
});
