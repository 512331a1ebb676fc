import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.js';

/**
 * SHA-256 of what is watched and what was promised of it, in hexadecimal: a drill of another deployment is
 * no evidence for this one. How the exporter itself runs has no part in it.
 */
export function configurationHash(config: Config): string {
  const { deployment, tier, objectives, postgresql, redis, disasterRecovery, collectors } = config;
  const watched = { deployment, tier, objectives, postgresql, redis, disasterRecovery, collectors };
  return createHash('sha256').update(JSON.stringify(watched)).digest('hex');
}
