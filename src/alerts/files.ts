import { stringify } from 'yaml';
import type { AlertmanagerConfig } from './alertmanager.js';
import type { AlertPlan } from './plan.js';
import { prometheusRule, ruleGroups } from './rules.js';

/**
 * Long lines stay whole: expressions have line breaks of their own. As YAML 1.1, in which Go reads it:
 * a time of day such as 02:00 must not become a number.
 */
function yamlText(command: string, document: object): string {
  const header = `# Made by \`sensei ${command} generate\`; make it again when the configuration changes.\n`;
  const options = { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' } as const;
  return header + stringify(document, options);
}

/** A rule file of Prometheus. */
export function ruleFile(plan: AlertPlan): string {
  return yamlText('rules', { groups: ruleGroups(plan) });
}

/** The same as an object for the Prometheus operator. */
export function operatorFile(plan: AlertPlan, labels: Readonly<Record<string, string>>): string {
  return yamlText('rules', prometheusRule(plan, labels));
}

export function alertmanagerFile(config: AlertmanagerConfig): string {
  return yamlText('alertmanager', config);
}
