import { disruptions, type Disruption } from '../slo/answers.js';
import type { Drill } from '../slo/slice.js';
import { disruptionTargetMs } from '../slo/verdict.js';
import {
  bracketOf,
  timed,
  tooOld,
  type DrillTerms,
  type DrillVerdict,
  type JudgedDrill,
} from './judge.js';

/** A drill as it is shown, of an evidence file or of the history store; what the latter does not keep is null. */
export interface ShownDrill extends Drill {
  readonly environment: string | null;
  readonly by: string | null;
  /** What was actually hit. */
  readonly targets: readonly string[] | null;
  /** The recovery took at least this, in milliseconds. */
  readonly lowMs: number | null;
  /** The recovery took at most this; null where nothing bounds it. */
  readonly highMs: number | null;
  readonly targetMs: number | null;
  readonly incident: string | null;
  readonly cleanedUp: boolean | null;
  readonly verdict: DrillVerdict;
  /** One sentence with the figures. */
  readonly reason: string;
  /** Whether the next one is due a period after it. */
  readonly counts: boolean;
}

/** How one kind of failure stands. */
export interface DrillStanding {
  readonly scenario: Disruption;
  /** Longest time between two drills, in milliseconds; null where none is due. */
  readonly periodMs: number | null;
  readonly newest: ShownDrill | null;
  /** When the next one is due, in Unix milliseconds; null where none is, or none was ever made that counts. */
  readonly dueMs: number | null;
  readonly isOverdue: boolean;
}

/** `GET /api/v1/drills`. */
export interface DrillsAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly scenarios: readonly DrillStanding[];
  /** Newest first. */
  readonly drills: readonly ShownDrill[];
  /** How many there are in all. */
  readonly total: number;
}

type StoredTerms = Pick<DrillTerms, 'periodsMs' | 'rtoMs' | 'nowMs'>;

function shownOfFile({ evidence, ...judged }: JudgedDrill): ShownDrill {
  const { id, scenario, environment, by, what, targets, injectedAt } = evidence;
  const { lossSeconds, incident, cleanedUp } = evidence;
  const { lowMs = null, highMs = null } = bracketOf(evidence) ?? {};
  const kept = { id, scenario, environment, by, targets, cleanedUp };
  return {
    ...kept,
    ...judged,
    lowMs,
    highMs,
    atMs: Date.parse(injectedAt),
    recoveryMs: judged.verdict === 'fail' ? lowMs : (highMs ?? lowMs),
    lossMs: lossSeconds === null ? null : lossSeconds * 1000,
    detail: what,
    incident: incident ?? null,
  };
}

function isDisruption(scenario: string): scenario is Disruption {
  return (disruptions as readonly string[]).includes(scenario);
}

function judgeStored({ scenario, atMs, recoveryMs }: Drill, terms: StoredTerms) {
  if (!isDisruption(scenario))
    return { verdict: 'inconclusive', reason: 'no target is known', targetMs: null } as const;
  const targetMs = disruptionTargetMs(scenario, terms.rtoMs);
  const bracket = recoveryMs === null ? undefined : { lowMs: recoveryMs, highMs: recoveryMs };
  const found = timed(bracket, targetMs);
  const old = found[0] === 'pass' ? tooOld(scenario, atMs, terms) : undefined;
  const [verdict, reason] = old ?? found;
  return { verdict, reason, targetMs };
}

const notKept = { environment: null, by: null, targets: null, incident: null, cleanedUp: null };

function shownOfStore(drill: Drill, terms: StoredTerms): ShownDrill {
  const judged = judgeStored(drill, terms);
  return {
    ...drill,
    ...judged,
    ...notKept,
    lowMs: drill.recoveryMs,
    highMs: drill.recoveryMs,
    counts: judged.verdict !== 'inconclusive',
  };
}

/** All drills, newest first; of two with one id the one that has a file. */
export function shownDrills(
  judged: readonly JudgedDrill[],
  stored: readonly Drill[],
  terms: StoredTerms,
): ShownDrill[] {
  const all = [
    ...stored.map((drill) => shownOfStore(drill, terms)),
    ...judged.map((drill) => shownOfFile(drill)),
  ];
  return [...new Map(all.map((drill) => [drill.id, drill])).values()].toSorted(
    (a, b) => b.atMs - a.atMs,
  );
}

/** The newest drill of a kind that is not without a result, of drills with the newest first. */
export function countedDrill(
  drills: readonly ShownDrill[],
  scenario: Disruption,
): ShownDrill | undefined {
  return drills.find((drill) => drill.scenario === scenario && drill.counts);
}

/** How every kind of failure stands, of drills with the newest first. */
export function drillStandings(
  drills: readonly ShownDrill[],
  { periodsMs, nowMs }: Pick<DrillTerms, 'periodsMs' | 'nowMs'>,
): DrillStanding[] {
  return disruptions.map((scenario) => {
    const newest = drills.find((drill) => drill.scenario === scenario) ?? null;
    const periodMs = periodsMs[scenario] ?? null;
    const counted = countedDrill(drills, scenario);
    const dueMs = periodMs === null || counted === undefined ? null : counted.atMs + periodMs;
    const isOverdue = periodMs !== null && (dueMs ?? -Infinity) < nowMs;
    return { scenario, periodMs, newest, dueMs, isOverdue };
  });
}
