import { randomUUID } from 'node:crypto';
import { configurationHash } from '../deployment/configuration-hash.js';
import {
  newExecution,
  type Execution,
  type ExecutionKind,
  type ExecutionMode,
} from '../failover/execution.js';
import { blockedBy, fencingGate, overridesOf, type Blocker } from '../failover/overrides.js';
import { planOf, stepsOf, type PlanTerms } from '../failover/plan.js';
import { entryOf } from '../operator/context.js';
import type { PairAccess } from '../operator/region-access.js';
import { tiers } from '../slo/tiers.js';
import type { Journal } from '../store/journal.js';
import { carryOut } from './failover-carry-out.js';
import { newestIn, openWords, withJournal } from './failover-journal.js';
import { failoverOutput, type FailoverOutput } from './failover-output.js';
import {
  accessFor,
  gatesNow,
  journalReaderFor,
  lookAtPairs,
  modeOf,
  mustRejoin,
  planTerms,
  prepare,
  regionsAreKnown,
  whoAmI,
  type CommonOptions,
  type Prepared,
} from './failover-prepare.js';
import { complain, exitCodes, goOnUnread } from './output.js';

export interface StartOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly mode?: ExecutionMode;
  readonly drill?: true;
  readonly confirm?: true;
  readonly dryRun?: true;
}

/** What keeps it from going on, with what to say to go on all the same. */
function refuse(blocked: readonly Blocker[]): void {
  const names = blocked.map(({ name, verdict }) => `${name} (${verdict})`);
  complain(`refused, nothing was changed: ${names.join(', ')}`);
  const never = blocked.filter(({ mayBeOverridden }) => !mayBeOverridden);
  if (never.length > 0)
    complain(`cannot be overridden: ${never.map(({ name }) => name).join(', ')}`);
  else
    complain(
      `to go on over them, once each was looked at: ${blocked.map(({ name }) => `--override ${name}=REASON`).join(' ')}`,
    );
}

function targetsOf({ config: { tier, objectives } }: Prepared) {
  return {
    rtoMs: objectives.rto ?? tiers[tier].rtoMs,
    rpoMs: objectives.rpo ?? tiers[tier].rpoMs,
  };
}

function beginningOf(
  prepared: Prepared,
  options: StartOptions,
  terms: PlanTerms,
  gates: readonly Blocker[],
  access: readonly PairAccess[],
): Execution {
  const { config, env } = prepared;
  return newExecution({
    id: randomUUID(),
    deployment: config.deployment,
    kind: terms.kind,
    mode: terms.mode,
    from: terms.from,
    to: terms.to,
    by: options.by ?? whoAmI(),
    isDrill: options.drill === true,
    configuration: configurationHash(config),
    ...targetsOf(prepared),
    startedMs: env.clock.now().wallMs,
    overrides: overridesOf(gates, options.override),
    mayOverride: [...options.override],
    gates: gates.map(({ name, verdict, figure, source }) => ({ name, verdict, figure, source })),
    steps: stepsOf(terms),
    pairs: access.map((pair) => ({ name: pair.name, old: pair.old.name, new: pair.new.name })),
  });
}

/** The newest execution, by its id, before the gates were asked: what they say holds as long as it is the newest. */
interface Before {
  readonly newest: string | undefined;
}

/** Undefined where the journal cannot be read, which is told when it is opened to be written to, or is not there. */
async function newestBefore(prepared: Prepared): Promise<Before | undefined> {
  const reader = journalReaderFor(prepared);
  try {
    await reader.open();
    return { newest: (await newestIn(reader))?.id };
  } catch {
    return undefined;
  } finally {
    await reader.close();
  }
}

async function startLocked(
  prepared: Prepared,
  journal: Journal,
  access: readonly PairAccess[],
  execution: Execution,
  before: Before | undefined,
  output: FailoverOutput,
): Promise<number> {
  const open = await journal.unfinished();
  if (open !== undefined) {
    complain(openWords(open));
    return exitCodes.unhealthy;
  }
  const newest = await newestIn(journal);
  if (before !== undefined && newest?.id !== before.newest) {
    complain(
      `refused, nothing was changed: while the gates were asked another execution (${newest?.id ?? 'none'}) was made; look again`,
    );
    return exitCodes.unhealthy;
  }
  await journal.put(entryOf(execution));
  return carryOut(prepared, journal, access, execution, output);
}

function sentenceOf({ kind, mode, from, to, mustRejoin: rejoins }: PlanTerms): string {
  const why =
    mode === 'planned'
      ? rejoins
        ? `${to} is let back in first`
        : `${from} serves, and is asked to stop: nothing is lost`
      : `${from} does not serve, or is not to be asked: what it did not send is lost`;
  const article = mode === 'planned' ? 'a' : 'an';
  return `plan of ${article} ${mode} ${kind} from ${from} to ${to}: ${why}`;
}

/** Gates that count before anything is done: on the way back they are asked once there is a copy again. */
async function gatesBefore(prepared: Prepared, terms: PlanTerms): Promise<Blocker[]> {
  if (terms.mustRejoin) return [];
  const gates = await gatesNow(prepared, terms.to);
  return terms.mode === 'planned'
    ? gates
    : [...gates, fencingGate(terms.from, terms.hooks.fence ?? [])];
}

/** Asks the gates, tells the plan, and with --confirm carries it out; answers with the exit code. */
export async function start(kind: ExecutionKind, options: StartOptions): Promise<number> {
  if (options.confirm === true && options.dryRun !== true) goOnUnread();
  const prepared = await prepare(options);
  if (prepared === undefined || !regionsAreKnown(prepared, options)) return exitCodes.usage;
  if (options.drill === true && prepared.config.drills === undefined) {
    complain(`${options.config}: --drill needs drills.folder, where its evidence is kept`);
    return exitCodes.usage;
  }
  const access = accessFor(prepared, options);
  if (access === undefined) return exitCodes.usage;
  const before = await newestBefore(prepared);
  const looks = await lookAtPairs(prepared, access);
  const { from, to } = options;
  if (kind === 'failback' && modeOf(looks) !== 'planned') {
    complain(
      `${from} has not one primary that answers: a failback needs it; to give ${from} up: sensei dr failover`,
    );
    return exitCodes.unhealthy;
  }
  const mode = kind === 'failback' ? 'planned' : (options.mode ?? modeOf(looks));
  const rejoins = kind === 'failback' && mustRejoin(looks);
  const terms = planTerms(prepared, { kind, mode, from, to, rejoins }, access);
  const output = failoverOutput(options.json === true);
  const gates = await gatesBefore(prepared, terms);
  if (gates.length > 0) output.gates(gates, options.override);
  output.plan(planOf(terms), sentenceOf(terms));
  const blocked = blockedBy(gates, options.override);
  if (blocked.length > 0) {
    refuse(blocked);
    return exitCodes.unhealthy;
  }
  if (options.dryRun === true) return exitCodes.ok;
  if (options.confirm !== true) {
    complain('nothing was changed: add --confirm to do this, or --dry-run to see the plan alone');
    return exitCodes.usage;
  }
  const execution = beginningOf(prepared, options, terms, gates, access);
  return withJournal(prepared, (journal) =>
    startLocked(prepared, journal, access, execution, before, output),
  );
}
