import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import { isRaw, rawAt } from '../config/checks.js';
import type { DynamicConfig } from './cluster-operator.js';
import type { ClusterOperations } from './region-access.js';

/** The block that makes a cluster follow another region, in Patroni's own words. */
function standbyBlock({ standbyCluster }: ClusterOperations): DynamicConfig {
  const { host, port, primarySlotName, createReplicaMethods } = standbyCluster;
  return {
    host,
    port,
    ...(primarySlotName !== undefined && { primary_slot_name: primarySlotName }),
    create_replica_methods: createReplicaMethods,
  };
}

/** The slot through which a cluster follows, on the one that it follows. */
function slotOf({ standbyCluster }: ClusterOperations): string | undefined {
  return standbyCluster.primarySlotName;
}

/**
 * A slot that nobody reads keeps the log for ever: it goes when its reader does. Where there are no slots none is
 * named: Patroni would keep the null, and a slot without a value is one that it makes.
 */
export function toStandby(
  config: DynamicConfig,
  own: ClusterOperations,
  other: ClusterOperations,
): DynamicConfig {
  const slot = slotOf(other);
  return {
    standby_cluster: standbyBlock(own),
    ...(slot !== undefined && isRaw(config['slots']) && { slots: { [slot]: null } }),
  };
}

/** What makes it a cluster of its own again. */
export function toPrimary(config: DynamicConfig): DynamicConfig {
  return {
    standby_cluster: null,
    // What was held once must not be held when it is promoted.
    ...(isHeld(config) && heldAs(null)),
  };
}

/** The slot that the other region is going to follow through. */
export function withSlotFor(other: ClusterOperations): DynamicConfig {
  const slot = slotOf(other);
  return slot === undefined ? {} : { slots: { [slot]: { type: 'physical' } } };
}

/** The same as what is awaited of it: Patroni takes on what it is given, and may have keys of its own. */
export function isStandbyOf(config: DynamicConfig, own: ClusterOperations): boolean {
  const held = config['standby_cluster'];
  if (!isRaw(held)) return false;
  return Object.entries(standbyBlock(own)).every(
    ([key, value]) => JSON.stringify(held[key]) === JSON.stringify(value),
  );
}

export function hasStandbyKey(config: DynamicConfig): boolean {
  const held = config['standby_cluster'];
  return isRaw(held) && Object.keys(held).length > 0;
}

const readOnlyKey = 'default_transaction_read_only';

/** What the configuration has there; null where it has nothing. */
export function heldValue(config: DynamicConfig): string | boolean | null {
  const value = rawAt(config, 'postgresql', 'parameters', readOnlyKey);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

export function isHeld(config: DynamicConfig): boolean {
  return ['on', 'true', 'yes', '1'].includes(String(heldValue(config)).toLowerCase());
}

/** Whether commits wait for a standby, by YAML's ways to say so. */
export function isSynchronous(config: DynamicConfig): boolean {
  return !['undefined', 'null', 'off', 'false', 'no', '0'].includes(
    String(config['synchronous_mode']).toLowerCase(),
  );
}

/** Makes new transactions read-only, or puts back what was there. */
export function heldAs(value: string | boolean | null): DynamicConfig {
  return { postgresql: { parameters: { [readOnlyKey]: value } } };
}

/** Names of the members that say they are a primary. */
export function primariesOf({ members }: PatroniSnapshot): string[] {
  return members.filter(({ status }) => status?.role === 'primary').map(({ name }) => name);
}

const running = new Set(['running', 'streaming', 'in archive recovery']);

export function isUp(state: string): boolean {
  return running.has(state);
}

/** Names of the members that lead a standby cluster, and run. */
export function standbyLeadersOf({ members }: PatroniSnapshot): string[] {
  return members
    .filter(({ status }) => status?.role === 'standby_leader' && isUp(status.state))
    .map(({ name }) => name);
}
