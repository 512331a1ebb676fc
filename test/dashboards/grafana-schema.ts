import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Types of panels, and what Grafana calls the file that declares them. */
const panelFiles = {
  bargauge: 'BarGauge',
  heatmap: 'Heatmap',
  stat: 'Stat',
  'state-timeline': 'StateTimeline',
  table: 'Table',
  timeseries: 'TimeSeries',
} as const;
type PanelType = keyof typeof panelFiles;
export const panelTypes = Object.keys(panelFiles) as PanelType[];
/** Those that have settings for each field beside the options of the panel. */
const withFields: readonly PanelType[] = ['heatmap', 'state-timeline', 'table', 'timeseries'];

export const parts: readonly Part[] = [
  'dashboard',
  ...panelTypes.map((type) => `${type}_options` as const),
  ...withFields.map((type) => `${type}_fields` as const),
];

export const grafanaVersions = [10, 11, 12] as const;
type GrafanaVersion = (typeof grafanaVersions)[number];

interface Declarations {
  readonly index: string;
  readonly panel: (type: PanelType) => string;
}

function declarationsOf(version: GrafanaVersion): Declarations {
  const root = join(modules, `grafana-schema-${version}`, 'dist');
  const indexes = { 10: 'index.d.ts', 11: 'esm/index.d.mts', 12: 'types/index.d.ts' };
  const index = join(root, indexes[version]);
  const folder = (type: PanelType) => type.replace('-', '');
  if (version === 12) {
    return {
      index,
      panel: (type) =>
        join(root, 'types/raw/composable', folder(type), 'panelcfg/x/types.gen.d.ts'),
    };
  }
  return {
    index,
    panel: (type) =>
      join(
        root,
        'esm/raw/composable',
        folder(type),
        'panelcfg/x',
        `${panelFiles[type]}PanelCfg_types.gen.d.ts`,
      ),
  };
}

function nameOf(type: PanelType): string {
  return type.replace('-', '_');
}

/** One module that has all the types that a dashboard is made of. */
function entryOf({ index, panel }: Declarations): string {
  const panels = panelTypes.flatMap((type) => [
    `import type * as ${nameOf(type)} from '${panel(type)}';`,
    `export type ${nameOf(type)}_options = Partial<${nameOf(type)}.Options>;`,
    ...(withFields.includes(type)
      ? [`export type ${nameOf(type)}_fields = Partial<${nameOf(type)}.FieldConfig>;`]
      : []),
  ]);
  return [
    `import type { Dashboard } from '${index}';`,
    'export type dashboard = Dashboard;',
    ...panels,
    '',
  ].join('\n');
}

function compilerOptions({ index }: Declarations): object {
  return {
    compilerOptions: {
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2022',
      strict: true,
      skipLibCheck: true,
      types: [],
      paths: { '@grafana/schema': [index] },
    },
    files: ['entry.ts'],
  };
}

export type Part = 'dashboard' | `${PanelType}_options` | `${PanelType}_fields`;

/** JSON Schemas of the types that Grafana publishes. What they do not name is refused. */
function schemasOf(version: GrafanaVersion): Map<Part, object> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-schema-'));
  const declarations = declarationsOf(version);
  try {
    writeFileSync(join(folder, 'entry.ts'), entryOf(declarations));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(compilerOptions(declarations)));
    const generator = createGenerator({
      path: join(folder, 'entry.ts'),
      tsconfig: join(folder, 'tsconfig.json'),
      skipTypeCheck: true,
      additionalProperties: false,
      expose: 'none',
      topRef: false,
    });
    return new Map(parts.map((part) => [part, generator.createSchema(part.replace('-', '_'))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Validates parts of a dashboard as one version of Grafana declares them. */
export function validatorOf(version: GrafanaVersion): (part: Part, json: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const compiled = new Map(
    [...schemasOf(version)].map(([part, schema]) => [part, ajv.compile(schema)]),
  );
  return (part, json) => {
    const validate = compiled.get(part);
    if (validate === undefined) throw new Error(`no schema of ${part}`);
    validate(json);
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  };
}
