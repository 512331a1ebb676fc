import type { z } from 'zod';
import { limitedSignal } from '../collectors/limited-signal.js';
import { ApiClient, ApiError, type ApiQuestion } from '../collectors/replicas/api-client.js';
import type { Access } from '../collectors/replicas/targets.js';

/** Longest time for one question, in milliseconds. */
const deadlineMs = 15_000;
/** A page of pods of one node has less. */
const mostBytes = 32 * 1024 * 1024;

/** A Kubernetes API that is also written to, with credentials of the operator's own. */
export class DrillApi {
  private readonly client: ApiClient;

  constructor(access: Access) {
    this.client = new ApiClient(access);
  }

  /** @throws Error naming the URL, or the right that is lacking */
  async ask<T>(question: ApiQuestion, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const limited = limitedSignal(signal, deadlineMs);
    try {
      const answer = await this.client.ask(question, deadlineMs, limited);
      try {
        const text = await textOf(answer.url, answer.response.body ?? []);
        return parsed(answer.url, text, schema);
      } finally {
        answer.close();
      }
    } catch (error) {
      throw withAdvice(error);
    }
  }

  /** The same; undefined where there is no such object. */
  async find<T>(
    question: ApiQuestion,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    try {
      return await this.ask(question, schema, signal);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { reason, message, status, retryAfterMs } = error;
  const advice = adviceOf(status, message);
  if (advice === undefined) return error;
  return new ApiError(reason, `${message}; ${advice}`, status, retryAfterMs, { cause: error });
}

function adviceOf(status: number | undefined, message: string): string | undefined {
  if (status === 401) return 'is the kubeconfig of the drills (--kubeconfig) still valid?';
  if (status === 403) return '`sensei drill manifests` prints the rights that are needed';
  const isKindUnknown = status === 404 && /could not find the requested resource/.test(message);
  return isKindUnknown ? 'is Chaos Mesh installed in this cluster?' : undefined;
}

async function textOf(url: string, body: AsyncIterable<unknown> | Iterable<unknown>) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > mostBytes) throw new Error(`${url}: the answer is over ${mostBytes} bytes`);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function parsed<T>(url: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${url}: the answer is not JSON`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  throw new Error(`${url}: not what was expected (${where}: ${issue?.message ?? ''})`);
}
