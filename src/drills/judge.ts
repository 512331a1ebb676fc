import type { Disruption } from '../slo/answers.js';
import { judgeBracket } from '../slo/outage.js';
import type { Drill } from '../slo/slice.js';
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
}

interface Bracket {
  readonly lowMs: number;
  readonly highMs: number | null;
}

/** As measured; else the time between the instants, which a person has read off. */
function bracketOf({ recovery, injectedAt, recoveredAt }: DrillEvidence): Bracket | undefined {
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

/** Why a drill proves nothing, whatever time it took. */
function inconclusive({ targets, cleanedUp, recoveredAt }: DrillEvidence): Finding | undefined {
  if (targets.length === 0) return ['inconclusive', 'it hit nothing'];
  if (!cleanedUp) return ['inconclusive', 'what it broke was not mended'];
  if (recoveredAt === null) return ['inconclusive', 'no recovery was seen'];
  return undefined;
}

function stale(
  { scenario, injectedAt, configuration }: DrillEvidence,
  terms: DrillTerms,
): Finding | undefined {
  if (configuration !== terms.configuration)
    return ['stale', 'it was made on another configuration'];
  const periodMs = terms.periodsMs[scenario];
  const ageMs = terms.nowMs - Date.parse(injectedAt);
  if (periodMs === undefined || ageMs <= periodMs) return undefined;
  const days = (ms: number) => `${Math.floor(ms / 86_400_000)} d`;
  return ['stale', `it is ${days(ageMs)} old, and due every ${days(periodMs)}`];
}

function timed(evidence: DrillEvidence, targetMs: number): Finding {
  const bracket = bracketOf(evidence);
  if (bracket === undefined) return ['inconclusive', 'no recovery was seen'];
  const words = `it took ${bracketText(bracket)}, the target is ${secondsText(targetMs)}`;
  const status = judgeBracket(bracket, targetMs);
  if (status === 'met') return ['pass', words];
  return [status === 'breached' ? 'fail' : 'inconclusive', words];
}

/** A failure stays one however old it is: only what would be a pass grows stale. */
export function judgeDrill(evidence: DrillEvidence, terms: DrillTerms): JudgedDrill {
  const targetMs = disruptionTargetMs(evidence.scenario, terms.rtoMs);
  const found = inconclusive(evidence) ?? timed(evidence, targetMs);
  const [verdict, reason] = found[0] === 'pass' ? (stale(evidence, terms) ?? found) : found;
  return { evidence, verdict, reason, targetMs };
}

/** What verdicts of the tier may rest on: drills that pass or fail, and nothing else. */
export function conclusiveDrills(judged: readonly JudgedDrill[]): Drill[] {
  return judged.flatMap(({ evidence, verdict }) => {
    if (verdict !== 'pass' && verdict !== 'fail') return [];
    const { id, scenario, injectedAt, lossSeconds, what } = evidence;
    const { lowMs, highMs } = bracketOf(evidence) ?? { lowMs: 0, highMs: null };
    // Of a bracket the side that decided it: a pass is no shorter, a failure no longer than it was.
    const recoveryMs = verdict === 'pass' ? (highMs ?? lowMs) : lowMs;
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
