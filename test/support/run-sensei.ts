import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function startSensei(args: readonly string[]) {
  const env = { ...process.env, CI: 'true', NO_COLOR: undefined, FORCE_COLOR: undefined };
  const command = ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args];
  const child = spawn(process.execPath, command, { cwd: root, env });
  child.stdin.end();
  return child;
}

/** The exit code of `sensei ...` for a reader that goes before it has read anything. */
export async function runSenseiUnread(...args: readonly string[]): Promise<number> {
  const child = startSensei(args);
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = (await once(child, 'close')) as [number];
  return code;
}

/** Runs `sensei ...` as a process of its own, without a terminal. */
export async function runSensei(...args: readonly string[]) {
  const child = startSensei(args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { stdout, stderr, code };
}
