import type { MemberAnswer } from './snapshot.js';

/** Settles with the promise, after so long, or with the signal, whichever comes first. */
export function pause(promise: Promise<void>, limitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, limitMs);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    void promise.then(end);
  });
}

/** The members' answers as they come in. */
export class AnswerBoard {
  private readonly byName = new Map<string, MemberAnswer>();
  private readonly all = new Gate();
  private readonly oneIsHealthy = new Gate();

  constructor(private readonly names: readonly string[]) {}

  put(answer: MemberAnswer): void {
    this.byName.set(answer.name, answer);
    if (answer.status !== undefined) this.oneIsHealthy.open();
    if (this.byName.size < this.names.length) return;
    this.all.open();
    this.oneIsHealthy.open();
  }

  whenAllAnswered(): Promise<void> {
    return this.all.opened;
  }

  /** Also settles when no member is. */
  whenOneIsHealthy(): Promise<void> {
    return this.oneIsHealthy.opened;
  }

  /** In the order of the configuration; those still awaited are left out. */
  answers(): MemberAnswer[] {
    return this.names.flatMap((name) => this.byName.get(name) ?? []);
  }

  /** Members that answered, the one first that knows most of the store: it is asked for the rest. */
  freshestFirst(): string[] {
    return this.answers()
      .filter(({ status }) => status !== undefined)
      .toSorted((a, b) => freshness(b) - freshness(a) || timelineOf(b) - timelineOf(a))
      .map(({ name }) => name);
  }
}

function freshness({ status }: MemberAnswer): number {
  if (status === undefined || status.isFailsafeActive) return 0;
  return status.dcsLastSeenSeconds ?? 0;
}

function timelineOf({ status }: MemberAnswer): number {
  return status?.timeline ?? 0;
}

class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
