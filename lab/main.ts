import { Command, InvalidArgumentError } from 'commander';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { RegionLetter } from './addresses.js';
import { Lab, removeLab, type ComponentStatus } from './lab.js';
import { isTiming, timings, type TimingName } from './configurations.js';

interface Common {
  readonly name: string;
}

interface UpOptions {
  readonly octet: number;
  readonly timing: TimingName;
  readonly backups?: true;
}

const print = (text: string) => void process.stdout.write(`${text}\n`);
const tell = (text: string) => void process.stderr.write(`${text}\n`);

function octet(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw new InvalidArgumentError('a number from 0 to 255');
  return value;
}

function timing(text: string): TimingName {
  if (!isTiming(text)) throw new InvalidArgumentError(`one of ${Object.keys(timings).join(', ')}`);
  return text;
}

function coloured({ state }: ComponentStatus): string {
  if (state === 'running') return pc.green(state);
  return state === 'frozen' ? pc.yellow(state) : pc.red(state);
}

function statusTable(rows: readonly ComponentStatus[]): string {
  const table = new Table({
    head: ['component', 'host', 'pid', 'state', 'role'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows)
    table.push([row.component, row.host, row.pid ?? '', coloured(row), row.role]);
  return table.toString();
}

const program = new Command('lab')
  .description(
    'A real HA stack on loopback: etcd, Patroni with PostgreSQL, Redis with Sentinel, HAProxy, Prometheus, Alertmanager.',
  )
  .option('--name <name>', 'which lab', 'demo')
  .addHelpText(
    'after',
    '\nWHAT is a component (a1, r2, s3, haproxy-a, ...; see `status`) or a role that is looked up when it is used:\n' +
      '  pg-primary, pg-standby (the synchronous one), pg-replica, redis-primary, region-a, region-b\n' +
      '\nExamples:\n  npm run lab -- up\n  npm run lab -- kill pg-primary\n  npm run lab -- freeze a2\n  npm run lab -- heal\n  npm run lab -- --name other up --octet 7',
  );

function open(): Lab {
  return Lab.open(program.opts<Common>().name, tell);
}

program
  .command('up')
  .description('bring the lab up and wait until all of it is healthy')
  .option(
    '--octet <n>',
    'second octet of every address, so that two labs run side by side',
    octet,
    0,
  )
  .option(
    '--timing <name>',
    "Patroni's timings: fast (5/1/3), medium (20/2/5) or default (30/10/10)",
    timing,
    'fast',
  )
  .option('--backups', 'with pgBackRest in region A: a first backup, and WAL that is archived')
  .action(async ({ octet: number, timing: name, backups }: UpOptions) => {
    const startMs = performance.now();
    const lab = await Lab.up({
      name: program.opts<Common>().name,
      octet: number,
      timing: name,
      hasBackups: backups === true,
      onProgress: tell,
    });
    tell(`up after ${((performance.now() - startMs) / 1000).toFixed(1)} s, in ${lab.folder}`);
  });

program
  .command('status')
  .description('every component: where, whether it runs, in which role')
  .option('--json', 'one JSON object a line')
  .action(async ({ json }: { json?: true }) => {
    const rows = await open().status();
    if (json) for (const row of rows) print(JSON.stringify(row));
    else print(statusTable(rows));
  });

program
  .command('down')
  .description('end every process of the lab and remove its folder, also after a crash')
  .action(async () => {
    const { name } = program.opts<Common>();
    tell((await removeLab(name)) ? `lab ${name} is gone` : `there is no lab ${name}`);
  });

const actions = {
  kill: 'SIGKILL: a database member goes with Patroni, postmaster and children together',
  stop: 'a clean end',
  restart: 'start again, killing what still runs',
  freeze: 'SIGSTOP: still connected, and silent',
  thaw: 'SIGCONT',
} as const;

for (const [name, description] of Object.entries(actions)) {
  program
    .command(name)
    .description(description)
    .argument('<what>')
    .action(async (what: string) =>
      tell(`${name}: ${(await open()[name as keyof typeof actions](what)).join(', ')}`),
    );
}

function regionOf(word: string): RegionLetter {
  if (word === 'region-a') return 'a';
  if (word === 'region-b') return 'b';
  throw new InvalidArgumentError('one of region-a, region-b');
}

program
  .command('fence')
  .description("end a region's HAProxy and keep it from being started, by `heal` too")
  .argument('<region>', 'region-a or region-b', regionOf)
  .action((region: RegionLetter) => open().fence(region));

program
  .command('unfence')
  .description("start a region's HAProxy again")
  .argument('<region>', 'region-a or region-b', regionOf)
  .action((region: RegionLetter) => open().unfence(region));

program
  .command('start')
  .description('start what is dead of one region, and wait until etcd and Patroni answer')
  .argument('<region>', 'region-a or region-b', regionOf)
  .option('--standby', 'as a standby cluster that follows nobody yet, instead of what it was')
  .action((region: RegionLetter, { standby }: { standby?: true }) =>
    open().startRegion(region, standby ? 'standby' : 'as-it-was'),
  );

program
  .command('switchover')
  .description('a planned switchover of PostgreSQL to its synchronous standby')
  .action(async () => tell(`the new primary is ${await open().switchover()}`));

program
  .command('backup')
  .description("a backup of region A's PostgreSQL, with pgBackRest")
  .argument('[full|incr]', 'its type', 'incr')
  .action(async (type: string) => {
    if (type !== 'full' && type !== 'incr')
      throw new Error(`backup: ${type} is none of full, incr`);
    await open().backup(type);
  });

program
  .command('archive')
  .description("the archiving of region A's WAL: let it fail, resume it, delete what is archived")
  .argument('<pause|resume|delete>')
  .action((action: string) => {
    const { archive } = open();
    if (!archive.isThere) throw new Error('archive: this lab has none; `up --backups` makes one');
    if (action === 'pause') archive.pause();
    else if (action === 'resume') archive.resume();
    else if (action === 'delete') archive.deleteWal();
    else throw new Error(`archive: ${action} is none of pause, resume, delete`);
  });

program
  .command('objects')
  .argument('<stop|corrupt|mend|milliseconds>')
  .description(
    'the copying of objects between the regions: stop it, delay it by milliseconds, corrupt copies, mend it',
  )
  .action(async (action: string) => {
    const isWord = action === 'stop' || action === 'corrupt' || action === 'mend';
    if (!isWord && !/^\d+$/.test(action))
      throw new Error(`objects: ${action} is none of stop, corrupt, mend, milliseconds`);
    await open().objects(isWord ? action : { delayMs: Number(action) });
  });
program
  .command('link')
  .description('the line between the regions: cut it, mend it, or delay it by milliseconds')
  .argument('<cut|mend|milliseconds>')
  .action(async (action: string) => {
    if (action !== 'cut' && action !== 'mend' && !/^\d+$/.test(action))
      throw new Error(`link: ${action} is none of cut, mend, milliseconds`);
    await open().link(action === 'cut' || action === 'mend' ? action : { delayMs: Number(action) });
  });

program
  .command('heal')
  .description(
    'start what is dead and not fenced, thaw what is frozen, mend the link, wait until healthy',
  )
  .action(() => open().heal());

/** Ctrl-C in the middle of `up` leaves what was started; it is recorded, and `down` ends it. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    tell(
      `\nstopped; \`npm run lab -- --name ${program.opts<Common>().name} down\` ends what was started`,
    );
    process.exit(130);
  });
}

try {
  await program.parseAsync();
} catch (error) {
  tell(`lab: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
