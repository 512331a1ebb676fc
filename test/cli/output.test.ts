import { afterEach, describe, expect, it, vi } from 'vitest';
import { coloursFor } from '../../src/cli/colours.js';
import { questionUrl, urlOfServer } from '../../src/cli/exporter-client.js';
import { tableText } from '../../src/cli/table.js';

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
