import { configurationHash } from '../deployment/configuration-hash.js';
import { abandonedBody, knownExecutions, leftAs, parseExecution } from '../failover/execution.js';
import { renewProofs } from '../operator/engine.js';
import { carryOut } from './failover-carry-out.js';
import { openWords, withUnfinished } from './failover-journal.js';
import { failoverOutput } from './failover-output.js';
import { accessFor, prepare, type CommonOptions } from './failover-prepare.js';
import { complain, exitCodes, goOnUnread } from './output.js';

/** Goes on with the execution that is not over; answers with the exit code. */
export async function resume(options: CommonOptions): Promise<number> {
  goOnUnread();
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  return withUnfinished(prepared, 'go on with', async (journal, open) => {
    const execution = parseExecution(open.body);
    const access = accessFor(prepared, execution);
    if (access === undefined) return exitCodes.usage;
    execution.mayOverride.push(...options.override);
    if (execution.configuration !== configurationHash(prepared.config))
      complain(
        `${options.config} is not as it was when ${execution.id} was begun; going on with it as it is`,
      );
    renewProofs(execution);
    return carryOut(prepared, journal, access, execution, failoverOutput(options.json === true));
  });
}

/** Gives up the execution that is not over; answers with the exit code. */
export async function abandon(
  options: CommonOptions & { readonly reason: string; readonly confirm?: true },
): Promise<number> {
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  return withUnfinished(prepared, 'give up', async (journal, open) => {
    if (options.confirm !== true) {
      complain(`${openWords(open)}\nadd --confirm to give it up; both regions stay as they are`);
      return exitCodes.usage;
    }
    const { wallMs } = prepared.env.clock.now();
    const body = abandonedBody(open.body, options.reason, wallMs);
    await journal.put({ ...open, endedMs: wallMs, body });
    const [execution] = knownExecutions([body]);
    if (execution === undefined) complain(`${open.id} is given up: ${options.reason}`);
    else {
      failoverOutput(options.json === true).outcome(execution);
      for (const words of leftAs(execution)) complain(words);
    }
    return exitCodes.ok;
  });
}
