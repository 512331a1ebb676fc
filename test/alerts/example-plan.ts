import { fileURLToPath } from 'node:url';
import type { AlertPlan } from '../../src/alerts/plan.js';
import { alertPlanOf } from '../../src/deployment/alert-plan.js';
import { loadDeployment } from '../../src/deployment/load.js';

const example = fileURLToPath(new URL('../../examples/config.yaml', import.meta.url));

/** The plan of the example: the deployment that the HA page describes. */
export async function examplePlan(): Promise<AlertPlan> {
  const loaded = await loadDeployment(example);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return alertPlanOf(loaded.config, loaded.slos, '0.0.0');
}
