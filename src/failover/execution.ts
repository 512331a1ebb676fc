import { z } from 'zod';

/** Name of the format of a kept execution: readers refuse what they do not know. */
const executionFormat = 'sensei-execution/v1';

export const executionKinds = ['failover', 'failback'] as const;
export type ExecutionKind = (typeof executionKinds)[number];
/** `planned`: the old region serves and is asked to stop. `unplanned`: it is lost, and fenced. */
export const executionModes = ['planned', 'unplanned'] as const;
export type ExecutionMode = (typeof executionModes)[number];

/** Every step there is, in the order in which an execution may have them. */
export const stepNames = [
  'rejoin',
  'salvage',
  'restrain',
  'unfence',
  'gates',
  'freeze',
  'prepare',
  'hold',
  'demote',
  'fence',
  'prove',
  'promote',
  'verify',
  'scale',
  'redis',
  'traffic',
  'follow',
  'recheck',
  'notify',
] as const;
export type StepName = (typeof stepNames)[number];

const instantMs = z.number().min(0);
const lsn = z.string().nullable();

const step = z.object({
  name: z.enum(stepNames),
  /** `failed` is tried again by `resume`; `skipped` had nothing to do. */
  state: z.enum(['pending', 'begun', 'done', 'failed', 'skipped']),
  attempts: z.int().min(0),
  begunMs: instantMs.nullable(),
  endedMs: instantMs.nullable(),
  /** One sentence with the figures. */
  detail: z.string(),
  /** What somebody ought to look at, though the step is done. */
  remarks: z.array(z.string()),
});
export type Step = z.output<typeof step>;

/** Number of a heartbeat; about the wall clock in milliseconds. */
const sequence = z.number();
const heartbeat = z.object({ seq: sequence, writtenMs: instantMs });

/** Where a region's database stands: the end of its log, and its newest heartbeat. */
const standing = z.object({
  atMs: instantMs,
  member: z.string(),
  timeline: z.number().nullable(),
  /** End of what it wrote, or received. */
  lsn,
  heartbeat: heartbeat.nullable(),
  /** When it last committed anything, by the clock of the region that wrote it; null where it does not say. */
  lastCommitMs: instantMs.nullable(),
});
export type Standing = z.output<typeof standing>;

/** Of the exporter that wrote the heartbeats: which of them were acknowledged. */
const acknowledged = z.object({
  source: z.string(),
  /** `[number, begun, ended]`, in Unix milliseconds, oldest first. */
  beats: z.array(z.tuple([sequence, instantMs, instantMs])),
  /** Whether older ones that may matter are not among them. */
  isTruncated: z.boolean(),
  /** The first write after the newest of them that was refused, from its beginning to its end. */
  firstRefusal: z.tuple([instantMs, instantMs]).nullable(),
});
export type Acknowledged = z.output<typeof acknowledged>;

/** One database in both regions, and what was found of it. */
const pair = z.object({
  /** Of the pair, under `collectors.lag`. */
  name: z.string(),
  /** Names of the clusters. */
  old: z.string(),
  new: z.string(),
  systemIdentifier: z.string().nullable(),
  /** Both regions before anything was changed. */
  before: z.object({ old: standing.nullable(), new: standing.nullable() }).nullable(),
  /** What the old cluster's own configuration had where a step changes it, to be put back. */
  heldBefore: z.object({ readOnly: z.union([z.string(), z.boolean(), z.null()]) }).nullable(),
  acknowledged: acknowledged.nullable(),
  /** What the new region has, once nothing more can come. */
  copy: standing.nullable(),
  /** Where the old region's log ends: read of itself, after it was stopped from writing. */
  end: standing.nullable(),
  /** Whether all that the old region committed was proved to be in the new one. */
  isProvedWhole: z.boolean(),
  promoted: z
    .object({
      /** Just before the request that promotes was sent first. */
      askedMs: instantMs,
      /** When it was seen to be a primary. */
      seenMs: instantMs.nullable(),
      member: z.string().nullable(),
      timeline: z.number().nullable(),
      /** Where the new timeline begins. */
      lsn,
    })
    .nullable(),
  /** The first write that was committed and read back in the new region. */
  written: z
    .object({
      /** When the last write that failed was begun; null where none was seen to fail. */
      lastFailedMs: instantMs.nullable(),
      begunMs: instantMs,
      endedMs: instantMs,
    })
    .nullable(),
});
export type PairRecord = z.output<typeof pair>;

const override = z.object({
  name: z.string(),
  reason: z.string(),
  verdict: z.string(),
  figure: z.string(),
});
export type Override = z.output<typeof override>;

const gate = z.object({
  name: z.string(),
  verdict: z.enum(['PASS', 'FAIL', 'UNKNOWN']),
  figure: z.string(),
  source: z.string(),
});

