import { expect } from 'vitest';
import { drCommand } from '../../src/cli/dr-command.js';
import type { Gate } from '../../src/dr/gates.js';
import type { WholeDeployment } from '../dr/whole-deployment.js';
import type { Json } from '../patroni/recorded.js';
import { runCommand } from '../support/run-command.js';

/** Runs a command about executions. No exporter is asked: that of the configuration may be another's. */
export function runExecution(
  { configFile, operationsFile }: WholeDeployment,
  name: string,
  ...args: readonly string[]
) {
  const files = ['-c', configFile, '--operations', operationsFile];
  return runCommand(drCommand(), [name, ...files, ...args]);
}

/** From region A to region B, in time also where the machine is overloaded. */
export function runFailover(deployment: WholeDeployment, ...args: readonly string[]) {
  const regions = ['--from', 'region-a', '--to', 'region-b'];
  const asking = ['--exporter', 'http://127.0.0.1:1', '--timeout', '60s'];
  return runExecution(deployment, 'failover', ...regions, ...asking, ...args);
}

/** What was printed, with --json. */
export function eventsOf(stdout: string): Json[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Json);
}

export function kindsOf(stdout: string): unknown[] {
  return eventsOf(stdout).map(({ event }) => event);
}

export function gatesIn(stdout: string): Gate[] {
  return eventsOf(stdout).find(({ event }) => event === 'gates')?.['gates'] as Gate[];
}

/** What does not pass, with its verdict. */
export function openIn(stdout: string): string[] {
  const open = gatesIn(stdout).filter(({ verdict }) => verdict !== 'PASS');
  return open.map(({ name, verdict }) => `${name} (${verdict})`);
}

export function overrides(names: readonly string[]): string[] {
  return names.flatMap((name) => ['--override', `${name}=looked at, and known`]);
}

/** Does the work, and holds what both regions are then against what they were. */
export async function changesNothing(
  deployment: WholeDeployment,
  work: () => Promise<void>,
): Promise<void> {
  const before = await deployment.standing();
  await work();
  expect(await deployment.standing()).toEqual(before);
  expect(deployment.changes()).toEqual([]);
}
