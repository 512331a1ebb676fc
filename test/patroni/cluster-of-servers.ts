import { readFileSync } from 'node:fs';
import { patroniCollector } from '../../src/collectors/patroni/index.js';
import type { PatroniMemory } from '../../src/collectors/patroni/changes.js';
import type { PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import type { CollectionError } from '../../src/collectors/failure.js';
import type { CollectorEnv, Transcript } from '../../src/collectors/contract.js';
import { systemClock } from '../../src/runner/clock.js';
import {
  custom,
  startFaultyHttp,
  type Behaviour,
  type FaultyHttp,
  type FaultyHttpOptions,
} from '../support/faulty-http.js';
import { recordedJson, targetOf, type Measured } from './recorded.js';

const tlsFixtures = new URL('../fixtures/tls/', import.meta.url);

export function pemPath(file: string): string {
  return new URL(file, tlsFixtures).pathname;
}

export function serverTls(name: string) {
  return { key: readFileSync(pemPath(`${name}.key`)), cert: readFileSync(pemPath(`${name}.crt`)) };
}

export type Answers = Readonly<Record<string, unknown>>;

function shared(endpoint: string): unknown {
  return recordedJson('a-healthy', `a2-${endpoint}.json`);
}

/** The answers of `a-healthy`'s members, by path. */
export function healthyAnswers(member: string): Answers {
  return {
    '/patroni': recordedJson('a-healthy', `${member}-patroni.json`),
    '/cluster': shared('cluster'),
    '/config': shared('config'),
    '/history': shared('history'),
  };
}

/** Answers by path; a path without an answer hangs, and a number is a status without a body. */
export function answering(answers: () => Answers): Behaviour {
  return custom((request, response) => {
    const answer = answers()[request.url ?? ''];
    if (answer === undefined) return;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
}

export function healthy(member: string): Behaviour {
  const answers = healthyAnswers(member);
  return answering(() => answers);
}

// The recorded members last saw their store then.
const at = { wallMs: 1795424987_000, monoMs: 1 };
const span = { startedAt: at, endedAt: at };

/** A cluster of local servers, collected again and again as the runner would. */
export class ServerCluster {
  readonly servers = new Map<string, FaultyHttp>();
  private io: ReturnType<typeof patroniCollector.open> | undefined;
  private memory: PatroniMemory | undefined;
  private target: ReturnType<typeof targetOf> | undefined;

  constructor(
    private readonly settings: Record<string, unknown> = {},
    private readonly secrets: CollectorEnv['secrets'] = {
      read: () => Promise.reject(new Error('no secret is expected')),
    },
  ) {}

  async start(
    behaviours: Readonly<Record<string, Behaviour>>,
    options: FaultyHttpOptions = {},
  ): Promise<this> {
    for (const [name, behaviour] of Object.entries(behaviours)) {
      this.servers.set(name, await startFaultyHttp(behaviour, options));
    }
    return this;
  }

  server(name: string): FaultyHttp {
    const server = this.servers.get(name);
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }

  paths(name: string): string[] {
    return this.server(name).requests.map(({ url }) => url);
  }

  open() {
    const members = [...this.servers].map(([name, { url }]) => ({ name, url }));
    this.target ??= targetOf([...this.servers.keys()], { members, ...this.settings });
    this.io ??= patroniCollector.open(this.target, { clock: systemClock, secrets: this.secrets });
    return { io: this.io, target: this.target };
  }

  /** One collection under its own deadline; rejects as the collector does. */
  async observe(transcript?: Transcript): Promise<PatroniSnapshot> {
    const { io, target } = this.open();
    const controller = new AbortController();
    const deadline = setTimeout(
      () => controller.abort(new DOMException('deadline', 'TimeoutError')),
      target.timeoutMs,
    );
    try {
      const context = { signal: controller.signal, ...(transcript && { transcript }) };
      const snapshot = await patroniCollector.observe(io, context);
      if (controller.signal.aborted) throw new Error('the collection outlived its deadline');
      return snapshot;
    } finally {
      clearTimeout(deadline);
    }
  }

  async collect(): Promise<Measured> {
    const snapshot = await this.observe();
    const { target } = this.open();
    const found = patroniCollector.measure(target, snapshot, this.memory, span);
    this.memory = found.memory;
    return found;
  }

  /** What the runner would make of a collection that was rejected. */
  failed({ reason, partial }: CollectionError): Partial<Measured> {
    const { target } = this.open();
    return patroniCollector.failed!(target, reason, this.memory, span, partial);
  }

  async close(): Promise<void> {
    if (this.io !== undefined) await patroniCollector.close(this.io);
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }
}
