import { z } from 'zod';
import { basicAuth, cadence, httpUrl, name, place, secretRef, tls } from '../../config/values.js';

/** One load-balancer endpoint, probed at every address its name resolves to. */
export const lbTarget = z.strictObject({
  name,
  url: httpUrl,
  ...place,
  ...cadence({ interval: '10s', timeout: '5s', minInterval: '100ms' }),
  /** Failures in a row that make an endpoint down; `disasterRecovery.routing.healthCheck` may set it. */
  threshold: z.int().min(1).max(100).optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS']).prefault('GET'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string()).prefault({}),
  /** Header values that are secrets, by reference. */
  secretHeaders: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), secretRef).prefault({}),
  body: z.string().max(65536).optional(),
  basicAuth: basicAuth.optional(),
  bearerToken: secretRef.optional(),
  tls: tls.optional(),
  /** Accepted status codes: numbers or classes such as "2xx". */
  expectStatus: z.array(z.union([z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/)])).min(1).prefault(['2xx']),
  /** Regular expression that the body must match. */
  expectBody: z.string().optional(),
  /** Regular expression that the body must not match. */
  rejectBody: z.string().optional(),
  /** Bytes of body read at most; a longer one is `too_large`. */
  maxBodyBytes: z.int().min(0).max(16 * 1024 * 1024).prefault(1024 * 1024),
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
