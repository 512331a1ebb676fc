import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../src/config/schema.js';
import { pageOf, type Page } from '../support/markdown.js';
import { gateNames } from '../../src/dr/gates.js';
import { commandFault, commandsOf, keyFaults, metricFaults } from '../support/quoted.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const folders = ['docs', 'grafana', 'kubernetes', 's3'];
const files = [
  ...readdirSync(root),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  ),
].filter((file) => file.endsWith('.md'));

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

const pages = new Map<string, Page>();
for (const file of files) pages.set(file, await pageOf(textOf(file)));

/** Links that lead nowhere: to no file of the repository, or to no heading of it. */
function linkFaults(file: string): string[] {
  return (pages.get(file)?.targets ?? [])
    .filter((target) => !/^(?:https?|mailto):/.test(target))
    .filter((target) => {
      const [path = '', anchor] = decodeURI(target).split('#');
      const to = path === '' ? file : relative(root, join(root, dirname(file), path));
      if (to.startsWith('..') || !existsSync(join(root, to))) return true;
      return anchor !== undefined && pages.get(to)?.anchors.has(anchor) !== true;
    });
}

/** `npm run NAME` of what package.json does not have. */
function scriptFaults({ blocks, spans }: Page): string[] {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  return [...blocks, ...spans]
    .flatMap((code) => [...code.matchAll(/\bnpm run ([\w:-]+)/g)])
    .map(([, name]) => name!)
    .filter((name) => !(name in scripts));
}

const paths = /(?<!PROMETHEUS:9090)\/(?:api\/v1|-)\/[a-z]+/g;
const served = new Set(
  readdirSync(join(root, 'src/server')).flatMap(
    (file) => textOf(join('src/server', file)).match(paths) ?? [],
  ),
);

/** Paths of the exporter's API that it does not serve. */
function pathFaults(text: string): string[] {
  return (text.match(paths) ?? []).filter((path) => !served.has(path));
}

describe('every document', () => {
  it.each(files)('%s leads somewhere by each of its links', (file) => {
    expect(linkFaults(file)).toEqual([]);
  });

  it.each(files)('%s quotes what there is', (file) => {
    const page = pages.get(file)!;
    expect([
      ...commandsOf(page).flatMap((quoted) => commandFault(quoted) ?? []),
      ...metricFaults(textOf(file)),
      ...keyFaults(page),
      ...scriptFaults(page),
      ...pathFaults(textOf(file)),
    ]).toEqual([]);
  });
});

describe('the README', () => {
  it('has a short configuration that loads', () => {
    const [short = ''] = pages
      .get('README.md')!
      .blocks.filter((each) => each.startsWith('deployment:'));
    const parsed = configSchema.safeParse(parse(short));
    expect(parsed.error?.issues).toBeUndefined();
    expect(parsed.data?.collectors.sentinel).toHaveLength(1);
  });

  it('counts the alerts and the gates that there are', () => {
    const rows = textOf('docs/alerts.md').match(/^\| \[Sensei/gm) ?? [];
    expect(textOf('README.md')).toContain(`[${rows.length} alerts](docs/alerts.md)`);
    expect(gateNames).toHaveLength(15);
    expect(textOf('README.md')).toContain('fifteen gates');
  });

  it('has a page that names every gate', () => {
    const { spans } = pages.get('docs/dr-status.md')!;
    expect(gateNames.filter((name) => !spans.includes(name))).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('says of every folder of the sources what is in it', () => {
    const { spans } = pages.get('CONTRIBUTING.md')!;
    const sources = readdirSync(join(root, 'src')).map((folder) => `src/${folder}`);
    expect(sources.filter((folder) => !spans.includes(folder))).toEqual([]);
  });
});

describe('the checks of documents', () => {
  it.each([
    ['sensei failover now', 'no such command'],
    ['sensei incidents drop ID', 'no such command'],
    ['sensei report -c sensei.yaml --since 24h', 'no option --since'],
    ['sensei report --from 24h', 'without --config'],
    ['sensei dr failover --from a --to b -c sensei.yaml --confirm', 'without --operations'],
    ['sensei probe mysql/orders -c sensei.yaml', 'no such kind'],
  ])('refuse `%s`', (quoted, fault) => {
    expect(commandFault(quoted)).toContain(fault);
  });

  it.each([
    'sensei probe KIND/TARGET',
    'sensei drill',
    'sensei dr failover --help',
    'sensei drill record -c F --scenario pod --by "A. Admin" --what "kill --all" --target a --injected T',
  ])('let `%s` be', (quoted) => {
    expect(commandFault(quoted)).toBeUndefined();
  });

  it('find commands in blocks and spans, behind a pipe, over two lines, and without their remarks', async () => {
    const page = await pageOf(
      'Run `sensei\nslo list`.\n\n```sh\ntrue && sensei compliance | jq .\n' +
        'node bin/sensei.js report -c F \\\n  --from 24h > F   # a remark\n```\n',
    );
    expect(commandsOf(page)).toEqual([
      'sensei compliance',
      'sensei report -c F --from 24h',
      'sensei slo list',
    ]);
  });

  it('find links, pictures and what headings are called', async () => {
    const page = await pageOf(
      '# The `x` of A & B\n\n[a](b.md#c) ![d](e.png)\n\n# The x of A & B\n',
    );
    expect(page.targets).toEqual(['b.md#c', 'e.png']);
    expect([...page.anchors]).toEqual(['the-x-of-a--b', 'the-x-of-a--b-1']);
  });

  it('refuse paths that are not served, and leave those of Prometheus alone', () => {
    const text = 'http://PROMETHEUS:9090/api/v1/targets 127.0.0.1:9808/api/v1/slo, `/-/ready`';
    expect(pathFaults(text)).toEqual(['/api/v1/slo']);
  });

  it('refuse metrics, keys and scripts that do not exist', async () => {
    expect(
      metricFaults('sensei_patroni_members_total sensei_recovery_time_low_seconds_sum sensei_lb_*'),
    ).toEqual(['sensei_patroni_members_total']);
    const page = await pageOf('`alerts.limits.lag` `alerts.limits.certificate` `npm run nothing`');
    expect(keyFaults(page)).toEqual(['alerts.limits.lag']);
    expect(scriptFaults(page)).toEqual(['nothing']);
  });
});
