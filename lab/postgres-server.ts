import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const binaries = '/usr/lib/postgresql/15/bin';
const port = 5432;

/** PostgreSQL refuses to run as root. */
function asPostgres(command: string, args: readonly string[]): [string, string[]] {
  const user = ['--reuid=postgres', '--regid=postgres', '--init-groups', command, ...args];
  return process.getuid?.() === 0 ? ['setpriv', user] : [command, [...args]];
}

/** One throw-away server on an address of this process alone. */
export class PostgresServer {
  readonly host = `127.0.${200 + (process.pid % 50)}.9`;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sensei-pg-'));

  async up(): Promise<void> {
    chmodSync(this.folder, 0o777);
    await this.tool('initdb', ['-D', this.data, '-A', 'trust', '-U', 'postgres', '-N']);
    await this.start();
  }

  async start(): Promise<void> {
    const settings = `-c listen_addresses=${this.host} -c port=${port} -c unix_socket_directories=${this.folder} -c fsync=off`;
    const log = join(this.folder, 'log');
    await this.tool('pg_ctl', ['-D', this.data, '-l', log, '-o', settings, '-w', 'start']);
  }

  async stop(): Promise<void> {
    await this.tool('pg_ctl', ['-D', this.data, '-m', 'immediate', '-w', 'stop']);
  }

  async sql(statement: string, database = 'postgres'): Promise<string> {
    const args = [
      '-X',
      '-h',
      this.folder,
      '-U',
      'postgres',
      '-d',
      database,
      '-Atq',
      '-c',
      statement,
    ];
    return (await run(join(binaries, 'psql'), args)).stdout.trim();
  }

  url(database: string, user = 'postgres'): string {
    return `postgresql://${user}:s3cret-word@${this.host}:${port}/${database}`;
  }

  async down(): Promise<void> {
    await this.stop().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private async tool(tool: string, args: readonly string[]): Promise<void> {
    const [command, all] = asPostgres(join(binaries, tool), args);
    await run(command, all, { cwd: this.folder, timeout: 60_000 });
  }
}
