import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { exampleConfig } from '../../src/config/example.js';
import { descriptionOf, definition, keysOf, unwrap } from '../../src/config/introspect.js';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { parseConfig } from '../../src/config/load.js';
import { editDistance, nearest } from '../../src/config/nearest.js';
import { ConfigReloader } from '../../src/config/reloader.js';
import { configSchema } from '../../src/config/schema.js';
import { SecretReader } from '../../src/config/secrets.js';
import { parseDuration } from '../../src/config/values.js';
import { formatWarning } from '../../src/config/warnings.js';

function warningsFor(text: string): readonly string[] {
  const result = parseConfig('x.yaml', text);
  return result.ok
    ? result.warnings.map(formatWarning)
    : ['FAULT', ...result.faults.map(({ message }) => message)];
}

/** The blocks of the platform's HA page, as they stand there. */
const pageBlocks = `
postgresql:
  replication:
    enabled: true
    numSynchronousReplicas: 1

  primary:
    resources:
      requests:
        cpu: 4
        memory: 8Gi

  readReplicas:
    replicaCount: 2
redis:
  sentinel:
    enabled: true
    quorum: 2

  replica:
    replicaCount: 2
`;
const standbyBlock = `
disasterRecovery:
  enabled: true
  mode: standby

  primaryRegion: us-east-1
  drRegion: us-west-2

  replication:
    postgresql:
      enabled: true
      mode: async
      lagThreshold: 60s

    objectStorage:
      enabled: true
      mode: cross-region-replication
`;
const activeActiveBlock = `
disasterRecovery:
  enabled: true
  mode: active-active

  regions:
    - us-east-1
    - us-west-2

  routing:
    type: latency-based
    healthCheck:
      interval: 10s
      threshold: 3
`;

describe('a good configuration', () => {
  it.each([
    ['standby', standbyBlock],
    ['active-active', activeActiveBlock],
  ])("takes the platform's own blocks as they stand (%s)", (_mode, block) => {
    const result = parseConfig('x.yaml', `deployment: sensei\n${pageBlocks}${block}`);
    expect(result.ok ? [] : result.faults).toEqual([]);
  });

  it('of one line is enough', () => {
    expect(warningsFor('deployment: orders')).toEqual([]);
  });

  it('is what the generated example is', () => {
    expect(warningsFor(exampleConfig())).toEqual([]);
  });

  it('takes a byte order mark and JSON', () => {
    expect(warningsFor('\uFEFF{"deployment": "orders"}')).toEqual([]);
  });
});

describe('contradictions are warnings', () => {
  it.each([
    [
      'tier: standard\nsettings: { backups: { interval: 24h, walArchiving: false } }',
      'daily, without WAL archiving, cannot meet',
    ],
    [
      'settings: { patroni: { primaryStartTimeout: 300s } }',
      'a crashed primary may try to start for 300 s',
    ],
    ['settings: { sentinel: { downAfter: 30s } }', 'Sentinel waits 30 s'],
    [
      'settings: { kubernetes: { unreachableToleration: 300s } }',
      'stay on an unreachable node for 300 s',
    ],
    [
      'settings: { kubernetes: { podAntiAffinity: preferred } }',
      'preferred anti-affinity guarantees none',
    ],
    [activeActiveBlock, 'replicates asynchronously'],
    ['tier: premium', '"near-zero"'],
  ])('%s', (text, words) => {
    const warnings = warningsFor(`deployment: orders\n${text}`);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(words);
  });

  it.each([
    ['settings: { backups: { interval: 24h, walArchiving: true } }'],
    ['settings: { backups: { interval: 30m, walArchiving: false } }'],
    ['settings: { patroni: { primaryStartTimeout: 59s } }'],
    ['settings: { sentinel: { downAfter: 5s } }'],
    ['settings: { kubernetes: { unreachableToleration: 120s, podAntiAffinity: required } }'],
    ['tier: premium\nobjectives: { rpo: 5s }'],
  ])('%s gives none', (text) => {
    expect(warningsFor(`deployment: orders\n${text}`)).toEqual([]);
  });
});

