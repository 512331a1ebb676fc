import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../slo/observation.js';
import type { ReflectorSink } from './reflector.js';
import type {
  AnyRecord,
  LeaseRecord,
  NodeRecord,
  PodRecord,
  RecordsByResource,
} from './records.js';
import { allNamespaces, resourceNames, type ResourceName, type Scope } from './resources.js';

type Table<Record> = Map<string, Record>;
type Tables = { readonly [Name in ResourceName]: Table<RecordsByResource[Name]> };

/** Ended pods that are kept until the next collection has seen how they ended. */
const endedKept = 10_000;

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** Whole numbers alone can be compared: to others a version says nothing but that it differs. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d{1,30}$/.test(version) || !/^\d{1,30}$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}

function isInScope({ namespace }: { readonly namespace: string }, scope: Scope): boolean {
  return (
    scope.namespace === '' || scope.namespace === allNamespaces || scope.namespace === namespace
  );
}

function servingOf({ isRunning, isReady, isDeleting }: PodRecord): boolean {
  return isRunning && isReady && !isDeleting;
}

/** Fields that say when something was told, not what it was. */
const stamps: ReadonlySet<string> = new Set([
  'resourceVersion',
  'receivedAt',
  'turnedAt',
  'heartbeatMs',
]);

/** Whether two records of one object say the same. */
function isAlike(a: AnyRecord, b: AnyRecord): boolean {
  return Object.entries(a).every(([key, value]: [string, unknown]) => {
    if (stamps.has(key)) return true;
    const other = (b as unknown as Record<string, unknown>)[key];
    return value === other || (typeof value === 'object' && isDeepStrictEqual(value, other));
  });
}

/** What is held of a cluster: the newest record of each object, with the instants of its turns. */
export class Inventory implements ReflectorSink {
  readonly tables = Object.fromEntries(
    resourceNames.map((name) => [name, new Map<string, never>()]),
  ) as unknown as Tables;
  /** Pods by the uid of what owns them. */
  readonly podsByOwner = new Map<string, Map<string, PodRecord>>();
  /** How often what is held of a kind has changed. */
  readonly revisions = Object.fromEntries(resourceNames.map((name) => [name, 0])) as Record<
    ResourceName,
    number
  >;
  private ended = new Map<string, PodRecord>();

  /** Last records of pods that are gone, since the last call. */
  takeEnded(): ReadonlyMap<string, PodRecord> {
    const taken = this.ended;
    this.ended = new Map();
    return taken;
  }

  replace(scope: Scope, records: readonly AnyRecord[], at: Instant): void {
    const listed = new Map(records.map((record) => [keyOf(record), record]));
    for (const known of this.tables[scope.resource].values()) {
      const now = listed.get(keyOf(known));
      if (isInScope(known, scope) && now?.uid !== known.uid) this.drop(scope.resource, known, at);
    }
    for (const record of records) this.keep(scope.resource, record);
  }

  upsert(scope: Scope, record: AnyRecord): void {
    const known = this.tables[scope.resource].get(keyOf(record));
    if (known !== undefined) {
      const isRepeated = known.resourceVersion === record.resourceVersion;
      if (isRepeated || isOlder(record.resourceVersion, known.resourceVersion)) return;
      // A name that was given again: what had it before is gone.
      if (known.uid !== record.uid) this.drop(scope.resource, known, record.receivedAt);
    }
    this.keep(scope.resource, record);
  }

  remove(scope: Scope, record: AnyRecord): void {
    const known = this.tables[scope.resource].get(keyOf(record));
    if (known === undefined || known.uid !== record.uid) return;
    if (isOlder(record.resourceVersion, known.resourceVersion)) return;
    // The last state tells why it ended.
    this.keep(scope.resource, record);
    this.drop(scope.resource, record, record.receivedAt);
  }

