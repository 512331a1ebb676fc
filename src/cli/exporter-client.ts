import process from 'node:process';
import { InvalidArgumentError, Option, type Command } from 'commander';
import fetch, { type Response } from 'node-fetch';
import type { z } from 'zod';
import { formatDuration } from '../report/figures.js';
import { visibleText } from '../report/visible-text.js';
import { openConfig } from './open-config.js';
import { complain, exitCodes } from './output.js';
import { timeoutBetween } from './timeout-option.js';

/** How a command is told which exporter to ask. */
export interface ExporterOptions {
  readonly exporter?: string;
  readonly config?: string;
  /** Milliseconds. */
  readonly timeout: number;
}

export interface Question {
  /** Beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** What a 404 means, where it is not that the exporter lacks the path. */
  readonly notFound?: string;
}

export interface Answer<T> {
  /** The JSON as it came. */
  readonly text: string;
  readonly value: T;
}

const defaultUrl = 'http://127.0.0.1:9808';
const maxBytes = 16 * 1024 * 1024;
const shownCharacters = 200;

export function parseUrl(text: string): string {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new InvalidArgumentError(`expected a URL such as ${defaultUrl}`);
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('expected a URL without credentials');
  return text;
}

/** Adds the options that say which exporter is asked. */
export function withExporterOptions(command: Command): Command {
  return command
    .option('--exporter <url>', `exporter to ask (default: ${defaultUrl})`, parseUrl)
    .addOption(
      new Option('-c, --config <file>', 'ask the exporter that this configuration is of').conflicts(
        'exporter',
      ),
    )
    .addOption(
      new Option('--timeout <time>', 'how long to wait for the answer')
        .argParser(timeoutBetween('1ms', '1h'))
        .default(10_000, '10s'),
    )
    .option('--json', 'print the answer as it came');
}

/** Where a server that listens on an address is reached from the same machine. */
export function urlOfServer({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): string {
  const bare = host.replaceAll(/^\[|\]$/g, '');
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[bare] ?? bare;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

async function baseUrl({ exporter, config }: ExporterOptions): Promise<string | undefined> {
  if (config === undefined) return exporter ?? defaultUrl;
  const opened = await openConfig(config);
  return opened === undefined ? undefined : urlOfServer(opened.reloader.config.server);
}

/** The question's URL below a base that may have a path of its own, as behind a proxy. */
export function questionUrl(base: string, { path, query = {} }: Question): string {
  const url = new URL(base);
  url.hash = '';
  url.search = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url.href;
}

class AskError extends Error {}

const connectAdvice =
  'is it running (sensei exporter -c sensei.yaml), and is this its address (--exporter URL)?';

async function readBounded(response: Response): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > maxBytes)
      throw new AskError('the answer is over 16 MiB; ask for less, or name another --exporter');
    chunks.push(buffer);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, bytes));
  } catch (cause) {
    throw new AskError('the answer is not UTF-8; is it an exporter that listens there?', { cause });
  }
}

function statusMessage(status: number, body: string, { notFound }: Question): string {
  const said = visibleText(body.trim().slice(0, shownCharacters));
  if (status === 404) return notFound ?? 'status 404; is it an exporter, and of this version?';
  if (status >= 300 && status < 400)
    return `status ${status}: it redirects, which is not followed; name the right --exporter`;
  const advice = status >= 500 ? "see the exporter's log" : 'see sensei --help';
  return `status ${status}${said === '' ? '' : `: ${said}`}; ${advice}`;
}

async function request(url: string, question: Question, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, {
    headers: { accept: 'application/json', 'user-agent': 'sensei' },
    redirect: 'manual',
    compress: false,
    signal,
  });
  const text = await readBounded(response);
  if (response.status !== 200) throw new AskError(statusMessage(response.status, text, question));
  return text;
}

function describe(error: unknown, aborted: boolean, timeoutMs: number): string {
  if (error instanceof AskError) return error.message;
  if (aborted)
    return `no complete answer within ${formatDuration(timeoutMs)}; wait longer with --timeout, or see the exporter's log`;
  const text = error instanceof Error ? error.message : String(error);
  return `${visibleText(text.replace(/^request to \S+ failed, reason: /, ''))}; ${connectAdvice}`;
}

/** @throws Error whose message names the URL and says what to do */
async function getText(url: string, question: Question, timeoutMs: number): Promise<string> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const ended = new AbortController();
  const signal = AbortSignal.any([deadline.signal, ended.signal]);
  try {
    return await request(url, question, signal);
  } catch (cause) {
    throw new Error(`GET ${url}: ${describe(cause, deadline.signal.aborted, timeoutMs)}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
    // An answer that nobody reads to its end would hold its connection, and the command, open.
    ended.abort();
  }
}

function parsed<T>(url: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`GET ${url}: the answer is not JSON; is it an exporter that listens there?`, {
      cause,
    });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? `${issue.path.map(String).join('.')}: ` : '';
  throw new Error(
    `GET ${url}: not the answer that was expected (${where}${issue?.message ?? ''}); ` +
      'is it an exporter, and of this version?',
  );
}

/** Asks one exporter. */
export class ExporterClient {
  private constructor(
    private readonly base: string,
    private readonly timeoutMs: number,
  ) {}

  /** Undefined when the configuration has faults: they are printed. */
  static async open(options: ExporterOptions): Promise<ExporterClient | undefined> {
    const base = await baseUrl(options);
    return base === undefined ? undefined : new ExporterClient(base, options.timeout);
  }

  /** @throws Error whose message names the URL and says what to do */
  async ask<T>(question: Question, schema: z.ZodType<T>): Promise<Answer<T>> {
    const url = questionUrl(this.base, question);
    const text = await getText(url, question, this.timeoutMs);
    return { text: text.trim(), value: parsed(url, text, schema) };
  }
}

/**
 * Does a command's work with the exporter that its options name. Exits with what the work answers, or
 * with 2 and a message when the exporter could not be asked.
 */
export async function withExporter(
  options: ExporterOptions,
  work: (client: ExporterClient) => Promise<number>,
): Promise<void> {
  process.exitCode = exitCodes.usage;
  try {
    const client = await ExporterClient.open(options);
    if (client !== undefined) process.exitCode = await work(client);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
  }
}
