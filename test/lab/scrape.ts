/** One sample of a metrics page. */
export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus text; label values of the lab hold no escapes. */
export function parsePage(page: string): ScrapedSample[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labelText = '', value = ''] =
        /^([a-z_:0-9]+)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      const labels = Object.fromEntries(
        [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [
          match[1] ?? '',
          match[2] ?? '',
        ]),
      );
      return { name, labels, value: Number(value) };
    });
}

/** Samples of a metric whose labels include these. */
export function samplesOf(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): ScrapedSample[] {
  return parsePage(page).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
}

/** The one value; undefined where there is no such series. */
export function valueOf(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samplesOf(page, name, labels);
  if (found.length > 1)
    throw new Error(`${name}: ${found.length} series match ${JSON.stringify(labels)}`);
  return found[0]?.value;
}

export function sumOf(
  page: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samplesOf(page, name, labels).reduce((sum, { value }) => sum + value, 0);
}
