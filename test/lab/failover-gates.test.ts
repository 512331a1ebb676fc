import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports, type Region } from '../../lab/addresses.js';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { ask, standbyLeaderOf, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { hooksFile, operationsConfig } from '../../lab/operations-config.js';
import { runAsSuperuser } from '../../lab/superuser.js';
import { drCommand } from '../../src/cli/dr-command.js';
import type { GateName } from '../../src/dr/gates.js';
import { eventsOf, kindsOf, openIn, overrides } from '../cli/failover-run.js';
import type { Json } from '../patroni/recorded.js';
import { runCommand } from '../support/run-command.js';

const labName = 'fog';
const limitMs = 180_000;

/** What the lab has none of in region B, and what it has no record of. */
const lacking: readonly GateName[] = ['capacity', 'redis', 'backups', 'last-drill'];

interface Trouble {
  readonly title: string;
  /** What keeps it from going on, among others. */
  readonly gates: readonly `${GateName} (${'FAIL' | 'UNKNOWN'})`[];
  readonly bring: (leader: string) => Promise<unknown>;
  readonly mend: (leader: string) => Promise<unknown>;
}

describe('a failover whose gates really fail', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let configFile: string;
  let operationsFile: string;

  function failover(...args: readonly string[]) {
    const files = ['-c', configFile, '--operations', operationsFile];
    const regions = ['--from', 'region-a', '--to', 'region-b'];
    const given = [...files, ...regions, '--timeout', '5s', '--json', ...overrides(lacking)];
    return runCommand(drCommand(), ['failover', ...given, ...args]);
  }

  /** What keeps it from going on. */
  async function blockers(): Promise<string[]> {
    const { stdout } = await failover('--dry-run');
    return openIn(stdout).filter((words) => !lacking.some((name) => words.startsWith(name)));
  }

  async function untilBlocked(...gates: Trouble['gates']): Promise<void> {
    let found: readonly string[] = [];
    const isSo = async () => {
      found = await blockers();
      return gates.every((gate) => found.includes(gate));
    };
    await until(gates.join(', '), isSo, limitMs, () => `what blocks is ${found.join(', ')}`);
  }

  /** What it complains of then. */
  async function untilNothingBlocks(): Promise<string | undefined> {
    let last: Awaited<ReturnType<typeof failover>> | undefined;
    const isSo = async () => {
      last = await failover('--dry-run');
      return last.code === 0;
    };
    await until('all gates pass', isSo, limitMs, () => openIn(last?.stdout ?? '').join(', '));
    return last?.stderr;
  }

  async function told({ members }: Region, path: string): Promise<unknown> {
    for (const host of Object.values(members)) {
      const answer = await ask(`http://${host}:${ports.patroni}/${path}`);
      if (answer?.status === 200) return JSON.parse(answer.body);
    }
    return 'nobody answers';
  }

  /** What nothing that is refused may have changed. */
  async function kept(): Promise<unknown> {
    const { regionA, regionB } = lab.addresses;
    const paths = ['config', 'history'] as const;
    const answers = paths.flatMap((path) => [told(regionA, path), told(regionB, path)]);
    return Promise.all(answers);
  }

  /** And what it could have set going: each member's own role and timeline, where it answers. */
  async function standing(): Promise<unknown> {
    const { regionA, regionB } = lab.addresses;
    const members = Object.entries({ ...regionA.members, ...regionB.members });
    const roles = members.map(async ([name, host]) => {
      const { role, timeline } = (await patroniOf(host)) ?? {};
      return [name, role, timeline];
    });
    return [await Promise.all(roles), await kept()];
  }

  async function patroniOf(host: string): Promise<Json | undefined> {
    const answer = await ask(`http://${host}:${ports.patroni}/patroni`);
    return answer && (JSON.parse(answer.body) as Json);
  }

  /** Once what the trouble sets going by itself is over: nothing has moved for two of Patroni's rounds. */
  async function settled(): Promise<unknown> {
    let last = await standing();
    const isStill = async () => {
      await sleep(2000);
      const before = last;
      last = await standing();
      return isDeepStrictEqual(last, before);
    };
    await until('nothing moves', isStill, limitMs, () => JSON.stringify(last));
    return last;
  }

  /** Files that there are once anything was begun. */
  function traces(): string[] {
    const files = [join(lab.folder, 'failover.db'), hooksFile(lab)];
    return files.filter((file) => existsSync(file));
  }

  function hostOf(member: string): string {
    return lab.addresses.regionB.members[member] ?? '';
  }

  function onMember(member: string, sql: string): Promise<void> {
    return runAsSuperuser(lab, { host: hostOf(member), port: ports.postgres }, sql);
  }

  async function pause(isPaused: boolean): Promise<void> {
    const [host] = Object.values(lab.addresses.regionB.members);
    const answer = await fetch(`http://${host}:${ports.patroni}/config`, {
      method: 'PATCH',
      body: JSON.stringify({ pause: isPaused ? true : null }),
      signal: AbortSignal.timeout(5000),
    });
    expect(answer.status).toBe(200);
  }

  /** Patroni lets it replay again, from PostgreSQL 14 on, unless it is paused. */
  async function pauseAndWait(): Promise<void> {
    await pause(true);
    await untilBlocked('no-pause (FAIL)');
  }

  async function pauseReplay(member: string): Promise<void> {
    await pauseAndWait();
    await onMember(member, 'SELECT pg_wal_replay_pause()');
  }

  async function resumeReplay(member: string): Promise<void> {
    await onMember(member, 'SELECT pg_wal_replay_resume()');
    await pause(false);
  }

  /** What a failover says that is meant, and how both regions stand before and after it. */
  async function refusalOf({ gates, bring, mend }: Trouble, leader: string) {
    try {
      await bring(leader);
      await untilBlocked(...gates);
      const before = await settled();
      const refusal = await failover('--confirm');
      return { ...refusal, before, after: await settled() };
    } finally {
      await mend(leader);
    }
  }

  const otherThan = (leader: string) => (leader === 'b1' ? 'b2' : 'b1');

  const troubles: readonly Trouble[] = [
    {
      title: 'nothing comes over the link for longer than the RPO',
      gates: ['streaming (FAIL)', 'received-position (FAIL)'],
      bring: () => lab.link('cut'),
      mend: () => lab.link('mend'),
    },
    {
      title: 'Patroni is paused',
      gates: ['no-pause (FAIL)'],
      bring: () => pause(true),
      mend: () => pause(false),
    },
    {
      title: 'replay is paused',
      gates: ['replay-running (FAIL)', 'no-pause (FAIL)'],
      bring: pauseReplay,
      mend: resumeReplay,
    },
    {
      title: 'its replica is dead',
      gates: ['healthy-replica (UNKNOWN)'],
      bring: (leader) => lab.kill(otherThan(leader)),
      mend: () => lab.heal(),
    },
    {
      title: 'its configuration store is dead',
      gates: ['dcs (FAIL)'],
      bring: () => lab.kill('etcd-b'),
      mend: () => lab.heal(),
    },
  ];

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 93, timing: 'fast' });
    const config = { ...JSON.parse(exporterConfig(lab)), objectives: { rpo: '2s' } };
    configFile = join(lab.folder, 'failover-gates.json');
    operationsFile = join(lab.folder, 'operations.json');
    writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
    writeFileSync(operationsFile, operationsConfig(lab), { mode: 0o600 });
    exporter = new ExporterProcess(lab);
    await exporter.start();
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('would be made as long as nothing is wrong', async () => {
    expect(await untilNothingBlocks()).toBe('');
  });

  const titled = troubles.map((trouble) => [trouble.title, trouble] as const);
  it.each(titled)('is refused while %s, and changes nothing', async (_title, trouble) => {
    const leader = (await standbyLeaderOf(lab.addresses.regionB)) ?? '';
    const whole = await kept();
    const { before, after, stdout, stderr, code } = await refusalOf(trouble, leader);
    process.stderr.write(`${trouble.title}: ${stderr.split('\n')[0]}\n`);
    expect(code).toBe(1);
    expect(openIn(stdout)).toEqual(expect.arrayContaining([...trouble.gates]));
    const [refusal = ''] = stderr.split('\n');
    expect(refusal.split(': ')[0]).toBe('refused, nothing was changed');
    for (const gate of trouble.gates) expect(refusal).toContain(gate);
    expect(kindsOf(stdout)).toEqual(['gates', 'plan']);
    expect(eventsOf(stdout)[0]?.['overrides']).toHaveLength(lacking.length);
    expect(after).toEqual(before);
    expect(traces()).toEqual([]);
    await untilNothingBlocks();
    expect(await kept()).toEqual(whole);
  });
});
