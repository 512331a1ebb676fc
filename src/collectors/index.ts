import { backupsCollector } from './backups/index.js';
import type { AnyCollector } from './contract.js';
import { lagCollector } from './lag/index.js';
import { lbCollector } from './lb/index.js';
import { objectsCollector } from './objects/index.js';
import { patroniCollector } from './patroni/index.js';
import { postgresCanaryCollector, postgresCollector } from './postgres/index.js';
import { replicasCollector } from './replicas/index.js';
import { sentinelCanaryCollector, sentinelCollector } from './sentinel/index.js';

/** Every kind of collector there is. */
export const collectors: readonly AnyCollector[] = [
  lbCollector,
  patroniCollector,
  postgresCollector,
  postgresCanaryCollector,
  lagCollector,
  sentinelCollector,
  sentinelCanaryCollector,
  replicasCollector,
  objectsCollector,
  backupsCollector,
];
