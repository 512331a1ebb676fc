import { crossCheck } from './cross-check.js';
import { parseDocument, readDocument, type Parsed } from './document.js';
import type { Fault } from './fault.js';
import { configSchema, type Config } from './schema.js';
import { exposedSecrets } from './exposed-secrets.js';
import { warningsOf, type Warning } from './warnings.js';
import type { YamlSource } from './yaml-source.js';

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly Warning[];
      /** The text behind it, to tell where something stands. */
      readonly source: YamlSource;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const configuration = {
  schema: configSchema,
  crossCheck,
  emptyAdvice: '`sensei config example` prints a file to start from',
};

function withWarnings(parsed: Parsed<Config>): LoadResult {
  if (!parsed.ok) return parsed;
  const { value: config, source } = parsed;
  return { ok: true, config, warnings: warningsOf(config), source };
}

/** Checks a configuration's text. Reports every fault there is, in the order of the file. */
export function parseConfig(file: string, text: string): LoadResult {
  return withWarnings(parseDocument(configuration, file, text));
}

/**
 * Reads and checks a configuration file, and looks at who may read its secrets.
 * Never throws: what is wrong is in the result.
 */
export async function loadConfig(file: string): Promise<LoadResult> {
  const result = withWarnings(await readDocument(configuration, file));
  if (!result.ok) return result;
  return { ...result, warnings: [...result.warnings, ...(await exposedSecrets(result.config))] };
}
