import type { Incident } from './incident.js';

/** Incidents held in memory, for verdicts and the status page. */
const incidentsHeld = 5000;

/** Incidents by id, in the order in which they were first told; sorted no more often than they change. */
export class IncidentShelf {
  private readonly byId = new Map<string, Incident>();
  private sorted: readonly Incident[] | undefined;
  /** Rises with every change. */
  revision = 0;

  /** Newest first. */
  get newestFirst(): readonly Incident[] {
    this.sorted ??= [...this.byId.values()].toSorted((a, b) => b.firstFailMs - a.firstFailMs);
    return this.sorted;
  }

  /** A new incident, or one that changed. The oldest that is over makes room. */
  put(incident: Incident): void {
    this.byId.set(incident.id, incident);
    if (this.byId.size > incidentsHeld) this.forgetOldest();
    this.changed();
  }

  drop(id: string): void {
    this.byId.delete(id);
    this.changed();
  }

  private changed(): void {
    this.sorted = undefined;
    this.revision += 1;
  }

  private forgetOldest(): void {
    for (const [id, { closedMs }] of this.byId) {
      if (closedMs === null) continue;
      this.byId.delete(id);
      return;
    }
  }
}
