import process from 'node:process';
import { Command } from 'commander';
import { pino, type Logger } from 'pino';
import { openConfig } from './open-config.js';
import { Exporter } from './exporter.js';
import { complain, exitCodes } from './output.js';
import { systemClock } from '../runner/clock.js';

/** Time a clean end may take before the process ends anyway, in milliseconds. */
const stopWithinMs = 5000;

function onSignals(exporter: Exporter, log: Logger): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(exitCodes.unhealthy);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(exitCodes.unhealthy), stopWithinMs).unref();
    void exporter.stop().then(() => process.exit(exitCodes.ok));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => void exporter.reload());
}

async function runExporter({ config: path }: { config: string }): Promise<void> {
  const opened = await openConfig(path);
  if (opened === undefined) {
    process.exitCode = exitCodes.usage;
    return;
  }
  const { reloader, secrets } = opened;
  const log = pino({ base: null, level: reloader.config.logging.level }, pino.destination(2));
  for (const warning of reloader.warnings) log.warn(warning);
  const exporter = new Exporter(reloader, { clock: systemClock, secrets }, log);
  onSignals(exporter, log);
  try {
    await exporter.start();
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    process.exit(exitCodes.usage);
  }
}

export function exporterCommand(): Command {
  return new Command('exporter')
    .summary('watch a deployment and serve /metrics')
    .description(
      'Probes every target of the configuration on its own timer and serves what it finds: /metrics for ' +
        'Prometheus, /api/v1/state for people and scripts, / as a page. SIGHUP (or POST /-/reload) loads the ' +
        'configuration again; SIGTERM ends it cleanly.\n' +
        'Exit code: 0 ended by SIGTERM or SIGINT, 1 it did not end cleanly, 2 bad arguments or ' +
        'configuration, or the address is in use.',
    )
    .requiredOption('-c, --config <file>', 'configuration file (see `sensei config example`)')
    .addHelpText(
      'after',
      '\nExample:\n  sensei config check sensei.yaml && sensei exporter -c sensei.yaml',
    )
    .action(runExporter);
}
