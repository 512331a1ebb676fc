import process from 'node:process';
import type { Config } from '../config/schema.js';
import type { Slo } from '../slo/objective.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes } from './output.js';

/** Does a command's work with its configuration; exits with what it answers, or with 2 and a message. */
export async function withConfig(
  file: string,
  work: (config: Config, slos: readonly Slo[]) => Promise<number> | number,
): Promise<void> {
  process.exitCode = exitCodes.usage;
  const opened = await openConfig(file);
  if (opened === undefined) return;
  try {
    const { config, slos } = opened.reloader;
    process.exitCode = await work(config, slos);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}
