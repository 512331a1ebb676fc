import type { Disruption } from '../slo/answers.js';
import { judgeBracket } from '../slo/outage.js';
import type { Drill } from '../slo/slice.js';
import { zoneLossCapacity } from '../slo/tiers.js';
import { disruptionTargetMs } from '../slo/verdict.js';
import type { DrillEvidence } from './evidence.js';

export const drillVerdicts = ['pass', 'fail', 'inconclusive', 'stale'] as const;
/** `stale` is what was conclusive once, and is too old or of another configuration now. */
export type DrillVerdict = (typeof drillVerdicts)[number];

/** What a drill is held against. */
export interface DrillTerms {
  /** Longest time between two drills, by scenario, in milliseconds; absent where none is due. */
  readonly periodsMs: Readonly<Partial<Record<Disruption, number>>>;
  /** Longest recovery from the loss of a region, in milliseconds. */
  readonly rtoMs: number;
  /** SHA-256 of what is watched now. */
  readonly configuration: string;
  readonly nowMs: number;
}

export interface JudgedDrill {
  readonly evidence: DrillEvidence;
  readonly verdict: DrillVerdict;
  /** One sentence with the figures. */
  readonly reason: string;
  readonly targetMs: number;
  /** Whether the next one is due a period after it: it passed or failed, and at most its age makes it stale. */
  readonly counts: boolean;
}

interface Bracket {
  readonly lowMs: number;
  readonly highMs: number | null;
}

/** As measured; else the time between the instants, which a person has read off. */
export function bracketOf({
  recovery,
  injectedAt,
  recoveredAt,
}: DrillEvidence): Bracket | undefined {
  if (recovery !== undefined) {
    const { lowSeconds, highSeconds } = recovery;
    return { lowMs: lowSeconds * 1000, highMs: highSeconds === null ? null : highSeconds * 1000 };
  }
  if (recoveredAt === null) return undefined;
  const tookMs = Date.parse(recoveredAt) - Date.parse(injectedAt);
  return { lowMs: tookMs, highMs: tookMs };
}

function secondsText(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}

function bracketText({ lowMs, highMs }: Bracket): string {
  if (highMs === null) return `at least ${secondsText(lowMs)}`;
  return lowMs === highMs ? secondsText(lowMs) : `${secondsText(lowMs)} to ${secondsText(highMs)}`;
}

type Finding = readonly [verdict: DrillVerdict, reason: string];

/** Clocks of those who record drills may be ahead by so much, in milliseconds. */
const aheadMs = 5 * 60_000;

/** Why a drill proves nothing, whatever time it took. */
function inconclusive(
  { targets, cleanedUp, injectedAt }: DrillEvidence,
  { nowMs }: DrillTerms,
): Finding | undefined {
  // It would put off the next one for as long as it is ahead.
  if (Date.parse(injectedAt) > nowMs + aheadMs) return ['inconclusive', 'it lies in the future'];
  if (targets.length === 0) return ['inconclusive', 'it hit nothing'];
  return cleanedUp ? undefined : ['inconclusive', 'what it broke was not mended'];
}

function ofAnother({ configuration }: DrillEvidence, terms: DrillTerms): Finding | undefined {
  if (configuration === terms.configuration) return undefined;
  return ['stale', 'it was made on another configuration'];
}

/** Stale for its age alone. */
export function tooOld(
  scenario: Disruption,
  atMs: number,
  { periodsMs, nowMs }: Pick<DrillTerms, 'periodsMs' | 'nowMs'>,
): Finding | undefined {
  const periodMs = periodsMs[scenario];
  const ageMs = nowMs - atMs;
  if (periodMs === undefined || ageMs <= periodMs) return undefined;
  const days = (ms: number) => `${Math.floor(ms / 86_400_000)} d`;
  return ['stale', `it is ${days(ageMs)} old, and due every ${days(periodMs)}`];
}

/** What a recovery time comes to. */
export function timed(bracket: Bracket | undefined, targetMs: number, isOver = true): Finding {
  // What is down for longer than the target has failed, whenever it comes back.
  if (bracket === undefined || (!isOver && bracket.lowMs <= targetMs))
    return ['inconclusive', 'no recovery was seen'];
  const words = `it took ${bracketText(bracket)}, the target is ${secondsText(targetMs)}`;
  const status = judgeBracket(bracket, targetMs);
  if (status === 'met') return ['pass', words];
  return [status === 'breached' ? 'fail' : 'inconclusive', words];
}

/** A zone may take half of the capacity with it, and no more. */
function overloaded({ scenario, incidents = [] }: DrillEvidence): Finding | undefined {
  if (scenario !== 'zone') return undefined;
  const lowest = Math.min(...incidents.map(({ lowestCapacity }) => lowestCapacity ?? 1));
  if (lowest >= zoneLossCapacity) return undefined;
  const share = (ratio: number) => `${Math.floor(ratio * 100)} %`;
  return [
    'fail',
    `it left ${share(lowest)} of the capacity, ${share(zoneLossCapacity)} was promised`,
  ];
}

function findingOf(evidence: DrillEvidence, terms: DrillTerms, targetMs: number): Finding {
  const found =
    inconclusive(evidence, terms) ??
    overloaded(evidence) ??
    timed(bracketOf(evidence), targetMs, evidence.recoveredAt !== null);
  // What came back may not have been broken, or not have come back by itself.
  return found[0] === 'pass' && evidence.problem !== undefined
    ? ['inconclusive', evidence.problem]
    : found;
}

/** A failure stays one however old it is: only what would be a pass grows stale. */
export function judgeDrill(evidence: DrillEvidence, terms: DrillTerms): JudgedDrill {
  const { scenario, injectedAt } = evidence;
  const targetMs = disruptionTargetMs(scenario, terms.rtoMs);
  const found = findingOf(evidence, terms, targetMs);
  const foreign = found[0] === 'pass' ? ofAnother(evidence, terms) : undefined;
  const old = found[0] === 'pass' ? tooOld(scenario, Date.parse(injectedAt), terms) : undefined;
  const [verdict, reason] = foreign ?? old ?? found;
  const counts = found[0] !== 'inconclusive' && foreign === undefined;
  return { evidence, verdict, reason, targetMs, counts };
}

/** What verdicts of the tier may rest on: drills that pass or fail, and nothing else. */
export function conclusiveDrills(judged: readonly JudgedDrill[]): Drill[] {
  return judged.flatMap(({ evidence, verdict, targetMs }) => {
    if (verdict !== 'pass' && verdict !== 'fail') return [];
    const { id, scenario, injectedAt, lossSeconds, what } = evidence;
    const { lowMs, highMs } = bracketOf(evidence) ?? { lowMs: 0, highMs: null };
    // Of a bracket the side that decided it: a pass is no shorter, a failure no longer than it was.
    // One that failed for want of capacity says nothing of time.
    const failedMs = lowMs > targetMs ? lowMs : null;
    const recoveryMs = verdict === 'pass' ? (highMs ?? lowMs) : failedMs;
    const lossMs = lossSeconds === null ? null : lossSeconds * 1000;
    return [{ id, scenario, atMs: Date.parse(injectedAt), recoveryMs, lossMs, detail: what }];
  });
}

/** The newest drill of each scenario. */
export function newestByScenario(judged: readonly JudgedDrill[]): Map<Disruption, JudgedDrill> {
  const atMs = ({ evidence }: JudgedDrill) => Date.parse(evidence.injectedAt);
  return new Map(
    judged.toSorted((a, b) => atMs(a) - atMs(b)).map((each) => [each.evidence.scenario, each]),
  );
}
