import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RegionLetter } from './addresses.js';

/** Which regions are fenced: a file each, so that every program that works on the lab goes by it. */
export class Fences {
  constructor(private readonly labFolder: string) {}

  has(region: RegionLetter): boolean {
    return existsSync(this.fileOf(region));
  }

  put(region: RegionLetter): void {
    mkdirSync(join(this.labFolder, 'fences'), { recursive: true, mode: 0o700 });
    writeFileSync(this.fileOf(region), '');
  }

  remove(region: RegionLetter): void {
    rmSync(this.fileOf(region), { force: true });
  }

  private fileOf(region: RegionLetter): string {
    return join(this.labFolder, 'fences', `region-${region}`);
  }
}
