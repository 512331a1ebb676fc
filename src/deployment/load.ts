import { dirname, isAbsolute, join } from 'node:path';
import { decodeUtf8, readAtMost } from '../config/bounded-read.js';
import { faultAt } from '../config/document.js';
import type { Fault } from '../config/fault.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Warning } from '../config/warnings.js';
import type { YamlSource } from '../config/yaml-source.js';
import type { Slo } from '../slo/objective.js';
import { alertFaults } from './alert-plan.js';
import { objectivesOf, type ObjectiveFault, type Wanted } from './objectives.js';
import { importOpenSlo } from './openslo.js';

/** A configuration and the SLOs that come of it. */
export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly slos: readonly Slo[];
      readonly warnings: readonly Warning[];
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const maxBytes = 1024 * 1024;

/** A fault that carries its place in its words. */
function elsewhere({ file, message }: { file: string; message: string }): Fault {
  const words = message.startsWith(`${file}:`)
    ? message.slice(file.length + 1).trimStart()
    : message;
  const place = /^(\d+):(\d+): (.*)$/s.exec(words);
  if (place === null) return { file, line: 0, column: 0, path: '', message: words };
  const [, line, column, rest = ''] = place;
  return { file, line: Number(line), column: Number(column), path: '', message: rest };
}

function asFault(source: YamlSource, fault: ObjectiveFault): Fault {
  return 'path' in fault ? faultAt(source, fault) : elsewhere(fault);
}

async function readImported(
  config: Config,
  source: YamlSource,
): Promise<{ wanted: readonly Wanted[]; faults: Fault[] }> {
  const texts: { file: string; text: string }[] = [];
  const faults: Fault[] = [];
  for (const [index, path] of config.slo.openslo.entries()) {
    const file = isAbsolute(path) ? path : join(dirname(source.file), path);
    try {
      const bytes = await readAtMost(file, maxBytes);
      texts.push({ file, text: decodeUtf8(bytes) });
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      const message = `found ${JSON.stringify(path)}, which cannot be read (${why}); expected an OpenSLO file of at most 1 MiB`;
      faults.push(faultAt(source, { path: ['slo', 'openslo', index], message }));
    }
  }
  const { wanted, faults: found } = importOpenSlo(texts);
  return { wanted, faults: [...faults, ...found.map(elsewhere)] };
}

/** Reads a configuration and the files it names. Reports every fault there is. */
export async function loadDeployment(file: string): Promise<LoadResult> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) return loaded;
  const { config, source } = loaded;
  const imported = await readImported(config, source);
  const { slos, faults, warnings } = objectivesOf(config, imported.wanted);
  const all = [
    ...[...faults, ...alertFaults(config)].map((fault) => asFault(source, fault)),
    ...imported.faults,
  ];
  if (all.length > 0) return { ok: false, faults: all };
  return { ok: true, config, slos, warnings: [...loaded.warnings, ...warnings] };
}
