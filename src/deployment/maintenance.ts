import { Cron } from 'croner';
import type { CrossFault } from '../config/checks.js';
import type { Config } from '../config/schema.js';
import type { MaintenanceWindow } from '../slo/maintenance.js';

type Entry = Config['slo']['maintenance'][number];

/** A window, and the components it is for; all when undefined. */
export interface ScopedWindow {
  readonly window: MaintenanceWindow;
  readonly components: readonly string[] | undefined;
}

type Made = ScopedWindow | { readonly fault: CrossFault };

function once(name: string, startMs: number, endMs: number): MaintenanceWindow {
  return { name, occurrenceAt: (wallMs) => (wallMs < endMs ? { startMs, endMs } : undefined) };
}

function recurring(name: string, cron: Cron, durationMs: number): MaintenanceWindow {
  return {
    name,
    occurrenceAt(wallMs) {
      const start = cron.nextRun(new Date(wallMs - durationMs));
      if (start === null) return undefined;
      return { startMs: start.getTime(), endMs: start.getTime() + durationMs };
    },
  };
}

function parseCron(pattern: string, timezone: string): Cron | undefined {
  try {
    const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' });
    return cron.nextRun(new Date(0)) === null ? undefined : cron;
  } catch {
    return undefined;
  }
}

/** The shortest time between two beginnings, of the next few. */
function shortestGapMs(cron: Cron): number {
  const runs = cron.nextRuns(14, new Date(0)).map((run) => run.getTime());
  return runs.slice(1).reduce((least, run, index) => Math.min(least, run - runs[index]!), Infinity);
}

function makeRecurring(entry: Entry, path: readonly PropertyKey[]): Made {
  const { name, cron: pattern, duration, timeZone, components } = entry;
  const fault = (key: string, message: string): Made => ({
    fault: { path: [...path, key], message },
  });
  const cron = parseCron(pattern ?? '', timeZone);
  if (cron === undefined) {
    return fault(
      'cron',
      `found ${JSON.stringify(pattern)}; expected the five fields of cron, such as "0 2 * * SUN" (weekly) or "0 2 1 * *" (monthly)`,
    );
  }
  if (duration === undefined) return fault('cron', 'found without duration; expected both');
  const gapMs = shortestGapMs(cron);
  if (duration >= gapMs) {
    return fault(
      'duration',
      `found ${duration / 60_000} min; expected less than the ${gapMs / 60_000} min between two beginnings`,
    );
  }
  return { window: recurring(name, cron, duration), components };
}

function makeWindow(entry: Entry, path: readonly PropertyKey[]): Made {
  const { name, from, to, cron, duration, components } = entry;
  const fault = (key: string, message: string): Made => ({
    fault: { path: [...path, key], message },
  });
  if (cron !== undefined && (from !== undefined || to !== undefined)) {
    return fault('cron', 'found beside from and to; expected from and to, or cron and duration');
  }
  if (cron !== undefined) return makeRecurring(entry, path);
  if (duration !== undefined)
    return fault('duration', 'found without cron; expected cron and duration');
  if (from === undefined || to === undefined) {
    return fault('name', 'found without times; expected from and to, or cron and duration');
  }
  if (to <= from) return fault('to', 'found an instant not after from; expected a later one');
  return { window: once(name, from, to), components };
}

/** The maintenance windows of a configuration, and what is wrong with the others. */
export function maintenanceOf(config: Config): {
  readonly windows: readonly ScopedWindow[];
  readonly faults: readonly CrossFault[];
} {
  const made = config.slo.maintenance.map((entry, index) =>
    makeWindow(entry, ['slo', 'maintenance', index]),
  );
  return {
    windows: made.flatMap((each) => ('window' in each ? [each] : [])),
    faults: made.flatMap((each) => ('fault' in each ? [each.fault] : [])),
  };
}
