import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as the lab remembers it: the start time tells it from a later one with the same id. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
}

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/** Fields of /proc/PID/stat, proc(5); undefined when the process is gone. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ESRCH'].includes(String(error.code))
    ) {
      return undefined;
    }
    throw error;
  }
}

export function recordOf(pid: number): ProcessRecord | undefined {
  const stat = statOf(pid);
  return stat === undefined ? undefined : { pid, startTime: stat.startTime };
}

export type ProcessState = 'running' | 'frozen' | 'dead';

export function stateOf(record: ProcessRecord | undefined): ProcessState {
  if (record === undefined) return 'dead';
  const stat = statOf(record.pid);
  if (stat === undefined || stat.startTime !== record.startTime || stat.state === 'Z')
    return 'dead';
  return stat.state === 'T' || stat.state === 't' ? 'frozen' : 'running';
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The process and everything below it. */
export function treeOf(pid: number): number[] {
  const parents = new Map(allPids().map((each) => [each, statOf(each)?.parent]));
  const tree = [pid];
  for (const parent of tree) {
    for (const [child, of] of parents) if (of === parent && !tree.includes(child)) tree.push(child);
  }
  return tree;
}

/** Sends a signal to each; one that is gone already is no fault. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** A file of /proc, empty when its process is gone or is a kernel's. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

/** Processes whose command line or environment names a folder, this one and its parents left out. */
export function processesOfFolder(folder: string): number[] {
  const own = new Set<number>();
  for (let pid = process.pid; pid > 1; pid = statOf(pid)?.parent ?? 0) own.add(pid);
  return allPids().filter(
    (pid) =>
      !own.has(pid) &&
      statOf(pid)?.state !== 'Z' &&
      (readProc(pid, 'cmdline').includes(folder) || readProc(pid, 'environ').includes(folder)),
  );
}

export interface Program {
  readonly command: readonly string[];
  readonly logFile: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program in a session of its own, its output in a file, so that it outlives this process. */
export function startProgram({ command, logFile, cwd, env }: Program): ProcessRecord {
  const [file = '', ...args] = command;
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, {
    cwd,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...env },
  });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  const record = child.pid === undefined ? undefined : recordOf(child.pid);
  if (record === undefined) throw new Error(`cannot start ${file}: is it installed?`);
  return record;
}

/** Waits until none of them runs, at most so long; answers with those that still do. */
export async function waitForEnd(pids: readonly number[], limitMs: number): Promise<number[]> {
  const untilMs = performance.now() + limitMs;
  let left = [...pids];
  while (left.length > 0 && performance.now() < untilMs) {
    left = left.filter((pid) => {
      const stat = statOf(pid);
      return stat !== undefined && stat.state !== 'Z';
    });
    if (left.length > 0) await sleep(30);
  }
  return left;
}
