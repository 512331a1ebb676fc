import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const binaries = '/usr/lib/postgresql/15/bin';
const port = 5432;
const restoredPort = 5433;
const stanza = 'orders';
const pageBytes = 8192;

/** PostgreSQL refuses to run as root, and the repository is its user's. */
function asPostgres(command: string, args: readonly string[]): [string, ...string[]] {
  const user = ['--reuid=postgres', '--regid=postgres', '--init-groups', command, ...args];
  return process.getuid?.() === 0 ? ['setpriv', ...user] : [command, ...args];
}

/** A throw-away server that archives its WAL to a repository of pgBackRest beside it. */
export class BackupHost {
  readonly host = `127.0.${200 + (process.pid % 50)}.8`;
  readonly port = port;
  readonly stanza = stanza;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sensei-backup-'));
  readonly configFile = join(this.folder, 'pgbackrest.conf');
  /** The program as the repository's user runs it. */
  readonly command = asPostgres('pgbackrest', []);
  readonly repository = join(this.folder, 'repository');
  readonly restoreRecord = join(this.folder, 'restore-test.json');

  async up(): Promise<void> {
    chmodSync(this.folder, 0o777);
    writeFileSync(this.configFile, this.configuration());
    await this.tool('initdb', ['-D', this.data, '-A', 'trust', '-U', 'postgres', '-N', '-k']);
    const archive = `pgbackrest --stanza=${stanza} --config=${this.configFile} archive-push %p`;
    const settings = [
      `unix_socket_directories = '${this.folder}'`,
      'fsync = off',
      'archive_mode = on',
      `archive_command = '${archive}'`,
    ];
    appendFileSync(
      join(this.data, 'postgresql.conf'),
      settings.map((line) => `${line}\n`).join(''),
    );
    await this.start(this.data, port, '');
    await this.pgbackrest('stanza-create');
  }

  /** Rows of a statement, columns apart by `|`. */
  sql(statement: string): Promise<string> {
    return this.ask(port, statement);
  }

  /** How the archiver does its work from now on; `undefined`: as at the start. */
  async archiveWith(command: string | undefined): Promise<void> {
    await this.sql(
      command === undefined
        ? 'ALTER SYSTEM RESET archive_command'
        : `ALTER SYSTEM SET archive_command = '${command}'`,
    );
    await this.sql('SELECT pg_reload_conf()');
  }

  async backup(type: 'full' | 'incr' = 'full'): Promise<void> {
    await this.pgbackrest('backup', `--type=${type}`);
  }

  /** Brings the newest state back beside the server, and answers with what a statement says there. */
  async restoreAndAsk(statement: string): Promise<string> {
    const target = join(this.folder, 'restored');
    await this.pgbackrest('restore', `--pg1-path=${target}`);
    await this.start(target, restoredPort, '-c archive_mode=off');
    try {
      await this.promoted();
      return await this.ask(restoredPort, statement);
    } finally {
      await this.tool('pg_ctl', ['-D', target, '-m', 'immediate', '-w', 'stop']);
    }
  }

  /** Turns bytes over in the middle of a table's first page, as a failing disk would. */
  async damage(table: string): Promise<void> {
    await this.sql('CHECKPOINT');
    const file = join(this.data, await this.sql(`SELECT pg_relation_filepath('${table}')`));
    const handle = await open(file, 'r+');
    try {
      const half = Buffer.alloc(pageBytes / 2);
      await handle.read(half, 0, half.length, pageBytes / 2);
      await handle.write(
        half.map((byte) => byte ^ 0xff),
        0,
        half.length,
        pageBytes / 2,
      );
    } finally {
      await handle.close();
    }
  }

  /** Takes all archived WAL away; the archive's own description stays. */
  deleteArchive(): void {
    const archive = join(this.repository, 'archive', stanza);
    for (const name of readdirSync(archive)) {
      if (/^\d+-\d+$/.test(name)) rmSync(join(archive, name), { recursive: true });
    }
  }

  async down(): Promise<void> {
    await this.tool('pg_ctl', ['-D', this.data, '-m', 'immediate', '-w', 'stop']).catch(
      () => undefined,
    );
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private configuration(): string {
    const { folder } = this;
    return `[global]
repo1-path=${this.repository}
repo1-retention-full=9
log-path=${join(folder, 'log')}
lock-path=${join(folder, 'lock')}
spool-path=${join(folder, 'spool')}
log-level-console=warn
start-fast=y
compress-level=0

[${stanza}]
pg1-path=${this.data}
pg1-socket-path=${folder}
pg1-port=${port}
`;
  }

  private async start(data: string, onPort: number, more: string): Promise<void> {
    const options = `-c listen_addresses=${this.host} -c port=${onPort} ${more}`;
    const log = join(this.folder, `log-${onPort}`);
    await this.tool('pg_ctl', ['-D', data, '-l', log, '-o', options, '-w', 'start']);
  }

  private async promoted(): Promise<void> {
    while ((await this.ask(restoredPort, 'SELECT pg_is_in_recovery()')) === 't');
  }

  private async ask(onPort: number, statement: string): Promise<string> {
    const at = ['-h', this.folder, '-p', String(onPort), '-U', 'postgres'];
    const { stdout } = await run(join(binaries, 'psql'), ['-X', ...at, '-Atq', '-c', statement]);
    return stdout.trim();
  }

  private async pgbackrest(...words: string[]): Promise<void> {
    const [program, ...args] = this.command;
    const options = [`--stanza=${stanza}`, `--config=${this.configFile}`];
    await run(program, [...args, ...options, ...words], { cwd: this.folder, timeout: 120_000 });
  }

  private async tool(tool: string, args: readonly string[]): Promise<void> {
    const [program, ...all] = asPostgres(join(binaries, tool), args);
    await run(program, all, { cwd: this.folder, timeout: 60_000 });
  }
}
