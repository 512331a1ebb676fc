import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const to = match[2] ?? match[3] ?? match[4] ?? '';
    const path = to.startsWith('.') ? normalize(join(dirname(file), to)) : to;
    return { from: file, to: path, typeOnly: match[1] !== undefined };
  });
}

const all = sources.flatMap(importsOf);

/** What each folder may import of the project's own. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  metrics: ['metrics'],
  slo: ['slo', 'metrics'],
  alerts: ['alerts', 'drills', 'slo', 'metrics', 'config'],
  dashboards: ['dashboards', 'alerts', 'drills', 'slo', 'metrics', 'config'],
  report: ['report', 'drills', 'slo', 'metrics'],
  dr: ['dr', 'report', 'collectors', 'config', 'slo', 'metrics'],
  failover: ['failover', 'dr', 'drills', 'collectors', 'slo'],
  health: ['health', 'slo'],
  'status-page': ['status-page', 'health', 'report', 'drills', 'slo', 'metrics'],
  config: ['config', 'slo', 'collectors'],
  collectors: ['collectors', 'config', 'slo', 'metrics'],
  telemetry: ['telemetry', 'metrics', 'config'],
  store: ['store', 'slo'],
  deployment: ['deployment', 'config', 'collectors', 'slo', 'alerts', 'drills'],
  drills: ['drills', 'config', 'slo'],
  exercise: ['exercise', 'operator', 'drills', 'collectors', 'config', 'slo'],
  operator: [
    'operator',
    'failover',
    'dr',
    'collectors',
    'config',
    'store',
    'slo',
    'report',
    'metrics',
  ],
  runner: ['runner', 'drills', 'collectors', 'telemetry', 'store', 'slo', 'metrics', 'config'],
};
const pure = [
  'metrics',
  'slo',
  'alerts',
  'dashboards',
  'report',
  'health',
  'dr',
  'drills',
  'failover',
  'status-page',
];

function folderOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function listed(imports: readonly Import[]): string[] {
  return imports.map(({ from, to }) => `${from} -> ${relative('.', to)}`);
}

describe('the import arrows', () => {
  it('reads every source file', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(all.length).toBeGreaterThan(sources.length);
  });

  it.each(Object.entries(arrows))('src/%s imports only %j', (folder, allowed) => {
    const strays = all.filter(({ from, to }) => {
      const target = folderOf(to);
      return folderOf(from) === folder && target !== undefined && !allowed.includes(target);
    });
    expect(listed(strays)).toEqual([]);
  });

  it('src/dr reaches no node: module, not through the collectors either', () => {
    const reached = new Set(sources.filter((file) => folderOf(file) === 'dr'));
    for (const file of reached) {
      for (const { from, to, typeOnly } of all)
        if (from === file && !typeOnly && to.startsWith('src/'))
          reached.add(to.replace(/js$/, 'ts'));
    }
    expect(reached).toContain('src/collectors/patroni/judge.ts');
    const strays = all.filter(({ from, to }) => reached.has(from) && to.startsWith('node:'));
    expect(listed(strays)).toEqual([]);
  });

  it('config imports nothing of a collector but its schema', () => {
    const strays = all.filter(
      ({ from, to, typeOnly }) =>
        folderOf(from) === 'config' &&
        folderOf(to) === 'collectors' &&
        !typeOnly &&
        !to.endsWith('/schema.js'),
    );
    expect(listed(strays)).toEqual([]);
  });

  it.each(pure)('src/%s knows no node: module and no environment', (folder) => {
    const files = sources.filter((file) => folderOf(file) === folder);
    const strays = all.filter(
      ({ from, to }) => folderOf(from) === folder && to.startsWith('node:'),
    );
    expect(listed(strays)).toEqual([]);
    const impure = files.filter((file) =>
      /\bDate\.now\(|new Date\(\)|process\.|performance\.|Math\.random\(/.test(
        readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
      ),
    );
    expect(impure).toEqual([]);
  });

  it('every measure.ts is pure: no node: module, no clock', () => {
    const measures = sources.filter((file) => /\bmeasure[^/]*\.ts$/.test(file));
    expect(measures.length).toBeGreaterThanOrEqual(4);
    const strays = all.filter(({ from, to }) => measures.includes(from) && to.startsWith('node:'));
    expect(listed(strays)).toEqual([]);
    const clocked = measures.filter((file) =>
      /\bDate\.now\(|performance\.now\(/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(clocked).toEqual([]);
  });

  it('one collector imports nothing of another', () => {
    const kindOf = (path: string) => /^src\/collectors\/([^/]+)\//.exec(path)?.[1];
    const shared = ['http', 'sql', 's3'];
    const strays = all.filter(({ from, to }) => {
      const [mine, other] = [kindOf(from), kindOf(to)];
      if (mine === undefined || other === undefined || mine === other) return false;
      return !shared.includes(other);
    });
    expect(listed(strays)).toEqual([]);
  });

  it('src imports nothing of the lab, the tests or the benchmarks', () => {
    const strays = all.filter(
      ({ to }) => /^(?:lab|test|bench|scripts)\//.test(to) || to.startsWith('..'),
    );
    expect(listed(strays)).toEqual([]);
  });

  it('only the dashboards know the kit that they are made with, and nothing that is built knows them', () => {
    const kit = all.filter(({ to }) => to.startsWith('@grafana/'));
    expect(kit.length).toBeGreaterThan(5);
    const strays = all.filter(
      ({ from, to }) =>
        folderOf(from) !== 'dashboards' &&
        (to.startsWith('@grafana/') || folderOf(to) === 'dashboards'),
    );
    expect(listed(strays)).toEqual([]);
  });

  it('the Kubernetes, OpenTelemetry and AWS packages are loaded only when configured', () => {
    const eager = all.filter(
      ({ to, typeOnly, from }) =>
        !typeOnly &&
        /^@(?:kubernetes|opentelemetry|aws-sdk|smithy)\//.test(to) &&
        !readFileSync(join(root, from), 'utf8').includes(`import('${to}')`),
    );
    expect(listed(eager)).toEqual([]);
  });
});
