import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { step, type CleanupStep } from './injection.js';

/** Time from SIGTERM to SIGKILL, and from there on, in milliseconds. */
const graceMs = 5000;
const lookMs = 100;

/** Whether a process was started by the command of a drill: that one gave it the id of the drill. */
async function isOf(pid: string, id: string): Promise<boolean> {
  // One that has ended meanwhile, or is another user's, is none of ours.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(`SENSEI_DRILL_ID=${id}`);
}

/** None where the system has no /proc. */
async function processesOf(id: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(pids.map((pid) => isOf(pid, id)));
  return pids.filter((_pid, index) => found[index]).map(Number);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

async function awaitEnd(id: string): Promise<number[]> {
  const untilMs = performance.now() + graceMs;
  let left = await processesOf(id);
  while (left.length > 0 && performance.now() < untilMs) {
    await sleep(lookMs);
    left = await processesOf(id);
  }
  return left;
}

/**
 * Ends what the command of a drill still does whose own process was killed: it would go on breaking things
 * after they were mended.
 */
export async function endLeft(id: string): Promise<CleanupStep[]> {
  const found = await processesOf(id);
  if (found.length === 0) return [];
  signalAll(found, 'SIGTERM');
  signalAll(await awaitEnd(id), 'SIGKILL');
  const left = await awaitEnd(id);
  const proof = left.length === 0 ? 'none of it runs any more' : `${left.join(', ')} still runs`;
  return [step(`end what still ran of it: process ${found.join(', ')}`, left.length === 0, proof)];
}
