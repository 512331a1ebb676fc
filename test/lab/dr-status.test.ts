import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports, type Region } from '../../lab/addresses.js';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { clusterOf, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import type { Gate, GateName } from '../../src/dr/gates.js';
import type { Readiness } from '../../src/dr/readiness.js';
import { runSensei } from '../support/run-sensei.js';

const labName = 'drs';
const limitMs = 180_000;
const timeoutMs = 10_000;

/** What the lab has none of in region B, and what it has no record of. */
const lacking: readonly GateName[] = ['capacity', 'redis', 'backups', 'last-drill'];

type Answer = Readiness & { readonly tookMs: number; readonly gates: readonly Gate[] };

describe('sensei dr status on a real deployment', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let configFile: string;

  async function status(): Promise<Answer & { code: number }> {
    const timeout = `${timeoutMs}ms`;
    const args = ['--region', 'region-b', '-c', configFile, '--timeout', timeout, '--json'];
    const { stdout, stderr, code } = await runSensei('dr', 'status', ...args);
    expect(stderr).toBe('');
    return { ...(JSON.parse(stdout) as Answer), code };
  }

  function named({ gates }: Answer, verdict: Gate['verdict']): string[] {
    return gates.filter((gate) => gate.verdict === verdict).map(({ name }) => name);
  }

  /** Asks until the gates with the verdicts are these. */
  async function statusWith(wanted: Partial<Record<Gate['verdict'], readonly string[]>>) {
    const verdicts = Object.keys(wanted) as (keyof typeof wanted)[];
    let answer = await status();
    const isSo = async () => {
      answer = await status();
      return verdicts.every((each) => named(answer, each).join() === wanted[each]?.join());
    };
    const words = () => JSON.stringify(answer.gates);
    await until(JSON.stringify(wanted), isSo, limitMs, words);
    return answer;
  }

  /** What a command that only reads cannot have changed. */
  async function standing({ members }: Region): Promise<unknown> {
    const [host] = Object.values(members);
    const config = await fetch(`http://${host}:${ports.patroni}/config`);
    const history = await fetch(`http://${host}:${ports.patroni}/history`);
    return [await config.json(), await history.json()];
  }

  async function everything(): Promise<unknown> {
    const { regionA, regionB } = lab.addresses;
    const members = [...(await clusterOf(regionA)), ...(await clusterOf(regionB))];
    const roles = members.map(({ name, role, timeline }) => [name, role, timeline]);
    return [roles, await standing(regionA), await standing(regionB)];
  }

  async function pauseRegionB(pause: boolean): Promise<void> {
    const [host] = Object.values(lab.addresses.regionB.members);
    const answer = await fetch(`http://${host}:${ports.patroni}/config`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ pause: pause ? true : null }),
    });
    expect(answer.status).toBe(200);
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 65, timing: 'fast' });
    const config = { ...JSON.parse(exporterConfig(lab)), objectives: { rpo: '2s' } };
    configFile = join(lab.folder, 'dr-status.json');
    writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
    exporter = new ExporterProcess(lab);
    await exporter.start();
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('passes every gate of a healthy deployment but those that the lab has nothing for, and changes nothing', async () => {
    const before = await everything();
    const answer = await statusWith({ UNKNOWN: lacking, FAIL: [] });
    expect(await everything()).toEqual(before);
    expect(answer).toMatchObject({ verdict: 'unknown', code: 2 });
  });

  it('fails for what was not received once the link is cut for longer than the RPO', async () => {
    await lab.link('cut');
    await sleep(3000);
    const { code, ...answer } = await status();
    expect(code).toBe(1);
    const position = answer.gates.find(({ name }) => name === 'received-position');
    expect(position?.verdict).toBe('FAIL');
    expect(position?.figure).toMatch(/^at least \d+(\.\d)? s, .* behind \(RPO 2 s\)$/);
    await lab.link('mend');
    await statusWith({ FAIL: [] });
  });

  it('fails while Patroni of the region is paused, and says which', async () => {
    await pauseRegionB(true);
    const paused = await statusWith({ FAIL: ['no-pause'] });
    expect(paused.gates.find(({ name }) => name === 'no-pause')?.figure).toBe('orders-b is paused');
    await pauseRegionB(false);
    await statusWith({ FAIL: [] });
  });

  it('answers when the other region is dead: what only that could tell is unknown and may be overridden', async () => {
    await exporter.stop();
    await lab.kill('region-a');
    const { code, ...answer } = await status();
    const names = ['one-writer', 'same-system', 'same-timeline', 'streaming', 'received-position'];
    expect(named(answer, 'UNKNOWN')).toEqual(expect.arrayContaining(names.slice(0, 3)));
    expect(named(answer, 'PASS')).toEqual(
      expect.arrayContaining(['standby-leader', 'healthy-replica', 'no-pause', 'dcs']),
    );
    expect(answer.gates.filter(({ mayBeOverridden }) => !mayBeOverridden)).toEqual([]);
    expect(code).toBe(named(answer, 'FAIL').length > 0 ? 1 : 2);
    // Nothing is waited for that refuses.
    expect(answer.tookMs).toBeLessThan(timeoutMs);
    const later = await statusWith({ FAIL: [] });
    expect(named(later, 'UNKNOWN')).toEqual(expect.arrayContaining(names));
  });
});
