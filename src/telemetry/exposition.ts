/** The two text formats that a scraper may ask for, by their Accept header's media type. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const needsEscape = /[\\"\n]/;

function escapeLabelValue(value: string): string {
  if (!needsEscape.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

/** `name{a="b"}` followed by a space: all of a sample's line but its value. */
export function samplePrefix(
  name: string,
  labelNames: readonly string[],
  labels: Readonly<Record<string, string | number>>,
): string {
  let pairs = '';
  for (const label of labelNames) {
    const value = labels[label];
    if (value === undefined || value === '') continue;
    pairs += `${pairs === '' ? '' : ','}${label}="${escapeLabelValue(String(value))}"`;
  }
  return pairs === '' ? `${name} ` : `${name}{${pairs}} `;
}

/** A value as both formats write it. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** The HELP and TYPE lines of a family. OpenMetrics names a counter's family without `_total`. */
export function familyHeader(
  family: { readonly name: string; readonly type: string; readonly help: string },
  format: ExpositionFormat,
): string {
  const bare =
    format === 'openmetrics' && family.type === 'counter'
      ? family.name.replace(/_total$/, '')
      : family.name;
  return `# HELP ${bare} ${escapeHelp(family.help, format)}\n# TYPE ${bare} ${family.type}\n`;
}
