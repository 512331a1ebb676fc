const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export const tierNames = ['standard', 'enhanced', 'premium'] as const;
export type TierName = (typeof tierNames)[number];

/** What a tier promises, in milliseconds. Premium's RPO is "near-zero": 5 s unless a number is given. */
export const tiers: Readonly<Record<TierName, { readonly rpoMs: number; readonly rtoMs: number }>> =
  {
    standard: { rpoMs: hour, rtoMs: 4 * hour },
    enhanced: { rpoMs: 15 * minute, rtoMs: hour },
    premium: { rpoMs: 5 * second, rtoMs: 15 * minute },
  };

/** Time within which each failure must be over, in milliseconds. */
export const recoveryTargetsMs = {
  loadBalancer: second,
  orchestrator: 30 * second,
  postgresql: minute,
  redis: 30 * second,
  node: 120 * second,
} as const;

/** Share of the capacity that must be left when a zone is lost. */
export const zoneLossCapacity = 0.5;

/** A part of the platform: how many instances make it highly available, and how soon it is back. */
export interface ComponentTarget {
  readonly minimumInstances: number;
  readonly recoveryMs: number;
}

/** The platform's redundancy table. "Instant" is a second of failures at the load balancer. */
export const componentTargets = {
  api: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.loadBalancer },
  dashboard: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.loadBalancer },
  orchestrator: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.orchestrator },
  maba: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.loadBalancer },
  kora: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.loadBalancer },
  workers: { minimumInstances: 4, recoveryMs: recoveryTargetsMs.loadBalancer },
  /** A primary and a standby, one of them synchronous. */
  postgresql: { minimumInstances: 2, recoveryMs: recoveryTargetsMs.postgresql },
  /** Under Sentinel, with a quorum of 2. */
  redis: { minimumInstances: 3, recoveryMs: recoveryTargetsMs.redis },
} as const satisfies Readonly<Record<string, ComponentTarget>>;
