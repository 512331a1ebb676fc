import type { StepName } from '../../failover/execution.js';
import type { StepContext, StepRun } from '../step.js';
import { demote } from './demote.js';
import { follow } from './follow.js';
import { freeze } from './freeze.js';
import { gates } from './gates.js';
import { hold } from './hold.js';
import { runHooks } from './hooks.js';
import { promote } from './promote.js';
import { prove } from './prove.js';
import { recheck } from './recheck.js';
import { rejoin, restrain, salvage } from './rejoin.js';
import { verify } from './verify.js';

const toNew =
  (occasion: 'scale' | 'redis' | 'traffic' | 'notify' | 'unfence'): StepRun =>
  (context: StepContext) =>
    runHooks(context, occasion, context.execution.to);

/** What is done at each step. Every one may be done again: it begins with what it finds. */
export const stepRuns: Readonly<Record<StepName, StepRun>> = {
  rejoin,
  salvage,
  restrain,
  unfence: toNew('unfence'),
  gates,
  freeze,
  prepare: toNew('scale'),
  hold,
  demote,
  fence: (context) => runHooks(context, 'fence', context.execution.from),
  prove,
  promote,
  verify,
  scale: toNew('scale'),
  redis: toNew('redis'),
  traffic: toNew('traffic'),
  follow,
  recheck,
  notify: toNew('notify'),
};
