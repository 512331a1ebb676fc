import { Command } from 'commander';
import { complianceCommand } from './compliance-command.js';
import { configCommand } from './config-command.js';
import { drCommand } from './dr-command.js';
import { drillCommand } from './drill-command.js';
import { exporterCommand } from './exporter-command.js';
import { healthCommand } from './health-command.js';
import { incidentsCommand } from './incidents-command.js';
import { probeCommand } from './probe-command.js';
import { reportCommand } from './report-command.js';
import { alertmanagerCommand, rulesCommand } from './rules-command.js';
import { sloCommand } from './slo-command.js';
import { version } from './version.js';

const hint = '(add --help to learn more)';

/** What is wrong is told of each command with where to read more. */
function teachAfterErrors(command: Command): Command {
  for (const below of command.commands) teachAfterErrors(below);
  return command.showHelpAfterError(hint);
}

/** All commands. `afterwards` ends the process where a hung look-up would keep it. */
export function senseiProgram(afterwards: () => void): Command {
  const program = new Command('sensei')
    .description(
      'Watches a highly available deployment from the outside: load balancer, PostgreSQL under Patroni, ' +
        'Redis under Sentinel, Kubernetes, copies in another region, objects, backups. Measures ' +
        'availability, recovery time and what would be lost, and holds them against what was promised.\n' +
        'Exit code of every command: 0 well, 1 not well, 2 bad arguments or configuration; --help of each ' +
        'says what that means there.',
    )
    .version(version)
    .addCommand(exporterCommand())
    .addCommand(probeCommand())
    .addCommand(healthCommand(afterwards))
    .addCommand(sloCommand())
    .addCommand(incidentsCommand())
    .addCommand(complianceCommand())
    .addCommand(drCommand(afterwards))
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
  return teachAfterErrors(program);
}
