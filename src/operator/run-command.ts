import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Most that is kept of each stream, in bytes; the rest is read and dropped. */
const maxBytes = 256 * 1024;
/** Time from SIGTERM to SIGKILL, in milliseconds. */
const graceMs = 5000;
/** How long a stream is read that something in the background holds open, in milliseconds. */
const lingerMs = 500;

export interface CommandRun {
  /** A program and its arguments: no shell reads them. */
  readonly command: readonly string[];
  /** Variables of the program; `cleanEnvironment` makes them. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends the program as the time limit does. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The first 256 KiB of each. */
  readonly stdout: string;
  readonly stderr: string;
  readonly isTimedOut: boolean;
}

/** What is handed on of an environment: how programs are found and speak, and what is named for them. */
export function cleanEnvironment(
  from: Readonly<NodeJS.ProcessEnv>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(from).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && /^(?:PATH|HOME|LANG|SENSEI_.*)$/.test(entry[0]),
  );
  return { PATH: '/usr/local/bin:/usr/bin:/bin', ...Object.fromEntries(kept), ...own };
}

/** Signals the program and all that it started. One that is gone, or another user's, is left. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function gather(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  stream?.on('data', (chunk: Buffer) => {
    if (left > 0) chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** SIGTERM for the group, SIGKILL after the grace time. Answers with what stops the latter. */
function endGroup(child: ChildProcess): () => void {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  return () => clearTimeout(timer);
}

/** Both streams were read to their end, or are held open by what the program left behind. */
function readOut(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, lingerMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Ended = Pick<CommandResult, 'code' | 'signal'>;

function started(child: ChildProcess, program: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`cannot run ${program}: ${cause.message}`, { cause })),
    );
    child.once('exit', (code, signal) => {
      const closed = readOut(child);
      void closed.then(() => resolve({ code, signal }));
    });
  });
}

/**
 * Runs a program without a shell, in a process group of its own, which is ended at the time limit or by
 * the signal: SIGTERM, and SIGKILL 5 s later. What it left in the background on a good end is its own.
 * @throws Error naming the program that cannot be started
 */
export async function runCommand(run: CommandRun): Promise<CommandResult> {
  const [program = '', ...args] = run.command;
  run.signal?.throwIfAborted();
  const child = spawn(program, args, {
    detached: true,
    env: run.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ending = started(child, program);
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  let isTimedOut = false;
  let stopKilling = () => {};
  const end = () => (stopKilling = endGroup(child));
  const timer = setTimeout(() => {
    isTimedOut = true;
    end();
  }, run.timeoutMs);
  run.signal?.addEventListener('abort', end, { once: true });
  try {
    const { code, signal } = await ending;
    return { code, signal, stdout: stdout(), stderr: stderr(), isTimedOut };
  } finally {
    clearTimeout(timer);
    run.signal?.removeEventListener('abort', end);
    // The program itself is over: what of its group still runs had its warning.
    if (isTimedOut || run.signal?.aborted) signalGroup(child, 'SIGKILL');
    stopKilling();
  }
}
