const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

type Rounding = 'nearest' | 'down' | 'up';

const roundings: Readonly<Record<Rounding, (value: number) => number>> = {
  nearest: Math.round,
  down: Math.floor,
  up: Math.ceil,
};

/** Units by the size from which they are used, the largest first; the last resolves the rest. */
const scales = [
  { fromMs: day, unit: 'd', stepMs: hour, stepUnit: 'h' },
  { fromMs: hour, unit: 'h', stepMs: minute, stepUnit: 'min' },
  { fromMs: minute, unit: 'min', stepMs: second, stepUnit: 's' },
] as const;

function roundedTo(stepMs: number, ms: number, rounding: Rounding): number {
  return roundings[rounding](ms / stepMs) * stepMs;
}

function inSeconds(ms: number, rounding: Rounding): string {
  if (ms < second) return `${ms} ms`;
  const tenths = roundedTo(100, ms, rounding);
  return tenths >= minute ? '1 min' : `${Number((tenths / second).toFixed(1))} s`;
}

function inTwoUnits(ms: number, rounding: Rounding): string | undefined {
  for (const { fromMs, unit, stepMs, stepUnit } of scales) {
    if (ms < fromMs) continue;
    const rounded = roundedTo(stepMs, ms, rounding);
    const rest = Math.round((rounded % fromMs) / stepMs);
    const whole = `${Math.floor(rounded / fromMs)} ${unit}`;
    return rest === 0 ? whole : `${whole} ${rest} ${stepUnit}`;
  }
  return undefined;
}

/** A duration for people: `450 ms`, `41.3 s`, `2 min 5 s`, `3 h 20 min`, `12 d 3 h`. */
export function formatDuration(ms: number, rounding: Rounding = 'nearest'): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < 0) return `-${formatDuration(-ms, rounding)}`;
  // Clocks give fractions: 10.1 s that came as 10100.0001 ms is 10.1 s, whichever way it is rounded.
  const wholeMs = Math.round(ms);
  const text = inTwoUnits(wholeMs, rounding) ?? inSeconds(wholeMs, rounding);
  return text.replace(/^60 min$/, '1 h').replace(/^24 h$/, '1 d');
}

export interface Bracket {
  readonly lowMs: number;
  readonly highMs: number | null;
  /** Null while it is open. */
  readonly firstOkMs: number | null;
}

/** A recovery time as it is known: rounding never makes the bracket narrower than it was measured. */
export function formatBracket({ lowMs, highMs, firstOkMs }: Bracket): string {
  const low = formatDuration(lowMs, 'down');
  if (firstOkMs === null) return `${low} so far`;
  if (highMs === null) return `at least ${low}`;
  const high = formatDuration(highMs, 'up');
  return low === high ? low : `${low} to ${high}`;
}

/** A share such as an objective, with the digits it has: `99.95 %`. */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`;
}

/** A share rounded down to a tenth of a per cent, so that it never looks better than it is. */
export function formatShareDown(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return 'unknown';
  const tenths = Math.floor(Number((share * 1000).toPrecision(12)));
  return `${(tenths / 10).toFixed(1)} %`;
}

/** A share that may be tiny, in three digits: what is not nothing is never shown as nothing. */
export function formatSmallShare(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return 'unknown';
  const percent = share * 100;
  if (percent > 0 && percent < 0.0001) return 'below 0.0001 %';
  return `${Number(percent.toPrecision(3))} %`;
}

/** `1 outage`, `3 outages`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** An amount of bytes in three digits, by thousands: `0 B`, `16.8 MB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'unknown';
  const power = byteUnits.findLastIndex((_, index) => bytes >= 1000 ** index);
  const index = Math.max(0, power);
  return `${Number((bytes / 1000 ** index).toPrecision(3))} ${byteUnits[index]}`;
}
