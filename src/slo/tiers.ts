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
