import { setMaxListeners } from 'node:events';

/**
 * Aborts with the parent, or when the time is over. `AbortSignal.any` of an `AbortSignal.timeout` does not:
 * nothing holds the latter, and once it is collected as garbage the limit is gone.
 * https://github.com/nodejs/node/issues/57736
 */
export function limitedSignal(parent: AbortSignal, limitMs: number): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(parent.reason);
  const end = () => {
    parent.removeEventListener('abort', abort);
    controller.abort(new DOMException('deadline', 'TimeoutError'));
  };
  // Many may be limited at one time, and each goes when its own is over.
  setMaxListeners(0, parent);
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  setTimeout(end, limitMs).unref();
  return controller.signal;
}
