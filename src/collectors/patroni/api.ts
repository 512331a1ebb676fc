import type { z } from 'zod';
import type { CollectorEnv, Transcript } from '../contract.js';
import { CollectionError, reasonOf } from '../failure.js';
import { getJson, openKeptAgent, type JsonRequest, type KeptAgent } from '../http/get-json.js';
import { readTlsMaterial, type TlsMaterial } from '../http/tls-material.js';
import type { MemberTarget, PatroniTarget } from './targets.js';

type Headers = Readonly<Record<string, string>>;

/** What the requests of one collection have in common. */
export interface Session {
  readonly headers: Headers;
  readonly tls: TlsMaterial;
  readonly transcript: Transcript | undefined;
}

/** The REST API of one member, over one kept connection. */
export class MemberApi {
  private kept: KeptAgent | undefined;

  constructor(private readonly member: MemberTarget) {}

  get name(): string {
    return this.member.name;
  }

  /**
   * What the member answers, as the schema has it.
   * @throws CollectionError as `getJson` does, and `body` where the schema does not fit
   */
  async ask<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    session: Session,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const url = `${this.member.url}${path}`;
    try {
      const value = conform(await this.request({ url, signal }, session), schema, url);
      session.transcript?.note(`GET ${url}`, shown(value));
      return value;
    } catch (error) {
      session.transcript?.note(`GET ${url}`, error instanceof Error ? error.message : 'failed');
      throw error;
    }
  }

  /** Changes what is at the path (PATCH), and answers with what it is then. @throws as `ask` does */
  async change<Schema extends z.ZodType>(
    path: string,
    change: unknown,
    schema: Schema,
    session: Session,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const url = `${this.member.url}${path}`;
    const answer = await this.request({ url, method: 'PATCH', body: change, signal }, session);
    return conform(answer, schema, url);
  }

  /** Ends the connection; the next request opens one, with what the TLS files then hold. */
  close(): void {
    this.kept?.close();
    this.kept = undefined;
  }

  private async request(
    request: Omit<JsonRequest, 'agent' | 'headers'>,
    { headers, tls }: Session,
  ): Promise<unknown> {
    this.kept ??= openKeptAgent(request.url, tls);
    try {
      return await getJson({ ...request, headers, agent: this.kept });
    } catch (error) {
      if (reasonOf(error) === 'tls') this.close();
      throw error;
    }
  }
}

function conform<Schema extends z.ZodType>(
  answer: unknown,
  schema: Schema,
  url: string,
): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  const what = `${where === '' ? 'the body' : where}: ${issue?.message ?? 'not as expected'}`;
  throw new CollectionError('body', `GET ${url}: ${what.slice(0, 200)}`);
}

const shownChars = 4000;

/** Only the fields in use: a dynamic configuration may hold connection strings. */
function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? field.toString() : field,
  );
  return text.length > shownChars ? `${text.slice(0, shownChars)}...` : text;
}

/** The REST APIs of a cluster, and what they are asked with. */
export class ClusterApi {
  readonly members: readonly MemberApi[];
  private tls: Promise<TlsMaterial> | undefined;

  constructor(
    readonly target: PatroniTarget,
    private readonly env: CollectorEnv,
  ) {
    this.members = target.members.map((member) => new MemberApi(member));
  }

  /**
   * @throws CollectionError `auth` where the password cannot be read, `tls` where a file cannot
   */
  async session(transcript: Transcript | undefined): Promise<Session> {
    const [headers, tls] = await Promise.all([this.headers(), this.tlsMaterial()]);
    return { headers, tls, transcript };
  }

  /** After a TLS failure: the files may have been renewed, and so they are read again. */
  forgetTls(): void {
    this.tls = undefined;
  }

  close(): void {
    for (const member of this.members) member.close();
  }

  private async headers(): Promise<Headers> {
    const { basicAuth, name } = this.target.settings;
    if (basicAuth === undefined) return {};
    try {
      const password = await this.env.secrets.read(basicAuth.password);
      const pair = Buffer.from(`${basicAuth.username}:${password}`).toString('base64');
      return { authorization: `Basic ${pair}` };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'unreadable';
      throw new CollectionError('auth', `patroni/${name}: the password: ${why}`, { cause });
    }
  }

  private async tlsMaterial(): Promise<TlsMaterial> {
    const reading = (this.tls ??= readTlsMaterial(this.target.settings.tls));
    try {
      return await reading;
    } catch (error) {
      this.tls = undefined;
      throw error;
    }
  }
}
