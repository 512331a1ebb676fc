import type { CollectorEnv } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import type { Operations } from '../config/operations.js';
import type { Gate } from '../dr/gates.js';
import type { Acknowledged, Execution, PairRecord, Step } from '../failover/execution.js';
import type { ClusterOperator } from './cluster-operator.js';
import type { PairLook } from './databases.js';
import type { ClusterAccess, PairAccess } from './region-access.js';

/** A step that could not be done; `resume` tries it again. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/** What was not written down, be it that another process goes on with the execution: nothing more is done. */
export class JournalError extends StepError {}

/** The old region serves again: nothing was promoted, and there is nothing to resume. */
export class TakenBack extends Error {
  override readonly name = 'TakenBack';
}

/** What comes of a step. */
export interface StepOutcome {
  readonly state: 'done' | 'skipped';
  /** One sentence with the figures. */
  readonly detail: string;
  readonly remarks?: readonly string[];
}

/** One database of the execution, with the ways to reach it. */
export interface PairWork {
  readonly access: PairAccess;
  readonly record: PairRecord;
}

/** What steps are given. */
export interface StepContext {
  readonly config: Config;
  readonly operations: Operations;
  readonly execution: Execution;
  readonly pairs: readonly PairWork[];
  readonly env: CollectorEnv;
  /** Aborted when the command is to end. */
  readonly signal: AbortSignal;
  /** Patroni of a cluster, over kept connections. */
  operator(cluster: ClusterAccess): ClusterOperator;
  /** PostgreSQL of both regions, at one time. */
  look(pair: PairAccess, signal?: AbortSignal): Promise<PairLook>;
  /** Writes the execution to the journal, as it is now. */
  save(): Promise<void>;
  /** Told of what goes on within a step. */
  progress(words: string): void;
  /** Asks the gates of the execution's failover. */
  askGates(): Promise<readonly Gate[]>;
  /** What the exporter knows of a cluster's heartbeats after a number; undefined where it does not answer. */
  acknowledged(cluster: string, afterSeq: number): Promise<Acknowledged | undefined>;
  /** The outage of the region that is given up, as the exporter measured it. */
  outageOf(cluster: string): Promise<Execution['outage']>;
  /** The last failover out of the region that is let back in; undefined where there was none. */
  lastOutOf(region: string): Promise<Execution | undefined>;
  /** Writes another execution, that is over. */
  saveOther(execution: Execution): Promise<void>;
}

export type StepRun = (context: StepContext, step: Step) => Promise<StepOutcome>;

export function done(detail: string, remarks: readonly string[] = []): StepOutcome {
  return { state: 'done', detail, remarks };
}

export function skipped(detail: string): StepOutcome {
  return { state: 'skipped', detail };
}

export function nowMs({ env }: StepContext): number {
  return env.clock.now().wallMs;
}
