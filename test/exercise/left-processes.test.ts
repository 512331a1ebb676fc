import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { endLeft } from '../../src/exercise/left-processes.js';

/** Something that goes on, in a group of its own, and says when it has begun. */
async function started(id: string, source: string) {
  const child = spawn(process.execPath, ['-e', `${source}; console.log('on')`], {
    detached: true,
    env: { SENSEI_DRILL_ID: id },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { child, end: once(child, 'exit') };
}

const forever = 'setInterval(() => {}, 1000)';

describe('what the command of a drill still does whose process was killed', () => {
  it('is ended, and what is of another drill is left', async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const [own, foreign] = await Promise.all([started(id, forever), started(other, forever)]);
    const steps = await endLeft(id);
    expect(await own.end).toEqual([null, 'SIGTERM']);
    expect(steps).toMatchObject([
      { what: `end what still ran of it: process ${own.child.pid}`, isDone: true },
    ]);
    expect(foreign.child.exitCode).toBeNull();
    expect(await endLeft(other)).toHaveLength(1);
    expect(await endLeft(id)).toEqual([]);
  });

  it('is killed where it does not heed', async () => {
    const id = randomUUID();
    const deaf = await started(id, `process.on('SIGTERM', () => {}); ${forever}`);
    expect(await endLeft(id)).toMatchObject([{ isDone: true }]);
    expect(await deaf.end).toEqual([null, 'SIGKILL']);
  }, 20_000);
});
