import type { Config } from '../../config/schema.js';
import type { Target } from '../contract.js';
import type { LbTargetConfig } from './schema.js';

/** One endpoint to be probed, with everything that its configuration leaves open decided. */
export interface LbTarget extends Target {
  /** Failures in a row that make it, or one of its addresses, down. */
  readonly threshold: number;
  readonly settings: LbTargetConfig;
}

const defaultIntervalMs = 10_000;
const defaultThreshold = 3;

/**
 * The endpoints of a configuration. A target's own interval and threshold win over those of
 * `disasterRecovery.routing.healthCheck`; the deadline is never longer than the interval.
 */
export function lbTargets(config: Config): LbTarget[] {
  const healthCheck = config.disasterRecovery?.routing?.healthCheck;
  return config.collectors.lb.map((settings) => {
    const intervalMs = settings.interval ?? healthCheck?.interval ?? defaultIntervalMs;
    return {
      name: settings.name,
      component: settings.component ?? settings.name,
      region: settings.region ?? '',
      zone: settings.zone ?? '',
      intervalMs,
      timeoutMs: Math.min(settings.timeout, intervalMs),
      threshold: settings.threshold ?? healthCheck?.threshold ?? defaultThreshold,
      settings,
    };
  });
}
