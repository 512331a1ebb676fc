import process from 'node:process';

/** What a command prints: answers to stdout, remarks and faults to stderr. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Exit codes that scripts can rely on. */
export const exitCodes = {
  ok: 0,
  /** The command worked, and what it looked at is not well. */
  unhealthy: 1,
  /** The command could not do its work: bad arguments, bad configuration. */
  usage: 2,
} as const;

let mayEnd = true;

/** From now on nobody who stops reading, and no terminal that goes away, ends what the command does. */
export function goOnUnread(): void {
  mayEnd = false;
}

/**
 * A reader that has seen enough, such as `head`, is no fault: it ends what only tells something, and makes
 * nothing well that is not. Remarks that nobody reads any more stop no work in the middle.
 */
export function watchReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!mayEnd) return;
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? exitCodes.ok);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}