describe('the schema', () => {
  const undescribed = (schema: z.ZodType, path: string): string[] =>
    Object.entries(keysOf(schema)).flatMap(([key, child]) => {
      const here = `${path}${key}`;
      const below = definition(unwrap(child)).element ?? child;
      const own = (descriptionOf(child) ?? '') === '' ? [here] : [];
      return [...own, ...undescribed(below, `${here}.`)];
    });

  it('describes every key', () => {
    expect(undescribed(configSchema, '')).toEqual([]);
  });

  it('is a JSON Schema that the example meets', () => {
    const schema = configJsonSchema() as Record<string, unknown>;
    expect(schema['$schema']).toContain('json-schema.org');
    const back = z.fromJSONSchema(schema);
    const result = back.safeParse(parse(exampleConfig()));
    expect(result.error?.issues ?? []).toEqual([]);
  });

  it('never crashes, whatever a file holds', () => {
    const values = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constantFrom('[]', '{}', 'null', '!!x 1', '*a', '&a [*a]'),
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
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values), { maxLength: 6 }), (pairs) => {
        const text = pairs.map(([key, value]) => `${key}: ${value}`).join('\n');
        const result = parseConfig('x.yaml', text);
        expect(result.ok || result.faults.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('durations', () => {
  it.each([
    ['100ms', 100],
    ['1.5s', 1500],
    ['15m', 900_000],
    ['4h', 14_400_000],
    ['30d', 2_592_000_000],
    ['10', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1 s', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('the nearest valid key', () => {
  it.each([
    ['intervall', 'interval'],
    ['tiemout', 'timeout'],
    ['REGION', 'region'],
    ['zzz', undefined],
  ])('of %s is %s', (word, expected) => {
    expect(nearest(word, ['interval', 'timeout', 'region', 'zone'])).toBe(expected);
  });

  it('counts edits as the reference does: symmetric, zero only for equals, a swap is one', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
    expect(editDistance('timeout', 'tiemout')).toBe(1);
  });
});

describe('reloading and secrets', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sensei-config-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps the old configuration on a bad file, says why, and takes the next good one', async () => {
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, 'deployment: one');
    const opened = await ConfigReloader.open(file);
    if (!opened.ok) throw new Error(opened.faults.join());
    writeFileSync(file, 'deploymnt: two');
    const refused = await opened.reloader.reload();
    expect(refused).toMatchObject({
      ok: false,
      faults: [
        expect.stringContaining('is missing'),
        expect.stringContaining('did you mean "deployment"?'),
      ],
    });
    expect(opened.reloader.config.deployment).toBe('one');
    writeFileSync(file, 'deployment: three');
    const results = await Promise.all([opened.reloader.reload(), opened.reloader.reload()]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(opened.reloader.config.deployment).toBe('three');
  });

  it('reads a secret from a file without its last line feed, and sees a rotated one', async () => {
    const file = join(folder, 'password');
    let monoMs = 0;
    const secrets = new SecretReader({ now: () => ({ wallMs: 0, monoMs }) });
    writeFileSync(file, 'first\n');
    expect(await secrets.read({ file })).toBe('first');
    writeFileSync(file, 'second');
    expect(await secrets.read({ file })).toBe('first');
    monoMs = 31_000;
    expect(await secrets.read({ file })).toBe('second');
  });

  it.each([
    [{ file: '/nonexistent/password' }, 'cannot read the secret in /nonexistent/password (ENOENT)'],
    [{ env: 'SENSEI_TEST_UNSET' }, 'SENSEI_TEST_UNSET, referenced as a secret, is not set'],
  ])('names what is missing: %j', async (ref, message) => {
    const secrets = new SecretReader({ now: () => ({ wallMs: 0, monoMs: 0 }) });
    await expect(secrets.read(ref)).rejects.toThrow(message);
  });

  it('refuses a file that is too large to be a secret', async () => {
    const file = join(folder, 'huge');
    writeFileSync(file, Buffer.alloc(100_000, 'x'));
    const secrets = new SecretReader({ now: () => ({ wallMs: 0, monoMs: 0 }) });
    await expect(secrets.read({ file })).rejects.toThrow('more than 65536 bytes');
    expect(readFileSync(file)).toHaveLength(100_000);
  });
});
