import { configSchema } from '../../src/config/schema.js';
import { operationsSchema, type Operations } from '../../src/config/operations.js';
import {
  newExecution,
  parseExecution,
  stepOf,
  type Execution,
  type ExecutionKind,
  type ExecutionMode,
  type StepName,
} from '../../src/failover/execution.js';
import { stepsOf } from '../../src/failover/plan.js';
import { ExecutionContext } from '../../src/operator/context.js';
import { execute, renewProofs } from '../../src/operator/engine.js';
import { accessOf } from '../../src/operator/region-access.js';
import type { Gate } from '../../src/dr/gates.js';
import type { StepOutcome } from '../../src/operator/step.js';
import { stepRuns } from '../../src/operator/steps/index.js';
import { systemClock } from '../../src/runner/clock.js';
import type { Journal, JournalEntry } from '../../src/store/journal.js';
import { noSecrets } from '../support/collect.js';
import { FakeCluster } from './fake-cluster.js';

/** Entries as JSON, by id; writes may be made to fail. */
export class FakeJournal implements Journal {
  readonly description = 'a fake journal';
  readonly kept = new Map<string, string>();
  /** What was kept, one after another. */
  readonly writes: Execution[] = [];
  /** Whether the write of this number fails, counted from 1. */
  isBroken: (write: number) => boolean = () => false;
  count = 0;

  open = () => Promise.resolve();
  close = () => Promise.resolve();
  lock = () => Promise.resolve(true);
  incidents = () => Promise.resolve([]);

  put({ id, body }: JournalEntry): Promise<void> {
    this.count += 1;
    if (this.isBroken(this.count)) return Promise.reject(new Error('no space left on device'));
    this.kept.set(id, JSON.stringify(body));
    this.writes.push(parseExecution(JSON.parse(JSON.stringify(body))));
    return Promise.resolve();
  }

  entries(): Promise<JournalEntry[]> {
    const bodies = [...this.kept.values()].map((text) => parseExecution(JSON.parse(text)));
    return Promise.resolve(bodies.toReversed().map((body) => ({ ...body, body })));
  }

  async entry(id: string): Promise<JournalEntry | undefined> {
    return (await this.entries()).find((entry) => entry.id === id);
  }

  async unfinished(): Promise<JournalEntry | undefined> {
    return (await this.entries()).find(({ endedMs }) => endedMs === null);
  }
}

export interface HarnessOptions {
  readonly kind?: ExecutionKind;
  readonly mode?: ExecutionMode;
  readonly mustRejoin?: boolean;
  readonly hooks?: readonly object[];
  readonly limits?: Partial<Operations['limits']>;
  /** Of the configuration, beside its collectors. */
  readonly platform?: object;
}

function configOf(clusters: readonly FakeCluster[], platform: object) {
  return configSchema.parse({
    deployment: 'orders',
    ...platform,
    collectors: {
      patroni: clusters.map(({ region, member, url }) => ({
        name: `orders-${region}`,
        region,
        members: [{ name: member, url }],
      })),
      postgres: clusters.map(({ region, member, address }) => ({
        name: `orders-${region}`,
        region,
        user: 'monitor',
        members: [{ name: member, address }],
        ...(region === 'east' && { canary: { address, user: 'canary' } }),
      })),
      lag: [{ name: 'orders', primary: 'orders-east', standby: 'orders-west' }],
    },
  });
}

function operationsOf(clusters: readonly FakeCluster[], { hooks = [], limits }: HarnessOptions) {
  const parsed = operationsSchema.parse({
    clusters: clusters.map(({ region, address }) => ({
      name: `orders-${region}`,
      standbyCluster: { host: `db.${region}.example`, primarySlotName: `slot_${region}` },
      writePath: { address, user: 'canary' },
    })),
    hooks,
  });
  // Shorter than a file may have them.
  const short = { fenceProof: 1, hold: 8000, demote: 8000, promote: 8000, verify: 8000 };
  return {
    ...parsed,
    limits: { ...parsed.limits, follow: 8000, gates: 1500, ...short, ...limits },
  };
}

