import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Transform, type Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Secrets } from '../contract.js';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';
import { readTlsMaterial } from '../http/tls-material.js';
import { ownSecret } from '../own-secret.js';
import type { BucketSettings } from './schema.js';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Most that one answer may hold, in bytes: a full listing of a thousand long keys is below it. */
const maxAnswerBytes = 8 * 1024 * 1024;
const maxSockets = 4;

/** An object of a listing. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** Unix milliseconds by the service's clock, to the second. */
  readonly modifiedMs: number;
}

/** One page of a listing, in the order of the keys. */
export interface Listing {
  readonly objects: readonly ListedObject[];
  /** Handed to the next call to go on; undefined at the end. */
  readonly next: string | undefined;
  /** When the service answered, in Unix milliseconds by its own clock, to the second; undefined where it does not tell. */
  readonly answeredMs: number | undefined;
}

export interface StoredObject {
  readonly body: Buffer;
  /** Undefined in a bucket without versions. */
  readonly versionId: string | undefined;
}

/** When the service last answered, by its own clock. */
interface Answered {
  atMs: number | undefined;
}

interface Client {
  readonly s3: S3Client;
  readonly sdk: Sdk;
  readonly answered: Answered;
}

/** Loaded when the first bucket is asked: it takes 25 MB and a tenth of a second. */
function loadSdk(): Promise<Sdk> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return import('@aws-sdk/client-s3');
}

