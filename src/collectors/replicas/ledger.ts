import type { Instant } from '../../slo/observation.js';
import type { PodRecord } from './records.js';
import {
  causeOf,
  isPlanned,
  reviewed,
  vacatedAt,
  type Cause,
  type Surroundings,
  type Vacancy,
} from './vacancies.js';

/** Who served at the last look, and what has been missing since when. */
export interface Ledger {
  readonly desired: number;
  readonly serving: ReadonlyMap<string, PodRecord>;
  readonly vacancies: readonly Vacancy[];
}

/** A place that was filled again. */
export interface Filled {
  readonly vacancy: Vacancy;
  readonly by: PodRecord;
  readonly at: Instant;
}

export interface LedgerStep {
  readonly ledger: Ledger;
  /** Vacancies that came up in this step. */
  readonly vacated: readonly Vacancy[];
  readonly filled: readonly Filled[];
}

/** Planned places are given up first: what is missing beside them is missing for another reason. */
function trimmed(vacancies: readonly Vacancy[], missing: number): readonly Vacancy[] {
  const surplus = vacancies.length - missing;
  if (surplus <= 0) return vacancies;
  const planned = vacancies.filter(({ cause }) => isPlanned(cause));
  const others = vacancies.filter(({ cause }) => !isPlanned(cause));
  const dropped = new Set([...planned, ...others].slice(0, surplus));
  return vacancies.filter((vacancy) => !dropped.has(vacancy));
}

/** The vacancy that a pod fills: its own, else the oldest of one that is gone for good, else any. */
function filledBy(
  { uid }: PodRecord,
  vacancies: readonly Vacancy[],
  current: ReadonlyMap<string, PodRecord>,
): Vacancy | undefined {
  const isGone = ({ pod }: Vacancy) => {
    const now = pod === undefined ? undefined : current.get(pod.uid);
    return now === undefined || now.isDeleting || now.isOver;
  };
  return vacancies.find(({ pod }) => pod?.uid === uid) ?? vacancies.find(isGone) ?? vacancies[0];
}

/** Places missing at the first look, of which nobody saw how they came up. */
function unexplained(
  missing: number,
  vacancies: readonly Vacancy[],
  pods: readonly PodRecord[],
  serving: ReadonlyMap<string, PodRecord>,
  surroundings: Surroundings,
): Vacancy[] {
  const known = new Set(vacancies.map(({ pod }) => pod?.uid));
  const idle = pods.filter(({ uid }) => !serving.has(uid) && !known.has(uid));
  const count = Math.max(0, missing - vacancies.length);
  return Array.from({ length: count }, (_, index): Vacancy => {
    const pod = idle[index];
    const usual: Cause = pod === undefined ? 'pod_not_ready' : causeOf(pod, surroundings);
    const cause = surroundings.isRolling && !isLoss(usual) ? 'rollout' : usual;
    return { pod, since: surroundings.at, cause };
  });
}

/** Places that were added by wanting more. */
function scaledUp(before: Ledger | undefined, desired: number, at: Instant): Vacancy[] {
  const length = before === undefined ? 0 : Math.max(0, desired - before.desired);
  return Array.from({ length }, (): Vacancy => ({ pod: undefined, since: at, cause: 'scale_up' }));
}

function isLoss(cause: Cause): boolean {
  return cause === 'zone_lost' || cause === 'node_lost';
}

/** What a step goes by. */
export interface LedgerInput {
  readonly desired: number;
  /** By uid. */
  readonly serving: ReadonlyMap<string, PodRecord>;
  readonly pods: readonly PodRecord[];
  /** Last records of pods that went since the last step, by uid. */
  readonly ended: ReadonlyMap<string, PodRecord>;
  readonly surroundings: Surroundings;
}

/** Fills vacancies with the pods that serve and did not before. */
function fill(
  open: readonly Vacancy[],
  came: readonly PodRecord[],
  current: ReadonlyMap<string, PodRecord>,
): { readonly open: readonly Vacancy[]; readonly filled: readonly Filled[] } {
  const left = new Set(open);
  const filled = came.flatMap((by): Filled[] => {
    const vacancy = filledBy(by, [...left], current);
    if (vacancy === undefined) return [];
    left.delete(vacancy);
    return [{ vacancy, by, at: by.turnedAt }];
  });
  return { open: [...left], filled };
}

/** A pod that went while nothing could be read: what there is now tells whether it is still wanted. */
function goneUnseen(pod: PodRecord, pods: readonly PodRecord[]): PodRecord {
  if (pod.isDeleting) return pod;
  const left = pods.filter(
    ({ ownerUid, isDeleting, isOver }) => ownerUid === pod.ownerUid && !isDeleting && !isOver,
  );
  return { ...pod, isDeleting: true, leftAtEnd: left.length };
}

/** Who serves now against who served before: what came up, what was filled, what is still missing. */
export function step(before: Ledger | undefined, input: LedgerInput): LedgerStep {
  const { desired, serving, pods, ended, surroundings } = input;
  const current = new Map(pods.map((pod) => [pod.uid, pod]));
  const latest = (pod: PodRecord) =>
    current.get(pod.uid) ?? ended.get(pod.uid) ?? goneUnseen(pod, pods);
  const served = [...(before?.serving.values() ?? [])];
  const known = (before?.vacancies ?? []).map((vacancy) =>
    vacancy.pod === undefined ? vacancy : reviewed(vacancy, latest(vacancy.pod), surroundings),
  );
  const vacated = served
    .filter(({ uid }) => !serving.has(uid))
    .map((each): Vacancy => {
      const pod = latest(each);
      const cause = causeOf(pod, surroundings);
      return { pod, cause, since: vacatedAt(pod, cause, surroundings) };
    });
  const came =
    before === undefined ? [] : [...serving.values()].filter(({ uid }) => !before.serving.has(uid));
  const { open, filled } = fill([...known, ...vacated], came, current);
  const missing = Math.max(0, desired - serving.size);
  const kept = trimmed([...open, ...scaledUp(before, desired, surroundings.at)], missing);
  const vacancies = [...kept, ...unexplained(missing, kept, pods, serving, surroundings)];
  return { ledger: { desired, serving, vacancies }, vacated, filled };
}
