export const sliStates = ['good', 'bad', 'unknown'] as const;
export type SliState = (typeof sliStates)[number];

/** Bounds of what one evidence file holds. */
export const mostSeries = 100;
export const mostChanges = 300;

/** What an SLI showed, run-length encoded: each state holds until the next. Unix milliseconds. */
export interface SliSeries {
  readonly slo: string;
  readonly changes: readonly (readonly [atMs: number, state: SliState])[];
  readonly toMs: number;
  /** False where it changed more often than is kept. */
  readonly isComplete: boolean;
}

/** Gathers what SLIs show, look by look. */
export class SeriesRecorder {
  private readonly changes = new Map<string, [number, SliState][]>();
  private readonly cut = new Set<string>();
  private lastMs = 0;

  constructor(private readonly slos: readonly string[]) {}

  /** An SLO that is not told of, and all of them without an answer, are unknown. */
  add(atMs: number, states: ReadonlyMap<string, SliState> | undefined): void {
    this.lastMs = atMs;
    for (const slo of this.slos.slice(0, mostSeries)) {
      const state = states?.get(slo) ?? 'unknown';
      const list = this.changes.get(slo) ?? [];
      if (list.at(-1)?.[1] === state) continue;
      if (list.length >= mostChanges) this.cut.add(slo);
      else this.changes.set(slo, [...list, [atMs, state]]);
    }
  }

  series(): SliSeries[] {
    return [...this.changes].map(([slo, changes]) => ({
      slo,
      changes,
      toMs: this.lastMs,
      isComplete: !this.cut.has(slo),
    }));
  }
}

/** Time that a series was in a state, in milliseconds. */
export function timeIn({ changes, toMs }: SliSeries, state: SliState): number {
  return changes.reduce((sum, [atMs, each], index) => {
    const endMs = changes[index + 1]?.[0] ?? toMs;
    return each === state ? sum + Math.max(0, endMs - atMs) : sum;
  }, 0);
}
