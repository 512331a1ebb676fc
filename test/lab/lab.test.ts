import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { clusterOf, redisPrimary, until } from '../../lab/health.js';
import { Lab, labFolder, removeLab } from '../../lab/lab.js';
import { processesOfFolder } from '../../lab/processes.js';

const names = ['test-one', 'test-two'] as const;
const main = fileURLToPath(new URL('../../lab/main.ts', import.meta.url));

function traceOf(name: string): { folder: boolean; processes: number } {
  return {
    folder: existsSync(labFolder(name)),
    processes: processesOfFolder(labFolder(name)).length,
  };
}

const nothing = { folder: false, processes: 0 };

describe('the lab', () => {
  afterEach(async () => {
    for (const name of names) await removeLab(name);
  });

  it('runs twice side by side, each its own clusters, and down leaves no process and no file', async () => {
    const labs = await Promise.all(
      names.map((name, index) => Lab.up({ name, octet: 81 + index, timing: 'fast' })),
    );
    // On a busy machine either may have failed over while the other one came up.
    await Promise.all(labs.map((lab) => lab.waitHealthy()));
    const leaders = await Promise.all(
      labs.map(async ({ addresses }) =>
        (await clusterOf(addresses.regionA)).find(({ role }) => role === 'leader'),
      ),
    );
    expect(leaders.map((leader) => leader?.state)).toEqual(['running', 'running']);
    await labs[0]!.down();
    expect(traceOf(names[0])).toEqual(nothing);
    expect(await redisPrimary(labs[1]!.addresses.redis)).toBeDefined();
    const states = (await labs[1]!.status()).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['running']));
    await labs[1]!.down();
    expect(traceOf(names[1])).toEqual(nothing);
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'interrupted by %s in the middle of coming up leaves nothing after down',
    async (signal) => {
      const [name] = names;
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', main, '--name', name, 'up', '--octet', '81'],
        { stdio: 'ignore' },
      );
      const exited = once(child, 'exit');
      await until(
        'PostgreSQL begun',
        () => Promise.resolve(existsSync(`${labFolder(name)}/a1/data`)),
        180_000,
        () => '',
      );
      child.kill(signal);
      await exited;
      expect(traceOf(name).processes).toBeGreaterThan(10);
      expect(await removeLab(name)).toBe(true);
      expect(traceOf(name)).toEqual(nothing);
      expect(await removeLab(name)).toBe(false);
    },
  );

  it('ends frozen and killed parts as well', async () => {
    const [name] = names;
    const lab = await Lab.up({ name, octet: 81, timing: 'fast' });
    const [frozen = ''] = await lab.freeze('pg-replica');
    const [killed = ''] = await lab.kill('pg-standby');
    let states = new Map<string, string>();
    const areShown = async () => {
      states = new Map((await lab.status()).map(({ component, state }) => [component, state]));
      return states.get(frozen) === 'frozen' && states.get(killed) === 'dead';
    };
    // A signal is sent at once, and taken a moment later.
    await until('frozen and dead', areShown, 20_000, () => JSON.stringify([...states]));
    await lab.down();
    expect(traceOf(name)).toEqual(nothing);
  });

  it('says which words there are when it is asked for what it does not have', async () => {
    expect(() => Lab.open('never-made')).toThrow('there is no lab never-made');
    expect(() => labFolder('../etc')).toThrow('letters, digits and dashes');
    await expect(Lab.up({ name: 'a/b', octet: 81, timing: 'fast' })).rejects.toThrow(
      'letters, digits and dashes',
    );
  });
});
