import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports, type Region, type RegionLetter } from '../../lab/addresses.js';
import { ask } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { operationsConfig } from '../../lab/operations-config.js';

const labName = 'flo';
interface LabHook {
  readonly name: string;
  readonly command?: readonly string[];
  readonly http?: { readonly url: string; readonly bearerToken: { readonly file: string } };
}

/** What keeps a lost region from coming back by itself: the hooks of the lab's operations.yaml. */
describe('the fences of the lab', () => {
  let lab: Lab;

  const region = (letter: RegionLetter): Region =>
    letter === 'a' ? lab.addresses.regionA : lab.addresses.regionB;

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 92, timing: 'fast' });
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
});
