import { setMaxListeners } from 'node:events';
import process from 'node:process';
import type { CollectorEnv } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import type { Gate } from '../dr/gates.js';
import { gatesOf } from '../dr/readiness.js';
import { gatherDrEvidence } from './dr-evidence.js';
import { Progress } from './progress.js';

/** What is said of a region that the configuration does not name. */
export function unknownRegion(region: string, file: string, known: readonly string[]): string {
  return `${region}: no such region in ${file}; it names ${known.join(', ') || 'none'}`;
}

/** Asks every gate of a failover to the region once, within so many milliseconds; tells of it on stderr. */
export async function askGates(
  config: Config,
  env: CollectorEnv,
  region: string,
  limitMs: number,
): Promise<Gate[]> {
  const controller = new AbortController();
  // Every member of every target listens to it.
  setMaxListeners(0, controller.signal);
  const timer = setTimeout(
    () => controller.abort(new DOMException('deadline', 'TimeoutError')),
    limitMs,
  );
  const progress = new Progress(process.stderr);
  try {
    const { signal } = controller;
    const begun = (name: string) => progress.begun(name);
    const ended = (name: string) => progress.ended(name);
    return gatesOf(await gatherDrEvidence(config, region, limitMs, { env, signal, begun, ended }));
  } finally {
    clearTimeout(timer);
    progress.end();
  }
}
