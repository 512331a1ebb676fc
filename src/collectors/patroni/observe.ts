import type { z } from 'zod';
import type { ObserveContext } from '../contract.js';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';
import type { ClusterApi, MemberApi, Session } from './api.js';
import { clusterView, dynamicConfig, history, memberStatus } from './answers.js';
import { AnswerBoard, pause } from './answer-board.js';
import { suspects } from './judge.js';
import type { MemberAnswer, PatroniSnapshot, SharedAnswer } from './snapshot.js';

/**
 * How the deadline is divided. Members that have answered after `settle` are not kept waiting for
 * the others before one of them is asked about the cluster; `/cluster` reads the configuration
 * store and may hang where `/patroni` does not.
 */
const shares = {
  settle: 0.4,
  member: 0.85,
  cached: 0.1,
  cluster: 0.25,
  shared: 0.85,
  again: 0.1,
} as const;

/** A signal that aborts with its parent, and after so long. */
function limitedSignal(parent: AbortSignal, limitMs: number) {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException('deadline', 'TimeoutError'));
  const timer = setTimeout(abort, Math.max(1, limitMs));
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  const release = () => {
    clearTimeout(timer);
    parent.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, release };
}

async function within<Value>(
  parent: AbortSignal,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const { signal, release } = limitedSignal(parent, limitMs);
  try {
    return await work(signal);
  } finally {
    release();
  }
}

/** One collection of one cluster. */
class Round {
  private readonly timeoutMs: number;
  private readonly board: AnswerBoard;
  /** Members that kept a request about the cluster waiting: they are asked last from then on. */
  private readonly slow = new Set<string>();

  constructor(
    private readonly api: ClusterApi,
    private readonly session: Session,
    private readonly signal: AbortSignal,
  ) {
    this.timeoutMs = api.target.timeoutMs;
    this.board = new AnswerBoard(api.members.map(({ name }) => name));
  }

  async run(): Promise<PatroniSnapshot> {
    const asked = this.api.members.map(async (member) => {
      this.board.put(await this.askMember(member, shares.member));
    });
    const [shared] = await Promise.all([
      within(this.signal, this.timeoutMs * shares.shared, (signal) => this.askShared(signal)),
      ...asked,
    ]);
    await this.askSuspectsAgain(shared);
    return { members: this.board.answers(), ...shared };
  }

  private async askMember(member: MemberApi, share: number): Promise<MemberAnswer> {
    const { name } = member;
    try {
      const status = await within(this.signal, this.timeoutMs * share, (signal) =>
        member.ask('/patroni', memberStatus, this.session, signal),
      );
      return { name, status };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { name, failure: { reason: reasonOf(error), message } };
    }
  }

  /** What one healthy member is asked, once all have answered, or some have and time passes. */
  private async askShared(signal: AbortSignal) {
    await pause(this.board.whenAllAnswered(), this.timeoutMs * shares.settle, signal);
    await pause(this.board.whenOneIsHealthy(), this.timeoutMs, signal);
    const config = await this.askInTurn('/config', dynamicConfig, shares.cached, signal);
    const past = await this.askInTurn('/history', history, shares.cached, signal);
    const cluster = await this.askInTurn('/cluster', clusterView, shares.cluster, signal);
    return { cluster, config, history: past };
  }

  /** Asks one healthy member, and the next where it fails. */
  private async askInTurn<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    share: number,
    parent: AbortSignal,
  ): Promise<SharedAnswer<z.output<Schema>> | undefined> {
    for (const name of this.inTurn()) {
      if (parent.aborted) return undefined;
      const value = await this.attempt(name, path, schema, share, parent);
      if (value !== undefined) return { from: name, value };
    }
    return undefined;
  }

  private inTurn(): string[] {
    const names = this.board.freshestFirst();
    return [...names.filter((name) => !this.slow.has(name)), ...this.slow];
  }

  private async attempt<Schema extends z.ZodType>(
    name: string,
    path: string,
    schema: Schema,
    share: number,
    parent: AbortSignal,
  ): Promise<z.output<Schema> | undefined> {
    const member = this.api.members.find((each) => each.name === name);
    try {
      return await within(parent, this.timeoutMs * share, async (signal) =>
        member?.ask(path, schema, this.session, signal),
      );
    } catch (error) {
      // The transcript has it; what counts is that this member cannot tell.
      if (!(error instanceof CollectionError)) throw error;
      if (error.reason === 'timeout') this.slow.add(name);
      return undefined;
    }
  }

  /**
   * The lock may pass between the answers of two members, which would look like a split brain:
   * members that claim what they should not are asked once more, now that the lock is known.
   */
  private async askSuspectsAgain(shared: Omit<PatroniSnapshot, 'members'>): Promise<void> {
    const names = suspects(this.api.target, { members: this.board.answers(), ...shared });
    const members = this.api.members.filter(({ name }) => names.includes(name));
    await Promise.all(
      members.map(async (member) => {
        const answer = await this.askMember(member, shares.again);
        if (answer.status !== undefined) this.board.put(answer);
      }),
    );
  }
}

/** The reason that most members failed for; the first of several. */
function commonest(reasons: readonly FailureReason[]): FailureReason {
  const counts = new Map<FailureReason, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const [first] = [...counts].toSorted(([, a], [, b]) => b - a);
  return first?.[0] ?? 'internal';
}

/**
 * @throws CollectionError where no member answered, for the reason of most of them; its `partial` is
 * the snapshot, with each member's own failure
 */
export async function observePatroni(
  api: ClusterApi,
  { signal, transcript }: ObserveContext,
): Promise<PatroniSnapshot> {
  const session = await api.session(transcript);
  const snapshot = await new Round(api, session, signal).run();
  const failures = snapshot.members.flatMap(({ failure }) => failure ?? []);
  if (failures.some(({ reason }) => reason === 'tls')) api.forgetTls();
  if (failures.length < snapshot.members.length) return snapshot;
  const reason = commonest(failures.map((failure) => failure.reason));
  const messages = failures.slice(0, 5).map(({ message }) => message);
  const message = `no member answered: ${messages.join('; ')}`;
  throw new CollectionError(reason, message, undefined, snapshot);
}
