import type { Counts } from './slice.js';
import type { Outcome } from './observation.js';

const columns: Readonly<Record<Outcome, number>> = { good: 0, bad: 1, unknown: 2, excluded: 3 };
const width = 4;

/** A sum over the newest stretches of a ring, kept as they come and go. */
interface RunningSum {
  readonly buckets: number;
  readonly counts: Float64Array;
}

/**
 * Counts per stretch of time, for the newest stretches only: constant memory. Adding an observation
 * and reading a window take constant time; so does the passing of one stretch.
 */
export class SliceRing {
  private readonly size: number;
  private readonly cells: Uint32Array;
  private readonly sums: readonly RunningSum[];
  /** Number of the newest stretch: time divided by its length; -1 before the first. */
  private head = -1;

  constructor(
    readonly widthMs: number,
    /** Lengths of the windows that are read, in milliseconds: multiples of the stretch. */
    windowsMs: readonly number[],
  ) {
    this.sums = windowsMs.map((ms) => ({
      buckets: Math.round(ms / widthMs),
      counts: new Float64Array(width),
    }));
    // One for the newest, which is not full yet, and one for the window's older edge.
    this.size = Math.max(...this.sums.map(({ buckets }) => buckets)) + 2;
    this.cells = new Uint32Array(this.size * width);
  }

  get bytes(): number {
    return this.cells.byteLength + this.sums.length * width * Float64Array.BYTES_PER_ELEMENT;
  }

  bucketOf(atMs: number): number {
    return Math.floor(atMs / this.widthMs);
  }

  /** Makes time pass: windows lose what is older. Time that goes back is not followed. */
  advance(atMs: number): void {
    const bucket = this.bucketOf(atMs);
    if (bucket <= this.head) return;
    if (this.head < 0 || bucket - this.head >= this.size) {
      this.cells.fill(0);
      for (const { counts } of this.sums) counts.fill(0);
      this.head = bucket;
      return;
    }
    while (this.head < bucket) this.step();
  }

  /** Counts slices of the stretch that holds the instant; those older than the ring are left out. */
  add(atMs: number, outcome: Outcome, slices: number): void {
    this.advance(atMs);
    this.addTo(this.bucketOf(atMs), columns[outcome], slices);
  }

  /** Puts kept counts back into one stretch that has none. */
  restore(startMs: number, counts: Counts): void {
    const bucket = this.bucketOf(startMs);
    for (const outcome of ['good', 'bad', 'unknown', 'excluded'] as const) {
      this.addTo(bucket, columns[outcome], counts[outcome]);
    }
  }

  /** What one stretch has counted; undefined where it is not held, or empty. */
  read(startMs: number): Counts | undefined {
    const bucket = this.bucketOf(startMs);
    if (!this.holds(bucket)) return undefined;
    const at = this.cellOf(bucket);
    const [good, bad, unknown, excluded] = this.cells.subarray(at, at + width);
    if (!good && !bad && !unknown && !excluded) return undefined;
    return { good: good!, bad: bad!, unknown: unknown!, excluded: excluded! };
  }

  /** The stretches that begin in the range and in which anything was good or bad, oldest first. */
  observed(fromMs: number, toMs: number): { startMs: number; good: number; bad: number }[] {
    const found = [];
    const first = Math.max(Math.ceil(fromMs / this.widthMs), this.head - this.size + 1, 0);
    const last = Math.min(this.bucketOf(toMs), this.head);
    for (let bucket = first; bucket <= last; bucket += 1) {
      const at = this.cellOf(bucket);
      const good = this.cells[at + columns.good]!;
      const bad = this.cells[at + columns.bad]!;
      if (good + bad > 0) found.push({ startMs: bucket * this.widthMs, good, bad });
    }
    return found;
  }

  /**
   * The counts of the window that ends at the instant, into `into` (good, bad, unknown, excluded). Of
   * the one stretch at its older edge, the share that lies within is taken: the error is at most that
   * stretch's own counts. `atMs` must not be older than the newest stretch.
   */
  windowInto(index: number, atMs: number, into: Float64Array): void {
    this.advance(atMs);
    const sum = this.sums[index]!;
    const edge = this.head - sum.buckets;
    const inside = 1 - (atMs - this.head * this.widthMs) / this.widthMs;
    const share = Math.min(1, Math.max(0, inside));
    const at = this.cellOf(edge);
    for (let column = 0; column < width; column += 1) {
      const cell = edge < 0 ? 0 : this.cells[at + column]!;
      into[column] = sum.counts[column]! + share * cell;
    }
  }

  private holds(bucket: number): boolean {
    return bucket <= this.head && bucket > this.head - this.size && bucket >= 0;
  }

  private cellOf(bucket: number): number {
    return (bucket % this.size) * width;
  }

  private addTo(bucket: number, column: number, slices: number): void {
    if (!this.holds(bucket)) return;
    this.cells[this.cellOf(bucket) + column]! += slices;
    for (const { buckets, counts } of this.sums) {
      if (bucket > this.head - buckets) counts[column]! += slices;
    }
  }

  /** One stretch further: each window loses its oldest, and the oldest of all is emptied. */
  private step(): void {
    this.head += 1;
    for (const { buckets, counts } of this.sums) {
      const lost = this.head - buckets;
      if (lost < 0) continue;
      const at = this.cellOf(lost);
      for (let column = 0; column < width; column += 1) counts[column]! -= this.cells[at + column]!;
    }
    const at = this.cellOf(this.head);
    this.cells.fill(0, at, at + width);
  }
}
