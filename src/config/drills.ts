import { z } from 'zod';
import { name } from './values.js';

/** Where evidence of drills is; how often they are due is `alerts.drills`. */
export const drillsBlock = z
  .strictObject({
    folder: z
      .string()
      .min(1)
      .max(4096)
      .describe(
        'Folder with evidence of drills, one JSON file each, as `sensei drill record` writes them.',
      ),
    environment: name
      .prefault('production')
      .describe('Where drills are made, where `sensei drill record` is not told.'),
  })
  .describe(
    'Failures that are exercised on purpose: what verdicts rest on where no outage has shown it.',
  );
