/** Time of a simulation, in milliseconds since it began. */
export interface SimClock {
  now(): number;
  /** Calls back once. @returns what takes that back */
  after(ms: number, callback: () => void): () => void;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that passes when it is told to. */
export class VirtualClock implements SimClock {
  private nowMs = 0;
  private order = 0;
  private readonly timers = new Set<Timer>();
  private nextMs = Infinity;

  now(): number {
    return this.nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + Math.max(0, ms), order: (this.order += 1), callback };
    this.timers.add(timer);
    this.nextMs = Math.min(this.nextMs, timer.atMs);
    return () => this.timers.delete(timer);
  }

  /** Runs all that is due up to then, in order. */
  runTo(untilMs: number): void {
    while (this.nextMs <= untilMs) {
      const timer = this.first();
      if (timer === undefined || timer.atMs > untilMs) break;
      this.timers.delete(timer);
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      timer.callback();
    }
    this.nowMs = untilMs;
  }

  private first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      const isEarlier =
        first === undefined ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.order < first.order);
      if (isEarlier) first = timer;
    }
    this.nextMs = first?.atMs ?? Infinity;
    return first;
  }
}

/** Time that passes by itself. */
export class RealClock implements SimClock {
  private readonly beganMs = performance.now();
  private readonly timers = new Set<NodeJS.Timeout>();

  now(): number {
    return performance.now() - this.beganMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      callback();
    }, ms);
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
