import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ProcessRecord } from './processes.js';

/**
 * The processes of a lab, a file each: two programs that start parts of one lab at a time lose none of
 * each other's records.
 */
export class ProcessRecords {
  private readonly folder: string;

  constructor(labFolder: string) {
    this.folder = join(labFolder, 'processes');
  }

  of(component: string): ProcessRecord | undefined {
    const file = join(this.folder, component);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord) : undefined;
  }

  all(): ProcessRecord[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => !name.endsWith('.new'))
      .flatMap((name) => this.of(name) ?? []);
  }

  /** Written to a new file and moved, so that a crash leaves a whole one. */
  put(component: string, record: ProcessRecord): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = join(this.folder, component);
    writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}
