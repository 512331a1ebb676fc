import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../lab/addresses.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { ask, clusterOf, redisReply, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { sentinelCanaryCollector, sentinelCollector } from '../../src/collectors/sentinel/index.js';
import type { Incident } from '../../src/slo/incident.js';
import { collect, configOf } from '../support/collect.js';
import { promtool } from './promtool.js';
import { samplesOf, sumOf, valueOf } from './scrape.js';

const labName = 'test';
const limitMs = 180_000;
const cluster = { cluster: 'orders-a' };

interface Counters {
  readonly leaderChanges: number | undefined;
  readonly timelineChanges: number | undefined;
  readonly switches: number | undefined;
}

function countersOf(page: string): Counters {
  return {
    leaderChanges: valueOf(page, 'sensei_patroni_leader_changes_total', cluster),
    timelineChanges: valueOf(page, 'sensei_patroni_timeline_changes_total', cluster),
    switches: valueOf(page, 'sensei_sentinel_switches_total'),
  };
}

/** What there was of each, by the systems themselves: a busy machine may make them change once more. */
interface Changes {
  readonly timeline: number;
  readonly switches: number;
}

async function changesOf(lab: Lab): Promise<Changes> {
  const members = await clusterOf(lab.addresses.regionA);
  const timeline = Math.max(...members.map((member) => member.timeline ?? 0));
  return { timeline, switches: switchesLogged(lab) };
}

/** Changes of the primary by the Sentinels' own logs. */
function switchesLogged({ folder }: Lab): number {
  const logs = ['s1', 's2', 's3'].map((name) => readFileSync(join(folder, `${name}.log`), 'utf8'));
  const switches = logs.flatMap((log) => [
    ...log.matchAll(/\+switch-master (\S+ \S+ \S+ \S+ \S+)/g),
  ]);
  return new Set(switches.map(([, change]) => change)).size;
}

const aclPassword = 'acl-test-password';

/** Loads a shipped ACL file's user into every server of the lab that listens on the port. */
async function grant(lab: Lab, file: string, port: number): Promise<void> {
  const text = readFileSync(fileURLToPath(new URL(`../../redis/${file}`, import.meta.url)), 'utf8');
  const line = text.split('\n').find((each) => each.startsWith('user ')) ?? '';
  const hash = createHash('sha256').update(aclPassword).digest('hex');
  const words = line.replace('<password-sha256>', hash).split(' ').slice(1);
  for (const host of Object.values(lab.addresses.redis)) {
    expect(await redisReply(host, port, 'ACL', 'SETUSER', ...words)).toEqual(['OK']);
  }
}

function sentinelWithUsers({ addresses: { redis } }: Lab): object {
  const password = { env: 'UNUSED' };
  const sentinels = Object.entries(redis).map(([name, host]) => ({
    name,
    address: `${host}:${ports.sentinel}`,
  }));
  return {
    name: 'cache',
    sentinels,
    username: 'sensei',
    password,
    canary: { username: 'sensei_canary', password },
  };
}

describe('the exporter on the lab', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let atStart: Changes;
  const page = () => exporter.metrics();
  /** Waits for the exporter to show something; a failure prints what it last believed. */
  const shows = async (what: string, holds: (text: string) => boolean) => {
    let last = '';
    await until(
      what,
      async () => holds((last = await page())),
      limitMs,
      () =>
        last
          .split('\n')
          .filter((line) =>
            /^sensei_(?:patroni|postgres_canary|sentinel_(?:canary|masters|master_info|switches))/.test(
              line,
            ),
          )
          .join('\n'),
    );
    return last;
  };
  const memberUp = (text: string, member: string) =>
    valueOf(text, 'sensei_patroni_member_up', { ...cluster, member });
  const healthy = () =>
    shows(
      'everything healthy in the metrics',
      (text) =>
        samplesOf(text, 'sensei_patroni_member_up').every(({ value }) => value === 1) &&
        valueOf(text, 'sensei_postgres_canary_success') === 1 &&
        valueOf(text, 'sensei_sentinel_canary_success') === 1 &&
        valueOf(text, 'sensei_postgres_standbys_connected', cluster) === 2 &&
        valueOf(text, 'sensei_patroni_synchronous_standbys', cluster) === 1,
    );

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 77, timing: 'fast' });
    exporter = new ExporterProcess(lab);
    await exporter.start();
    await healthy();
    atStart = await changesOf(lab);
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('is up in Prometheus', async () => {
    const query = `http://${lab.addresses.monitoring}:${ports.prometheus}/api/v1/query?query=up`;
    await until(
      'up == 1',
      async () => /"value":\[[^\]]*,"1"\]/.test((await ask(query))?.body ?? ''),
      limitMs,
      () => '',
    );
  });

  it('has metrics that promtool has nothing to say about', async () => {
    expect(await promtool(await page())).toEqual({ code: 0, output: '' });
  });

  it('shows nothing of a secret anywhere', async () => {
    const state = await ask(`${exporter.url}/api/v1/state`);
    const landing = await ask(exporter.url);
    const texts = [await page(), state?.body ?? '', landing?.body ?? ''];
    for (const role of ['superuser', 'replication', 'monitor', 'canary']) {
      for (const text of texts) expect(text).not.toContain(lab.password(role));
    }
  });

  /** Each change counted once: of the leader of PostgreSQL, of its timeline, of Redis. */
  async function expectCounted(before: Counters, changes: Changes, page: string): Promise<void> {
    const after = await changesOf(lab);
    const made = after.timeline - changes.timeline;
    expect(made).toBeGreaterThanOrEqual(1);
    expect(countersOf(page)).toEqual({
      leaderChanges: before.leaderChanges! + made,
      timelineChanges: before.timelineChanges! + made,
      switches: before.switches! + after.switches - changes.switches,
    });
  }

  /** Failures that a busy machine does not make. */
  const failuresOf = (text: string) =>
    samplesOf(text, 'sensei_patroni_member_failures_total')
      .filter(({ labels }) => labels['reason'] !== 'timeout')
      .reduce((sum, { value }) => sum + value, 0);

  it('counts a planned switchover once, without any failure of a member', async () => {
    const before = await page();
    const changes = await changesOf(lab);
    const to = await lab.switchover();
    const after = await shows(
      'the new leader',
      (text) => valueOf(text, 'sensei_patroni_member_leader', { ...cluster, member: to }) === 1,
    );
    const settled = await healthy();
    await expectCounted(countersOf(before), changes, settled);
    expect(failuresOf(after)).toBe(failuresOf(before));
    expect(valueOf(settled, 'sensei_patroni_split_brain', cluster)).toBe(0);
  });

  it('counts the kill of the PostgreSQL primary once, and sees writes return', async () => {
    const before = await page();
    const changes = await changesOf(lab);
    const [victim = ''] = await lab.kill('pg-primary');
    await shows(
      'the write path down',
      (text) => valueOf(text, 'sensei_postgres_canary_success') === 0,
    );
    const during = await shows(
      'the dead member, in both collectors',
      (text) =>
        memberUp(text, victim) === 0 &&
        valueOf(text, 'sensei_postgres_up', { ...cluster, member: victim }) === 0,
    );
    expect(
      samplesOf(during, 'sensei_postgres_wal_position_bytes', { ...cluster, member: victim }),
    ).toEqual([]);
    await shows('writes back', (text) => valueOf(text, 'sensei_postgres_canary_success') === 1);
    await lab.heal();
    await expectCounted(countersOf(before), changes, await healthy());
    const { events } = await exporter.state();
    expect(
      events.filter(({ type }) => type === 'write_path_restored').length,
    ).toBeGreaterThanOrEqual(1);
  });

  it('counts the kill of the Redis primary once, or as often as the Sentinels switched for it', async () => {
    const before = await page();
    const loggedBefore = switchesLogged(lab);
    await lab.kill('redis-primary');
    await shows(
      'a new primary',
      (text) => countersOf(text).switches! > countersOf(before).switches!,
    );
    await shows('writes back', (text) => valueOf(text, 'sensei_sentinel_canary_success') === 1);
    await lab.heal();
    const settled = await healthy();
    const logged = switchesLogged(lab) - loggedBefore;
    expect(logged).toBeGreaterThanOrEqual(1);
    expect(countersOf(settled)).toEqual({
      ...countersOf(before),
      switches: countersOf(before).switches! + logged,
    });
    const { events } = await exporter.state();
    expect(events.filter(({ type }) => type === 'switch_master')).toHaveLength(
      countersOf(settled).switches!,
    );
    expect(events.map(({ type }) => type)).toContain('odown');
  });

  it('has made one timed incident of each failure, and none of what was planned', async () => {
    const ended = async () => {
      const answer = await ask(`${exporter.url}/api/v1/incidents?from=1h`);
      const { incidents } = JSON.parse(answer?.body ?? '{}') as { incidents: Incident[] };
      return incidents.filter(({ closedMs }) => closedMs !== null);
    };
    const outages = async () => (await ended()).filter((each) => each.class === 'outage');
    const scenarios = { 'orders-a-writes': 'primary_database', 'cache-writes': 'redis_primary' };
    const names = Object.keys(scenarios);
    let found: Incident[] = [];
    const areOver = async () => {
      found = await outages();
      return names.every((name) => found.some(({ slo }) => slo === name));
    };
    await until('two outages that are over', areOver, limitMs, () => JSON.stringify(found));
    const told = found.map(({ slo, scenario }) => [slo, scenario]);
    expect(Object.fromEntries(told)).toEqual(scenarios);
    // One of each, but where a busy machine made more of them; the first of the leaders was planned.
    const { timeline, switches } = await changesOf(lab);
    const made = [timeline - atStart.timeline - 1, switches - atStart.switches];
    const times = names.map((name) => found.filter(({ slo }) => slo === name).length);
    expect(times.every((count, index) => count <= made[index]!)).toBe(true);
    for (const { lowMs, highMs, targetMs, verdict, evidence } of found) {
      expect(lowMs).toBeGreaterThanOrEqual(0);
      expect(highMs).toBeGreaterThan(lowMs);
      const isBetween = lowMs > targetMs ? 'breached' : 'indeterminate';
      expect(verdict).toBe(highMs! <= targetMs ? 'met' : isBetween);
      expect(evidence.length).toBeGreaterThan(1);
    }
    const others = (await ended()).filter((each) => each.class !== 'outage');
    expect(others.every((each) => each.class === 'planned_switchover')).toBe(true);
  });

  it('shows a frozen member and a stopped standby as such within two intervals', async () => {
    const target = { kind: 'patroni', target: 'orders-a' };
    /** Collections that did not tell that the member fails. */
    const unaware = (text: string, member: string) =>
      valueOf(text, 'sensei_collector_attempts_total', target)! -
      sumOf(text, 'sensei_patroni_member_failures_total', { ...cluster, member });
    for (const act of ['freeze', 'stop'] as const) {
      const [member = ''] = await lab[act]('pg-replica');
      const before = unaware(await page(), member);
      const down = await shows(`${member} as down`, (text) => memberUp(text, member) === 0);
      // One collection may be under way as it happens, two are the two intervals.
      expect(unaware(down, member) - before).toBeLessThanOrEqual(3);
      const reason = act === 'freeze' ? 'timeout' : 'connect';
      const failure = { ...cluster, member, reason };
      const text = await shows(
        `${member} down in both collectors, with its reason`,
        (each) =>
          memberUp(each, member) === 0 &&
          valueOf(each, 'sensei_postgres_up', { ...cluster, member }) === 0 &&
          valueOf(each, 'sensei_patroni_member_failures_total', failure)! > 0,
      );
      expect(samplesOf(text, 'sensei_patroni_member_timeline', { ...cluster, member })).toEqual([]);
      await lab.heal();
      await healthy();
    }
  });

  it('needs of Redis and Sentinel no more than the shipped ACL files give', async () => {
    const config = configOf({ sentinel: [sentinelWithUsers(lab)] });
    await grant(lab, 'sentinel.acl', ports.sentinel);
    await grant(lab, 'canary.acl', ports.redis);
    const secrets = { read: () => Promise.resolve(aclPassword) };
    for (const collector of [sentinelCollector, sentinelCanaryCollector] as AnyCollector[]) {
      const [target] = collector.targets(config);
      if (target === undefined) throw new Error(`no ${collector.kind} target`);
      const outcome = await collect(collector, target, secrets, 2);
      expect(outcome).toMatchObject({ ok: true });
      expect(outcome.measurement.observations?.[0]?.outcome).toBe('good');
    }
    const refused = [
      '--user',
      'sensei_canary',
      '--pass',
      aclPassword,
      '--no-auth-warning',
      'GET',
      'other:key',
    ];
    expect((await redisReply(lab.addresses.redis.r1, ports.redis, ...refused)).join(' ')).toContain(
      'NOPERM',
    );
  });

  it('needs of PostgreSQL no more than the shipped roles have: neither can do anything else', async () => {
    const host = lab.addresses.regionA.haproxy;
    const ask = async (role: 'monitor' | 'canary', sql: string) => {
      const client = new pg.Client({
        host,
        port: ports.pgWrite,
        user: `sensei_${role}`,
        password: lab.password(role),
        database: 'postgres',
      });
      await client.connect();
      try {
        await client.query(sql);
        return 'allowed';
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      } finally {
        await client.end();
      }
    };
    expect(await ask('monitor', 'SELECT * FROM pg_stat_replication')).toBe('allowed');
    expect(await ask('monitor', 'BEGIN READ WRITE; DELETE FROM sensei.heartbeat')).toContain(
      'permission denied',
    );
    expect(await ask('monitor', 'SELECT * FROM pg_authid')).toContain('permission denied');
    expect(await ask('canary', 'DELETE FROM sensei.heartbeat')).toContain('permission denied');
    expect(await ask('canary', 'DROP TABLE sensei.heartbeat')).toContain('must be owner');
    expect(await ask('canary', 'CREATE TABLE sensei.other (x int)')).toContain('permission denied');
  });

  it('keeps its configuration on a bad reload and says so, and takes a good one', async () => {
    const reload = () => ask(`${exporter.url}/-/reload`, 'POST');
    const good = readFileSync(exporter.configFile, 'utf8');
    writeFileSync(exporter.configFile, good.replace('"deployment"', '"deploymnt"'));
    const refused = await reload();
    expect(refused?.status).toBe(422);
    expect(refused?.body).toContain('did you mean \\"deployment\\"?');
    expect(valueOf(await page(), 'sensei_config_last_reload_successful')).toBe(0);
    writeFileSync(exporter.configFile, good);
    expect((await reload())?.status).toBe(200);
    expect(valueOf(await page(), 'sensei_config_last_reload_successful')).toBe(1);
  });

  it('ends cleanly on SIGTERM', async () => {
    expect(await exporter.stop()).toBe(0);
  });
});
