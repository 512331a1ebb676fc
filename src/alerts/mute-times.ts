import type { Config } from '../config/schema.js';
import { intervalsOf, type TimeInterval } from './time-intervals.js';

/** A maintenance window as Alertmanager knows it, and the components it mutes; all when undefined. */
export interface MuteTime {
  readonly name: string;
  readonly components: readonly string[] | undefined;
  readonly time_intervals: readonly TimeInterval[];
}

type Entry = Config['slo']['maintenance'][number];

/** What a window that is not muted is, and why. */
export interface Unmuted {
  readonly name: string;
  readonly reason: string;
}

/**
 * Maintenance windows as mute times. The exporter leaves failures within them out by itself: muting is
 * for what tells of a collector that fails meanwhile. A window that Alertmanager cannot express exactly
 * is not muted at all: one that mutes too much is worse.
 */
export function muteTimesOf(maintenance: readonly Entry[]): {
  readonly muted: readonly MuteTime[];
  readonly unmuted: readonly Unmuted[];
} {
  const made = maintenance.map((entry) => ({ entry, found: intervalsOf(entry) }));
  return {
    muted: made.flatMap(({ entry: { name, components }, found }) =>
      typeof found === 'string'
        ? []
        : [{ name: `maintenance-${name}`, components, time_intervals: found }],
    ),
    unmuted: made.flatMap(({ entry: { name }, found }) =>
      typeof found === 'string' ? [{ name, reason: found }] : [],
    ),
  };
}
