import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { frontSections, type Section } from '../status-page/front-page.js';
import type { StatusModel } from '../status-page/model.js';

/** A section as it was last made. */
interface Made {
  readonly html: string;
  readonly key: string | undefined;
  /** The round in which it last changed. */
  readonly changedIn: number;
}

/** The front page's sections at one moment. */
export interface Snapshot {
  /** Rises with every round. */
  readonly round: number;
  readonly model: StatusModel;
  readonly sections: ReadonlyMap<string, Made>;
}

/** Pages asked for within this time get the same one, in milliseconds. */
const freshMs = 900;

/**
 * Makes the sections of the front page, once for everybody who asks at about the same time. A section
 * that did not change is not made again; between two of them the event loop has had a turn.
 */
export class SnapshotMaker {
  /** Tells rounds of this process from those of one before it. */
  private readonly life = randomUUID().slice(0, 8);
  private last: Snapshot | undefined;
  private madeAtMs = -Infinity;
  private making: Promise<Snapshot> | undefined;

  constructor(
    private readonly model: () => StatusModel,
    private readonly monotonicMs: () => number,
    private readonly sections: readonly Section[] = frontSections,
  ) {}

  /** What a client is told to have seen. */
  markOf({ round }: Pick<Snapshot, 'round'>): string {
    return `${this.life}.${round}`;
  }

  /** The round that a mark stands for; 0, before the first, where it is none of this process. */
  roundOf(mark: string | null | undefined): number {
    const [life, round] = (mark ?? '').split('.');
    const number = Number(round);
    return life === this.life && Number.isSafeInteger(number) && number > 0 ? number : 0;
  }

  /** One that is at most a second old. */
  current(): Promise<Snapshot> {
    if (this.last !== undefined && this.monotonicMs() - this.madeAtMs < freshMs)
      return Promise.resolve(this.last);
    return this.next();
  }

  /** One of now; those who ask while it is made share it. */
  next(): Promise<Snapshot> {
    this.making ??= this.make().finally(() => (this.making = undefined));
    return this.making;
  }

  private async make(): Promise<Snapshot> {
    const atMs = this.monotonicMs();
    const model = this.model();
    const round = (this.last?.round ?? 0) + 1;
    const sections = new Map<string, Made>();
    for (const section of this.sections) {
      sections.set(section.id, this.madeOf(section, model, round));
      await nextTurn();
    }
    this.last = { round, model, sections };
    this.madeAtMs = atMs;
    return this.last;
  }

  private madeOf(section: Section, model: StatusModel, round: number): Made {
    const before = this.last?.sections.get(section.id);
    const key = section.key?.(model);
    if (before !== undefined && key !== undefined && before.key === key) return before;
    const { html } = section.render(model);
    return { html, key, changedIn: before?.html === html ? before.changedIn : round };
  }
}

/** Sections that changed after a round, by id. */
export function changedSince({ sections }: Snapshot, round: number): Record<string, string> {
  return Object.fromEntries(
    [...sections].flatMap(([id, { html, changedIn }]) => (changedIn > round ? [[id, html]] : [])),
  );
}
