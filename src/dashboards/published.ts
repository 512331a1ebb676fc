import type { Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * Settings that not every Grafana from 10 to 12 knows. The kit writes them with the values that they
 * have anyway; without them a dashboard is as all three versions declare it.
 */
const ofSomeVersions: Readonly<Record<string, readonly string[]>> = {
  bargauge: ['legend'],
  heatmap: ['selectionMode'],
  stat: ['percentChangeColorMode'],
  'state-timeline': ['perPage'],
  table: ['footer'],
};
const ofSomeVariables = ['allowCustomValue', 'auto', 'auto_count', 'auto_min'];

function without<Of extends object>(all: Of, names: readonly string[]): Of {
  const rest = { ...all };
  for (const name of names) Reflect.deleteProperty(rest, name);
  return rest;
}

export function publishedPanel(panel: Panel): Panel {
  const options: unknown = panel.options;
  const names = ofSomeVersions[panel.type];
  if (names === undefined || typeof options !== 'object' || options === null) return panel;
  return { ...panel, options: without(options, names) };
}

export function publishedVariable(variable: VariableModel): VariableModel {
  return without(variable, ofSomeVariables);
}
