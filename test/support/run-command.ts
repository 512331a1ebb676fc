import process from 'node:process';
import { CommanderError, type Command } from 'commander';
import { vi } from 'vitest';

/** Bad arguments throw here, and do not end the tests' own process. */
function neverExiting(command: Command): Command {
  command.exitOverride();
  for (const below of command.commands) neverExiting(below);
  return command;
}

/** What a stream of this process is given, from now on. */
function captured(stream: NodeJS.WriteStream) {
  const texts: string[] = [];
  const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
    texts.push(String(text));
    return true;
  });
  return { text: () => texts.join(''), end: () => spy.mockRestore() };
}

/** Runs a command within this process. One at a time: the output is that of the process. */
export async function runCommand(command: Command, args: readonly string[]) {
  const [out, err] = [captured(process.stdout), captured(process.stderr)];
  const before = process.exitCode;
  try {
    await neverExiting(command).parseAsync([...args], { from: 'user' });
    return { stdout: out.text(), stderr: err.text(), code: process.exitCode };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { stdout: out.text(), stderr: err.text(), code: error.code };
  } finally {
    process.exitCode = before;
    out.end();
    err.end();
  }
}
