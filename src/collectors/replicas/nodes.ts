import type { EvidenceEvent, Instant } from '../../slo/observation.js';
import type { LeaseRecord, NodeRecord } from './records.js';
import type { ReplicasSnapshot } from './snapshot.js';

/** A node as it is, or as it was before it was lost. */
export interface KnownNode {
  readonly record: NodeRecord;
  /** Of a node that is lost: the last instant at which its kubelet is known to have lived. */
  readonly aliveAt: Instant | undefined;
  /** When its object was removed without its having been cordoned before; undefined while it is there. */
  readonly removedAt: Instant | undefined;
}

export interface Zone {
  readonly zone: string;
  /** Nodes that are there. */
  readonly nodes: number;
  readonly ready: number;
  readonly cordoned: number;
  /** Whether every one of its two or more nodes is lost. One node alone tells nothing of its zone. */
  readonly isLost: boolean;
}

/** What is known of all nodes. */
export interface NodesView {
  /** Whether nodes can be read now. */
  readonly isKnown: boolean;
  /** What it was made of. */
  readonly source: ReadonlyMap<string, NodeRecord> | undefined;
  readonly byName: ReadonlyMap<string, KnownNode>;
  readonly zones: ReadonlyMap<string, Zone>;
}

export const noNodes: NodesView = {
  isKnown: false,
  source: undefined,
  byName: new Map(),
  zones: new Map(),
};

/** How long a node that was removed without warning counts for its zone. */
const removedKeptMs = 3_600_000;

function aliveAt(
  record: NodeRecord,
  lease: LeaseRecord | undefined,
  at: Instant,
): Instant | undefined {
  if (lease !== undefined) return lease.renewedAt;
  if (record.heartbeatMs === null) return undefined;
  const agoMs = Math.max(0, at.wallMs - record.heartbeatMs);
  return { wallMs: at.wallMs - agoMs, monoMs: at.monoMs - agoMs };
}

function isLost({ record, removedAt }: KnownNode): boolean {
  return removedAt !== undefined || !record.isReady;
}

function zoneOf(zone: string, members: readonly KnownNode[]): Zone {
  const present = members.filter(({ removedAt }) => removedAt === undefined);
  const lost = members.filter((node) => isLost(node) && !node.record.isCordoned);
  const ready = present.filter(({ record }) => record.isReady).length;
  return {
    zone,
    nodes: present.length,
    ready,
    cordoned: present.filter(({ record }) => record.isCordoned).length,
    isLost: ready === 0 && members.length >= 2 && lost.length > 0,
  };
}

function zonesOf(nodes: Iterable<KnownNode>): Map<string, Zone> {
  const members = new Map<string, KnownNode[]>();
  for (const node of nodes) {
    const { zone } = node.record;
    members.set(zone, [...(members.get(zone) ?? []), node]);
  }
  return new Map([...members].map(([zone, list]) => [zone, zoneOf(zone, list)]));
}

/** Nodes that were there and are not: those that nobody had cordoned count as lost for a while. */
function removedNodes(
  before: NodesView,
  nodes: ReadonlyMap<string, NodeRecord>,
  leasesBefore: ReadonlyMap<string, LeaseRecord>,
  at: Instant,
): KnownNode[] {
  return [...before.byName.values()].flatMap((node) => {
    const { record, removedAt = at } = node;
    if (nodes.has(record.name) || record.isCordoned) return [];
    if (at.monoMs - removedAt.monoMs > removedKeptMs) return [];
    const seen = node.aliveAt ?? aliveAt(record, leasesBefore.get(record.name), at);
    return [{ ...node, removedAt, aliveAt: seen }];
  });
}

/** Whether a view has nodes in it that are only remembered. */
function hasRemoved({ byName }: NodesView): boolean {
  return [...byName.values()].some(({ removedAt }) => removedAt !== undefined);
}

