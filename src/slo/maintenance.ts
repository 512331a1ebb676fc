/** Times at which failures are expected. */
export interface MaintenanceWindow {
  readonly name: string;
  /**
   * The occurrence that holds the instant, or else the next one after it; undefined when there is none
   * any more. Wall clock, in Unix milliseconds; `endMs` is the first instant after it.
   */
  occurrenceAt(wallMs: number): { readonly startMs: number; readonly endMs: number } | undefined;
}
