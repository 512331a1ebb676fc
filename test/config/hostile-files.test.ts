import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { exampleConfig } from '../../src/config/example.js';
import { formatFault } from '../../src/config/fault.js';
import { loadConfig, parseConfig } from '../../src/config/load.js';

const example = exampleConfig();

/** Every message for a text; none when it is a configuration. */
function messagesFor(text: string): readonly string[] {
  const result = parseConfig('x.yaml', text);
  if (result.ok) return [];
  expect(result.faults.length).toBeGreaterThan(0);
  return result.faults.map(formatFault);
}

/** Words of the libraries below, which tell an operator nothing. */
const foreignWords = /Invalid (?:input|key|string|type|option)|Unrecognized|undefined|\[object|NaN/;

function expectReadable(messages: readonly string[]): void {
  for (const message of messages) {
    expect(message).not.toMatch(foreignWords);
    expect(message).toMatch(/^x\.yaml(?::\d+:\d+)?: \S/);
    expect(message.length).toBeLessThan(1000);
  }
}

/** Every place in a parsed file that can be changed. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    return [here, ...placesIn(child, here)];
  });
}

const places = placesIn(parse(example));

type Change = (parent: Record<string | number, unknown>, key: string | number) => void;

function changed(path: readonly (string | number)[], change: Change): string {
  const root: unknown = parse(example);
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], root);
  change(parent as Record<string | number, unknown>, path.at(-1)!);
  return stringify(root);
}

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>((parent, key) => void delete parent[key]),
  fc.constant<Change>((parent, key) => void (parent[`${key}s`] = parent[key])),
  fc.jsonValue().map<Change>((value) => (parent, key) => void (parent[key] = value)),
  fc
    .constantFrom<unknown>(0, -1, 1.5, 1e300, Infinity, '', ' ', '1', 'true', null, [], {}, [[]])
    .map<Change>((value) => (parent, key) => void (parent[key] = value)),
);

describe('whatever a file holds, the answer is a configuration or faults in plain words', () => {
  it('when any place of the example is changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), changes, (path, change) => {
        expectReadable(messagesFor(changed(path, change)));
      }),
      { numRuns: 400 },
    );
  });

  it('when any piece of its text is replaced', () => {
    const at = fc.nat({ max: example.length });
    const piece = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        '\n',
        '\t',
        '- ',
        ': ',
        '{',
        '[',
        ']',
        '"',
        "'",
        '*a',
        '&a ',
        '!a ',
        '|',
        '%',
        '---\n',
        '? ',
        '<<: ',
        '\0',
        '\uFEFF',
      ),
    );
    fc.assert(
      fc.property(at, fc.nat({ max: 20 }), piece, (start, length, text) => {
        expectReadable(messagesFor(example.slice(0, start) + text + example.slice(start + length)));
      }),
      { numRuns: 300 },
    );
  });

  it('when its blocks are made of anything', () => {
    const values = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom('[]', '{}', 'null', '!!x 1', '*a', '&a [*a]', '&a { lb: [*a] }'),
    );
    const keys = fc.constantFrom(
      'deployment',
      'collectors',
      'server',
      'redis',
      'disasterRecovery',
      'settings',
      '__proto__',
      'constructor',
      'toString',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values), { maxLength: 6 }), (pairs) => {
        expectReadable(messagesFor(pairs.map(([key, value]) => `${key}: ${value}`).join('\n')));
      }),
      { numRuns: 300 },
    );
  });

  it('when it reaches for the prototype of objects', () => {
    const [message] = messagesFor('deployment: orders\n__proto__: { tier: premium }');
    expect(message).toContain('x.yaml:2:1: __proto__: unknown key');
    expect(({} as Record<string, unknown>)['tier']).toBeUndefined();
  });
});

describe('a file without bounds', () => {
  it.each([
    ['open brackets', 'a: ' + '['.repeat(100_000)],
    ['closed brackets', 'a: ' + '['.repeat(20_000) + ']'.repeat(20_000)],
    ['lists on one line', '- '.repeat(20_000)],
    ['keys on one line', '? '.repeat(20_000)],
    [
      'indented maps',
      Array.from({ length: 1000 }, (_, depth) => ' '.repeat(depth) + 'a:').join('\n'),
    ],
  ])('is refused for its depth before anything can overflow: %s', (_what, text) => {
    expect(messagesFor(text)).toEqual([
      expect.stringContaining('more than 64 maps and lists in each other'),
    ]);
  });

  it('gives a hundred faults and the number of the others', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `key${index}: 1`);
    const messages = messagesFor(['deployment: orders', ...keys].join('\n'));
    expect(messages).toHaveLength(101);
    expect(messages).toContain('x.yaml: 4900 further faults are not shown; mend these first');
  });

  it.each([
    ['/dev/zero', 'cannot be read (more than 4194304 bytes)'],
    ['/dev/null', 'holds nothing'],
    ['/etc/hostname/sensei.yaml', 'no such file'],
  ])('%s is refused, too', async (file, why) => {
    const result = await loadConfig(file);
    expect(result.ok ? [] : result.faults.map(formatFault)).toEqual([
      expect.stringContaining(`${file}: ${why}`),
    ]);
  });
});

describe('a secret that stands in a file by mistake', () => {
  const secret = 'hunter2';
  const written = [
    secret,
    `"${secret}"`,
    `'${secret}`,
    `"${secret}`,
    `[${secret}]`,
    `[${secret}`,
    `{ ${secret} }`,
    `{ ${secret}: x }`,
    `{ flie: ${secret} }`,
    `{ file: ${secret}, env: ${secret} }`,
    `{ env: ${secret}- }`,
    `*${secret}`,
    `!${secret}`,
    `!${secret} x`,
    `&${secret}`,
    `&${secret} &b x`,
    `@${secret}`,
    `\`${secret}`,
    `%${secret}`,
    `|${secret}`,
    `>${secret}\n  x`,
    `x: ${secret}`,
    `"a" ${secret}`,
    `"\\${secret}"`,
    `? ${secret}`,
    `- ${secret}`,
    `sensei:${secret}@db.test`,
    `postgres://sensei:${secret}@db.test:5432/`,
    `postgres://sensei:a@${secret}@db.test:5432/`,
    `https://sensei:a/${secret}@db.test/`,
    `host=db.test password=${secret}`,
    `https//db.test/?token=${secret}`,
    `Bearer ${secret}`,
    `Basic ${secret}`,
    `Authorization: Bearer ${secret}`,
  ];
  const holders = [
    ['a password', (text: string) => `  sentinel:\n    - name: a\n      password: ${text}`],
    ['a password in a flow map', (text: string) => `  sentinel: [{ name: a, password: ${text} }]`],
    ['basicAuth', (text: string) => `  lb:\n    - name: a\n      basicAuth: ${text}`],
    ['bearerToken', (text: string) => `  lb:\n    - name: a\n      bearerToken: ${text}`],
    ['secretHeaders', (text: string) => `  lb: [{ secretHeaders: { X-Key: ${text} } }]`],
    [
      'an authorization header',
      (text: string) => `  lb: [{ headers: { Authorization: ${text} } }]`,
    ],
    ['a key without a space', (text: string) => `  lb: [{ basicAuth: { password:${text} } }]`],
  ] as const;

  const tells = (text: string) => messagesFor(text).some((message) => message.includes(secret));

  it.each(holders)('as %s is in no message', (_where, holder) => {
    const texts = written.map((text) => `deployment: orders\ncollectors:\n${holder(text)}\n`);
    expect(texts.filter(tells)).toEqual([]);
    expect(texts.filter((text) => messagesFor(text).length === 0)).toEqual([]);
  });

  it('within an address or URL is in no message', () => {
    const texts = written
      .filter((text) => /[@=]|Bearer|Basic/.test(text))
      .flatMap((text) =>
        ['url', 'proxy', 'zone', 'interval'].map(
          (key) =>
            `deployment: orders\ncollectors:\n  lb:\n    - ${key}: ${JSON.stringify(text)}\n`,
        ),
      );
    expect(texts.filter(tells)).toEqual([]);
  });
});

describe('a readable file', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sensei-files-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['with a byte order mark', '\uFEFFdeployment: orders\n'],
    ['with CRLF', 'deployment: orders\r\ntier: standard\r\n'],
    ['as JSON', '{"deployment": "orders"}'],
    [
      'with anchors',
      'deployment: &name orders\ncollectors: { patroni: [{ name: *name, members: [{ name: a, url: http://a.test }] }] }',
    ],
  ])('%s is taken', async (_what, text) => {
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, text);
    expect(await loadConfig(file)).toMatchObject({ ok: true, config: { deployment: 'orders' } });
  });
});
