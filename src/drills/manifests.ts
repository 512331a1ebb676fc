import type { Config } from '../config/schema.js';
import { chaosObject, scheduleObject } from './chaos.js';
import { drillRights } from './rights.js';

/** A file and the objects in it. */
export interface ManifestFile {
  readonly file: string;
  readonly objects: readonly object[];
}

/** Of every plan with chaos its object and its Schedule, and the rights that `drill run` needs. */
export function manifestsOf(config: Config): ManifestFile[] {
  const plans = config.drills?.plans ?? [];
  const files = plans.flatMap((plan): ManifestFile[] => {
    const { chaos, name } = plan;
    if (chaos === undefined) return [];
    return [
      { file: `chaos-${name}.yaml`, objects: [chaosObject(plan, chaos, config, name)] },
      { file: `schedule-${name}.yaml`, objects: [scheduleObject(plan, chaos, config)] },
    ];
  });
  return [...files, { file: 'drill-rights.yaml', objects: drillRights(config) }];
}
