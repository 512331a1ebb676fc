import type { Config } from '../config/schema.js';
import type { DrillEvidence } from '../drills/evidence.js';
import { readDrills } from '../runner/drill-folder.js';
import { complain } from './output.js';

/** Evidence of drills where the configuration has it; what cannot be read is told, and hides nothing else. */
export async function filedDrills(
  { drills: kept }: Config,
  tell: (fault: string) => void = complain,
): Promise<readonly DrillEvidence[]> {
  if (kept === undefined) return [];
  try {
    const { drills, faults } = await readDrills(kept.folder);
    for (const { message } of faults) tell(message);
    return drills;
  } catch (error) {
    tell(`drills.folder ${kept.folder}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}
