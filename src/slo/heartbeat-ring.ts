/** A heartbeat whose commit was acknowledged. */
export interface Heartbeat {
  /** Its number; rises from one heartbeat to the next. */
  readonly sequence: bigint;
  /** When its commit was begun, in Unix milliseconds. */
  readonly begunMs: number;
  /** When its commit was acknowledged, in Unix milliseconds. */
  readonly endedMs: number;
}

/** Which heartbeats are asked for. */
export interface HeartbeatRange {
  /** Those with a higher number, the oldest of them first; the newest of all when absent. */
  readonly after?: bigint;
  readonly limit: number;
}

export interface HeartbeatSelection {
  /** Oldest first. */
  readonly heartbeats: readonly Heartbeat[];
  /** Whether the limit left some out. */
  readonly isTruncated: boolean;
}

/** The newest heartbeats of one writer: constant memory, and constant time for each that is added. */
export class HeartbeatRing {
  // Numbers are a bigint in PostgreSQL: a double would round those above 2^53.
  private readonly sequences: BigInt64Array;
  private readonly begun: Float64Array;
  private readonly ended: Float64Array;
  /** Those added since the beginning. */
  private added = 0;

  constructor(private readonly size: number) {
    this.sequences = new BigInt64Array(size);
    this.begun = new Float64Array(size);
    this.ended = new Float64Array(size);
  }

  /** Those that are held. */
  get count(): number {
    return Math.min(this.added, this.size);
  }

  /** The oldest that is held. */
  get first(): Heartbeat | undefined {
    return this.count === 0 ? undefined : this.at(this.oldest);
  }

  add({ sequence, begunMs, endedMs }: Heartbeat): void {
    const cell = this.added % this.size;
    this.sequences[cell] = sequence;
    this.begun[cell] = begunMs;
    this.ended[cell] = endedMs;
    this.added += 1;
  }

  select({ after, limit }: HeartbeatRange): HeartbeatSelection {
    return after === undefined ? this.newest(limit) : this.following(after, limit);
  }

  private newest(limit: number): HeartbeatSelection {
    const length = Math.min(limit, this.count);
    const from = this.added - length;
    return {
      heartbeats: Array.from({ length }, (_each, offset) => this.at(from + offset)),
      isTruncated: length < this.count,
    };
  }

  /** Looks at every one: a server that lost commits may have made the numbers go back. */
  private following(after: bigint, limit: number): HeartbeatSelection {
    const heartbeats: Heartbeat[] = [];
    for (let index = this.oldest; index < this.added; index += 1) {
      if (this.sequences[index % this.size]! <= after) continue;
      if (heartbeats.length === limit) return { heartbeats, isTruncated: true };
      heartbeats.push(this.at(index));
    }
    return { heartbeats, isTruncated: false };
  }

  private get oldest(): number {
    return this.added - this.count;
  }

  private at(index: number): Heartbeat {
    const cell = index % this.size;
    return {
      sequence: this.sequences[cell]!,
      begunMs: this.begun[cell]!,
      endedMs: this.ended[cell]!,
    };
  }
}
