import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { limitedSignal } from '../collectors/limited-signal.js';
import { ClusterApi, type MemberApi } from '../collectors/patroni/api.js';
import { observePatroni } from '../collectors/patroni/observe.js';
import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import type { CollectorEnv } from '../collectors/contract.js';
import { CollectionError } from '../collectors/failure.js';
import { statusOf } from '../collectors/http/get-json.js';
import { StepError } from './step.js';

/** Patroni's dynamic configuration, or a change of it: null takes a key away. */
export type DynamicConfig = Readonly<Record<string, unknown>>;

const configuration = z.record(z.string(), z.unknown());
const historyRows = z.array(z.array(z.unknown()).min(2)).max(10_000);

const requestMs = 2000;
const pauseMs = 250;

/** Where a timeline ended, as Patroni keeps it. */
export interface Switch {
  readonly timeline: number;
  /** In bytes. */
  readonly lsn: bigint;
}

function switchOf([timeline, lsn]: readonly unknown[]): Switch | undefined {
  const isLsn = typeof lsn === 'number' || (typeof lsn === 'string' && /^\d+$/.test(lsn));
  return typeof timeline === 'number' && isLsn ? { timeline, lsn: BigInt(lsn) } : undefined;
}

function isRefusal(error: unknown): boolean {
  return error instanceof CollectionError && error.reason === 'auth';
}

/** What a request that may be sent again was refused with: a change at the same time, or no store. */
const passing = new Set([409, 412, 500, 502, 503, 504]);

/** Reads a Patroni cluster and changes its configuration, through whichever member answers. */
export class ClusterOperator {
  private readonly api: ClusterApi;

  constructor(target: ConstructorParameters<typeof ClusterApi>[0], env: CollectorEnv) {
    this.api = new ClusterApi(target, env);
  }

  get name(): string {
    return this.api.target.name;
  }

  close(): void {
    this.api.close();
  }

  /** What the members say; also where none answers, with the reasons. */
  async look(signal: AbortSignal): Promise<PatroniSnapshot> {
    try {
      return await observePatroni(this.api, { signal });
    } catch (error) {
      const partial = error instanceof CollectionError ? error.partial : undefined;
      if (typeof partial === 'object' && partial !== null && 'members' in partial)
        return partial as PatroniSnapshot;
      throw error;
    }
  }

  /** The configuration as it stands. Asked until the signal. @throws StepError when no member answers */
  async configuration(signal: AbortSignal): Promise<DynamicConfig> {
    for (;;) {
      const found = await this.configurationOnce(signal).catch((error: unknown) => ({ error }));
      if ('config' in found) return found.config;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw found.error;
    }
  }

  /** Where its timelines ended, oldest first. @throws StepError when no member answers */
  async history(signal: AbortSignal): Promise<Switch[]> {
    const rows = await this.ofAny('tells its history', signal, (member, within, session) =>
      member.ask('/history', historyRows, session, within),
    );
    return rows.flatMap((row) => switchOf(row) ?? []);
  }

  /**
   * Changes the configuration, and answers with what it is then. Sent again after a change at the same time
   * (409) and while the configuration store has no leader (503), until the signal.
   * @throws StepError naming the member and what it said
   */
  async change(change: DynamicConfig, first: string, signal: AbortSignal): Promise<DynamicConfig> {
    let said = 'no member answers';
    for (;;) {
      if (signal.aborted) throw new StepError(`${this.name}: PATCH /config: ${said}`);
      for (const member of this.inOrder(first)) {
        if (signal.aborted) break;
        try {
          return await this.send(member, change, signal);
        } catch (error) {
          said = error instanceof Error ? error.message : String(error);
          if (isRefusal(error)) throw new StepError(refused(this.name, said), { cause: error });
          const status = statusOf(error);
          if (status !== undefined && !passing.has(status))
            throw new StepError(said, { cause: error });
        }
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async configurationOnce(signal: AbortSignal): Promise<{ config: DynamicConfig }> {
    const config = await this.ofAny('tells its configuration', signal, (member, within, session) =>
      member.ask('/config', configuration, session, within),
    );
    return { config };
  }

  private async send(member: MemberApi, change: DynamicConfig, signal: AbortSignal) {
    const session = await this.api.session(undefined);
    const within = limitedSignal(signal, requestMs);
    return member.change('/config', change, configuration, session, within);
  }

  private inOrder(first: string): MemberApi[] {
    return this.api.members.toSorted((a, b) => Number(b.name === first) - Number(a.name === first));
  }

  private async ofAny<Value>(
    what: string,
    signal: AbortSignal,
    ask: (
      member: MemberApi,
      within: AbortSignal,
      session: Awaited<ReturnType<ClusterApi['session']>>,
    ) => Promise<Value>,
  ): Promise<Value> {
    const session = await this.api.session(undefined);
    const failures: string[] = [];
    for (const member of this.api.members) {
      try {
        return await ask(member, limitedSignal(signal, requestMs), session);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new StepError(`no member of ${this.name} ${what}: ${failures.join('; ')}`);
  }
}

function refused(cluster: string, said: string): string {
  return `${said}: the login under clusters of the operations file may not change ${cluster}`;
}
