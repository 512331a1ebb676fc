import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DrillEvidence } from '../drills/evidence.js';

/** What must be taken back, known before anything is done: it survives a process that is killed. */
export const undo = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('chaos'),
    cluster: z.string(),
    plural: z.enum(['podchaos', 'networkchaos']),
    namespace: z.string(),
    name: z.string(),
  }),
  z.strictObject({
    kind: z.literal('drain'),
    cluster: z.string(),
    nodes: z.array(z.string()).max(1000),
  }),
  z.strictObject({ kind: z.literal('command') }),
]);
export type Undo = z.output<typeof undo>;
export type UndoOf<Kind extends Undo['kind']> = Extract<Undo, { kind: Kind }>;

/** What was really hit, and what went other than planned. */
export interface Hit {
  readonly targets: readonly string[];
  readonly problem?: string;
}

export type CleanupStep = NonNullable<DrillEvidence['cleanup']>[number];

/** A failure that is ready to be made. */
export interface Injection {
  readonly undo: Undo;
  /** What will be done, a line each. */
  readonly lines: readonly string[];
  /** @throws Error naming what refused */
  inject(signal: AbortSignal, tell: (text: string) => void): Promise<Hit>;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const againMs = 1000;

/** Mends again, until it is done or the time is over: an API server may be away for a moment. */
export async function untilDone(
  mend: () => Promise<CleanupStep[]>,
  limitMs: number,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const steps = await mend();
    const isOver = performance.now() + againMs >= untilMs || signal.aborted;
    if (isOver || steps.every(({ isDone }) => isDone)) return steps;
    await sleep(againMs);
  }
}

/** One step, done now. */
export function step(what: string, isDone: boolean, proof: string): CleanupStep {
  const at = new Date().toISOString();
  return { what: what.slice(0, 1000), at, isDone, proof: proof.slice(0, 2000) };
}
