import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  chaosApi,
  chaosPlurals,
  chaosState,
  injectedIn,
  isAllInjected,
  type ChaosObject,
  type ChaosState,
} from '../drills/chaos.js';
import {
  messageOf,
  step,
  untilDone,
  type CleanupStep,
  type Hit,
  type Injection,
  type UndoOf,
} from './injection.js';
import type { DrillApi } from './kubernetes.js';

const lookMs = 250;
/** How long the API server may take to make an object: it gives up before it is given up. */
const madeWithinMs = 10_000;

type UndoChaos = UndoOf<'chaos'>;

function folderOf({ namespace, plural }: UndoChaos): string {
  return `/apis/${chaosApi}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

function pathOf(undo: UndoChaos): string {
  return `${folderOf(undo)}/${encodeURIComponent(undo.name)}`;
}

function nameOf({ plural, namespace, name }: UndoChaos): string {
  return `${plural} ${namespace}/${name}`;
}

/** Looks until everything that was selected is hit, or the time is over. */
async function awaitHit(
  api: DrillApi,
  undo: UndoChaos,
  settleMs: number,
  signal: AbortSignal,
): Promise<ChaosState | undefined> {
  const untilMs = performance.now() + settleMs;
  let state: ChaosState | undefined;
  do {
    // One look that is not answered takes nothing back of what is hit already.
    const look = api.find({ method: 'GET', path: pathOf(undo) }, chaosState, signal);
    state = (await look.catch(() => undefined)) ?? state;
    if (state !== undefined && isAllInjected(state)) return state;
    // Interrupted: what was hit so far is to be told all the same.
    await sleep(lookMs, undefined, { signal }).catch(() => undefined);
  } while (performance.now() < untilMs && !signal.aborted);
  return state;
}

function hitOf(undo: UndoChaos, state: ChaosState | undefined, settleMs: number): Hit {
  const targets = state === undefined ? [] : injectedIn(state);
  if (state !== undefined && isAllInjected(state)) return { targets };
  const conditions = (state?.status?.conditions ?? []).map(
    ({ type, status, reason }) =>
      `${type} ${status}${reason === undefined || reason === null || reason === '' ? '' : ` (${reason})`}`,
  );
  const said = conditions.join(', ') || 'no condition';
  const problem = `${nameOf(undo)} did not hit all that it selects within ${settleMs / 1000} s: it says ${said}`;
  return { targets, problem };
}

/** A failure by Chaos Mesh. Asks for it once without doing it. @throws Error where that is refused */
export async function chaosInjection(
  api: DrillApi,
  cluster: string,
  object: ChaosObject,
  settleMs: number,
  signal: AbortSignal,
): Promise<Injection> {
  const { name, namespace } = object.metadata;
  const plural = chaosPlurals[object.kind];
  const undo: UndoChaos = { kind: 'chaos', cluster, plural, namespace, name };
  const question = { method: 'POST', path: folderOf(undo), body: object } as const;
  await api.ask({ ...question, query: { dryRun: 'All' } }, z.unknown(), signal);
  const { action, mode, selector } = object.spec;
  const labels = JSON.stringify(selector.labelSelectors);
  return {
    undo,
    lines: [`${nameOf(undo)}: ${action} of ${mode} of the pods ${labels} in ${namespace}`],
    inject: async (stop) => {
      stop.throwIfAborted();
      // Not given up when the drill is interrupted: what is made after all would be found by nobody.
      const made = { ...question, query: { timeout: `${madeWithinMs / 1000}s` } };
      await api.ask(made, z.unknown(), new AbortController().signal);
      return hitOf(undo, await awaitHit(api, undo, settleMs, stop), settleMs);
    },
  };
}

async function awaitGone(
  api: DrillApi,
  undo: UndoChaos,
  limitMs: number,
  signal: AbortSignal,
): Promise<ChaosState | undefined> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const state = await api.find({ method: 'GET', path: pathOf(undo) }, chaosState, signal);
    if (state === undefined || performance.now() >= untilMs) return state;
    await sleep(lookMs, undefined, { signal });
  }
}

async function mendOnce(
  api: DrillApi,
  undo: UndoChaos,
  limitMs: number,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  const what = `delete ${nameOf(undo)}`;
  try {
    await api.find({ method: 'DELETE', path: pathOf(undo) }, z.unknown(), signal);
    const left = await awaitGone(api, undo, limitMs, signal);
    if (left === undefined) return [step(what, true, 'the API server has it no more')];
    const finalizers = (left.metadata.finalizers ?? []).join(', ') || 'none';
    const why = `it is still there after ${limitMs / 1000} s; finalizers: ${finalizers}`;
    return [step(what, false, why)];
  } catch (error) {
    return [step(what, false, messageOf(error))];
  }
}

/** Deletes the object, and waits until it is gone: its finalizer goes when all is mended. */
export function mendChaos(
  api: DrillApi,
  undo: UndoChaos,
  limitMs: number,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  return untilDone(() => mendOnce(api, undo, limitMs, signal), limitMs, signal);
}
