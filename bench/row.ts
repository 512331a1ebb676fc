/** One line of the result table. `ratio` is ours / peer where there is a peer, else ours / floor. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly aim: string;
  readonly met: boolean;
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  readonly floor?: number;
  readonly aim: string;
  /** Whether the aim was reached, from the figures. */
  readonly isMet: boolean;
}

export function rowOf({ name, unit, ours, peer, floor, aim, isMet }: Measured): Row {
  const against = peer ?? floor;
  const ratio = against === undefined || against === 0 ? null : ours / against;
  return { name, unit, ours, peer: peer ?? null, floor: floor ?? null, ratio, aim, met: isMet };
}

/** The value below which the share lies, of at least one number. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, index)] ?? NaN;
}
