import type { FieldConfig, Override, Panel } from './dashboard.js';
import { displayName, type Field, type Frame } from './frame.js';
import { patternOf } from './regex.js';

type Matches = (options: unknown, field: Field, frame: Frame) => boolean;

const matchers: Readonly<Record<string, Matches>> = {
  byName: (name, field) => displayName(field) === name || field.name === name,
  byRegexp: (pattern, field) => patternOf(String(pattern)).test(displayName(field)),
  byFrameRefID: (refId, _, frame) => frame.refId === refId,
  byType: (type, field) => field.type === type,
};

export function isKnownMatcher(id: string): boolean {
  return id in matchers;
}

/** `custom.lineWidth` is set within `custom`; any other name is a setting of the field itself. */
function withProperty(config: FieldConfig, id: string, value: unknown): FieldConfig {
  if (!id.startsWith('custom.')) return { ...config, [id]: value };
  return { ...config, custom: { ...config.custom, [id.slice('custom.'.length)]: value } };
}

function overridden(config: FieldConfig, { properties }: Override): FieldConfig {
  return properties.reduce((so, { id, value }) => withProperty(so, id, value), config);
}

/** Gives every field its settings: the panel's, then those of the overrides that match, in turn. */
export function configured(panel: Panel, frames: readonly Frame[]): readonly Frame[] {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const configOf = (field: Field, frame: Frame): FieldConfig =>
    overrides
      .filter(({ matcher: { id, options } }) => matchers[id]?.(options, field, frame) === true)
      .reduce(overridden, defaults);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => ({
      ...field,
      config: { ...configOf(field, frame), ...titleOf(field, configOf(field, frame)) },
    })),
  }));
}

/** A name for a series may quote its labels. */
function titleOf(field: Field, { displayName: title }: FieldConfig): FieldConfig {
  if (title === undefined) return {};
  const filled = title.replace(/\$\{__field\.(?:labels\.(\w+)|name)\}/g, (_, label?: string) =>
    label === undefined ? field.name : (field.labels[label] ?? ''),
  );
  return { displayName: filled };
}