/** Ends an answer that grows too long. */
function limited(body: Readable, maxBytes: number, where: string): Readable {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        done(new CollectionError('too_large', `${where}: more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  body.on('error', (error) => limit.destroy(error));
  limit.on('close', () => body.destroy());
  return body.pipe(limit);
}

const reasonsByName: Readonly<Record<string, FailureReason>> = {
  AccessDenied: 'auth',
  InvalidAccessKeyId: 'auth',
  SignatureDoesNotMatch: 'auth',
  ExpiredToken: 'auth',
  CredentialsProviderError: 'auth',
  RequestTimeTooSkewed: 'auth',
  NoSuchBucket: 'status',
  InvalidObjectState: 'status',
  PermanentRedirect: 'redirect',
};

function statusOf(error: unknown): number | undefined {
  const metadata: unknown = Object(error)['$metadata'];
  const status: unknown = Object(metadata)['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
}

function reasonFor(error: unknown, isAborted: boolean): FailureReason {
  if (isAborted) return 'timeout';
  if (error instanceof CollectionError) return error.reason;
  // The SDK calls a reset connection a TimeoutError: what the system said comes first.
  const bySystem = reasonOf(error);
  if (bySystem !== 'internal') return bySystem;
  const byName = reasonsByName[error instanceof Error ? error.name : ''];
  if (byName !== undefined) return byName;
  const status = statusOf(error);
  if (status === undefined) return 'protocol';
  if (status >= 300 && status < 400) return 'redirect';
  if (status === 401 || status === 403) return 'auth';
  return status < 300 ? 'body' : 'status';
}

/** Whether the service says that there is no such object. */
function isMissing(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return name === 'NoSuchKey' || (name === 'NotFound' && statusOf(error) === 404);
}

/** One bucket: its client is made when first asked, and made anew when its credentials changed. */
export class Bucket {
  private client: { readonly key: string; readonly made: Promise<Client> } | undefined;
  /** For messages; never holds a credential. */
  readonly where: string;

  constructor(
    private readonly settings: BucketSettings,
    private readonly secrets: Secrets,
  ) {
    const service = settings.endpoint ?? `s3.${settings.signingRegion}.amazonaws.com`;
    this.where = `bucket ${settings.bucket} at ${service}`;
  }

  /** Answers with the version id, where the bucket keeps versions. @throws CollectionError */
  async put(key: string, body: Buffer, signal: AbortSignal): Promise<string | undefined> {
    return this.ask(`PUT ${key}`, signal, async ({ s3, sdk }) => {
      const command = new sdk.PutObjectCommand({
        ...this.at(key),
        Body: body,
        ContentType: 'application/octet-stream',
      });
      const { VersionId: versionId } = await s3.send(command, { abortSignal: signal });
      return versionId;
    });
  }

  /** The object, read to at most so many bytes; undefined when there is none. @throws CollectionError */
  async get(key: string, maxBytes: number, signal: AbortSignal): Promise<StoredObject | undefined> {
    return this.ask(`GET ${key}`, signal, async ({ s3, sdk }) => {
      try {
        const command = new sdk.GetObjectCommand({
          ...this.at(key),
        });
        const { Body: body, VersionId: versionId } = await s3.send(command, {
          abortSignal: signal,
        });
        return { body: await bytesOf(body as Readable, maxBytes, signal), versionId };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  /** @throws CollectionError; an object that is not there is no fault */
  async remove(key: string, versionId: string | undefined, signal: AbortSignal): Promise<void> {
    await this.ask(`DELETE ${key}`, signal, async ({ s3, sdk }) => {
      const version = versionId === undefined ? {} : { VersionId: versionId };
      const command = new sdk.DeleteObjectCommand({ ...this.at(key), ...version });
      await s3.send(command, { abortSignal: signal });
    });
  }

  /** A page of at most a thousand objects under a prefix. @throws CollectionError */
  async list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<Listing> {
    return this.ask(`LIST ${prefix}`, signal, async ({ s3, sdk, answered }) => {
      const command = new sdk.ListObjectsV2Command({
        Bucket: this.settings.bucket,
        Prefix: prefix,
        ...(from !== undefined && { ContinuationToken: from }),
      });
      const { Contents: contents = [], NextContinuationToken: next } = await s3.send(command, {
        abortSignal: signal,
      });
      const objects = contents.map(({ Key: key, Size: bytes, LastModified: at }) => ({
        key: key ?? '',
        bytes: bytes ?? 0,
        modifiedMs: at?.getTime() ?? 0,
      }));
      return { objects, next, answeredMs: answered.atMs };
    });
  }

  close(): void {
    const { client } = this;
    this.client = undefined;
    client?.made.then(
      ({ s3 }) => s3.destroy(),
      () => undefined,
    );
  }

  private at(key: string) {
    return { Bucket: this.settings.bucket, Key: key };
  }

  private async ask<Answer>(
    what: string,
    signal: AbortSignal,
    work: (client: Client) => Promise<Answer>,
  ): Promise<Answer> {
    try {
      signal.throwIfAborted();
      return await work(await this.open());
    } catch (cause) {
      const why = cause instanceof Error ? cause.message || cause.name : String(cause);
      const reason = reasonFor(cause, signal.aborted);
      throw new CollectionError(reason, `${this.where}: ${what}: ${why}`, { cause });
    }
  }

  /** One client for all that ask at once; one that could not be made is tried again. */
  private async open(): Promise<Client> {
    const { accessKeyId, secretAccessKey, sessionToken } = this.settings;
    const read = (ref: BucketSettings['accessKeyId']) =>
      ref === undefined ? undefined : ownSecret(this.secrets, ref, 'its key');
    const keys = await Promise.all([read(accessKeyId), read(secretAccessKey), read(sessionToken)]);
    const key = JSON.stringify(keys);
    if (this.client?.key === key) return this.client.made;
    this.close();
    const made = this.newClient(keys);
    this.client = { key, made };
    made.catch(() => {
      if (this.client?.made === made) this.client = undefined;
    });
    return made;
  }

  private async newClient([accessKeyId, secretAccessKey, sessionToken]: readonly (
    string | undefined
  )[]): Promise<Client> {
    const sdk = await loadSdk();
    const { endpoint, signingRegion, pathStyle, tls } = this.settings;
    const agentOptions = { keepAlive: true, maxSockets };
    const s3 = new sdk.S3Client({
      region: signingRegion,
      forcePathStyle: pathStyle ?? endpoint !== undefined,
      ...(endpoint !== undefined && { endpoint }),
      ...(accessKeyId !== undefined &&
        secretAccessKey !== undefined && {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken !== undefined && { sessionToken }),
          },
        }),
      // Other services than AWS's own refuse the newer checksums; what matters is compared here.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 1,
      requestHandler: {
        httpAgent: new HttpAgent(agentOptions),
        httpsAgent: new HttpsAgent({ ...agentOptions, ...(await readTlsMaterial(tls)) }),
      },
    });
    const answered: Answered = { atMs: undefined };
    watchAnswers(s3, this.where, answered);
    return { s3, sdk, answered };
  }
}

/** No answer is read beyond a limit, whatever the service sends; its clock is noted. */
function watchAnswers(s3: S3Client, where: string, answered: Answered): void {
  s3.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body?: Readable; headers?: Record<string, string> };
      const at = Date.parse(response.headers?.['date'] ?? '');
      answered.atMs = Number.isNaN(at) ? undefined : at;
      if (response.body !== undefined) {
        response.body = limited(response.body, maxAnswerBytes, where);
      }
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'watchAnswers' },
  );
}

async function bytesOf(body: Readable, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const abort = () => body.destroy(new DOMException('aborted', 'AbortError'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) break;
    }
    return Buffer.concat(chunks).subarray(0, maxBytes);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
