import type { Instant } from '../../slo/observation.js';
import type { CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError } from '../failure.js';
import { ApiClient } from './api-client.js';
import { Inventory } from './inventory.js';
import { Reflector } from './reflector.js';
import { scopeWords } from './resources.js';
import type { ReplicasSnapshot, ScopeView } from './snapshot.js';
import type { ReplicasTarget } from './targets.js';
import { Viewer } from './view.js';

/** One cluster, kept up with in the background from the first collection on. */
export class ClusterSync {
  private readonly inventory = new Inventory();
  private readonly client: ApiClient;
  private readonly viewer: Viewer;
  private readonly reflectors: readonly Reflector[];
  private readonly ended = new AbortController();
  private heartbeat: NodeJS.Timeout | undefined;
  private awaySince: Instant | undefined;
  private hasStarted = false;
  private waiting: (() => void)[] = [];

  constructor(
    readonly target: ReplicasTarget,
    private readonly env: CollectorEnv,
  ) {
    this.client = new ApiClient(target.kubeconfig);
    this.viewer = new Viewer(target, this.inventory);
    this.reflectors = target.scopes.map(
      (scope) =>
        new Reflector(scope, this.client, env.clock, target.timing, this.inventory, () =>
          this.wake(),
        ),
    );
  }

  /** Begins once; answers when every scope has its first list, or its first failure. */
  async settled(signal: AbortSignal): Promise<void> {
    this.start();
    const stop = () => this.wake();
    signal.addEventListener('abort', stop, { once: true });
    while (!this.isSettled && !signal.aborted && !this.ended.signal.aborted) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    signal.removeEventListener('abort', stop);
  }

  snapshot(): ReplicasSnapshot {
    const statuses = this.reflectors.map(({ status }) => status);
    return this.viewer.view(statuses, this.env.clock.now());
  }

  close(): void {
    this.ended.abort();
    clearTimeout(this.heartbeat);
    for (const reflector of this.reflectors) reflector.close();
    this.wake();
  }

  private get isSettled(): boolean {
    return this.reflectors.every(
      ({ status: { freshAt, failure } }) => freshAt !== undefined || failure !== undefined,
    );
  }

  private start(): void {
    if (this.hasStarted) return;
    this.hasStarted = true;
    for (const reflector of this.reflectors) reflector.start();
    this.beatLater();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private beatLater(): void {
    if (this.ended.signal.aborted) return;
    this.heartbeat = setTimeout(() => void this.beat(), this.target.timing.heartbeatMs);
  }

  /** Asks the API server for a sign of life: a watch is silent when nothing changes, and when it is dead. */
  private async beat(): Promise<void> {
    const askedAt = this.env.clock.now();
    const { answerMs } = this.target.timing;
    try {
      const answer = await this.client.get('/version', {}, answerMs, this.ended.signal);
      answer.close();
      this.vouch(askedAt);
    } catch (error) {
      // Whoever refuses is alive.
      if (error instanceof CollectionError && error.reason === 'auth') this.vouch(askedAt);
      else this.awaySince ??= askedAt;
    }
    this.beatLater();
  }

  private vouch(askedAt: Instant): void {
    const { awaySince } = this;
    this.awaySince = undefined;
    for (const reflector of this.reflectors) {
      if (awaySince === undefined) reflector.vouch(askedAt);
      else reflector.distrust(awaySince);
    }
  }
}

export function openReplicas(target: ReplicasTarget, env: CollectorEnv): ClusterSync {
  return new ClusterSync(target, env);
}

/** Why nothing at all can be said. */
function failureOf({ name, staleMs }: ReplicasTarget, { scopes, at }: ReplicasSnapshot) {
  const missing = scopes.filter(({ isFresh }) => !isFresh);
  const failed = missing.find(({ failure }) => failure !== undefined) ?? missing[0];
  const words = missing.map((each) => wordsOf(each, at, staleMs)).slice(0, 5);
  return {
    reason: failed?.failure?.reason ?? 'timeout',
    message: `cluster ${name}: ${words.join('; ')}`,
  } as const;
}

function wordsOf(
  { scope, freshAt, failure, listed }: ScopeView,
  at: Instant,
  staleMs: number,
): string {
  const text = failure?.message ?? `${scopeWords(scope)}: still being listed, ${listed} so far`;
  if (freshAt === undefined) return text;
  const ageSeconds = ((at.monoMs - freshAt.monoMs) / 1000).toFixed(0);
  const stale = failure?.message ?? `${scopeWords(scope)}: the API server is not heard`;
  return `${stale}, last in step ${ageSeconds} s ago (staleAfter ${staleMs / 1000} s)`;
}

function transcribe({ scopes }: ReplicasSnapshot, { transcript }: ObserveContext): void {
  for (const { scope, failure, isFresh, objects } of scopes) {
    const answered = failure?.message ?? (isFresh ? `${objects} objects` : 'no answer yet');
    transcript?.note(`list and watch ${scopeWords(scope)}`, answered);
  }
}

/**
 * What is held of the cluster now; waits for the first lists.
 * @throws CollectionError with the snapshot when no component can be judged, naming the scopes and why
 */
export async function observeReplicas(
  sync: ClusterSync,
  context: ObserveContext,
): Promise<ReplicasSnapshot> {
  await sync.settled(context.signal);
  const snapshot = sync.snapshot();
  transcribe(snapshot, context);
  if (snapshot.components.some(({ unknownBecause }) => unknownBecause === undefined))
    return snapshot;
  const { reason, message } = failureOf(sync.target, snapshot);
  throw new CollectionError(reason, message, undefined, snapshot);
}

export function closeReplicas(sync: ClusterSync): Promise<void> {
  sync.close();
  return Promise.resolve();
}
