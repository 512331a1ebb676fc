import { readDocument } from './document.js';
import { exposedSecrets } from './exposed-secrets.js';
import { formatFault, type Fault } from './fault.js';
import { checkOperations } from './operations-check.js';
import { operationsWarnings } from './operations-warnings.js';
import { operationsSchema, type Operations } from './operations.js';
import type { Config } from './schema.js';
import { formatWarning, type Warning } from './warnings.js';

export type ReadOperations =
  | { readonly ok: true; readonly operations: Operations; readonly warnings: readonly Warning[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export type LoadedOperations =
  | { readonly ok: true; readonly operations: Operations; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly string[] };

function kindFor(config: Config) {
  return {
    schema: operationsSchema,
    crossCheck: (raw: unknown) => checkOperations(raw, config),
    emptyAdvice: '`sensei config example --operations` prints a file to start from',
  };
}

/** Reads operations.yaml and checks it against the configuration. Never throws: what is wrong is in the result. */
export async function readOperations(file: string, config: Config): Promise<ReadOperations> {
  const parsed = await readDocument(kindFor(config), file);
  if (!parsed.ok) return parsed;
  const operations = parsed.value;
  const warnings = [
    ...operationsWarnings(operations, config),
    ...(await exposedSecrets(operations)),
  ];
  return { ok: true, operations, warnings };
}

/** As `readOperations`, each fault and warning as the line that is printed of it. */
export async function loadOperations(file: string, config: Config): Promise<LoadedOperations> {
  const read = await readOperations(file, config);
  return read.ok
    ? { ...read, warnings: read.warnings.map(formatWarning) }
    : { ok: false, faults: read.faults.map(formatFault) };
}
