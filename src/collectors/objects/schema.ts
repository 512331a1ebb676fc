import { z } from 'zod';
import { duration, name, place } from '../../config/values.js';
import { bucketSettings } from '../s3/schema.js';

const bucket = z.strictObject({
  region: name.optional().describe('Region of the deployment that the bucket is in; a label.'),
  ...bucketSettings,
});

/** Objects that are copied from a bucket in one region to one in another. */
export const objectsTarget = z.strictObject({
  name: name.describe('Name of the replication; each direction is one of its own.'),
  dataset: name.optional().describe('Dataset whose RPO exposure it tells; the name when absent.'),
  source: bucket.describe('Where canary objects are put. See s3/ for the rights that it takes.'),
  destination: bucket.describe('Where they are expected, byte by byte.'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9!_.*'()/-]{0,200}\/$/, { error: 'a prefix that ends with "/"' })
    .prefault('sensei-canary/')
    .describe('What the keys of canaries begin with; it must be replicated like all others.'),
  canaryBytes: z
    .int()
    .min(64)
    .max(1024 * 1024)
    .prefault(1024)
    .describe('Size of a canary.'),
  staleAfter: duration({ min: '1s', max: '1d' })
    .prefault('60s')
    .describe('Age of a canary without a copy from which the replication counts as stalled.'),
  ...place,
  interval: duration({ min: '1s', max: '1h' })
    .prefault('10s')
    .describe('Time between two canaries: exposure is known to within about this.'),
  timeout: duration({ min: '100ms', max: '5m' })
    .prefault('5s')
    .describe(
      'Deadline of one collection; a canary is looked for until then. At most the interval.',
    ),
});
