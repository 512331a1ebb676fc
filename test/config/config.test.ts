import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { ConfigReloader } from '../../src/deployment/reloader.js';
import { configSchema } from '../../src/config/schema.js';
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
    [
      'tier: premium\nobjectives: { rpo: 5s }\npostgresql: { replication: { numSynchronousReplicas: 0 } }',
      'commits wait for no standby',
    ],
    [
      'tier: premium\nobjectives: { rpo: 5s }\npostgresql: { replication: { enabled: false, numSynchronousReplicas: 1 } }',
      'commits wait for no standby',
    ],
    [
      `objectives: { rpo: 30s }${standbyBlock}`,
      'a lag of up to 60 s passes unnoticed, and the RPO is 30 s',
    ],
    [
      'objectives: { rpo: 10m }\nsettings: { backups: { interval: 15m, walArchiving: false } }',
      'backups made every 900 s, without WAL archiving',
    ],
    ['settings: { patroni: { primaryStartTimeout: 60s } }', "PostgreSQL's recovery target is 60 s"],
    [
      'collectors: { backups: [{ name: o, pgbackrest: { stanza: o }, restoreTest: { file: /r } }] }',
      "backups alone, as o watches them, cannot meet the standard tier's RPO of 3600 s",
    ],
    [
      'objectives: { rpo: 25h }\ncollectors: { backups: [{ name: o, pgbackrest: { stanza: o } }] }',
      'a backup that was never restored is no evidence',
    ],
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
    ['postgresql: { replication: { numSynchronousReplicas: 0 } }'],
    [`tier: enhanced${standbyBlock}`],
    ['disasterRecovery: { enabled: false, mode: active-active, regions: [east, west] }'],
    [
      'settings: { backups: { interval: 30m, walArchiving: false } }\ncollectors: { backups: [{ name: o, pgbackrest: { stanza: o }, restoreTest: { file: /r } }] }',
    ],
    [
      `collectors:
  postgres: [{ name: o, user: u, members: [{ name: a, address: "a:1" }] }]
  backups:
    - { name: local, pgbackrest: { stanza: o }, archiver: { cluster: o }, restoreTest: { file: /r } }
    - { name: far, dataset: o, objects: { bucket: far, prefix: x }, restoreTest: { file: /r } }`,
    ],
  ])('%s gives none', (text) => {
    expect(warningsFor(`deployment: orders\n${text}`)).toEqual([]);
  });
});

function* keysBelow(schema: z.ZodType): Generator<string> {
  for (const [key, child] of Object.entries(keysOf(schema))) {
    yield key;
    yield* keysBelow(definition(unwrap(child)).element ?? child);
  }
}

describe('a warning', () => {
  it('says where, what, why and what to do', () => {
    const result = parseConfig(
      'x.yaml',
      'deployment: orders\nsettings: { sentinel: { downAfter: 30s } }',
    );
    expect(result.ok && result.warnings).toEqual([
      {
        path: 'settings.sentinel.downAfter',
        title: 'detection too late',
        reason:
          "Sentinel waits 30 s before it calls a primary down, and Redis' recovery target is 30 s",
        remedy: 'set down-after-milliseconds well below the target',
      },
    ]);
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

  it.each([
    ['standby', standbyBlock],
    ['active-active', activeActiveBlock],
  ])("takes the platform's blocks as a JSON Schema, too (%s)", (_mode, block) => {
    const schema = z.fromJSONSchema(configJsonSchema() as Record<string, unknown>);
    expect(schema.safeParse(parse(`deployment: sensei\n${pageBlocks}${block}`)).success).toBe(true);
    expect(schema.safeParse(parse(`deploymnt: sensei\n${pageBlocks}${block}`)).success).toBe(false);
  });

  it('shows every key of its own in the example', () => {
    const shown = new Set(
      [...exampleConfig().matchAll(/^ *(?:- )?#?([A-Za-z]+):/gm)].map((match) => match[1]),
    );
    const missing = [...new Set(keysBelow(configSchema))].filter((key) => !shown.has(key));
    // The example is in standby mode; a reference to a secret stands on one line.
    expect(missing.toSorted()).toEqual(['env', 'regions']);
  });

  it('gives values in the example that load when all of them are taken up', () => {
    const exclusive = /^ *#(?:body|bearerToken|statefulSet|labels):.*\n/gm;
    const otherSource = /^( *)#(?:objects|drain|command):\n(?:\1 .*\n)+/gm;
    const takenUp = exampleConfig()
      .replace(exclusive, '')
      .replace(otherSource, '')
      .replace(/^( *)#([A-Za-z])/gm, '$1$2');
    expect(warningsFor(takenUp)).toEqual([]);
    expect(takenUp).not.toMatch(/^ *#[A-Za-z]/m);
  });
});

describe('POST /-/reload', () => {
  it.each([
    ['{}', true],
    ['{ host: localhost }', true],
    ["{ host: '::1' }", true],
    ['{ host: 127.8.9.1 }', true],
    ['{ host: 0.0.0.0 }', false],
    ['{ host: 127.example.com }', false],
    ['{ host: 0.0.0.0, reload: true }', true],
    ['{ reload: false }', false],
  ])('with server: %s is allowed: %s', (server, allowed) => {
    const result = parseConfig('x.yaml', `deployment: orders\nserver: ${server}`);
    expect(result.ok && result.config.server.reload).toBe(allowed);
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
    ['lb', undefined],
    ['regions.primary', 'region'],
    ['x'.repeat(10_000), undefined],
  ])('of %.20s is %s', (word, expected) => {
    expect(nearest(word, ['interval', 'timeout', 'region', 'zone', 'tls'])).toBe(expected);
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

describe('reloading', () => {
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

  it('takes up a file that changes while another load is under way', async () => {
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, 'deployment: one');
    const opened = await ConfigReloader.open(file);
    if (!opened.ok) throw new Error(opened.faults.join());
    const first = opened.reloader.reload();
    writeFileSync(file, 'deployment: two\ntier: premium');
    await Promise.all([first, opened.reloader.reload()]);
    expect(opened.reloader.config.deployment).toBe('two');
    expect(opened.reloader.warnings).toEqual([expect.stringContaining('near-zero')]);
  });

  it('keeps the old configuration when the file is gone', async () => {
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, 'deployment: one');
    const opened = await ConfigReloader.open(file);
    if (!opened.ok) throw new Error(opened.faults.join());
    rmSync(file);
    expect(await opened.reloader.reload()).toEqual({
      ok: false,
      faults: [`${file}: no such file`],
    });
    expect(opened.reloader.config.deployment).toBe('one');
  });
});
