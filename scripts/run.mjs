// Every npm script that needs something installed goes through here: it installs what is missing,
// then runs the work. Plain JavaScript: on a clean clone nothing else can run yet.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './ensure-debian-packages.mjs';
import { installNpmPackages } from './install-npm-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Runs a command to its end, handing signals on to it; answers with its exit code. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const relay = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, relay);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const each of signals) process.off(each, relay);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** Runs steps in turn; the first that fails ends the process with its exit code. */
async function steps(list) {
  for (const [title, command, ...args] of list) {
    if (title !== '') process.stderr.write(`\n== ${title}\n`);
    const code = await run(command, args);
    if (code !== 0) {
      if (title !== '') process.stderr.write(`== ${title}: failed (exit ${code})\n`);
      process.exit(code);
    }
  }
}

function counted(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

/** Runs both suites. A skipped test is a failure: what cannot be run here must not look green. */
async function test(args) {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-test-'));
  const suites = [
    ['unit tests', 'vitest.config.ts'],
    ['tests on real components', 'vitest.lab.config.ts'],
  ];
  const totals = { passed: 0, failed: 0, skipped: 0 };
  let worst = 0;
  for (const [title, config] of suites) {
    process.stderr.write(`\n== ${title}\n`);
    const report = join(folder, `${config}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await run(bin('vitest'), ['run', '--config', config, ...reporters, ...args]);
    worst = Math.max(worst, code);
    for (const [key, value] of Object.entries(counted(report))) totals[key] += value;
  }
  rmSync(folder, { recursive: true, force: true });
  const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`;
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
  if (totals.skipped > 0) process.stderr.write('Skipped tests count as failures: see above.\n');
  if (worst !== 0 || totals.skipped > 0 || totals.passed === 0) process.exit(worst || 1);
}

const build = ['build', bin('tsc'), '-p', 'tsconfig.build.json'];

const commands = {
  async build() {
    await steps([build]);
  },
  async test(args) {
    ensureDebianPackages('lab');
    await steps([build]);
    await test(args);
  },
  async check() {
    ensureDebianPackages('lab');
    await steps([
      ['format', bin('prettier'), '--check', '.'],
      ['lint', bin('oxlint'), '--type-aware', '--deny-warnings'],
      ['types', bin('tsc'), '-p', 'tsconfig.json'],
      ['types of what runs in browsers', bin('tsc'), '-p', 'test/browser/tsconfig.json'],
      ['unused files, exports and packages', bin('knip')],
      ['generated files', bin('tsx'), 'scripts/generate.ts', '--check'],
      build,
    ]);
    await test([]);
  },
  async lab(args) {
    if (args[0] === 'up') ensureDebianPackages('lab');
    await steps([['', bin('tsx'), 'lab/main.ts', ...args]]);
  },
  async demo(args) {
    ensureDebianPackages('lab');
    await steps([build, ['', bin('tsx'), 'lab/demo.ts', ...args]]);
  },
  async bench(args) {
    ensureDebianPackages('bench');
    await steps([build, ['', bin('tsx'), 'bench/main.ts', ...args]]);
  },
  async 'bench:failover'(args) {
    ensureDebianPackages('lab');
    await steps([build, ['', bin('tsx'), 'bench/failover.ts', ...args]]);
  },
  async 'dashboards:preview'(args) {
    ensureDebianPackages('preview');
    await steps([['', bin('tsx'), 'lab/preview/main.ts', ...args]]);
  },
  async 'dashboards:pictures'(args) {
    ensureDebianPackages('preview');
    await steps([['', bin('tsx'), 'lab/preview/pictures.ts', ...args]]);
  },
  /** All pictures of the documents, from a life of the lab: about four minutes. */
  async pictures() {
    ensureDebianPackages('lab');
    ensureDebianPackages('preview');
    const folder = mkdtempSync(join(tmpdir(), 'sensei-pictures-'));
    process.env['SENSEI_SNAPSHOT'] = folder;
    const life = ['run', '--config', 'vitest.lab.config.ts', 'test/lab/life.test.ts'];
    // The life's ninth moment: a region is down.
    const sources = [
      '--snapshot',
      join(folder, '9'),
      '--status-page',
      join(folder, 'status-page.png'),
    ];
    await steps([
      build,
      ['a life of the lab', bin('vitest'), ...life],
      ['pictures', bin('tsx'), 'lab/preview/pictures.ts', ...sources],
    ]);
    rmSync(folder, { recursive: true, force: true });
  },
  async generate(args) {
    await steps([['', bin('tsx'), 'scripts/generate.ts', ...args]]);
  },
};

const [name, ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(`run.mjs: one of ${Object.keys(commands).join(', ')}\n`);
  process.exit(2);
}
try {
  installNpmPackages();
  await command(args);
} catch (error) {
  process.stderr.write(`${name}: ${error.message}\n`);
  process.exit(1);
}
