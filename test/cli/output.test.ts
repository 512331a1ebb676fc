import { afterEach, describe, expect, it, vi } from 'vitest';
import { coloursFor } from '../../src/cli/colours.js';
import { questionUrl, urlOfServer } from '../../src/cli/exporter-client.js';
import { tableText, widthOf } from '../../src/cli/table.js';

afterEach(() => void vi.unstubAllEnvs());

/** Words in red on such a stream. */
function redOn(stream: { isTTY?: boolean }, environment: Record<string, string> = {}): string {
  for (const name of ['NO_COLOR', 'TERM']) vi.stubEnv(name, environment[name] ?? '');
  return coloursFor(stream).red('x');
}

describe('colours', () => {
  it('are for terminals', () => {
    expect(redOn({ isTTY: true })).toBe('\u001b[31mx\u001b[39m');
    expect(redOn({})).toBe('x');
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('are off with %j', (environment) => {
    expect(redOn({ isTTY: true }, environment)).toBe('x');
  });
});

describe('tables', () => {
  it('have columns apart by two spaces, figures at the right, and nothing at the end of a line', () => {
    const rows = [
      [{ text: 'orders' }, { text: '9 s' }, { text: 'met', tone: 'good' as const }],
      [{ text: 'api' }, { text: '10.5 s' }, { text: '' }],
    ];
    expect(tableText(['NAME', 'TIME#', 'VERDICT'], rows, coloursFor({}))).toBe(
      ['NAME      TIME  VERDICT', 'orders     9 s  met', 'api     10.5 s'].join('\n'),
    );
  });

  it('fit a terminal: the widest columns have several lines, a long word is cut, colours stay in theirs', () => {
    const rows = [
      [
        { text: 'dcs' },
        { text: 'FAIL', tone: 'bad' as const },
        { text: 'the members of it see nothing' },
        { text: 'restored/from/a/long/path.json', tone: 'good' as const },
      ],
      [{ text: 'redis' }, { text: 'PASS' }, { text: '' }, { text: 'short' }],
    ];
    const titles = ['GATE', 'VERDICT', 'FIGURE', 'SOURCE'];
    const plainTable = tableText(titles, rows, coloursFor({}), 50);
    expect(plainTable.split('\n')).toEqual([
      'GATE   VERDICT  FIGURE          SOURCE',
      'dcs    FAIL     the members of  restored/from/a/',
      '                it see nothing  long/path.json',
      'redis  PASS                     short',
    ]);
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    const coloured = tableText(titles, rows, coloursFor({ isTTY: true }), 50);
    expect(coloured).toContain('\u001b[32mrestored/from/a/\u001b[39m\n');
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/ +$/gm, '')).toBe(plainTable);
  });

  it('are as wide as a terminal, 100 where it does not tell, and have a line a row elsewhere', () => {
    expect(widthOf({ isTTY: true, columns: 72 })).toBe(72);
    expect([widthOf({ isTTY: true }), widthOf({ isTTY: true, columns: 0 })]).toEqual([100, 100]);
    const long = 'word '.repeat(100).trim();
    const table = tableText(['NAME'], [[{ text: long }]], coloursFor({}), widthOf({}));
    expect(table).toBe(`NAME\n${long}`);
  });

  it('show controls in foreign text and do not obey them', () => {
    const rows = [[{ text: '\u001b[2Jx\ny' }]];
    expect(tableText(['NAME'], rows, coloursFor({}))).toBe('NAME\n\\u{1b}[2Jx\\u{a}y');
  });
});

describe('the URL that is asked', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:9808'],
    ['0.0.0.0', 'http://127.0.0.1:9808'],
    ['::', 'http://[::1]:9808'],
    ['[::]', 'http://[::1]:9808'],
    ['::1', 'http://[::1]:9808'],
    ['exporter.internal', 'http://exporter.internal:9808'],
  ])('of an exporter that listens on %s is %s', (host, url) =>
    expect(urlOfServer({ host, port: 9808 })).toBe(url),
  );

  it.each([
    ['http://a:1', 'http://a:1/api/v1/slos?from=a%26b'],
    ['http://a:1/', 'http://a:1/api/v1/slos?from=a%26b'],
    ['https://a/sensei/?x=1#y', 'https://a/sensei/api/v1/slos?from=a%26b'],
  ])('below %s is %s', (base, url) => {
    const question = { path: '/api/v1/slos', query: { from: 'a&b', to: undefined } };
    expect(questionUrl(base, question)).toBe(url);
  });
});
