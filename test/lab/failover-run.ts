import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { exporterConfig } from '../../lab/exporter-config.js';
import type { Lab } from '../../lab/lab.js';
import { operationsConfig } from '../../lab/operations-config.js';
import type { Execution, StepName } from '../../src/failover/execution.js';
import type { Loss } from '../../src/failover/loss.js';
import type { Blocker } from '../../src/failover/overrides.js';
import type { Recovery } from '../../src/failover/recovery.js';

const cli = fileURLToPath(new URL('../../bin/sensei.js', import.meta.url));

export type Told = Execution & {
  readonly recovery: Recovery | null;
  readonly losses: readonly Loss[];
};

/** The configuration and the operations file of a lab, as the options that name them. */
export function writeFailoverFiles(lab: Lab): string[] {
  const configFile = join(lab.folder, 'failover.yaml');
  const operationsFile = join(lab.folder, 'operations.yaml');
  writeFileSync(configFile, exporterConfig(lab), { mode: 0o600 });
  writeFileSync(operationsFile, operationsConfig(lab), { mode: 0o600 });
  return ['-c', configFile, '--operations', operationsFile];
}

/** One line that the command prints with --json. */
export type Line =
  | { readonly event: 'gates'; readonly gates: readonly Blocker[] }
  | {
      readonly event: 'plan';
      readonly sentence: string;
      readonly steps: readonly { name: StepName }[];
    }
  | { readonly event: 'begun'; readonly step: StepName }
  | { readonly event: 'progress'; readonly words: string }
  | {
      readonly event: 'ended';
      readonly step: StepName;
      readonly state: string;
      readonly detail: string;
    }
  | { readonly event: 'outcome'; readonly execution: Told };

export interface Ran {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly stderr: string;
  /** When it was started and had ended, in Unix milliseconds. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** `sensei dr ...` as its user starts it; told of every line, with the process, to end it if need be. */
export async function runDr(
  words: readonly string[],
  onLine: (line: Line, child: ChildProcess) => void = () => {},
): Promise<Ran> {
  const startedMs = Date.now();
  const child = spawn(process.execPath, [cli, 'dr', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    onLine(line, child);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, lines, stderr, startedMs, endedMs: Date.now() };
}

export function outcomeOf({ lines, stderr }: Ran): Told {
  const found = lines.findLast((line) => line.event === 'outcome');
  if (found === undefined) throw new Error(`no outcome was told: ${stderr}`);
  return found.execution;
}

export function gatesOf({ lines }: Ran): readonly Blocker[] {
  return lines.find((line) => line.event === 'gates')?.gates ?? [];
}

/** What somebody says who has looked at each gate that does not pass, and goes on over it. */
export function overridesFor(gates: readonly Blocker[], reason: string): string[] {
  return gates
    .filter(({ verdict, mayBeOverridden }) => verdict !== 'PASS' && mayBeOverridden)
    .flatMap(({ name }) => ['--override', `${name}=${reason}`]);
}
