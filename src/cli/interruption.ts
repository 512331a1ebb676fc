import process from 'node:process';
import { complain } from './output.js';

/**
 * Ends at the next chance when it is told to; what was begun is gone on with by `sensei dr resume`. A terminal
 * that goes away does not end it, for writes may be held; Node undoes what nohup does. After `release` a signal
 * ends the process at once, as without it.
 */
export function interruption() {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const stop = (name: NodeJS.Signals) => {
    complain(`${name}: stopping; what was begun stays as it is`);
    controller.abort();
  };
  const goOn = () => complain('SIGHUP: going on without the terminal; see sensei dr executions');
  for (const name of names) process.once(name, stop);
  process.on('SIGHUP', goOn);
  const release = () => {
    for (const name of names) process.off(name, stop);
    process.off('SIGHUP', goOn);
  };
  return { signal: controller.signal, release };
}
