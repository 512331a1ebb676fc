import { exampleText } from './example-text.js';
import { operationsSchema } from './operations.js';

const secret = (name: string) => ({ file: `/etc/sensei/${name}` });
const tls = {
  caFile: '/etc/sensei/ca.pem',
  certFile: '/etc/sensei/operator.pem',
  keyFile: '/etc/sensei/operator.key',
  serverName: 'db.example.com',
};

const operator = { username: 'operator', password: secret('operator.password') };
const canary = { user: 'sensei_canary', password: secret('canary.password') };

/** Two regions that can take over from each other, for the clusters of the example configuration. */
const content = {
  journal: { file: '/var/lib/sensei/failover.db' },
  clusters: [
    {
      name: 'sensei-pg',
      basicAuth: operator,
      standbyCluster: {
        host: 'pg-write.us-west-2.example.com',
        port: 5000,
        primarySlotName: 'us_east_1',
      },
      writePath: { address: 'pg-write.example.com:5000', ...canary },
    },
    {
      name: 'sensei-pg-west',
      basicAuth: operator,
      standbyCluster: { host: 'pg-write.example.com', port: 5000, primarySlotName: 'us_west_2' },
      writePath: { address: 'pg-write.us-west-2.example.com:5000', ...canary },
    },
  ],
  hooks: [
    {
      name: 'fence-east',
      on: 'fence',
      region: 'us-east-1',
      command: ['/usr/local/bin/fence', 'us-east-1'],
      secrets: { FENCE_TOKEN: secret('fence.token') },
      attempts: 3,
    },
    {
      name: 'fence-west',
      on: 'fence',
      region: 'us-west-2',
      command: ['/usr/local/bin/fence', 'us-west-2'],
      secrets: { FENCE_TOKEN: secret('fence.token') },
      attempts: 3,
    },
    { name: 'scale-up', on: 'scale', command: ['/usr/local/bin/scale-up'], timeout: '5m' },
    {
      name: 'redis-west',
      on: 'redis',
      region: 'us-west-2',
      command: ['/usr/local/bin/redis-promote', 'us-west-2'],
    },
    {
      name: 'move-traffic',
      on: 'traffic',
      http: { url: 'https://dns.example.com/v1/failover', bearerToken: secret('dns.token') },
      attempts: 3,
    },
    {
      name: 'tell-everybody',
      on: 'notify',
      http: { url: 'https://chat.example.com/hooks/incidents' },
    },
    {
      name: 'unfence-east',
      on: 'unfence',
      region: 'us-east-1',
      command: ['/usr/local/bin/unfence', 'us-east-1'],
    },
    {
      name: 'unfence-west',
      on: 'unfence',
      region: 'us-west-2',
      command: ['/usr/local/bin/unfence', 'us-west-2'],
    },
  ],
};

const suggestions = {
  clusters: [{ postgres: 'sensei-pg', tls, writePath: { tls } }],
  hooks: [
    {
      http: {
        url: 'https://fence.example.com/v1/regions/us-east-1',
        headers: { 'Content-Type': 'application/json' },
        secretHeaders: { 'X-Api-Key': secret('fence.key') },
        basicAuth: operator,
        bearerToken: secret('fence.token'),
        tls,
        body: '{"state":"fenced"}',
      },
      required: true,
    },
  ],
};

/** A complete, commented operations.yaml, made from the schema. */
export function exampleOperations(): string {
  return exampleText({
    command: 'sensei config example --operations',
    schema: operationsSchema,
    content,
    suggestions,
  });
}
