import process from 'node:process';
import pc from 'picocolors';
import type { Tone } from '../report/blocks.js';

export type Colours = ReturnType<typeof pc.createColors>;

/** Colours for a stream that is a terminal; NO_COLOR and dumb terminals have none. */
export function coloursFor({ isTTY }: { readonly isTTY?: boolean }): Colours {
  const { NO_COLOR, TERM } = process.env;
  return pc.createColors(isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb');
}

export function toned(text: string, tone: Tone | undefined, colours: Colours): string {
  if (tone === undefined) return text;
  const colour = { good: colours.green, bad: colours.red, doubtful: colours.yellow }[tone];
  return colour(text);
}
