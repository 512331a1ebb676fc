import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { readAtMost } from '../config/bounded-read.js';
import { runningSuffix } from '../drills/running-file.js';
import { disruptions } from '../slo/answers.js';
import { messageOf, undo } from './injection.js';

const lockName = 'drill.lock';
const mostBytes = 1024 * 1024;
const instant = z.iso.datetime({ offset: true });

const holder = { pid: z.int().min(1), host: z.string().min(1).max(255), startedAt: instant };
const lock = z.object({ ...holder, plan: z.string() });

/** A drill that is under way, or was when its process ended. */
export const runningDrill = z.strictObject({
  format: z.literal('sensei-drill-running/v1'),
  id: z.uuid(),
  plan: z.string().regex(/^[a-z0-9-]{1,40}$/),
  scenario: z.enum(disruptions),
  by: z.string(),
  what: z.string(),
  environment: z.string(),
  configuration: z.string(),
  ...holder,
  /** When the failure was made, or was just about to be. */
  injectedAt: instant,
  /** Whether its evidence is written: only the cleanup is left. */
  isRecorded: z.boolean(),
  targets: z.array(z.string()).max(1000),
  undo,
  /** How Kubernetes was reached; null for a command. */
  access: z
    .strictObject({ file: z.string().nullable(), context: z.string().nullable() })
    .nullable(),
});
export type RunningDrill = z.output<typeof runningDrill>;

/** Who runs a drill: this process. */
export function self(): { pid: number; host: string; startedAt: string } {
  return { pid: process.pid, host: hostname(), startedAt: new Date().toISOString() };
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
}

/** Clocks are set; so much is no sign that a process is another one, in milliseconds. */
const clockSlackMs = 60_000;

/** Whether the number is of another process by now: containers have few, and a machine that was started begins anew. */
function isReused({ pid, startedAt }: Holder): boolean {
  const livedSeconds = pid === process.pid ? process.uptime() : uptime();
  const slackMs = pid === process.pid ? 0 : clockSlackMs;
  return Date.parse(startedAt) < Date.now() - livedSeconds * 1000 - slackMs;
}

/** Whether the process still runs; undefined where it was of another machine. */
export function isRunning(holder: Holder): boolean | undefined {
  const { pid, host } = holder;
  if (host !== hostname()) return undefined;
  if (isReused(holder)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A file that is whole or not there, also after the machine went down. */
async function writeWhole(file: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  const opened = await open(file, flag, 0o644);
  try {
    await opened.writeFile(text);
    await opened.sync();
  } finally {
    await opened.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function fileOf(folder: string, plan: string): string {
  return join(folder, `${plan}${runningSuffix}`);
}

/** Writes down what there is to take back; it is on the disk when this is over. */
export async function writeRunning(folder: string, running: RunningDrill): Promise<void> {
  const file = fileOf(folder, running.plan);
  const draft = join(folder, `.${running.plan}.running`);
  await writeWhole(draft, `${JSON.stringify(running, undefined, 2)}\n`, 'w');
  await rename(draft, file);
  await syncFolder(folder);
}

export async function removeRunning(folder: string, plan: string): Promise<void> {
  await rm(fileOf(folder, plan), { force: true });
  await syncFolder(folder);
}

/** File systems that know no second name for a file. */
const unlinkable = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Evidence is whole or not there, and never written over. @throws Error naming the file */
export async function writeEvidence(file: string, text: string): Promise<void> {
  const draft = `${file}.draft`;
  try {
    await writeWhole(draft, text, 'w');
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (!unlinkable.includes(error.code ?? '')) throw error;
      return writeWhole(file, text, 'wx');
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
}

export interface Leftovers {
  readonly running: readonly RunningDrill[];
  /** Files that cannot be read, with why. */
  readonly faults: readonly string[];
}

async function readRunning(file: string): Promise<RunningDrill> {
  try {
    return runningDrill.parse(JSON.parse((await readAtMost(file, mostBytes)).toString('utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new Error(`${file}: ${why}; see what it broke, mend it by hand and remove the file`, {
      cause,
    });
  }
}

/** Drills that were begun in a folder and not ended. None where there is no folder. */
export async function leftovers(folder: string): Promise<Leftovers> {
  let names: string[] = [];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const running: RunningDrill[] = [];
  const faults: string[] = [];
  for (const name of names.filter((each) => each.endsWith(runningSuffix)).toSorted()) {
    try {
      running.push(await readRunning(join(folder, name)));
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  return { running, faults };
}

function holderText(file: string, text: string): string {
  const parsed = lock.safeParse(safeJson(text));
  if (!parsed.success) return `${file} is not of a drill; see who made it, and remove it`;
  const { pid, host, plan, startedAt } = parsed.data;
  const who = `${plan} was begun at ${startedAt} by process ${pid} on ${host}`;
  const runs = isRunning(parsed.data);
  if (runs === true) return `${who}, and is under way (${file})`;
  if (runs === false)
    return `${who}, which has ended without a word (${file}); run \`sensei drill cleanup\``;
  return `${who} (${file}); where it is not under way, run \`sensei drill cleanup\` there, or with --force where that machine is gone`;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Holds a folder against a second drill. @throws Error saying who holds it */
export async function takeLock(folder: string, plan: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, lockName);
  try {
    await writeWhole(file, JSON.stringify({ ...self(), plan }), 'wx');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const text = await readFile(file, 'utf8').catch(() => '');
    throw new Error(`one drill at a time: ${holderText(file, text)}`, { cause: error });
  }
  return () => rm(file, { force: true });
}

/**
 * Takes away the lock of a process that has ended; with force also that of another machine.
 * @throws Error where it still holds it
 */
export async function breakLock(folder: string, force = false): Promise<void> {
  const file = join(folder, lockName);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const parsed = lock.safeParse(safeJson(text));
  const runs = parsed.success ? isRunning(parsed.data) : true;
  if (runs === false || (runs === undefined && force)) await rm(file, { force: true });
  else throw new Error(holderText(file, text));
}
