import { z } from 'zod';
import { drillPlan } from './drill-plans.js';
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
    kubeconfig: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .optional()
          .describe('kubeconfig file; KUBECONFIG or ~/.kube/config when absent.'),
        context: z
          .string()
          .min(1)
          .optional()
          .describe('Context in it; the current one when absent.'),
      })
      .optional()
      .describe(
        "How `sensei drill run` reaches Kubernetes, with rights of its own; never with the collector's.",
      ),
    plans: z
      .array(drillPlan)
      .max(200)
      .prefault([])
      .describe('Failures that `sensei drill run` can exercise.'),
  })
  .describe(
    'Failures that are exercised on purpose: what verdicts rest on where no outage has shown it.',
  );
