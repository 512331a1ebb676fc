import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { operationsJsonSchema } from '../../src/config/json-schema.js';
import { loadConfig } from '../../src/config/load.js';
import { loadOperations } from '../../src/config/load-operations.js';
import type { Operations } from '../../src/config/operations.js';
import { regionsOf } from '../../src/config/regions.js';
import type { Config } from '../../src/config/schema.js';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const bad = fileURLToPath(new URL('bad-operations', import.meta.url));
const names = readdirSync(bad)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/, ''));

const east = {
  name: 'sensei-pg',
  standbyCluster: { host: 'pg-write.us-west-2.example.com', port: 5000 },
  writePath: { address: 'pg-write.example.com:5000', user: 'sensei_canary' },
};
const west = {
  name: 'sensei-pg-west',
  standbyCluster: { host: 'pg-write.example.com', port: 5000 },
  writePath: { address: 'pg-write.us-west-2.example.com:5000', user: 'sensei_canary' },
};
const fence = (region: string) => ({
  name: `fence-${region}`,
  on: 'fence',
  region,
  command: ['/bin/fence'],
});
const fences = [fence('us-east-1'), fence('us-west-2')];

/** Keys of a JSON Schema that do not say what they mean. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, child]: [string, unknown]) => {
    if (key !== 'properties' || typeof child !== 'object' || child === null)
      return undescribed(child, path);
    return Object.entries(child).flatMap(([name, below]: [string, object]) => [
      ...('description' in below ? [] : [`${path}${name}`]),
      ...undescribed(below, `${path}${name}.`),
    ]);
  });
}

describe('an operations file', () => {
  let config: Config;
  let folder: string;
  beforeAll(async () => {
    const loaded = await loadConfig(join(examples, 'config.yaml'));
    if (!loaded.ok) throw new Error('the example configuration has faults');
    ({ config } = loaded);
    folder = mkdtempSync(join(tmpdir(), 'sensei-operations-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function load(given: object, against = config) {
    const file = join(folder, 'operations.yaml');
    writeFileSync(file, stringify(given, { aliasDuplicateObjects: false }));
    return loadOperations(file, against);
  }

  async function loaded(given: object, against = config): Promise<Operations> {
    const result = await load(given, against);
    if (!result.ok) throw new Error(result.faults.join('\n'));
    return result.operations;
  }

  async function warningsOf(given: object, against = config): Promise<readonly string[]> {
    const result = await load(given, against);
    return result.ok ? result.warnings : result.faults;
  }

  it.each(names)('%s: gives exactly its message', async (name) => {
    const found = await loadOperations(join(bad, `${name}.yaml`), config);
    const messages = found.ok ? ['no fault'] : found.faults;
    const expected = readFileSync(join(bad, `${name}.txt`), 'utf8').trimEnd();
    expect(messages.join('\n').replaceAll(`${bad}/`, '')).toBe(expected);
    expect(messages.join('\n')).not.toContain('hunter2');
  });

  it('that is not there is a fault of its own', async () => {
    expect(await loadOperations('/nonexistent/operations.yaml', config)).toEqual({
      ok: false,
      faults: ['/nonexistent/operations.yaml: no such file'],
    });
  });

  it('as the example is has no fault and no warning', async () => {
    const found = await loadOperations(join(examples, 'operations.yaml'), config);
    expect(found).toMatchObject({ ok: true, warnings: [] });
  });

  it('as the example is loads with every line taken in that stands behind a #', async () => {
    const text = readFileSync(join(examples, 'operations.yaml'), 'utf8');
    // Of two ways to say one thing the example shows both.
    const whole = text.replaceAll(/^( *)#(?=[a-zA-Z]+:)/gm, '$1').split('\n');
    const file = join(folder, 'whole.yaml');
    writeFileSync(file, whole.join('\n'));
    const found = await loadOperations(file, config);
    expect(found.ok ? [] : found.faults.map((fault) => fault.replace(/^.*?: /, ''))).toEqual([
      'hooks[0].http: found beside command; expected one of the two',
      'hooks[0].http.bearerToken: found beside basicAuth; expected one of the two',
    ]);
  });

  it('as the example is meets the JSON Schema, in which every key is described', () => {
    const schema = operationsJsonSchema();
    const text = readFileSync(join(examples, 'operations.yaml'), 'utf8');
    const result = z.fromJSONSchema(schema as Record<string, unknown>).safeParse(parse(text));
    expect(result.error?.issues ?? []).toEqual([]);
    expect(undescribed(schema, '')).toEqual([]);
  });

  it('has the default of everything that it leaves out', async () => {
    const operations = await loaded({ clusters: [east, west] });
    expect(operations.limits).toEqual({
      fenceProof: 3000,
      hold: 30_000,
      demote: 120_000,
      promote: 120_000,
      verify: 60_000,
      gates: 60_000,
      follow: 600_000,
    });
    expect(operations.journal).toBeUndefined();
    expect(operations.hooks).toEqual([]);
    expect(operations.clusters[0]).toEqual({
      name: 'sensei-pg',
      postgres: 'sensei-pg',
      standbyCluster: { ...east.standbyCluster, createReplicaMethods: ['basebackup'] },
      writePath: {
        address: { host: 'pg-write.example.com', port: 5000 },
        user: 'sensei_canary',
        database: 'postgres',
        table: 'sensei.heartbeat',
      },
    });
  });

  it.each([
    ['fence', true],
    ['traffic', true],
    ['notify', false],
  ])('requires a hook on %s where it does not say: %s', async (on, required) => {
    const hooks = [{ name: 'one', on, region: 'us-east-1', command: ['/bin/one'] }];
    const operations = await loaded({ clusters: [east, west], hooks });
    expect(operations.hooks[0]).toMatchObject({ required, timeout: 30_000, attempts: 1 });
  });

  it('has a hook required or not as it says itself', async () => {
    const hooks = [
      { name: 'one', on: 'notify', command: ['/bin/one'], required: true },
      { name: 'two', on: 'scale', command: ['/bin/two'], required: false },
    ];
    const operations = await loaded({ clusters: [east, west], hooks });
    expect(operations.hooks.map(({ required }) => required)).toEqual([true, false]);
  });

  it('takes a cluster that has another name under collectors.patroni', async () => {
    const { patroni } = config.collectors;
    const renamed = patroni.map((each) => ({ ...each, name: `${each.name}-scope` }));
    const against = { ...config, collectors: { ...config.collectors, patroni: renamed } };
    const clusters = [east, west].map(({ name, ...rest }) => ({
      name: `${name}-scope`,
      postgres: name,
      ...rest,
    }));
    const operations = await loaded({ clusters, hooks: fences }, against);
    expect(operations.clusters.map(({ postgres }) => postgres)).toEqual([east.name, west.name]);
  });

  it('may name an address that nobody is known by: it may be a way to the other region', async () => {
    const standbyCluster = { host: '10.0.0.9', port: 5432 };
    expect(
      await warningsOf({ clusters: [{ ...east, standbyCluster }, west], hooks: fences }),
    ).toEqual([]);
  });

  it('is warned of for each region that nothing fences', async () => {
    const [warning, ...others] = await warningsOf({
      clusters: [east, west],
      hooks: [fence('us-west-2')],
    });
    expect(warning).toMatch(
      /^hooks: a region that nothing fences: an unplanned failover from us-east-1 has no fence hook: .*; add a hook with on: fence and region: us-east-1/,
    );
    expect(others).toEqual([]);
  });

  it('is warned of where a pair of the configuration has no entries, and a cluster has no pair', async () => {
    const [pair] = config.collectors.lag;
    const lag = [{ ...pair!, primary: 'billing', standby: 'billing-west' }];
    const against = { ...config, collectors: { ...config.collectors, lag } };
    const warnings = await warningsOf({ clusters: [east], hooks: fences }, against);
    expect(warnings).toEqual([
      'clusters: a pair that cannot be failed over: collectors.lag sensei-pg-regions has no entries here, so a failover between its regions is refused; add billing and billing-west',
      'clusters[0].name: a cluster without a copy: sensei-pg is in no pair under collectors.lag, so there is nowhere to fail over to; add the pair there, or leave the cluster out',
    ]);
  });

  it('is warned of where everybody may read a secret, and not for its journal', async () => {
    const write = (name: string, mode: number) => {
      writeFileSync(join(folder, name), 'hunter2');
      chmodSync(join(folder, name), mode);
      return join(folder, name);
    };
    const [open, shut] = [write('open', 0o644), write('shut', 0o600)];
    const [first, ...hooks] = fences;
    const warnings = await warningsOf({
      journal: { file: write('journal', 0o644) },
      clusters: [east, { ...west, basicAuth: { username: 'a', password: { file: shut } } }],
      hooks: [{ ...first, secrets: { FENCE_TOKEN: { file: open } } }, ...hooks],
    });
    expect(warnings).toEqual([
      `hooks[0].secrets.FENCE_TOKEN.file: a secret that everyone can read: every user of this machine may read ${open}; take that right away, for example with chmod 0600 (in Kubernetes: defaultMode 0400)`,
    ]);
  });

  it('knows the regions that the configuration names anywhere', () => {
    expect(regionsOf(config)).toEqual(['us-east-1', 'us-west-2']);
  });
});
