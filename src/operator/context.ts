import type { CollectorEnv } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import type { Operations } from '../config/operations.js';
import { knownExecutions, mayBePromoted, type Execution } from '../failover/execution.js';
import type { Incident } from '../slo/incident.js';
import type { Journal, JournalEntry } from '../store/journal.js';
import { ClusterOperator } from './cluster-operator.js';
import { Databases } from './databases.js';
import type { ClusterAccess, PairAccess } from './region-access.js';
import { JournalError, type StepContext } from './step.js';

const dayMs = 86_400_000;
const executionsKept = 1000;

export function entryOf(execution: Execution): JournalEntry {
  const { id, startedMs, endedMs } = execution;
  // A copy: what is written is what it was then.
  return {
    id,
    startedMs: Math.round(startedMs),
    endedMs: endedMs === null ? null : Math.round(endedMs),
    body: structuredClone(execution),
  };
}

/** What a context is made of. */
export interface ContextParts extends Pick<StepContext, 'askGates' | 'acknowledged' | 'progress'> {
  readonly config: Config;
  readonly operations: Operations;
  readonly execution: Execution;
  readonly access: readonly PairAccess[];
  readonly journal: Journal;
  readonly env: CollectorEnv;
  readonly signal: AbortSignal;
  /** Incidents of the exporter, newest first. */
  readonly incidents: (fromMs: number, toMs: number) => Promise<readonly Incident[]>;
}

/** Of one execution: connections are made when they are needed, and kept. */
export class ExecutionContext implements StepContext {
  readonly config: Config;
  readonly operations: Operations;
  readonly execution: Execution;
  readonly pairs: StepContext['pairs'];
  readonly env: CollectorEnv;
  readonly signal: AbortSignal;
  readonly askGates: StepContext['askGates'];
  readonly acknowledged: StepContext['acknowledged'];
  readonly progress: StepContext['progress'];
  private readonly operators = new Map<string, ClusterOperator>();
  private readonly databases = new Map<string, Databases>();

  /** @throws Error where the execution is of databases that the configuration has no longer */
  constructor(private readonly parts: ContextParts) {
    const { access, execution } = parts;
    this.config = parts.config;
    this.operations = parts.operations;
    this.execution = execution;
    this.env = parts.env;
    this.signal = parts.signal;
    this.askGates = parts.askGates;
    this.acknowledged = parts.acknowledged;
    this.progress = parts.progress;
    this.pairs = execution.pairs.map((record) => {
      const found = access.find(({ name }) => name === record.name);
      if (found === undefined)
        throw new Error(`${record.name} is no longer under collectors.lag; the execution needs it`);
      return { access: found, record };
    });
  }

  operator(cluster: ClusterAccess): ClusterOperator {
    const known = this.operators.get(cluster.name);
    if (known !== undefined) return known;
    const made = new ClusterOperator(cluster.patroni, this.env);
    this.operators.set(cluster.name, made);
    return made;
  }

  look(pair: PairAccess, signal = this.signal) {
    const known = this.databases.get(pair.name) ?? new Databases(pair, this.env);
    this.databases.set(pair.name, known);
    return known.look(signal);
  }

  async save(): Promise<void> {
    await this.saveOther(this.execution);
  }

  /** What cannot be written down is not done. @throws JournalError */
  async saveOther(execution: Execution): Promise<void> {
    try {
      await this.parts.journal.put(entryOf(execution));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new JournalError(`the journal cannot be written: ${why}`, { cause });
    }
  }

  async lastOutOf(region: string): Promise<Execution | undefined> {
    const entries = await this.parts.journal.entries(executionsKept);
    const others = entries.filter(({ id }) => id !== this.execution.id);
    return knownExecutions(others.map(({ body }) => body)).find(
      (each) => each.from === region && mayBePromoted(each) && each.state !== 'running',
    );
  }

  async outageOf(cluster: string): Promise<Execution['outage']> {
    const { wallMs } = this.env.clock.now();
    const incidents = await this.parts.incidents(wallMs - dayMs, wallMs + 1000).catch(() => []);
    const open = incidents.filter(({ closedMs }) => closedMs === null);
    const found = open.find(({ sli }) => sli === `postgres-canary/${cluster}/write`);
    if (found === undefined) return null;
    const { id, lastOkBeforeMs, firstFailMs, detectedMs, slo } = found;
    return { incident: id, lastOkBeforeMs, firstFailMs, detectedMs, source: slo };
  }

  async close(): Promise<void> {
    for (const operator of this.operators.values()) operator.close();
    for (const databases of this.databases.values()) await databases.close();
  }
}
