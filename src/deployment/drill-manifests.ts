import { stringify } from 'yaml';
import type { Config } from '../config/schema.js';
import { manifestsOf } from '../drills/manifests.js';

/** Manifests of the plans of a configuration as YAML, by file name. */
export function manifestsText(config: Config): Readonly<Record<string, string>> {
  return Object.fromEntries(
    manifestsOf(config).map(({ file, objects }) => [
      file,
      objects.map((object) => stringify(object, { lineWidth: 100 })).join('---\n'),
    ]),
  );
}
