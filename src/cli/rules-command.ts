import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { alertmanagerConfig } from '../alerts/alertmanager.js';
import { alertmanagerFile, operatorFile, ruleFile } from '../alerts/files.js';
import { alertPlanOf } from '../deployment/alert-plan.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes } from './output.js';
import { version } from './version.js';

interface GenerateOptions {
  readonly config: string;
  readonly output?: string;
}

interface RulesOptions extends GenerateOptions {
  readonly format: 'prometheus' | 'operator';
  readonly label: readonly string[];
}

async function write({ output }: GenerateOptions, text: string): Promise<void> {
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
}

/** A file that cannot be written is the caller's fault, not a defect. */
async function writeOrComplain(options: GenerateOptions, text: string): Promise<void> {
  try {
    await write(options, text);
  } catch (error) {
    complain(`${options.output}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = exitCodes.usage;
  }
}

function labelsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s, 2)));
}

async function generateRules(options: RulesOptions): Promise<void> {
  const opened = await openConfig(options.config);
  if (opened === undefined) {
    process.exitCode = exitCodes.usage;
    return;
  }
  const { config, slos } = opened.reloader;
  const plan = alertPlanOf(config, slos, version);
  const text =
    options.format === 'operator' ? operatorFile(plan, labelsOf(options.label)) : ruleFile(plan);
  await writeOrComplain(options, text);
}

async function generateAlertmanager(options: GenerateOptions): Promise<void> {
  const opened = await openConfig(options.config);
  if (opened === undefined) {
    process.exitCode = exitCodes.usage;
    return;
  }
  const made = alertmanagerConfig(opened.reloader.config);
  if (made === undefined) {
    complain(
      `${options.config}: alerts.alertmanager: not found; expected at least pagerduty: [{routingKeyFile: PATH}]`,
    );
    process.exitCode = exitCodes.usage;
    return;
  }
  for (const { name, reason } of made.unmuted)
    complain(
      `remark: maintenance window ${name} is not muted: ${reason}. Failures within it are left out by the exporter all the same`,
    );
  if (opened.reloader.config.alerts.alertmanager?.tickets === undefined)
    complain('remark: without alerts.alertmanager.tickets, tickets go nowhere');
  await writeOrComplain(options, alertmanagerFile(made.config));
}

function withCommon(command: Command): Command {
  return command
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('-o, --output <file>', 'where to write; stdout when absent');
}

function collectLabel(text: string, before: readonly string[]): readonly string[] {
  if (!/^[A-Za-z0-9./_-]+=[A-Za-z0-9._-]*$/.test(text))
    throw new InvalidArgumentError('KEY=VALUE, such as release=prometheus');
  return [...before, text];
}

function formatOf(text: string): RulesOptions['format'] {
  if (text !== 'prometheus' && text !== 'operator')
    throw new InvalidArgumentError('prometheus or operator');
  return text;
}

/** `sensei rules`: Prometheus' recording and alerting rules. */
export function rulesCommand(): Command {
  const generate = withCommon(new Command('generate'))
    .summary('write the recording and alerting rules of a configuration')
    .description(
      'Writes recording rules of every SLO, with the names and labels of Sloth, and the alerts on what is ' +
        'configured.\nExit code: 0 written, 2 faults in the configuration.',
    )
    .option(
      '--format <format>',
      'prometheus: a rule file; operator: a PrometheusRule object',
      formatOf,
      'prometheus',
    )
    .addOption(
      new Option('--label <key=value>', 'label of the PrometheusRule; may be given again')
        .argParser(collectLabel)
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei rules generate -c sensei.yaml -o /etc/prometheus/rules/sensei.yaml\n' +
        '  sensei rules generate -c sensei.yaml | promtool check rules\n' +
        '  sensei rules generate -c sensei.yaml --format operator --label release=prometheus | kubectl apply -f -',
    )
    .action(generateRules);
  return new Command('rules')
    .summary('Prometheus rules: SLO recordings and alerts')
    .addHelpText('after', '\nExample:\n  sensei rules generate -c sensei.yaml -o rules.yaml')
    .addCommand(generate);
}

/** `sensei alertmanager`: routes, inhibition and receivers. */
export function alertmanagerCommand(): Command {
  const generate = withCommon(new Command('generate'))
    .summary("write Alertmanager's configuration")
    .description(
      'Writes routes by severity and component, what silences what, and receivers for PagerDuty, ' +
        "tickets and a dead man's switch, for Alertmanager 0.25 and later. Secrets stay in files on " +
        "Alertmanager's machine.\nExit code: 0 written, 2 faults in the configuration.",
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei alertmanager generate -c sensei.yaml -o /etc/alertmanager/alertmanager.yml\n' +
        '  sensei alertmanager generate -c sensei.yaml > am.yml && amtool check-config am.yml\n' +
        '  amtool config routes test --config.file=am.yml severity=page component=postgresql',
    )
    .action(generateAlertmanager);
  return new Command('alertmanager')
    .summary("Alertmanager's routes, inhibition and PagerDuty receivers")
    .addHelpText('after', '\nExample:\n  sensei alertmanager generate -c sensei.yaml -o am.yml')
    .addCommand(generate);
}
