import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports, type Region, type RegionLetter } from '../../lab/addresses.js';
import { ask, standbyLeaderOf, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { operationsConfig } from '../../lab/operations-config.js';
import { standbyOf } from '../../lab/patroni-configuration.js';
import { prepareTruth, RegionWriter, rowsIn, WritableChecker } from '../../lab/region-traffic.js';

const labName = 'flo';
const limitMs = 60_000;

interface LabHook {
  readonly name: string;
  readonly command?: readonly string[];
  readonly http?: { readonly url: string; readonly bearerToken: { readonly file: string } };
}

/** Failovers by hand, by what Patroni's API offers: what a command may do is held against this. */
describe('both regions of the lab can serve', () => {
  let lab: Lab;
  let writer: RegionWriter;

  const region = (letter: RegionLetter): Region =>
    letter === 'a' ? lab.addresses.regionA : lab.addresses.regionB;
  const other = (letter: RegionLetter): RegionLetter => (letter === 'a' ? 'b' : 'a');
  const slotOf = (letter: RegionLetter) => `region_${letter}`;

  async function patch(letter: RegionLetter, body: object): Promise<void> {
    const [host] = Object.values(region(letter).members);
    const answer = await fetch(`http://${host}:${ports.patroni}/config`, {
      method: 'PATCH',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5000),
    });
    expect(answer.status).toBe(200);
  }

  const holdWrites = (letter: RegionLetter, held: boolean) =>
    patch(letter, {
      postgresql: { parameters: { default_transaction_read_only: held ? 'on' : null } },
    });
  const demote = (letter: RegionLetter) =>
    patch(letter, {
      standby_cluster: standbyOf(
        letter === 'a' ? lab.addresses.linkBack : lab.addresses.link,
        slotOf(letter),
      ),
      slots: { [slotOf(other(letter))]: null },
    });
  const promote = (letter: RegionLetter) =>
    patch(letter, {
      standby_cluster: null,
      slots: { [slotOf(other(letter))]: { type: 'physical' } },
      synchronous_mode: true,
    });

  const newest = (letter: RegionLetter) =>
    writer.acknowledged.findLast(({ region: of }) => of === letter)?.ackedMs ?? 0;
  const soon = (what: string, holds: () => boolean | Promise<boolean>) =>
    until(
      what,
      async () => holds(),
      limitMs,
      () => JSON.stringify([...writer.failures]),
    );
  const standsBy = (letter: RegionLetter) =>
    soon(
      `region ${letter} is a standby`,
      async () => (await standbyLeaderOf(region(letter))) !== undefined,
    );
  const refuses = async (letter: RegionLetter) => {
    let before = -1;
    await soon(`region ${letter} refuses`, () => {
      const isQuiet = newest(letter) === before;
      before = newest(letter);
      return isQuiet;
    });
  };
  const accepts = async (letter: RegionLetter) => {
    const before = newest(letter);
    await soon(`region ${letter} accepts`, () => newest(letter) > before);
  };
  /** Until a member has every row that its region's primary has. */
  const follows = (letter: RegionLetter, member: string) =>
    soon(`${member} has what region ${other(letter)} has`, async () => {
      const wanted = writer.acknowledged.findLast(({ region: of }) => of === other(letter))?.seq;
      return wanted !== undefined && (await rowsOf(letter, member)).has(wanted);
    });
  /** None while it rewinds. */
  const rowsOf = (letter: RegionLetter, member: string) =>
    rowsIn(lab, letter, member).catch(() => new Set<number>());

  async function switchTo(letter: RegionLetter): Promise<void> {
    await holdWrites(other(letter), true);
    await refuses(other(letter));
    await follows(letter, `${letter}1`);
    await demote(other(letter));
    await standsBy(other(letter));
    await promote(letter);
    await accepts(letter);
    await holdWrites(other(letter), false);
    await lab.waitHealthyAs(letter);
  }

  function tell(what: string): void {
    const lengths = writer.moves().map(({ lengthMs }) => lengthMs.toFixed(0));
    process.stderr.write(
      `${what}: no write for ${lengths.join(', ')} ms; ${writer.acknowledged.length} acknowledged\n`,
    );
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 92, timing: 'fast' });
    await prepareTruth(lab);
  });
  afterAll(() => removeLab(labName));

  /** What the lab's operations.yaml has for an occasion, run as a command of `sensei` runs it. */
  async function runHook(name: string): Promise<number> {
    const { hooks } = JSON.parse(operationsConfig(lab)) as { hooks: readonly LabHook[] };
    const { http, command } = hooks.find((hook) => hook.name === name)!;
    if (http !== undefined) {
      const headers = { Authorization: `Bearer ${readFileSync(http.bearerToken.file, 'utf8')}` };
      return (await fetch(http.url, { method: 'POST', headers })).status;
    }
    const [file = '', ...args] = command ?? [];
    await promisify(execFile)(file, args, { env: { PATH: process.env['PATH'] ?? '' } });
    return 0;
  }

  const isReachable = async (letter: RegionLetter) =>
    (await ask(`http://${region(letter).haproxy}:${ports.haproxyStats}/`)) !== undefined;

  it.each([
    ['a', 200, /region a is the primary one and is fenced/],
    ['b', 0, /^healed$/],
  ] as const)(
    'the hooks of region %s fence it, twice too, and only unfencing lets it back in',
    async (letter, success, healing) => {
      const component = `haproxy-${letter}`;
      expect(await isReachable(letter)).toBe(true);
      expect(await runHook(`fence-${letter}`)).toBe(success);
      expect(await isReachable(letter)).toBe(false);
      await expect(lab.restart(component)).rejects.toThrow(`${component}: its region is fenced`);
      expect(await lab.heal().then(() => 'healed', String)).toMatch(healing);
      await lab.startRegion(letter);
      expect(await isReachable(letter)).toBe(false);
      expect(await runHook(`fence-${letter}`)).toBe(success);
      expect(await isReachable(letter)).toBe(false);
      const status = (await lab.status()).find(({ component: name }) => name === component);
      expect(status).toMatchObject({ state: 'dead', role: 'fenced' });
      expect(await runHook(`unfence-${letter}`)).toBe(success);
      expect(await runHook(`unfence-${letter}`)).toBe(success);
      expect(await isReachable(letter)).toBe(true);
      await lab.heal();
    },
  );

  it('the fencer does nothing for who does not know its password', async () => {
    const url = `http://${lab.addresses.monitoring}:${ports.fencer}/fence/region-a`;
    const headers = { Authorization: 'Bearer of nothing' };
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(401);
    expect(await isReachable('a')).toBe(true);
  });

  it('in a planned switchover there and back nothing is lost, and never do both accept writes', async () => {
    writer = new RegionWriter(lab);
    const checker = new WritableChecker(lab);
    try {
      await accepts('a');
      await switchTo('b');
      await follows('a', 'a2');
      await switchTo('a');
      await accepts('a');
    } finally {
      await writer.stop();
      await checker.stop();
    }
    tell('planned, there and back');
    expect(writer.moves().map(({ first }) => first.region)).toEqual(['b', 'a']);
    expect(await writer.lostIn('a')).toEqual([]);
    expect(checker.twoAtOnce()).toEqual([]);
    expect(checker.reigns().map(({ region: of }) => of)).toEqual(['a', 'b', 'a']);
    expect(Object.keys(checker.counts())).toEqual(checker.ways.map(({ name }) => name));
    expect(Math.min(...Object.values(checker.counts()))).toBeGreaterThan(50);
  });

  it('after the death of a region what it lost is known once it is read, and it follows again', async () => {
    writer = new RegionWriter(lab);
    const checker = new WritableChecker(lab);
    let known: number[] = [];
    try {
      await accepts('a');
      await lab.link({ delayMs: 300 });
      await soon('delayed', async () => (await writer.lostIn('b', 'b1')).length > 20);
      await lab.kill('region-a');
      await runHook('fence-a');
      await standsBy('b');
      await promote('b');
      await accepts('b');
      await lab.link('mend');
      await runHook('rejoin-a');
      await standsBy('a');
      const [last] = writer.moves();
      const kept = await rowsIn(lab, 'b');
      const inA = await rowsIn(lab, 'a', 'a1');
      known = [...inA].filter((seq) => !kept.has(seq));
      expect(inA.has(last!.last.seq)).toBe(true);
      await demote('a');
      for (const member of Object.keys(region('a').members)) await follows('a', member);
      await lab.waitHealthyAs('b');
      await runHook('unfence-a');
    } finally {
      await writer.stop();
      await checker.stop();
    }
    const lost = (await writer.lostIn('b')).map(({ seq }) => seq);
    tell(`unplanned, ${lost.length} lost`);
    expect(lost.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(lost));
    // What A had committed and never acknowledged is the one write that its death cut short.
    expect(known.length - lost.length).toBeLessThanOrEqual(1);
    expect((await writer.lostIn('a', 'a1')).map(({ seq }) => seq)).toEqual(lost);
    expect(checker.twoAtOnce()).toEqual([]);
    expect(checker.reigns().map(({ region: of }) => of)).toEqual(['a', 'b']);
  });
});
