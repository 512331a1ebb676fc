import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operationsSchema, type Hook } from '../../src/config/operations.js';
import { SecretReader } from '../../src/config/secrets.js';
import { runHook, type HookContext, type HookResult } from '../../src/operator/hooks.js';
import { systemClock } from '../../src/runner/clock.js';

const cluster = {
  name: 'orders-a',
  standbyCluster: { host: 'db.west.example' },
  writePath: { address: 'db.east.example:5000', user: 'canary' },
};

/** A hook as a file has it, with its defaults. */
export function hookOf(given: object): Hook {
  const hook = { name: 'stop-east', on: 'fence', region: 'east', ...given };
  return operationsSchema.parse({ clusters: [cluster], hooks: [hook] }).hooks[0]!;
}

/** A hook that runs JavaScript in a process of its own. */
export function scripted(source: string, more: object = {}): Hook {
  return hookOf({ command: [process.execPath, '-e', source], ...more });
}

export const context: HookContext = {
  execution: 'failover-7',
  kind: 'failover',
  mode: 'unplanned',
  from: 'east',
  to: 'west',
  deployment: 'orders',
  isDrill: true,
};

export function run(hook: Hook, signal = new AbortController().signal): Promise<HookResult> {
  return runHook(hook, context, {
    secrets: new SecretReader(systemClock),
    clock: systemClock,
    signal,
  });
}

/** Files with secrets, in a folder that goes away. */
export class SecretFiles {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sensei-hooks-'));

  /** A reference to a file with this in it. */
  write(name: string, content: string): { readonly file: string } {
    const file = join(this.folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return { file };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
