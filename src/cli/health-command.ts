import process from 'node:process';
import { Command, Option } from 'commander';
import { plain, type Cell, type Tone } from '../report/blocks.js';
import { formatDuration } from '../report/figures.js';
import {
  assess,
  overallHealth,
  type ComponentHealth,
  type Health,
  type Look,
} from '../health/assess.js';
import { systemClock } from '../runner/clock.js';
import { stateAnswer, slosHealthAnswer } from './answer-schemas.js';
import { coloursFor } from './colours.js';
import { ExporterClient, parseUrl } from './exporter-client.js';
import { takeLook } from './health-look.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes, print } from './output.js';
import { Progress } from './progress.js';
import { tableText } from './table.js';
import { timeoutBetween } from './timeout-option.js';

interface CheckOptions {
  readonly config?: string;
  readonly exporter?: string;
  readonly component: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: true;
}

const defaultTimeoutMs = 10_000;

/** Exit codes of `health check`: what is not known weighs as much as what is down. */
const codes: Readonly<Record<Health, number>> = { healthy: 0, degraded: 1, down: 2, unknown: 2 };

const tones: Readonly<Record<Health, Tone>> = {
  healthy: 'good',
  degraded: 'doubtful',
  down: 'bad',
  unknown: 'doubtful',
};

function instancesText({ live, minimum }: ComponentHealth): string {
  if (live === null) return '-';
  return minimum === null ? String(live) : `${live} / ${minimum}`;
}

function rowOf(found: ComponentHealth): Cell[] {
  const { component, region, health, zones, finding, advice } = found;
  return [
    plain(component === '' ? '-' : component),
    plain(region === '' ? '-' : region),
    { text: health, tone: tones[health] },
    plain(instancesText(found)),
    plain(zones.join(', ') || '-'),
    plain(finding),
    plain(advice),
  ];
}

function printTable(components: readonly ComponentHealth[]): void {
  const titles = [
    'COMPONENT',
    'REGION',
    'STATE',
    'LIVE / MIN#',
    'ZONES',
    'WORST FINDING',
    'WHAT TO DO',
  ];
  const colours = coloursFor(process.stdout);
  print(tableText(titles, components.map(rowOf), colours));
}

const sentences: Readonly<Record<Health, string>> = {
  healthy: 'healthy: everything serves, with all that it should have',
  degraded: 'degraded: everything serves, and less is left than there should be',
  down: 'down: something that users need does not serve',
  unknown: 'unknown: not everything could be looked at',
};

async function ownLook(file: string, options: CheckOptions): Promise<Look | undefined> {
  const opened = await openConfig(file);
  if (opened === undefined) return undefined;
  const progress = new Progress(process.stderr);
  try {
    return await takeLook(
      opened.reloader.config,
      { clock: systemClock, secrets: opened.secrets },
      {
        timeoutMs: options.timeout,
        components: options.component,
        progress,
      },
    );
  } finally {
    progress.end();
  }
}

/** The same as a running exporter believes it, which asks nothing anew. */
async function exportersLook({ exporter, component, timeout }: CheckOptions): Promise<Look> {
  const client = await ExporterClient.open({
    timeout,
    ...(exporter !== undefined && { exporter }),
  });
  if (client === undefined) throw new Error('no exporter was named');
  const [state, slos] = await Promise.all([
    client.ask({ path: '/api/v1/state' }, stateAnswer),
    client.ask({ path: '/api/v1/slos' }, slosHealthAnswer),
  ]);
  const isWanted = (each: { readonly component: string }) =>
    component.length === 0 || component.includes(each.component);
  const slis = slos.value.slos.filter(isWanted).map(({ now, openIncident, ...slo }) => ({
    ...slo,
    outcome: openIncident === null ? now : ('bad' as const),
    reason: openIncident === null ? '' : `incident ${openIncident.slice(0, 8)}`,
  }));
  return {
    targets: state.value.targets.filter((each) => isWanted(each) || each.component === ''),
    slis,
  };
}

/** One that was asked for by name, and of which there is nothing: it may be misspelt. */
function notWatched(component: string): ComponentHealth {
  return {
    component,
    region: '',
    health: 'unknown',
    live: null,
    minimum: null,
    zones: [],
    finding: 'nothing of it is watched',
    advice: 'leave --component out to see which there are',
  };
}

function wantedOf(found: readonly ComponentHealth[], names: readonly string[]): ComponentHealth[] {
  if (names.length === 0) return [...found];
  const missing = names.filter((name) => !found.some(({ component }) => component === name));
  return [
    ...found.filter(({ component }) => names.includes(component)),
    ...missing.map(notWatched),
  ];
}

function report(look: Look, tookMs: number, { json, component }: CheckOptions): number {
  const components = wantedOf(assess(look), component);
  const health = overallHealth(components);
  if (json) print(JSON.stringify({ health, tookMs: Math.round(tookMs), components }, undefined, 2));
  else {
    if (components.length > 0) printTable(components);
    print(`\n${sentences[health]} (looked for ${formatDuration(tookMs)})`);
  }
  return codes[health];
}

async function check(options: CheckOptions): Promise<void> {
  process.exitCode = exitCodes.usage;
  const { config, exporter } = options;
  if ((config === undefined) === (exporter === undefined)) {
    complain('health check: give either -c FILE, to look at everything now, or --exporter URL');
    return;
  }
  const fromMs = performance.now();
  try {
    const look =
      config === undefined ? await exportersLook(options) : await ownLook(config, options);
    if (look === undefined) return;
    process.exitCode = report(look, performance.now() - fromMs, options);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}

function added(name: string, names: readonly string[]): readonly string[] {
  return [...names, name];
}

function checkCommand(afterwards: () => void): Command {
  return new Command('check')
    .summary('look at everything once: what serves, what does not, what to do')
    .description(
      'One pass over every configured target, by the same collectors as the exporter, or what a running ' +
        'exporter believes. With -c the canaries that are configured are written, as an exporter writes ' +
        'them: a heartbeat row, a key in Redis, an object in a bucket. With --exporter nothing is written.\n' +
        'Exit code: 0 healthy, 1 degraded (it serves, and less is left than there should be), 2 down, not ' +
        'known, or bad arguments.',
    )
    .option('-c, --config <file>', 'configuration file: look at its targets now')
    .option('--exporter <url>', 'ask a running exporter instead, which is quicker', parseUrl)
    .addOption(
      new Option('--component <name>', 'only this component; may be given several times')
        .argParser(added)
        .default([], 'all of them'),
    )
    .addOption(
      new Option('--timeout <time>', 'the longest that it may take')
        .argParser(timeoutBetween('1ms', '1h'))
        .default(defaultTimeoutMs, '10s'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei health check -c sensei.yaml\n' +
        '  sensei health check -c sensei.yaml --component postgresql --timeout 5s\n' +
        '  sensei health check --exporter http://127.0.0.1:9808 --json | jq -r .health',
    )
    .action(async (options: CheckOptions) => {
      await check(options);
      afterwards();
    });
}

/** `sensei health`. `afterwards` ends the process where a hung look-up would keep it. */
export function healthCommand(afterwards: () => void): Command {
  return new Command('health')
    .summary('how does everything stand, right now?')
    .description('Looks at the deployment once, from a shell.')
    .addHelpText('after', '\nExample:\n  sensei health check -c sensei.yaml')
    .addCommand(checkCommand(afterwards));
}
