/** One user at a time, in the order of asking. */
export class Mutex {
  private readonly queue: (() => void)[] = [];
  private isLocked = false;

  lock(): Promise<void> {
    if (!this.isLocked) {
      this.isLocked = true;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  unlock(): void {
    const next = this.queue.shift();
    if (next === undefined) this.isLocked = false;
    else next();
  }
}