  private keep(resource: ResourceName, record: AnyRecord): void {
    const table = this.tables[resource] as Table<AnyRecord>;
    const key = keyOf(record);
    const known = table.get(key);
    const kept = this.withTurns(resource, record, known);
    if (known !== undefined && isAlike(known, kept)) {
      known.resourceVersion = record.resourceVersion;
      if ('heartbeatMs' in known) known.heartbeatMs = (record as NodeRecord).heartbeatMs;
      return;
    }
    this.revisions[resource] += 1;
    table.set(key, kept);
    if (resource === 'pods') this.index(kept as PodRecord);
  }

  private withTurns(
    resource: ResourceName,
    record: AnyRecord,
    known: AnyRecord | undefined,
  ): AnyRecord {
    const before = known?.uid === record.uid ? known : undefined;
    if (resource === 'pods') return this.turnedPod(record as PodRecord, before as PodRecord);
    if (resource === 'nodes') return turnedNode(record as NodeRecord, before as NodeRecord);
    if (resource === 'leases') return renewed(record as LeaseRecord, before as LeaseRecord);
    return record;
  }

  private turnedPod(record: PodRecord, before: PodRecord | undefined): PodRecord {
    const hasTurned = before === undefined || servingOf(before) !== servingOf(record);
    const turnedAt = hasTurned ? record.receivedAt : before.turnedAt;
    if (!record.isDeleting) return { ...record, turnedAt };
    if (before?.isDeleting === true) {
      const { leftAtEnd, wasCordonedAtEnd } = before;
      return { ...record, turnedAt, leftAtEnd, wasCordonedAtEnd };
    }
    return { ...record, turnedAt, ...this.endOf(record) };
  }

  /** How things stand as a pod begins to end, before anything takes its place. */
  private endOf({ uid, ownerUid, nodeName }: PodRecord) {
    const siblings = [...(this.podsByOwner.get(ownerUid)?.values() ?? [])];
    return {
      leftAtEnd: siblings.filter((pod) => !pod.isDeleting && !pod.isOver && pod.uid !== uid).length,
      wasCordonedAtEnd: this.tables.nodes.get(`/${nodeName}`)?.isCordoned ?? false,
    };
  }

  private index(pod: PodRecord): void {
    const siblings = this.podsByOwner.get(pod.ownerUid);
    if (siblings === undefined) this.podsByOwner.set(pod.ownerUid, new Map([[pod.uid, pod]]));
    else siblings.set(pod.uid, pod);
  }

  private drop(resource: ResourceName, record: AnyRecord, at: Instant): void {
    const table = this.tables[resource] as Table<AnyRecord>;
    const key = keyOf(record);
    const kept = table.get(key) ?? record;
    table.delete(key);
    this.revisions[resource] += 1;
    if (resource === 'pods') this.end(kept as PodRecord, at);
  }

  private end(pod: PodRecord, at: Instant): void {
    const siblings = this.podsByOwner.get(pod.ownerUid);
    siblings?.delete(pod.uid);
    if (siblings?.size === 0) this.podsByOwner.delete(pod.ownerUid);
    if (this.ended.size >= endedKept) return;
    const turnedAt = servingOf(pod) ? at : pod.turnedAt;
    const end = pod.leftAtEnd === null ? this.endOf(pod) : {};
    this.ended.set(pod.uid, { ...pod, ...end, turnedAt, isDeleting: true });
  }
}

function turnedNode(record: NodeRecord, before: NodeRecord | undefined): NodeRecord {
  const hasTurned = before === undefined || before.isReady !== record.isReady;
  return hasTurned ? record : { ...record, turnedAt: before.turnedAt };
}

/** A renewal is dated by when it was received; only what was there before by its own clock. */
function renewed(record: LeaseRecord, before: LeaseRecord | undefined): LeaseRecord {
  const { renewMs, receivedAt } = record;
  if (before === undefined) {
    const ageMs = renewMs === null ? 0 : Math.max(0, receivedAt.wallMs - renewMs);
    const { wallMs, monoMs } = receivedAt;
    return { ...record, renewedAt: { wallMs: wallMs - ageMs, monoMs: monoMs - ageMs } };
  }
  const isRenewed = before.renewMs !== renewMs || before.holder !== record.holder;
  return isRenewed ? record : { ...record, renewedAt: before.renewedAt };
}
