import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { manifestsText } from '../deployment/drill-manifests.js';
import { drillsOf } from './drill-files.js';
import { exitCodes, print } from './output.js';
import { withConfig } from './with-config.js';

interface ManifestOptions {
  readonly config: string;
  readonly output?: string;
}

function manifests({ config: path, output }: ManifestOptions): Promise<void> {
  return withConfig(path, async (config) => {
    drillsOf(config);
    const files = Object.entries(manifestsText(config));
    if (output === undefined) {
      print(
        files
          .map(([file, text]) => `# ${file}\n${text}`)
          .join('---\n')
          .trimEnd(),
      );
      return exitCodes.ok;
    }
    await mkdir(output, { recursive: true });
    for (const [file, text] of files) await writeFile(join(output, file), text, { mode: 0o644 });
    print(files.map(([file]) => join(output, file)).join('\n'));
    return exitCodes.ok;
  });
}

/** `sensei drill manifests`. */
export function drillManifestsCommand(): Command {
  return new Command('manifests')
    .summary('Chaos Mesh objects of the plans, and the rights that running them needs')
    .description(
      'Writes for every plan with chaos its object and its Schedule, and the account, roles and bindings of ' +
        '`sensei drill run`. A Schedule breaks things without evidence: only `sensei drill run` makes some.\n' +
        'Exit code: 0 written, 2 bad arguments or configuration, or it could not be written.',
    )
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('-o, --output <folder>', 'write files there, over those of before; else print them')
    .addHelpText(
      'after',
      '\nExample:\n' +
        '  sensei drill manifests -c sensei.yaml -o chaos && kubectl apply -f chaos/drill-rights.yaml',
    )
    .action(manifests);
}
