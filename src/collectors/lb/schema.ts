import { z } from 'zod';
import {
  basicAuth,
  duration,
  headerName,
  headerValue,
  httpUrl,
  name,
  place,
  secretRef,
  tls,
} from '../../config/values.js';

/** What the engine has against a regular expression; undefined when it compiles. */
function regexFault(source: string): string | undefined {
  try {
    void new RegExp(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // "Invalid regular expression: /SOURCE/: REASON"
    return error.message.slice(error.message.lastIndexOf('/: ') + 3);
  }
}

const statusClass = z
  .string()
  .regex(/^[1-5]xx$/, { error: 'a status code, or a class of them such as "2xx"' });
const bodyPattern = z
  .string()
  .min(1)
  .max(1000)
  .refine((source) => regexFault(source) === undefined, {
    error: ({ input }) =>
      `a regular expression as JavaScript writes them (${regexFault(String(input)) ?? ''})`,
  });

/** One load-balancer endpoint, probed at every address its name resolves to. */
export const lbTarget = z.strictObject({
  name: name.describe('Name of the endpoint.'),
  url: httpUrl.describe('What is asked for; its name is resolved at every probe.'),
  ...place,
  interval: duration({ min: '100ms', max: '1h' })
    .optional()
    .describe(
      'Time between two probes; disasterRecovery.routing.healthCheck.interval when absent, and 10s without that.',
    ),
  timeout: duration({ min: '10ms', max: '5m' })
    .prefault('5s')
    .describe('Deadline of a probe; at most the interval, whatever is written here.'),
  threshold: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Failures in a row that make an endpoint down; disasterRecovery.routing.healthCheck.threshold when absent, and 3 without that.',
    ),
  method: z
    .enum(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'])
    .prefault('GET')
    .describe('HTTP method.'),
  headers: z.record(headerName, headerValue).prefault({}).describe('Header fields to send.'),
  secretHeaders: z
    .record(headerName, secretRef)
    .prefault({})
    .describe('Header fields whose values are secrets, by reference.'),
  body: z
    .string()
    .max(65536)
    .optional()
    .describe('Sent with POST, PUT and OPTIONS; other methods have none.'),
  basicAuth: basicAuth.optional(),
  bearerToken: secretRef.optional().describe('Bearer token, by reference.'),
  tls: tls.optional(),
  expectStatus: z
    .array(z.union([z.int().min(100).max(599), statusClass]))
    .min(1)
    .prefault(['2xx'])
    .describe('Accepted status codes: numbers or classes such as "2xx".'),
  expectBody: bodyPattern.optional().describe('Regular expression that the body must match.'),
  rejectBody: bodyPattern.optional().describe('Regular expression that the body must not match.'),
  maxBodyBytes: z
    .int()
    .min(0)
    .max(16 * 1024 * 1024)
    .prefault(1024 * 1024)
    .describe('Bytes of body read at most; a longer one is too_large.'),
  followRedirects: z
    .boolean()
    .prefault(true)
    .describe('Whether redirects are followed; credentials never go to another host.'),
  maxRedirects: z.int().min(0).max(20).prefault(5).describe('Redirects followed at most.'),
  maxAddresses: z
    .int()
    .min(1)
    .max(64)
    .prefault(16)
    .describe('Addresses probed at most, of those that the name resolves to.'),
  addressFamily: z
    .enum(['any', 'ipv4', 'ipv6'])
    .prefault('any')
    .describe('Addresses that are probed.'),
  keepAlive: z
    .boolean()
    .prefault(false)
    .describe('One kept connection an address instead of a fresh one a probe.'),
  proxy: httpUrl
    .optional()
    .describe('Proxy for this target; without it none is used, whatever the environment says.'),
});
export type LbTargetConfig = z.infer<typeof lbTarget>;
