import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function track(child: ChildProcess): ChildProcess {
  running.add(child);
  child.on('exit', () => running.delete(child));
  return child;
}

/** A module of this folder in a process of its own, ready when it sends its first message. */
export async function startModule(
  file: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; first: unknown }> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = track(
    fork(path, args, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 2, 2, 'ipc'] }),
  );
  const exited = once(child, 'exit').then(() => {
    throw new Error(`${file} ended before it was ready`);
  });
  const [first] = (await Promise.race([once(child, 'message'), exited])) as unknown[];
  exited.catch(() => {});
  return { child, first };
}

/** The next message of a module. @throws Error when it ends without one */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const stopped = new AbortController();
  const exited = once(child, 'exit', { signal: stopped.signal }).then(() => {
    throw new Error('a part of the benchmark ended before it gave its result');
  });
  try {
    const [message] = (await Promise.race([once(child, 'message'), exited])) as unknown[];
    return message;
  } finally {
    exited.catch(() => {});
    stopped.abort();
  }
}

export function startProgram(command: string, args: readonly string[]): ChildProcess {
  return track(spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] }));
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(force);
}

/** Linux's USER_HZ: the unit of utime and stime in /proc/PID/stat, 100 on every supported machine. */
const ticksPerSecond = 100;

/** CPU seconds used so far by a process and its threads. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Peak resident memory in bytes. */
export function peakMemoryBytes(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? NaN) * 1024;
}
