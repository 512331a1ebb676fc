import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CollectionError, type FailureReason } from '../failure.js';

/** Most that a command may print, in bytes. */
const maxBytes = 8 * 1024 * 1024;
/** Most of its complaints that is kept, in bytes, and shown, in characters. */
const maxComplaintBytes = 64 * 1024;
const shownCharacters = 300;

/** Programs are found, and print as scripts expect it; nothing else of this process is handed on. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  };
}

/** Ends the command and all that it started. One that is gone, or another user's, is left. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Gathers a stream; beyond the limit `overflow` is called once and the rest is dropped. */
function gather(stream: Readable | null, limitBytes: number, overflow: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limitBytes) chunks.push(chunk);
    else overflow();
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The line that says what went wrong, else the first. */
function complaintIn(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const line = lines.find((each) => each.includes('ERROR')) ?? lines.find((each) => each !== '');
  return (line ?? 'it says nothing').slice(0, shownCharacters);
}

/**
 * Runs a program without a shell, in a process group of its own that the signal ends as a whole.
 * Answers with what it printed. @throws CollectionError whose message begins with `where`
 */
export function runCommand(
  where: string,
  [program = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, args, {
      detached: true,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const onAbort = () => giveUp('timeout', `${program} did not end by the deadline`);
    const release = () => signal.removeEventListener('abort', onAbort);
    const fail = (reason: FailureReason, what: string) => {
      release();
      reject(new CollectionError(reason, `${where}: ${what}`));
    };
    const giveUp = (reason: FailureReason, what: string) => {
      endGroup(child);
      child.stdout?.destroy();
      child.stderr?.destroy();
      fail(reason, what);
    };
    // First of all: one that cannot be started has no streams, and an error that nobody hears is fatal.
    child.on('error', ({ message }) => fail('internal', `cannot run ${program}: ${message}`));
    const output = gather(child.stdout, maxBytes, () =>
      giveUp('too_large', `${program} printed more than ${maxBytes} bytes`),
    );
    const complaints = gather(child.stderr, maxComplaintBytes, () => {});
    child.once('close', (code, endedBy) => {
      release();
      if (code === 0) {
        resolve(output());
        return;
      }
      const how = code === null ? `was ended by ${endedBy}` : `ended with exit code ${code}`;
      fail('status', `${program} ${how}: ${complaintIn(complaints() || output())}`);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
