import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/values.js';

/** Reads a `--timeout` between two durations, both as they are written; its value is milliseconds. */
export function timeoutBetween(least: string, most: string): (text: string) => number {
  const [leastMs, mostMs] = [parseDuration(least), parseDuration(most)];
  if (leastMs === undefined || mostMs === undefined)
    throw new Error(`${least} to ${most}: no durations`);
  return (text) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms < leastMs || ms > mostMs)
      throw new InvalidArgumentError(`expected a duration from ${least} to ${most}, such as 10s`);
    return ms;
  };
}
