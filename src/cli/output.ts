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
