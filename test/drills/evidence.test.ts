import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDrill } from '../../src/drills/evidence.js';
import { drillOf } from './drill-of.js';

const schema = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../schema/drill-evidence.schema.json', import.meta.url)),
    'utf8',
  ),
) as object;
const isValid = new Ajv2020({ validateFormats: false }).compile(schema);

const bad: readonly (readonly [string, object, RegExp])[] = [
  ['has an unknown key', { target: 'pg1' }, /target: unknown key/],
  ['has no targets', { targets: undefined }, /targets/],
  ['is of another format', { format: 'sensei-drill/v2' }, /format/],
  ['names no known kind of failure', { scenario: 'fire' }, /scenario/],
  [
    'has an instant without an offset',
    { injectedAt: '2026-11-01T10:00:00' },
    /injectedAt: an instant/,
  ],
  [
    'was recovered before it began',
    { recoveredAt: '2026-11-01T09:00:00Z' },
    /recoveredAt: lies before/,
  ],
  [
    'took longer at least than at most',
    { recovery: { lowSeconds: 50, highSeconds: 1 } },
    /recovery\.highSeconds: is less/,
  ],
  ['has no configuration', { configuration: 'v1.2' }, /configuration: the SHA-256/],
];

describe('evidence of a drill', () => {
  it('is read as it was written, and meets the schema that is shipped', () => {
    const drill = drillOf();
    expect(parseDrill(JSON.stringify(drill))).toEqual(drill);
    expect(isValid(drill)).toBe(true);
  });

  it.each(bad)('that %s is refused by the key', (_what, changes, message) => {
    const text = JSON.stringify({ ...drillOf(), ...changes });
    expect(() => parseDrill(text)).toThrow(message);
  });

  it('that the schema cannot accept is refused by it too', () => {
    expect(isValid({ ...drillOf(), target: 'pg1' })).toBe(false);
    expect(isValid({ ...drillOf(), scenario: 'fire' })).toBe(false);
  });

  it('of a run has series, incidents, cleanup and the verdict of the day, which the schema knows too', () => {
    const run = drillOf({
      plan: 'database-kill',
      execution: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0003',
      series: [{ slo: 'a', changes: [[1_700_000_000_000, 'good']], toMs: 1, isComplete: true }],
      cleanup: [{ what: 'heal', at: '2026-11-01T10:02:00Z', isDone: true, proof: 'code 0' }],
      problem: 'the command ended with exit code 3',
      verdict: { verdict: 'pass', reason: 'it took 41 s', targetSeconds: 60 },
    });
    expect(parseDrill(JSON.stringify(run))).toEqual(run);
    expect(isValid(run)).toBe(true);
  });

  it.each([
    ['a state that there is not', { changes: [[1, 'well']] }, /series\.0\.changes\.0\.1/],
    ['a change that is no pair', { changes: [[1]] }, /series\.0\.changes/],
    [
      'more changes than are kept',
      { changes: Array.from({ length: 301 }, () => [1, 'bad']) },
      /series\.0\.changes/,
    ],
  ])('with %s in a series is refused, by the schema too', (_what, changes, message) => {
    const series = [{ slo: 'a', toMs: 1, isComplete: true, ...changes }];
    const drill = { ...drillOf(), series };
    expect(() => parseDrill(JSON.stringify(drill))).toThrow(message);
    expect(isValid(drill)).toBe(false);
  });

  it('must be JSON, and an object', () => {
    expect(() => parseDrill('{')).toThrow('not JSON');
    expect(() => parseDrill('[]')).toThrow('expected a JSON object');
  });
});
