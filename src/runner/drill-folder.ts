import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8, readAtMost } from '../config/bounded-read.js';
import { runningSuffix } from '../drills/running-file.js';
import { parseDrill, type DrillEvidence } from '../drills/evidence.js';

/** Files read at most; a folder with more is a mistake. */
const mostFiles = 1000;
/** Largest evidence file that is read, in bytes; the series of SLIs take most of it. */
export const mostDrillBytes = 1024 * 1024;

/** A file that is no evidence, and why. */
export interface DrillFault {
  readonly file: string;
  readonly message: string;
}

export interface DrillFolder {
  readonly drills: readonly DrillEvidence[];
  readonly faults: readonly DrillFault[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @throws Error naming the file and what is wrong with it */
export async function readDrill(file: string): Promise<DrillEvidence> {
  try {
    return parseDrill(decodeUtf8(await readAtMost(file, mostDrillBytes)));
  } catch (cause) {
    throw new Error(`${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Every evidence file of a folder, `*.json`. A bad one is a fault, and hides none of the others. */
export async function readDrills(folder: string): Promise<DrillFolder> {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.json') && !name.endsWith(runningSuffix))
    .toSorted();
  const drills = new Map<string, DrillEvidence>();
  const faults: DrillFault[] = [];
  for (const name of names.slice(0, mostFiles)) {
    const file = join(folder, name);
    try {
      const drill = await readDrill(file);
      if (drills.has(drill.id)) faults.push({ file, message: `${file}: id ${drill.id} is taken` });
      else drills.set(drill.id, drill);
    } catch (error) {
      faults.push({ file, message: messageOf(error) });
    }
  }
  if (names.length > mostFiles)
    faults.push({
      file: folder,
      message: `${folder}: more than ${mostFiles} files; the rest is not read`,
    });
  return { drills: [...drills.values()], faults };
}
