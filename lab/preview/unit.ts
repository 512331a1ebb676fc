/** A value with its unit, apart, since Grafana writes the unit smaller. */
export interface Formatted {
  readonly text: string;
  readonly suffix: string;
}

type Format = (value: number, decimals: number | undefined) => Formatted;

/** As many decimals as make three significant digits. */
function decimalsFor(value: number): number {
  if (value === 0 || Number.isInteger(value)) return 0;
  return Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
}

/** A number as text; without a wish for decimals, three significant digits and no zeros at the end. */
export function toFixed(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return String(value);
  return decimals === undefined
    ? String(Number(value.toFixed(Math.min(20, decimalsFor(value)))))
    : value.toFixed(decimals);
}

/** Steps up through suffixes, each a power of the factor. */
function scaled(factor: number, suffixes: readonly string[]): Format {
  return (value, decimals) => {
    let at = 0;
    let rest = value;
    while (Math.abs(rest) >= factor && at < suffixes.length - 1) {
      rest /= factor;
      at += 1;
    }
    return { text: toFixed(rest, decimals), suffix: suffixes[at] ?? '' };
  };
}

function plain(suffix: string, factor = 1): Format {
  return (value, decimals) => ({ text: toFixed(value * factor, decimals), suffix });
}

/** From the largest that fits; each in seconds. */
const periods = [
  [31_536_000, ' year'],
  [604_800, ' week'],
  [86_400, ' day'],
  [3600, ' hour'],
  [60, ' min'],
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
  [1e-9, ' ns'],
] as const;

function duration(unitSeconds: number): Format {
  return (value, decimals) => {
    const inSeconds = value * unitSeconds;
    if (inSeconds === 0) return { text: '0', suffix: unitSeconds === 1 ? ' s' : ' ms' };
    const fit = periods.find(([length]) => Math.abs(inSeconds) >= length) ?? [1e-9, ' ns'];
    const [length, suffix] = fit;
    const text = toFixed(inSeconds / length, decimals);
    const isPlural = length >= 60 && Math.abs(inSeconds / length) > 1;
    return { text, suffix: isPlural ? `${suffix}s` : suffix };
  };
}

const pad = (value: number) => String(value).padStart(2, '0');

function dateTime(value: number): Formatted {
  const at = new Date(value);
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return { text: `${date} ${time}`, suffix: '' };
}

const thousands = ['', ' K', ' Mil', ' Bil', ' Tri'];
const iec = [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB'];
const si = [' B', ' kB', ' MB', ' GB', ' TB', ' PB'];
const rate = (name: string) => ['', 'K', 'M', 'B', 'T'].map((each) => `${each} ${name}`);
const perSecond = (suffixes: readonly string[]) => suffixes.map((each) => `${each}/s`);

const formats: Readonly<Record<string, Format>> = {
  none: plain(''),
  string: plain(''),
  short: scaled(1000, thousands),
  sishort: scaled(1000, thousands),
  locale: (value) => ({ text: value.toLocaleString('en'), suffix: '' }),
  percent: plain('%'),
  percentunit: plain('%', 100),
  s: duration(1),
  ms: duration(1e-3),
  bytes: scaled(1024, iec),
  decbytes: scaled(1000, si),
  binBps: scaled(1024, perSecond(iec)),
  Bps: scaled(1000, perSecond(si)),
  ops: scaled(1000, rate('ops/s')),
  reqps: scaled(1000, rate('req/s')),
  cps: scaled(1000, rate('c/s')),
  bool: (value) => ({ text: value === 0 ? 'False' : 'True', suffix: '' }),
  bool_yes_no: (value) => ({ text: value === 0 ? 'No' : 'Yes', suffix: '' }),
  bool_on_off: (value) => ({ text: value === 0 ? 'Off' : 'On', suffix: '' }),
  dateTimeAsIso: dateTime,
};

export function isKnownUnit(unit: string): boolean {
  return unit in formats || unit === 'dateTimeFromNow' || unit.startsWith('suffix:');
}

/** `atMs` is what a relative time counts from. */
export function formatNumber(
  value: number,
  { unit = 'none', decimals, atMs }: { unit?: string; decimals?: number; atMs?: number },
): Formatted {
  if (unit.startsWith('suffix:')) return plain(unit.slice('suffix:'.length))(value, decimals);
  if (unit === 'dateTimeFromNow') return fromNow(value, atMs ?? value);
  return (formats[unit] ?? plain(` ${unit}`))(value, decimals);
}

function fromNow(value: number, atMs: number): Formatted {
  const { text, suffix } = duration(1e-3)(Math.abs(atMs - value), 0);
  return { text: value > atMs ? `in ${text}${suffix}` : `${text}${suffix} ago`, suffix: '' };
}
