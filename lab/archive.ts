import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The stanza of region A's PostgreSQL. */
export const stanza = 'orders';

/** pgBackRest as the repository's user runs it. */
export const pgbackrestCommand = [
  'setpriv',
  '--reuid=postgres',
  '--regid=postgres',
  '--init-groups',
  'pgbackrest',
] as const;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function ownedFolder(path: string, { uid, gid }: Owner): void {
  mkdirSync(path, { mode: 0o700 });
  chownSync(path, uid, gid);
}

/** The repository that region A archives its WAL to, and is backed up in. */
export class Archive {
  private readonly folder: string;
  /** For `pgbackrest info`. */
  readonly configFile: string;

  constructor(labFolder: string) {
    this.folder = join(labFolder, 'archive');
    this.configFile = join(this.folder, 'pgbackrest.conf');
  }

  get isThere(): boolean {
    return existsSync(this.configFile);
  }

  prepare(owner: Owner): void {
    ownedFolder(this.folder, owner);
    writeFileSync(this.configFile, this.configuration(this.folder), { mode: 0o644 });
  }

  /** Writes a member's own file; answers with what it archives a segment with. */
  prepareMember(folder: string, owner: Owner): string {
    const file = join(folder, 'pgbackrest.conf');
    const server = `pg1-path=${folder}/data\npg1-socket-path=${folder}\npg1-user=postgres\n`;
    writeFileSync(file, `${this.configuration(folder)}\n[${stanza}]\n${server}`, { mode: 0o600 });
    chownSync(file, owner.uid, owner.gid);
    return `test ! -e ${this.pauseFile} && pgbackrest --stanza=${stanza} --config=${file} archive-push %p`;
  }

  /** Makes the stanza and a first full backup, from the member with that folder. */
  async create(memberFolder: string): Promise<void> {
    await this.pgbackrest(memberFolder, 'stanza-create');
    await this.backup(memberFolder, 'full');
  }

  async backup(memberFolder: string, type: 'full' | 'incr'): Promise<void> {
    await this.pgbackrest(memberFolder, 'backup', `--type=${type}`);
  }

  /** Archiving fails until it is resumed. */
  pause(): void {
    writeFileSync(this.pauseFile, '');
  }

  resume(): void {
    rmSync(this.pauseFile, { force: true });
  }

  /** Takes all archived WAL away; the archive's own description stays. */
  deleteWal(): void {
    const archive = join(this.folder, 'repository', 'archive', stanza);
    for (const name of readdirSync(archive)) {
      if (/^\d+-\d+$/.test(name)) rmSync(join(archive, name), { recursive: true });
    }
  }

  private get pauseFile(): string {
    return join(this.folder, 'paused');
  }

  private configuration(folder: string): string {
    return `[global]
repo1-path=${join(this.folder, 'repository')}
repo1-retention-full=3
log-level-file=off
lock-path=${join(folder, 'pgbackrest-lock')}
spool-path=${join(folder, 'pgbackrest-spool')}
log-level-console=warn
start-fast=y
compress-level=1
`;
  }

  private async pgbackrest(memberFolder: string, ...words: string[]): Promise<void> {
    const [program, ...args] = pgbackrestCommand;
    const options = [`--stanza=${stanza}`, `--config=${join(memberFolder, 'pgbackrest.conf')}`];
    await run(program, [...args, ...options, ...words], { cwd: memberFolder, timeout: 120_000 });
  }
}
