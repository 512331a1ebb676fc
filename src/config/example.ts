import type { z } from 'zod';
import { defaultOf, definition, descriptionOf, keysOf, unwrap } from './introspect.js';
import { configSchema } from './schema.js';

/** The platform of the HA page, as the example shows it. */
const content = {
  deployment: 'sensei',
  tier: 'enhanced',
  server: { host: '127.0.0.1', port: 9808 },
  postgresql: {
    replication: { enabled: true, numSynchronousReplicas: 1 },
    readReplicas: { replicaCount: 2 },
  },
  redis: { sentinel: { enabled: true, quorum: 2 }, replica: { replicaCount: 2 } },
  disasterRecovery: {
    mode: 'standby',
    primaryRegion: 'us-east-1',
    drRegion: 'us-west-2',
    replication: {
      postgresql: { enabled: true, mode: 'async', lagThreshold: '60s' },
      objectStorage: { enabled: true, mode: 'cross-region-replication' },
    },
  },
  settings: { backups: { interval: '24h', walArchiving: true } },
  collectors: {
    lb: [
      {
        name: 'api',
        url: 'https://api.example.com/healthz',
        component: 'api',
        region: 'us-east-1',
        interval: '1s',
        timeout: '900ms',
        expectBody: '"status":"ok"',
      },
    ],
    patroni: [
      {
        name: 'sensei-pg',
        region: 'us-east-1',
        members: [
          { name: 'pg1', url: 'https://pg1.example.com:8008', zone: 'a' },
          { name: 'pg2', url: 'https://pg2.example.com:8008', zone: 'b' },
          { name: 'pg3', url: 'https://pg3.example.com:8008', zone: 'c' },
        ],
      },
    ],
    postgres: [
      {
        name: 'sensei-pg',
        region: 'us-east-1',
        user: 'sensei_monitor',
        password: { file: '/etc/sensei/monitor.password' },
        members: [
          { name: 'pg1', address: 'pg1.example.com:5432', zone: 'a' },
          { name: 'pg2', address: 'pg2.example.com:5432', zone: 'b' },
          { name: 'pg3', address: 'pg3.example.com:5432', zone: 'c' },
        ],
        canary: {
          address: 'pg-write.example.com:5000',
          user: 'sensei_canary',
          password: { env: 'SENSEI_CANARY_PASSWORD' },
          interval: '100ms',
        },
      },
    ],
    sentinel: [
      {
        name: 'cache',
        region: 'us-east-1',
        password: { file: '/etc/sensei/sentinel.password' },
        sentinels: [
          { name: 's1', address: 'redis1.example.com:26379', zone: 'a' },
          { name: 's2', address: 'redis2.example.com:26379', zone: 'b' },
          { name: 's3', address: 'redis3.example.com:26379', zone: 'c' },
        ],
        canary: { password: { file: '/etc/sensei/redis.password' }, interval: '1s' },
      },
    ],
  },
};

const header = `# Generated from the schema by \`sensei config example\`; every key there is, with what it means.
# Keys that are commented out show their default, or a placeholder where they have none.
`;

const marginColumns = 100;

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (`${indent}# ${line} ${word}`.length > marginColumns && line !== '') {
      lines.push(`${indent}# ${line}`);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, `${indent}# ${line}`];
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[A-Za-z][A-Za-z0-9_./-]*$/.test(value) &&
    !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands for a key that the example leaves out. */
function placeholder(schema: z.ZodType): string {
  const { value } = defaultOf(schema);
  if (value !== undefined) return JSON.stringify(value).replaceAll('"', isMap(value) ? '"' : '');
  const { type } = definition(unwrap(schema));
  return (
    {
      object: '{...}',
      array: '[...]',
      boolean: 'true',
      number: '1',
      record: '{}',
      union: '{file: PATH}',
    }[type] ?? '...'
  );
}

/** Explains a key only the first time it is met in a list: the second item needs no comments. */
function lines(schema: z.ZodType, value: unknown, indent: string, explain: boolean): string[] {
  return Object.entries(keysOf(schema, value)).flatMap(([key, child]) => {
    const given = isMap(value) ? value[key] : undefined;
    const description = explain ? wrap(descriptionOf(child) ?? '', indent) : [];
    if (given === undefined) {
      return explain ? [...description, `${indent}# ${key}: ${placeholder(child)}`] : [];
    }
    return [...description, ...valueLines(key, child, given, indent, explain)];
  });
}

function valueLines(
  key: string,
  schema: z.ZodType,
  value: unknown,
  indent: string,
  explain: boolean,
): string[] {
  if (Array.isArray(value))
    return [`${indent}${key}:`, ...listLines(schema, value, `${indent}  `, explain)];
  if (!isMap(value)) return [`${indent}${key}: ${scalar(value)}`];
  if (definition(unwrap(schema)).type === 'union' && !('mode' in value)) {
    const pairs = Object.entries(value).map(([name, each]) => `${name}: ${scalar(each)}`);
    return [`${indent}${key}: { ${pairs.join(', ')} }`];
  }
  return [`${indent}${key}:`, ...lines(schema, value, `${indent}  `, explain)];
}

function listLines(
  schema: z.ZodType,
  list: readonly unknown[],
  indent: string,
  explain: boolean,
): string[] {
  const element = definition(unwrap(schema)).element;
  return list.flatMap((item, index) => {
    if (!isMap(item) || element === undefined) return [`${indent}- ${scalar(item)}`];
    const body = lines(element, item, `${indent}  `, explain && index === 0);
    const first = body.findIndex((line) => !line.trimStart().startsWith('#'));
    return body.map((line, at) => (at === first ? `${indent}- ${line.trimStart()}` : line));
  });
}

/** A complete, commented configuration, made from the schema. */
export function exampleConfig(): string {
  return `${header}\n${lines(configSchema, content, '', true).join('\n')}\n`;
}
