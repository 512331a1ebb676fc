import process from 'node:process';
import type { Command } from 'commander';
import { exitCodes, watchReaders } from './output.js';
import { senseiProgram } from './program.js';

/** A name server that hangs keeps a process alive long after everything is printed. */
function endSoon(): void {
  setTimeout(() => process.exit(), 250).unref();
}

const program = senseiProgram(endSoon);

/** Bad arguments exit with 2, of whichever command they are: commander's own 1 means "not well" here. */
function exitAsPromised(command: Command): void {
  command.exitOverride(({ exitCode }) =>
    process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage),
  );
  for (const below of command.commands) exitAsPromised(below);
}
exitAsPromised(program);

watchReaders();

await program.parseAsync();
