import process from 'node:process';
import { Command } from 'commander';
import pc from 'picocolors';
import { collectors } from '../collectors/index.js';
import { jobsOf } from '../collectors/jobs.js';
import type { CollectorEnv } from '../collectors/contract.js';
import type { Increment, Sample } from '../metrics/sample.js';
import { catalogue } from '../metrics/catalogue.js';
import { systemClock } from '../runner/clock.js';
import { jobId, TargetLoop, type Job, type Outcome } from '../runner/target-loop.js';
import { formatValue, samplePrefix } from '../telemetry/exposition.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes, print } from './output.js';

interface Exchange {
  readonly asked: string;
  readonly answered: string;
}

/** Longest answer that is shown, in characters; `--json` has the same limit. */
const shownCharacters = 2000;

function shorten(text: string): string {
  return text.length <= shownCharacters
    ? text
    : `${text.slice(0, shownCharacters)} ... (${text.length} characters)`;
}

async function collect(
  job: Job,
  env: CollectorEnv,
): Promise<{ outcome: Outcome; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  const loop = new TargetLoop(job, env, { begun: () => {}, ended: () => {} });
  const outcome = await loop.collectOnce({
    note: (asked, answered) => void exchanges.push({ asked, answered: shorten(answered) }),
  });
  await loop.stop();
  return { outcome, exchanges };
}

function seriesLine({ metric, labels }: Sample | Increment, value: number): string {
  return `${samplePrefix(metric, catalogue[metric].labels, labels)}${formatValue(value)}`;
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  print(pc.bold(title));
  for (const line of lines) print(`  ${line}`);
}

function printOutcome(job: Job, outcome: Outcome, exchanges: readonly Exchange[]): void {
  section(
    'Asked, and what came back',
    exchanges.flatMap(({ asked, answered }) => [
      pc.cyan(asked),
      ...answered.split('\n').map((line) => `  ${line}`),
    ]),
  );
  const {
    facts = [],
    samples = [],
    increments = [],
    observations = [],
    events = [],
  } = outcome.measurement;
  section(
    'Concluded',
    facts.map(({ name, value, source }) => `${name} = ${String(value)}  ${pc.dim(`(${source})`)}`),
  );
  section(
    'Events',
    events.map(({ type, subject, detail }) => `${type} ${subject}: ${detail}`),
  );
  section(
    'Observations',
    observations.map(
      ({ sli, outcome: found, reason }) =>
        `${sli}: ${found}${reason === undefined ? '' : ` (${reason})`}`,
    ),
  );
  section('Metrics', [
    ...samples.map((sample) => seriesLine(sample, sample.value)),
    ...increments.map((step) => seriesLine(step, step.by)),
  ]);
  const { startedAt, endedAt } = outcome.span;
  const ms = (endedAt.monoMs - startedAt.monoMs).toFixed(1);
  print(
    outcome.ok
      ? pc.green(`${jobId(job)}: collected in ${ms} ms`)
      : pc.red(`${jobId(job)}: failed after ${ms} ms: ${outcome.reason}: ${outcome.message}`),
  );
}

function isWell({ ok, measurement }: Outcome): boolean {
  return ok && (measurement.observations ?? []).every(({ outcome }) => outcome !== 'bad');
}

async function probe(
  id: string,
  { config: path, json }: { config: string; json?: true },
): Promise<void> {
  process.exitCode = exitCodes.usage;
  const opened = await openConfig(path);
  if (opened === undefined) return;
  const jobs = jobsOf(collectors, opened.reloader.config);
  const job = jobs.find((each) => jobId(each) === id);
  if (job === undefined) {
    complain(
      `${id}: no such target in ${path}; there are: ${jobs.map(jobId).join(', ') || 'none'}`,
    );
    return;
  }
  const { outcome, exchanges } = await collect(job, {
    clock: systemClock,
    secrets: opened.secrets,
  });
  if (json) print(JSON.stringify({ target: id, exchanges, ...withoutMemory(outcome) }, exactly, 2));
  else printOutcome(job, outcome, exchanges);
  process.exitCode = isWell(outcome) ? exitCodes.ok : exitCodes.unhealthy;
}

/** Numbers of 64 bits as text: JSON's own are exact up to 2^53 only. */
function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function withoutMemory(outcome: Outcome): object {
  const { memory: _memory, ...measurement } = outcome.measurement;
  return { ...outcome, measurement };
}

export function probeCommand(): Command {
  return new Command('probe')
    .summary('collect one target once and show everything')
    .description(
      'Runs one collection of one target and prints what was asked, what came back and what was ' +
        'concluded. Of a canary it writes one.\n' +
        'Exit code: 0 well, 1 failed or found bad, 2 no such target or bad configuration.',
    )
    .argument('<kind/name>', 'the target, for example lb/api or patroni/orders')
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  sensei probe lb/api -c sensei.yaml\n  sensei probe patroni/orders -c sensei.yaml --json | jq .measurement.facts',
    )
    .action(probe);
}