/** What is known of the nodes now; while they cannot be read, what was known before. */
export function nodesView(
  { nodes, nodeLeases, at }: Pick<ReplicasSnapshot, 'nodes' | 'nodeLeases' | 'at'>,
  before: NodesView,
  /** As they were at the last look: that of a node that was removed is gone with it. */
  leasesBefore: ReadonlyMap<string, LeaseRecord>,
): NodesView {
  if (nodes === undefined) return before.isKnown ? { ...before, isKnown: false } : before;
  if (nodes === before.source && before.isKnown && !hasRemoved(before)) return before;
  const present = [...nodes.values()].map((record): KnownNode => {
    const known = before.byName.get(record.name);
    const seen = record.isReady
      ? undefined
      : (known?.aliveAt ?? aliveAt(record, nodeLeases.get(record.name), at));
    return { record, aliveAt: seen, removedAt: undefined };
  });
  const all = [...present, ...removedNodes(before, nodes, leasesBefore, at)];
  return {
    isKnown: true,
    source: nodes,
    byName: new Map(all.map((node) => [node.record.name, node])),
    zones: zonesOf(all),
  };
}

function nodeEvents(node: KnownNode, before: KnownNode | undefined, at: Instant): EvidenceEvent[] {
  const { record, removedAt } = node;
  const { name: subject, zone, isCordoned } = record;
  if (before === undefined) return [];
  const planned = isCordoned ? { planned: true } : {};
  const events: EvidenceEvent[] = [];
  if (removedAt !== undefined && before.removedAt === undefined) {
    const detail = 'its object was removed, and nobody had cordoned it';
    return [{ type: 'node_removed', at, subject, zone, detail }];
  }
  const wasUp = before.record.isReady && before.removedAt === undefined;
  if (wasUp && !record.isReady) {
    const detail = 'it is not ready';
    events.push({ type: 'node_not_ready', at: record.turnedAt, subject, zone, detail, ...planned });
  }
  if (!wasUp && record.isReady && removedAt === undefined) {
    events.push({ type: 'node_ready', at: record.turnedAt, subject, zone, detail: 'it is ready' });
  }
  if (before.record.isCordoned !== isCordoned) {
    const type = isCordoned ? 'node_cordoned' : 'node_uncordoned';
    const detail = isCordoned ? 'it takes no new pods' : 'it takes pods again';
    events.push({ type, at: record.receivedAt, subject, zone, detail, planned: true });
  }
  return events;
}

function zoneEvents(
  { zone, nodes, ready, isLost: now }: Zone,
  before: Zone | undefined,
  at: Instant,
) {
  if (before === undefined || before.isLost === now) return [];
  const type = now ? 'zone_lost' : 'zone_back';
  const detail = now
    ? `every node is lost: ${ready} of ${Math.max(nodes, before.nodes)} are ready`
    : `${ready} of ${nodes} nodes are ready`;
  return [{ type, at, subject: zone, zone, detail } as const];
}

/** When the newest turn of a zone's nodes was received. */
function turnOf(zone: string, { byName }: NodesView, at: Instant): Instant {
  const turns = [...byName.values()]
    .filter(({ record }) => record.zone === zone)
    .map(({ record, removedAt }) => removedAt ?? record.turnedAt);
  return turns.toSorted((a, b) => b.monoMs - a.monoMs)[0] ?? at;
}

/** What happened to nodes and zones between two views. */
export function nodeChanges(now: NodesView, before: NodesView, at: Instant): EvidenceEvent[] {
  if (!now.isKnown || now === before || before.byName.size === 0) return [];
  const removed = [...before.byName.values()]
    .filter(({ record }) => !now.byName.has(record.name) && record.isCordoned)
    .map(({ record: { name: subject, zone } }): EvidenceEvent => {
      const detail = 'its object was removed after it was cordoned';
      return { type: 'node_removed', at, subject, zone, detail, planned: true };
    });
  return [
    ...[...now.byName].flatMap(([name, node]) => nodeEvents(node, before.byName.get(name), at)),
    ...removed,
    ...[...now.zones.values()].flatMap((zone) =>
      zoneEvents(zone, before.zones.get(zone.zone), turnOf(zone.zone, now, at)),
    ),
  ];
}
