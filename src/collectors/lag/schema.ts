import { z } from 'zod';
import { duration, name } from '../../config/values.js';

/** A PostgreSQL cluster and its copy in another region. */
export const lagTarget = z.strictObject({
  name: name.describe('Name of the replication between the two clusters.'),
  primary: name.describe('Cluster under collectors.postgres that serves.'),
  standby: name.describe(
    'Cluster under collectors.postgres that holds the copy, in another region. Which of the two has the writer is observed, so that a failover turns them round.',
  ),
  dataset: name
    .optional()
    .describe("Dataset whose RPO exposure it tells; the primary cluster's name when absent."),
  lagThreshold: duration({ min: '1s' })
    .optional()
    .describe(
      'Age of the copy from which to warn, apart from the RPO; disasterRecovery.replication.postgresql.lagThreshold when absent.',
    ),
  interval: duration({ min: '100ms', max: '1h' })
    .prefault('500ms')
    .describe('Time between two collections: exposure is known to within about this.'),
  timeout: duration({ min: '10ms', max: '5m' })
    .prefault('1s')
    .describe('Deadline of one collection; may be longer than the interval.'),
});
