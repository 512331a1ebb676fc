import { z } from 'zod';
import { basicAuth, duration, httpUrl, name, place, secretRef, tls } from '../../config/values.js';

function compiles(source: string): boolean {
  try {
    return new RegExp(source).source !== '';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, {
  error: 'a header name of letters, digits and "-"',
});
// oxlint-disable-next-line no-control-regex -- what a header value may hold, as RFC 9110 has it
const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, {
  error: 'a header value of printable characters on one line',
});
const bodyPattern = z
  .string()
  .min(1)
  .max(1000)
  .refine(compiles, { error: 'a regular expression (as JavaScript writes them)' });

/** One load-balancer endpoint, probed at every address its name resolves to. */
export const lbTarget = z.strictObject({
  name,
  url: httpUrl,
  ...place,
  /** `disasterRecovery.routing.healthCheck.interval` when absent, and 10s without that. */
  interval: duration({ min: '100ms', max: '1h' }).optional(),
  /** The deadline of a probe; at most the interval, whatever is written here. */
  timeout: duration({ min: '10ms', max: '5m' }).prefault('5s'),
  /** Failures in a row that make an endpoint down; `disasterRecovery.routing.healthCheck.threshold` when absent, and 3 without that. */
  threshold: z.int().min(1).max(100).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']).prefault('GET'),
  headers: z.record(headerName, headerValue).prefault({}),
  /** Header values that are secrets, by reference. */
  secretHeaders: z.record(headerName, secretRef).prefault({}),
  /** Sent with POST, PUT and OPTIONS; other methods have none. */
  body: z.string().max(65536).optional(),
  basicAuth: basicAuth.optional(),
  bearerToken: secretRef.optional(),
  tls: tls.optional(),
  /** Accepted status codes: numbers or classes such as "2xx". */
  expectStatus: z
    .array(z.union([z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/)]))
    .min(1)
    .prefault(['2xx']),
  /** Regular expression that the body must match. */
  expectBody: bodyPattern.optional(),
  /** Regular expression that the body must not match. */
  rejectBody: bodyPattern.optional(),
  /** Bytes of body read at most; a longer one is `too_large`. */
  maxBodyBytes: z
    .int()
    .min(0)
    .max(16 * 1024 * 1024)
    .prefault(1024 * 1024),
  followRedirects: z.boolean().prefault(true),
  maxRedirects: z.int().min(0).max(20).prefault(5),
  /** Addresses probed at most, of those that the name resolves to. */
  maxAddresses: z.int().min(1).max(64).prefault(16),
  addressFamily: z.enum(['any', 'ipv4', 'ipv6']).prefault('any'),
  /** One kept connection an address instead of a fresh one a probe: a mode of its own. */
  keepAlive: z.boolean().prefault(false),
  /** Proxy used for this target; without it none is, whatever the environment says. */
  proxy: httpUrl.optional(),
});
export type LbTargetConfig = z.infer<typeof lbTarget>;
