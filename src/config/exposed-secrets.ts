import { stat } from 'node:fs/promises';
import { formatPath } from './fault.js';
import type { Warning } from './warnings.js';

interface SecretFile {
  readonly path: readonly PropertyKey[];
  readonly file: string;
}

/** Keys whose value is the path of a file with a secret: of a reference, and of a TLS key. */
const fileKeys: ReadonlySet<string> = new Set(['file', 'keyFile']);

/** Keys under which `file` is no secret. */
const plainFiles: ReadonlySet<PropertyKey | undefined> = new Set(['restoreTest', 'journal']);

/** Every file with a secret that the configuration names. */
function secretFiles(value: unknown, path: readonly PropertyKey[]): SecretFile[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => secretFiles(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  if (plainFiles.has(path.at(-1))) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    fileKeys.has(key) && typeof child === 'string'
      ? [{ path: [...path, key], file: child }]
      : secretFiles(child, [...path, key]),
  );
}

const othersMayRead = 0o004;

async function isExposed(file: string): Promise<boolean> {
  try {
    return ((await stat(file)).mode & othersMayRead) !== 0;
  } catch {
    // One that cannot be looked at is reported when it is read.
    return false;
  }
}

async function warningFor({ path, file }: SecretFile): Promise<Warning | undefined> {
  if (!(await isExposed(file))) return undefined;
  return {
    path: formatPath(path),
    title: 'a secret that everyone can read',
    reason: `every user of this machine may read ${file}`,
    remedy: 'take that right away, for example with chmod 0600 (in Kubernetes: defaultMode 0400)',
  };
}

/** A warning for every file with a secret that every user of the machine may read. */
export async function exposedSecrets(config: object): Promise<Warning[]> {
  const byFile = new Map(secretFiles(config, []).map((each) => [each.file, each]));
  const warnings = await Promise.all([...byFile.values()].map(warningFor));
  return warnings.filter((each) => each !== undefined);
}
