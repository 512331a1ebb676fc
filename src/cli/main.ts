import process from 'node:process';
import { Command } from 'commander';
import { complianceCommand } from './compliance-command.js';
import { configCommand } from './config-command.js';
import { drCommand } from './dr-command.js';
import { drillCommand } from './drill-command.js';
import { exporterCommand } from './exporter-command.js';
import { healthCommand } from './health-command.js';
import { incidentsCommand } from './incidents-command.js';
import { probeCommand } from './probe-command.js';
import { exitCodes } from './output.js';
import { reportCommand } from './report-command.js';
import { alertmanagerCommand, rulesCommand } from './rules-command.js';
import { sloCommand } from './slo-command.js';
import { version } from './version.js';

/** A name server that hangs keeps a process alive long after everything is printed. */
function endSoon(): void {
  setTimeout(() => process.exit(), 250).unref();
}

const program = new Command('sensei')
  .description(
    'Watches a highly available deployment from the outside: load balancer, PostgreSQL under Patroni,\n' +
      'Redis under Sentinel, Kubernetes, copies in another region, objects, backups. Measures\n' +
      'availability, recovery time and what would be lost, and holds them against what was promised.',
  )
  .version(version)
  .showHelpAfterError('(add --help to learn more)')
  .addCommand(exporterCommand())
  .addCommand(probeCommand())
  .addCommand(healthCommand(endSoon))
  .addCommand(sloCommand())
  .addCommand(incidentsCommand())
  .addCommand(complianceCommand())
  .addCommand(drCommand(endSoon))
  .addCommand(drillCommand())
  .addCommand(reportCommand())
  .addCommand(rulesCommand())
  .addCommand(alertmanagerCommand())
  .addCommand(configCommand())
  .addHelpText(
    'after',
    '\nA first look:\n' +
      '  sensei config example > sensei.yaml    a commented configuration to start from\n' +
      '  sensei config check sensei.yaml        every fault at once, with file and line\n' +
      '  sensei probe lb/api -c sensei.yaml     one collection, with everything that was said\n' +
      '  sensei health check -c sensei.yaml     everything once: what serves, what does not\n' +
      '  sensei exporter -c sensei.yaml         watch, and serve /metrics and a status page\n' +
      '  sensei compliance                      is what was promised being kept?\n' +
      '  sensei dr status --region R -c FILE    is failing over to region R safe now?\n' +
      '  sensei dr failover --help              let another region take over, step by step\n' +
      '  sensei rules generate -c sensei.yaml   recording rules and alerts for Prometheus',
  );

/** Bad arguments exit with 2, of whichever command they are: commander's own 1 means "not well" here. */
function exitAsPromised(command: Command): void {
  command.exitOverride(({ exitCode }) =>
    process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage),
  );
  for (const below of command.commands) exitAsPromised(below);
}
exitAsPromised(program);

/** A reader that has seen enough, such as `head`, is no fault, and makes nothing well that is not. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(process.exitCode ?? exitCodes.ok);
});

/** Remarks that nobody reads any more, of a terminal or a `tee` that was ended, stop no work in the middle. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});

await program.parseAsync();
