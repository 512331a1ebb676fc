import type { ExecutionKind, ExecutionMode, StepName } from './execution.js';

/** What a plan is made for. */
export interface PlanTerms {
  readonly kind: ExecutionKind;
  readonly mode: ExecutionMode;
  readonly from: string;
  readonly to: string;
  /** Whether the region that is to take over has to be let back in first. */
  readonly mustRejoin: boolean;
  readonly pairs: readonly { readonly old: string; readonly new: string }[];
  /** Names of hooks, by what they are run on. */
  readonly hooks: Readonly<Partial<Record<StepName, readonly string[]>>>;
}

export interface PlannedStep {
  readonly name: StepName;
  /** What it does, in one sentence. */
  readonly words: string;
}

const rejoining: readonly StepName[] = ['rejoin', 'salvage', 'restrain', 'unfence', 'gates'];
/** What takes time and does no harm is done while the old region still serves. */
const planned: readonly StepName[] = [
  'freeze',
  'prepare',
  'hold',
  'demote',
  'promote',
  'verify',
  'redis',
  'traffic',
  'follow',
  'recheck',
  'notify',
];
const unplanned: readonly StepName[] = [
  'freeze',
  'fence',
  'prove',
  'promote',
  'verify',
  'scale',
  'redis',
  'traffic',
  'recheck',
  'notify',
];

/** The steps, in their order. */
export function stepsOf({ mode, mustRejoin }: Pick<PlanTerms, 'mode' | 'mustRejoin'>): StepName[] {
  return [...(mustRejoin ? rejoining : []), ...(mode === 'planned' ? planned : unplanned)];
}

function hooksWords(hooks: readonly string[] | undefined, nothing: string): string {
  return hooks === undefined || hooks.length === 0 ? nothing : `run ${hooks.join(', ')}`;
}

type Words = (terms: PlanTerms) => string;

function olds({ pairs }: PlanTerms): string {
  return pairs.map((each) => each.old).join(', ');
}

function news({ pairs }: PlanTerms): string {
  return pairs.map((each) => each.new).join(', ');
}

const words: Readonly<Record<StepName, Words>> = {
  rejoin: ({ to, hooks }) =>
    `start ${to} again behind its fence: ${hooksWords(hooks.rejoin, 'no hook; it is taken to be started')}`,
  salvage: ({ to }) => `read what ${to} has that was lost: its last heartbeat and log position`,
  restrain: (terms) =>
    `make ${news(terms)} follow ${olds(terms)}: PATCH standby_cluster, wait until it streams`,
  unfence: ({ to, hooks }) =>
    `let ${to} back in: ${hooksWords(hooks.unfence, 'no hook, nothing to do')}`,
  gates: ({ to }) => `ask the gates of a failover to ${to}; go on only where they pass`,
  freeze: () => 'write down the last acknowledged heartbeat and log position of both regions',
  prepare: ({ to, hooks }) =>
    `make ${to} ready while the old region serves: ${hooksWords(hooks.scale, 'no scale hook, nothing to do')}`,
  hold: (terms) =>
    `stop new writes in ${olds(terms)} (default_transaction_read_only), wait until ${news(terms)} has all`,
  demote: (terms) =>
    `make ${olds(terms)} a standby cluster, wait until it runs as one, prove that nothing is missing`,
  fence: ({ from, hooks }) =>
    `fence ${from}: ${hooksWords(hooks.fence, 'no hook; that nothing writes there is on your word')}`,
  prove: (terms) =>
    `prove that no write succeeds in ${olds(terms)}, through its write path and on each member`,
  promote: (terms) => `promote ${news(terms)}: PATCH standby_cluster away, on the standby leader`,
  verify: (terms) =>
    `verify ${news(terms)}: one leader, a higher timeline, a heartbeat committed and read back`,
  scale: ({ hooks }) => `scale: ${hooksWords(hooks.scale, 'no hook, nothing to do')}`,
  redis: ({ hooks }) => `Redis: ${hooksWords(hooks.redis, 'no hook, nothing to do')}`,
  traffic: ({ hooks }) => `traffic: ${hooksWords(hooks.traffic, 'no hook, nothing to do')}`,
  follow: (terms) =>
    `wait until ${olds(terms)} streams from ${news(terms)}, let it be written again when it is promoted`,
  recheck: (terms) =>
    `look at synchronous standbys, replication slots and archiving of ${news(terms)}`,
  notify: ({ hooks }) => `notify: ${hooksWords(hooks.notify, 'no hook, nothing to do')}`,
};

/** The plan in words, step by step. */
export function planOf(terms: PlanTerms): PlannedStep[] {
  return stepsOf(terms).map((name) => ({ name, words: words[name](terms) }));
}