/** One failover, from its plan to its proof: all that is kept of it. */
export const executionSchema = z.object({
  format: z.literal(executionFormat),
  id: z.uuid(),
  deployment: z.string(),
  kind: z.enum(executionKinds),
  mode: z.enum(executionModes),
  from: z.string(),
  to: z.string(),
  /** Who started it. */
  by: z.string(),
  isDrill: z.boolean(),
  /** SHA-256 of what was watched. */
  configuration: z.string(),
  rtoMs: z.number(),
  rpoMs: z.number(),
  startedMs: instantMs,
  endedMs: instantMs.nullable(),
  /** `taken_back`: the old region serves again, and the new one was not promoted. */
  state: z.enum(['running', 'done', 'taken_back', 'abandoned']),
  /** Why it was abandoned or taken back. */
  reason: z.string(),
  /** Why it is being taken back: from then on it is gone on with only by taking it back. */
  takingBack: z.string().nullable().default(null),
  overrides: z.array(override),
  /** Names that may be overridden when the gates are asked within the execution. */
  mayOverride: z.array(z.object({ name: z.string(), reason: z.string() })),
  gates: z.array(gate),
  steps: z.array(step),
  pairs: z.array(pair),
  /** The outage of the old region, as the exporter measured it. */
  outage: z
    .object({
      incident: z.string().nullable(),
      lastOkBeforeMs: instantMs.nullable(),
      firstFailMs: instantMs.nullable(),
      detectedMs: instantMs.nullable(),
      source: z.string(),
    })
    .nullable(),
});
export type Execution = z.output<typeof executionSchema>;

/** What an execution is begun with. */
export type Beginning = Pick<
  Execution,
  | 'id'
  | 'deployment'
  | 'kind'
  | 'mode'
  | 'from'
  | 'to'
  | 'by'
  | 'isDrill'
  | 'configuration'
  | 'rtoMs'
  | 'rpoMs'
  | 'startedMs'
  | 'overrides'
  | 'mayOverride'
  | 'gates'
> & {
  readonly steps: readonly StepName[];
  readonly pairs: readonly Pick<PairRecord, 'name' | 'old' | 'new'>[];
};

function newStep(name: StepName): Step {
  return {
    name,
    state: 'pending',
    attempts: 0,
    begunMs: null,
    endedMs: null,
    detail: '',
    remarks: [],
  };
}

function newPair(names: Pick<PairRecord, 'name' | 'old' | 'new'>): PairRecord {
  return {
    ...names,
    systemIdentifier: null,
    before: null,
    heldBefore: null,
    acknowledged: null,
    copy: null,
    end: null,
    isProvedWhole: false,
    promoted: null,
    written: null,
  };
}

export function newExecution({ steps, pairs, ...given }: Beginning): Execution {
  return {
    format: executionFormat,
    ...given,
    endedMs: null,
    state: 'running',
    reason: '',
    takingBack: null,
    steps: steps.map(newStep),
    pairs: pairs.map(newPair),
    outage: null,
  };
}

/** A kept execution. @throws Error saying what is wrong with it */
export function parseExecution(body: unknown): Execution {
  const parsed = executionSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `the journal holds an execution of another version (${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}); use the version that began it`,
  );
}

/** What is kept of an execution that was given up, be it of a version that this one cannot read. */
export function abandonedBody(body: unknown, reason: string, endedMs: number): unknown {
  const kept = typeof body === 'object' && body !== null ? body : { body };
  return { ...kept, state: 'abandoned', reason, endedMs };
}

/** Of what is kept, what this version knows: an entry of another one is none to go by. */
export function knownExecutions(bodies: readonly unknown[]): Execution[] {
  return bodies.flatMap((body) => executionSchema.safeParse(body).data ?? []);
}

export function stepOf(execution: Execution, name: StepName): Step | undefined {
  return execution.steps.find((each) => each.name === name);
}

export function isOver({ state }: Step): boolean {
  return state === 'done' || state === 'skipped';
}

/** The step that is to be done next. */
export function nextStep({ steps }: Execution): Step | undefined {
  return steps.find((each) => !isOver(each));
}

/** Whether a request to promote may have been sent: from then on there is no way back but forward. */
export function mayBePromoted({ pairs }: Execution): boolean {
  return pairs.some(({ promoted }) => promoted !== null);
}

/** What an execution that was given up has left in the regions, and nobody takes back any more. */
export function leftAs(execution: Execution): string[] {
  const { from, to, pairs } = execution;
  if (mayBePromoted(execution)) return [`${to} may be promoted: see sensei dr status`];
  return pairs
    .filter(({ heldBefore }) => heldBefore !== null)
    .map(
      ({ old, heldBefore }) =>
        `writes may still be held in ${from}: see that ${old} has no standby_cluster, and default_transaction_read_only ` +
        `${heldBefore?.readOnly === null ? 'unset' : `set to ${String(heldBefore?.readOnly)}`}, as it was before (patronictl edit-config)`,
    );
}
