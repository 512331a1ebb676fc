import { switchOf, type Announcement } from './announcement.js';
import { numberIn } from './answer.js';
import type { SentinelAnswer } from './snapshot.js';

/** What is known of the primary so far. */
export interface SwitchMemory {
  readonly address: string | undefined;
  readonly epoch: number | undefined;
  /** An address that the Sentinels named at the last collection, not yet believed. */
  readonly candidate: string | undefined;
  /** Switches counted lately, so that the other Sentinels' announcements of them are not. */
  readonly counted: readonly { readonly id: string; readonly monoMs: number }[];
}

export interface CountedSwitch {
  readonly from: string;
  readonly to: string;
  /** `announced` by a Sentinel, or found by `comparison` because no announcement was heard. */
  readonly by: 'announced' | 'comparison';
  readonly announcement?: Announcement;
}

/** All Sentinels announce one switch within this time, in milliseconds. */
const sameSwitchMs = 10_000;

/** The address that most Sentinels name; among equals the one with the highest epoch. */
export function agreedAddress(
  answers: readonly SentinelAnswer[],
): { address: string; epoch: number; claims: number } | undefined {
  const byAddress = new Map<string, { claims: number; epoch: number }>();
  for (const { address, master } of answers) {
    const known = byAddress.get(address) ?? { claims: 0, epoch: 0 };
    byAddress.set(address, {
      claims: known.claims + 1,
      epoch: Math.max(known.epoch, numberIn(master, 'config-epoch') ?? 0),
    });
  }
  const ranked = [...byAddress].toSorted(
    ([, a], [, b]) => b.claims - a.claims || b.epoch - a.epoch,
  );
  const [best] = ranked;
  return best === undefined ? undefined : { address: best[0], ...best[1] };
}

interface Fold {
  readonly memory: SwitchMemory;
  readonly switches: readonly CountedSwitch[];
}

/** One announcement: a new switch, or one that another Sentinel has announced already. */
function heed(fold: Fold, masterName: string, announcement: Announcement): Fold {
  const found =
    announcement.channel === '+switch-master' ? switchOf(announcement.message) : undefined;
  if (found === undefined || found.masterName !== masterName) return fold;
  const { memory, switches } = fold;
  const id = `${found.from}>${found.to}`;
  const { monoMs } = announcement.at;
  const counted = memory.counted.filter((each) => monoMs - each.monoMs < sameSwitchMs);
  const isKnown = counted.some((each) => each.id === id) || memory.address === found.to;
  if (isKnown) return { memory: { ...memory, counted }, switches };
  return {
    memory: { ...memory, address: found.to, counted: [...counted, { id, monoMs }] },
    switches: [...switches, { from: found.from, to: found.to, by: 'announced', announcement }],
  };
}

/**
 * What the Sentinels now name. A switch that nobody was heard to announce shows in a higher epoch, two
 * collections in a row: in the middle of a failover the old address stands beside the new epoch.
 */
function compare(fold: Fold, answers: readonly SentinelAnswer[], nowMs: number): Fold {
  const agreed = agreedAddress(answers);
  if (agreed === undefined) return fold;
  const { memory, switches } = fold;
  const { address, epoch } = agreed;
  const known = memory.epoch ?? epoch;
  if (memory.address === undefined || address === memory.address) {
    const settled = { ...memory, address, epoch: Math.max(known, epoch), candidate: undefined };
    return { memory: settled, switches };
  }
  const isAnnounced = memory.counted.some(({ monoMs }) => nowMs - monoMs < sameSwitchMs);
  if (isAnnounced) return fold;
  if (memory.candidate !== address) return { memory: { ...memory, candidate: address }, switches };
  const moved: CountedSwitch = { from: memory.address, to: address, by: 'comparison' };
  const settled = { ...memory, address, epoch, candidate: undefined };
  // A lower or equal epoch is a Sentinel that was told anew (SENTINEL MONITOR), not a failover.
  return { memory: settled, switches: epoch > known ? [...switches, moved] : switches };
}

/** Every change of the primary since the last time, each once. Pure. */
export function foldSwitches(
  memory: SwitchMemory | undefined,
  masterName: string,
  answers: readonly SentinelAnswer[],
  announcements: readonly Announcement[],
  nowMs: number,
): Fold {
  const empty: SwitchMemory = {
    address: undefined,
    epoch: undefined,
    candidate: undefined,
    counted: [],
  };
  const ordered = announcements.toSorted((a, b) => a.at.monoMs - b.at.monoMs);
  const heard = ordered.reduce<Fold>((fold, each) => heed(fold, masterName, each), {
    memory: memory ?? empty,
    switches: [],
  });
  return compare(heard, answers, nowMs);
}
