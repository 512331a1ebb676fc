import { z } from 'zod';

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `100ms`, `10s`, `15m`, `4h`, `30d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (match === null) return undefined;
  const [, digits, unit] = match;
  return Number(digits) * unitMs[unit as keyof typeof unitMs];
}

const durationWords = {
  error: 'a duration: a number and a unit, such as 100ms, 10s, 15m, 4h, 30d',
};

/** A duration in configuration text; its output is milliseconds. */
export function duration(limits: { min?: string; max?: string } = {}) {
  const minMs = limits.min === undefined ? 1 : parseDuration(limits.min)!;
  const maxMs = limits.max === undefined ? Infinity : parseDuration(limits.max)!;
  return z
    .string(durationWords)
    .regex(durationPattern, durationWords)
    .refine((text) => (parseDuration(text) ?? 0) >= minMs, {
      error: `a duration of at least ${limits.min ?? '1ms'}`,
    })
    .refine((text) => (parseDuration(text) ?? 0) <= maxMs, {
      error: `a duration of at most ${limits.max}`,
    })
    .transform((text) => parseDuration(text)!);
}

/** A credential by reference: it is never written in the configuration itself. */
export const secretRef = z.union(
  [
    z.strictObject({ file: z.string().min(1).describe('File that holds the secret.') }),
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable' })
        .describe('Environment variable that holds the secret.'),
    }),
  ],
  { error: 'a reference to a secret: {file: PATH} or {env: NAME}, never the secret itself' },
);
export type SecretRef = z.infer<typeof secretRef>;

const nameWords = {
  error: 'a name of 1 to 63 letters, digits, ".", "_" or "-", beginning with a letter or digit',
};

/** The name of a target or member: it becomes a label and a part of `KIND/NAME`. */
export const name = z.string(nameWords).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, nameWords);

export const port = z.int().min(1).max(65535);

const hostPortWords = { error: 'HOST:PORT, an IPv6 address in brackets' };

/** `host:port`; an IPv6 address stands in brackets. Its output is the two apart. */
export const hostPort = z
  .string(hostPortWords)
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^:\s/@]+):\d{1,5}$/, hostPortWords)
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    };
  })
  .refine(({ port: number }) => number >= 1 && number <= 65535, {
    error: 'HOST:PORT with a port from 1 to 65535',
  });
export type HostPort = z.infer<typeof hostPort>;

const urlWords = { error: 'an http:// or https:// URL' };

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username !== '' || password !== '';
}

/** An http(s) URL without credentials: those are given by reference. */
export const httpUrl = z
  .string(urlWords)
  .refine((text) => /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text), urlWords)
  .refine((text) => !hasCredentials(text), {
    error: 'a URL without credentials; give them under basicAuth or bearerToken, by reference',
  });

/** The name of a field of an HTTP request's head. */
export const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, {
  error: 'a header name of letters, digits and "-"',
});
// oxlint-disable-next-line no-control-regex -- what a header value may hold, as RFC 9110 has it
export const headerValue = z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, {
  error: 'a header value of printable characters on one line',
});

const pemFile = (what: string) => z.string().min(1).optional().describe(`PEM file with ${what}.`);

/** How a TLS peer is verified, and with what this side identifies itself. */
export const tls = z
  .strictObject({
    caFile: pemFile("the accepted authorities; the system's when absent"),
    certFile: pemFile('the client certificate'),
    keyFile: pemFile('the key of the client certificate'),
    serverName: z
      .string()
      .min(1)
      .optional()
      .describe("Name expected in the certificate, and sent as SNI, when it is not the host's."),
    insecureSkipVerify: z
      .boolean()
      .prefault(false)
      .describe('Whether any certificate is accepted; its expiry is exported all the same.'),
  })
  .describe('How the peer is verified, and with what this side identifies itself.');
export type TlsSettings = z.infer<typeof tls>;

export const basicAuth = z
  .strictObject({
    username: z.string().min(1).describe('User name.'),
    password: secretRef.describe('Password, by reference.'),
  })
  .describe('HTTP basic authentication.');

/** Where something stands; they become labels. */
export const place = {
  component: name.optional().describe('Component of the platform that this belongs to; a label.'),
  region: name.optional().describe('Region; a label.'),
  zone: name.optional().describe('Availability zone; a label.'),
};

/** When a target is collected. */
export function cadence(defaults: { interval: string; timeout: string; minInterval?: string }) {
  return {
    interval: duration({ min: defaults.minInterval ?? '1s', max: '1h' })
      .prefault(defaults.interval)
      .describe('Time between two collections.'),
    timeout: duration({ min: '10ms', max: '5m' })
      .prefault(defaults.timeout)
      .describe('Deadline of one collection; at most the interval.'),
  };
}
