import process from 'node:process';
import { Command, Option } from 'commander';
import { regionsOf } from '../config/regions.js';
import type { Gate } from '../dr/gates.js';
import { readinessOf, type Readiness } from '../dr/readiness.js';
import { plain, type Cell, type Tone } from '../report/blocks.js';
import { formatDuration } from '../report/figures.js';
import { systemClock } from '../runner/clock.js';
import { askGates, unknownRegion } from './ask-gates.js';
import { coloursFor, toned } from './colours.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes, print } from './output.js';
import { executionCommands } from './failover-command.js';
import { tableText } from './table.js';
import { timeoutBetween } from './timeout-option.js';

interface StatusOptions {
  readonly config: string;
  readonly region: string;
  readonly timeout: number;
  readonly json?: true;
}

const defaultTimeoutMs = 10_000;
/** Part of the time that collections have; the rest is for judging and printing. */
const collectingShare = 0.9;

const tones: Readonly<Record<Gate['verdict'], Tone>> = {
  PASS: 'good',
  FAIL: 'bad',
  UNKNOWN: 'doubtful',
};
const sentenceTones: Readonly<Record<Readiness['verdict'], Tone>> = {
  ready: 'good',
  not_ready: 'bad',
  unknown: 'doubtful',
};
/** What is not known is no licence to go on: it is told like what could not be asked. */
const codes: Readonly<Record<Readiness['verdict'], number>> = {
  ready: exitCodes.ok,
  not_ready: exitCodes.unhealthy,
  unknown: exitCodes.usage,
};

function adviceOf({ advice, mayBeOverridden }: Gate): string {
  return mayBeOverridden ? advice : `${advice} It cannot be overridden.`;
}

/** A message of a driver may be long: the whole of it is in the JSON. */
function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function rowOf(gate: Gate): Cell[] {
  return [
    plain(gate.name),
    { text: gate.verdict, tone: tones[gate.verdict] },
    plain(gate.figure),
    plain(short(gate.source)),
    plain(adviceOf(gate)),
  ];
}

function printGates(gates: readonly Gate[], readiness: Readiness, tookMs: number): void {
  const colours = coloursFor(process.stdout);
  const titles = ['GATE', 'VERDICT', 'FIGURE', 'SOURCE', 'WHAT TO DO'];
  print(tableText(titles, gates.map(rowOf), colours));
  const tone = sentenceTones[readiness.verdict];
  print(
    `\n${toned(readiness.sentence, tone, colours)}\nasked all in ${formatDuration(tookMs)}; nothing was changed`,
  );
}

async function status(options: StatusOptions): Promise<void> {
  process.exitCode = exitCodes.usage;
  const opened = await openConfig(options.config);
  if (opened === undefined) return;
  const { config } = opened.reloader;
  const known = regionsOf(config);
  if (!known.includes(options.region)) {
    complain(unknownRegion(options.region, options.config, known));
    return;
  }
  const startedMs = systemClock.now().monoMs;
  const env = { clock: systemClock, secrets: opened.secrets };
  const gates = await askGates(config, env, options.region, options.timeout * collectingShare);
  const readiness = readinessOf(options.region, gates);
  const tookMs = systemClock.now().monoMs - startedMs;
  if (options.json) {
    const answer = { region: options.region, ...readiness, tookMs: Math.round(tookMs), gates };
    print(JSON.stringify(answer, undefined, 2));
  } else printGates(gates, readiness, tookMs);
  process.exitCode = codes[readiness.verdict];
}

function statusCommand(afterwards: () => void): Command {
  return new Command('status')
    .summary('is failing over to a region safe now, gate by gate')
    .description(
      'Asks everything that a failover to the region depends on once, all at the same time, and shows ' +
        'each condition as a gate: PASS, FAIL or UNKNOWN, with the figure, where it was read and what ' +
        'to do. Reads only: with the monitoring logins and without a canary; nothing is changed ' +
        'anywhere. How far objects are copied, and the last drill, are read from the store of the ' +
        'exporter.\n' +
        'Exit code: 0 ready, 1 not ready (a gate fails), 2 not known (none fails, and one is UNKNOWN; ' +
        'also bad arguments and bad configuration).',
    )
    .requiredOption('--region <name>', 'the region to fail over to')
    .requiredOption('-c, --config <file>', 'configuration file')
    .addOption(
      new Option('--timeout <duration>', 'longest time for all of it')
        .argParser(timeoutBetween('500ms', '5m'))
        .default(defaultTimeoutMs, '10s'),
    )
    .option('--json', 'print one JSON object with every gate')
    .addHelpText(
      'after',
      '\nA dead region cannot answer: what only it could tell is UNKNOWN, and may be overridden by the\n' +
        'name of the gate. Two writers and another database may not.\n' +
        '\nExamples:\n' +
        '  sensei dr status --region us-west-2 -c sensei.yaml\n' +
        '  sensei dr status --region us-west-2 -c sensei.yaml --timeout 3s && echo safe\n' +
        '  sensei dr status --region us-west-2 -c sensei.yaml --json | jq -r \'.gates[] | select(.verdict != "PASS") | .name\'',
    )
    .action(async (options: StatusOptions) => {
      await status(options);
      afterwards();
    });
}

/** `sensei dr`: disaster recovery. `afterwards` ends the process where a hung look-up would keep it. */
export function drCommand(afterwards: () => void = () => {}): Command {
  const command = new Command('dr')
    .summary('disaster recovery: is another region ready, and let it take over')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei dr status --region us-west-2 -c sensei.yaml\n' +
        '  sensei dr failover --from us-east-1 --to us-west-2 -c sensei.yaml --operations operations.yaml --dry-run',
    )
    .addCommand(statusCommand(afterwards));
  for (const each of executionCommands(afterwards)) command.addCommand(each);
  return command;
}
