/** Something that took time, and is over. */
export interface FinishedSpan {
  readonly name: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What went wrong, where something did. */
  readonly error?: string;
}

/** Where spans go. Must not throw and must not wait. */
export interface Tracing {
  span(span: FinishedSpan): void;
}

/** Without a collector spans go nowhere. */
export const noTracing: Tracing = { span: () => {} };