/** Two regions on local servers, and executions between them. */
export class Harness {
  readonly log: string[] = [];
  readonly journal = new FakeJournal();
  readonly east: FakeCluster;
  readonly west: FakeCluster;
  /** At each request: whether both regions took writes. */
  wereTwoWritable = false;
  gates: readonly Gate[] = [];
  private readonly open: ExecutionContext[] = [];

  constructor(private readonly options: HarnessOptions = {}) {
    const note = (line: string) => {
      this.log.push(line);
      this.wereTwoWritable ||= this.east.isWritable && this.west.isWritable;
    };
    this.east = new FakeCluster('east', 'a1', note);
    this.west = new FakeCluster('west', 'b1', note);
  }

  async start(): Promise<this> {
    await Promise.all([this.east.start(), this.west.start()]);
    this.east.source = this.west;
    this.west.source = this.east;
    const { state } = this.west;
    state.role = 'standby_leader';
    state.config = { ttl: 30, standby_cluster: { host: 'db.west.example' } };
    return this;
  }

  async close(): Promise<void> {
    for (const context of this.open) await context.close();
    await Promise.all([this.east.close(), this.west.close()]);
  }

  /** One that only begins. */
  execution(): Execution {
    const { kind = 'failover', mode = 'unplanned', mustRejoin = false } = this.options;
    return newExecution({
      id: '3f0c6f0e-56b7-4a53-9d0c-0f4f0a1f7f11',
      deployment: 'orders',
      kind,
      mode,
      from: 'east',
      to: 'west',
      by: 'ana',
      isDrill: false,
      configuration: 'abc',
      rtoMs: 60_000,
      rpoMs: 5000,
      startedMs: systemClock.now().wallMs,
      overrides: [],
      mayOverride: [],
      gates: [],
      steps: stepsOf({ mode, mustRejoin }),
      pairs: [{ name: 'orders', old: 'orders-east', new: 'orders-west' }],
    });
  }

  context(execution: Execution, signal = new AbortController().signal): ExecutionContext {
    const clusters = [this.east, this.west];
    const config = configOf(clusters, this.options.platform ?? {});
    const operations = operationsOf(clusters, this.options);
    const found = accessOf(config, operations, execution);
    if (!found.ok) throw new Error(found.faults.join('; '));
    const context = new ExecutionContext({
      config,
      operations,
      execution,
      access: found.pairs,
      journal: this.journal,
      env: { clock: systemClock, secrets: noSecrets },
      signal,
      askGates: () => Promise.resolve(this.gates),
      acknowledged: () => Promise.resolve(undefined),
      incidents: () => Promise.resolve([]),
      progress: () => {},
    });
    this.open.push(context);
    return context;
  }

  /** Does one step by itself. */
  step(name: StepName, execution: Execution, signal?: AbortSignal): Promise<StepOutcome> {
    const step = stepOf(execution, name) ?? stepOf(this.execution(), 'freeze')!;
    return stepRuns[name](this.context(execution, signal), step);
  }

  /** Begins an execution, and goes on until it is over or a step cannot be done. */
  async begin(execution = this.execution()): Promise<Execution> {
    await execute(this.context(execution), { begun: () => {}, ended: () => {} });
    return execution;
  }

  /** Goes on with what the journal has, as `sensei dr resume` does. */
  async resume(): Promise<Execution> {
    const entry = await this.journal.unfinished();
    if (entry === undefined) throw new Error('there is nothing to go on with');
    const execution = parseExecution(entry.body);
    renewProofs(execution);
    return this.begin(execution);
  }

  /** Changes of a region's configuration, in order. */
  changes(region: string): unknown[] {
    const start = `${region} PATCH `;
    return this.log
      .filter((line) => line.startsWith(start))
      .map((line) => JSON.parse(line.slice(start.length).replace(/ \d+$/, '')) as unknown);
  }
}
