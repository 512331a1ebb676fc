import type { Collector, CollectorEnv, Span, Target } from '../collectors/contract.js';
import { CollectionError, reasonOf, type FailureReason } from '../collectors/failure.js';

/** One collection, before anything is concluded from it. */
export type Look<Snapshot> = { readonly span: Span } & (
  | { readonly ok: true; readonly snapshot: Snapshot }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly message: string;
      /** What is known all the same. */
      readonly partial: unknown;
    }
);

/** Rejects when the signal aborts, whatever the collector does about it. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new CollectionError('timeout', 'no answer in time'));
    // A little later than the collector itself hears of it: its own words say more.
    const late = () => void setTimeout(end, 50);
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
}

function failedLook<Snapshot>(error: unknown, isAborted: boolean, span: Span): Look<Snapshot> {
  const known = error instanceof CollectionError;
  return {
    ok: false,
    reason: !known && isAborted ? 'timeout' : reasonOf(error),
    message: error instanceof Error ? error.message : String(error),
    partial: known ? error.partial : undefined,
    span,
  };
}

/** Opens a target, observes it once and closes it again; never throws. */
export async function observeOnce<T extends Target, Io, Snapshot, Memory>(
  collector: Collector<T, Io, Snapshot, Memory>,
  target: T,
  env: CollectorEnv,
  signal: AbortSignal,
): Promise<Look<Snapshot>> {
  const { clock } = env;
  let startedAt = clock.now();
  let io: Io | undefined;
  try {
    await collector.prepare?.();
    startedAt = clock.now();
    io = collector.open(target, env);
    const observed = collector.observe(io, { signal });
    const snapshot = await Promise.race([observed, untilAborted(signal)]);
    return { ok: true, snapshot, span: { startedAt, endedAt: clock.now() } };
  } catch (error) {
    return failedLook(error, signal.aborted, { startedAt, endedAt: clock.now() });
  } finally {
    if (io !== undefined) void collector.close(io).catch(() => undefined);
  }
}
