import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Command } from 'commander';
import { decodeUtf8, readAtMost } from '../config/bounded-read.js';
import type { Config } from '../config/schema.js';
import { parseDrill, type DrillEvidence } from '../drills/evidence.js';
import type { PageSource } from '../report/drill-page.js';
import { mostDrillBytes } from '../runner/drill-folder.js';
import { judgeNow, pageText } from './drill-files.js';
import { complain, exitCodes, print } from './output.js';
import { withConfig } from './with-config.js';

interface ExportOptions {
  readonly config?: string;
  readonly output?: string;
}

/** Without a configuration the verdict is that of the day. */
function judgedOf(evidence: DrillEvidence, config: Config | undefined): PageSource['judged'] {
  if (config !== undefined) return judgeNow(evidence, config);
  if (evidence.verdict === undefined) return undefined;
  const { verdict, reason, targetSeconds } = evidence.verdict;
  return { verdict, reason, targetMs: targetSeconds * 1000 };
}

async function write(file: string, output: string | undefined, config: Config | undefined) {
  const bytes = await readAtMost(file, mostDrillBytes);
  let evidence: DrillEvidence;
  try {
    evidence = parseDrill(decodeUtf8(bytes));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const text = pageText(evidence, bytes, file, judgedOf(evidence, config));
  if (output === undefined) print(text.trimEnd());
  else await writeFile(output, text, { mode: 0o644 });
  return exitCodes.ok;
}

async function exportPage(file: string, { config: path, output }: ExportOptions): Promise<void> {
  if (path !== undefined) return withConfig(path, (config) => write(file, output, config));
  process.exitCode = exitCodes.usage;
  try {
    process.exitCode = await write(file, output, undefined);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}

/** `sensei drill export`. */
export function drillExportCommand(): Command {
  return new Command('export')
    .summary('one page of a drill in Markdown, to be signed')
    .description(
      'Writes what an evidence file says, with its SHA-256 and lines for signatures. With -c it is judged by ' +
        'the configuration now; without, the verdict is that of the day it was recorded.\n' +
        'Exit code: 0 written, whatever the verdict, 2 no evidence, or it could not be written.',
    )
    .argument('<file>', 'evidence file')
    .option('-c, --config <file>', 'configuration file')
    .option('-o, --output <file>', 'write it there; else print it')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei drill export pod-kill.json -c sensei.yaml -o pod-kill.md\n' +
        '  sensei drill export pod-kill.json | less',
    )
    .action(exportPage);
}
