import type { Secrets } from '../contract.js';
import { CollectionError } from '../failure.js';
import type { LbTargetConfig } from './schema.js';

export type HeaderRecord = Readonly<Record<string, string>>;

/** Never sent to another host, whoever wrote them into `headers`. */
const credentialNames = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
]);

/** The headers of a probe's requests: those for the endpoint itself, and those for other hosts. */
export class RequestHeaders {
  /** Without credentials and without a `Host` of the endpoint's. */
  readonly forOthers: HeaderRecord;
  /** The `Host` that the configuration gives instead of the URL's. */
  readonly host: string | undefined;
  private readonly plain: HeaderRecord;
  private readonly hasSecrets: boolean;
  private lastSecrets: readonly string[] = [];
  private last: HeaderRecord;

  constructor(
    private readonly settings: LbTargetConfig,
    private readonly secrets: Secrets,
  ) {
    const entries = Object.entries(settings.headers).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    );
    this.plain = { 'user-agent': 'sensei-exporter', accept: '*/*', ...Object.fromEntries(entries) };
    this.host = this.plain['host'];
    this.forOthers = Object.fromEntries(
      Object.entries(this.plain).filter(([name]) => name !== 'host' && !credentialNames.has(name)),
    );
    this.last = this.plain;
    this.hasSecrets = this.references().length > 0;
  }

  /** @throws CollectionError `auth` where a referenced secret cannot be read */
  forEndpoint(): HeaderRecord | Promise<HeaderRecord> {
    return this.hasSecrets ? this.withSecrets() : this.plain;
  }

  private references() {
    const { basicAuth, bearerToken, secretHeaders } = this.settings;
    return [basicAuth?.password, bearerToken, ...Object.values(secretHeaders)].filter(
      (reference) => reference !== undefined,
    );
  }

  /** Makes the headers anew only when a secret has changed. */
  private async withSecrets(): Promise<HeaderRecord> {
    const values = await this.readSecrets();
    const isSame =
      values.length === this.lastSecrets.length &&
      values.every((value, index) => value === this.lastSecrets[index]);
    if (!isSame) {
      this.last = this.build([...values]);
      this.lastSecrets = values;
    }
    return this.last;
  }

  private async readSecrets(): Promise<string[]> {
    try {
      return await Promise.all(this.references().map((reference) => this.secrets.read(reference)));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'unreadable';
      throw new CollectionError('auth', `lb/${this.settings.name}: a secret: ${why}`, { cause });
    }
  }

  /** Takes the values in the order of `references`. */
  private build(values: string[]): HeaderRecord {
    const { basicAuth, bearerToken, secretHeaders } = this.settings;
    const headers: Record<string, string> = { ...this.plain };
    if (basicAuth !== undefined) {
      const pair = `${basicAuth.username}:${values.shift() ?? ''}`;
      headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    if (bearerToken !== undefined) headers['authorization'] = `Bearer ${values.shift() ?? ''}`;
    for (const name of Object.keys(secretHeaders)) {
      headers[name.toLowerCase()] = values.shift() ?? '';
    }
    return this.checked(headers);
  }

  /** @throws CollectionError `auth` where a secret holds what a header cannot; never shows it */
  private checked(headers: Record<string, string>): HeaderRecord {
    for (const [name, value] of Object.entries(headers)) {
      // oxlint-disable-next-line no-control-regex -- what a header value may hold
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        const what = `lb/${this.settings.name}: the secret for the header ${name}`;
        throw new CollectionError('auth', `${what} holds a character that no header may hold`);
      }
    }
    return headers;
  }
}
