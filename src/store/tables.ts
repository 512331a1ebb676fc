/** The tables, as both databases have them. Times and lengths are whole milliseconds. */
export interface Tables {
  slices: {
    slo: string;
    width_ms: number;
    start_ms: number;
    interval_ms: number;
    good: number;
    bad: number;
    unknown: number;
    excluded: number;
  };
  exposures: {
    dataset: string;
    start_ms: number;
    worst_ms: number | null;
    target_ms: number;
  };
  /** `body` is the whole event as JSON. */
  events: { id: string; at_ms: number; body: string };
  /** `body` is the whole incident as JSON; the other columns are for finding it. */
  incidents: {
    id: string;
    slo: string;
    first_fail_ms: number;
    closed_ms: number | null;
    body: string;
  };
  drills: { id: string; at_ms: number; body: string };
  /** `body` is the whole execution as JSON. At most one is not over. */
  executions: { id: string; started_ms: number; ended_ms: number | null; body: string };
}
