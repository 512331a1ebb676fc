import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../config/values.js';

/** Reads a time-out of an option, within bounds such as `500ms`; answers in milliseconds. */
export function boundedTimeout(least: string, most: string): (text: string) => number {
  const [minMs = 0, maxMs = Infinity] = [least, most].map(parseDuration);
  return (text) => {
    const ms = parseDuration(text);
    if (ms === undefined || ms < minMs || ms > maxMs)
      throw new InvalidArgumentError(`expected a duration from ${least} to ${most}, such as 10s`);
    return ms;
  };
}
