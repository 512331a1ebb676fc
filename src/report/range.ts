/** From an instant up to, and without, another; Unix milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether a stretch lies in the range as a whole. */
export function isWithin(range: Range, startMs: number, widthMs: number): boolean {
  return startMs >= range.fromMs && startMs + widthMs <= range.toMs;
}
