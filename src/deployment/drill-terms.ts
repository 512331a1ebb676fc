import type { Config } from '../config/schema.js';
import type { DrillTerms } from '../drills/judge.js';
import { tiers } from '../slo/tiers.js';
import { configurationHash } from './configuration-hash.js';

/** What drills are held against under a configuration. */
export function drillTermsOf(config: Config, nowMs: number): DrillTerms {
  const { alerts, objectives, tier } = config;
  return {
    periodsMs: alerts.drills,
    rtoMs: objectives.rto ?? tiers[tier].rtoMs,
    configuration: configurationHash(config),
    nowMs,
  };
}
