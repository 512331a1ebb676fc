import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { configSchema, type Config } from '../../src/config/schema.js';
import type { Endpoint } from '../../src/collectors/lb/endpoint.js';
import { createLbCollector } from '../../src/collectors/lb/index.js';
import type { LbMemory } from '../../src/collectors/lb/measure.js';
import type { Lookup } from '../../src/collectors/lb/resolve.js';
import type { LbSnapshot } from '../../src/collectors/lb/snapshot.js';
import type { LbTarget } from '../../src/collectors/lb/targets.js';
import type { Measurement, Span, Transcript } from '../../src/collectors/contract.js';
import type { SecretRef } from '../../src/config/values.js';
import { systemClock } from '../../src/runner/clock.js';

export const span: Span = {
  startedAt: { wallMs: 1_000_000, monoMs: 1000 },
  endedAt: { wallMs: 1_000_250, monoMs: 1250 },
};

const fixtures = new URL('../fixtures/tls/', import.meta.url);

export function pemPath(file: string): string {
  return new URL(file, fixtures).pathname;
}

/** Key and certificate of a test server. */
export function serverTls(name: string) {
  return { key: readFileSync(pemPath(`${name}.key`)), cert: readFileSync(pemPath(`${name}.crt`)) };
}

export function configOf(target: Record<string, unknown>, rest: object = {}): Config {
  return configSchema.parse({
    deployment: 'test',
    collectors: { lb: [{ name: 'api', ...target }] },
    ...rest,
  });
}

export function targetOf(settings: Record<string, unknown>, rest: object = {}): LbTarget {
  const [target] = createLbCollector().targets(configOf(settings, rest));
  return target!;
}

export interface ProbeOptions {
  readonly lookUp?: Lookup;
  readonly deadlineMs?: number;
  readonly secrets?: (ref: SecretRef) => Promise<string>;
  readonly transcript?: Transcript;
}

/** Answers for names as a test wants them, without a name server. */
export function namesOf(names: Record<string, readonly string[]>): Lookup {
  return (host, family) => {
    const known = names[host];
    if (known === undefined) {
      return Promise.reject(Object.assign(new Error(`getaddrinfo ${host}`), { code: 'ENOTFOUND' }));
    }
    const all = known.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    return Promise.resolve(all.filter((each) => family === 0 || each.family === family));
  };
}

/** One target that is probed again and again, as the runner would. */
export class Prober {
  readonly collector;
  readonly target: LbTarget;
  readonly endpoint: Endpoint;
  memory: LbMemory | undefined;

  constructor(
    settings: Record<string, unknown>,
    private readonly options: ProbeOptions = {},
  ) {
    this.collector = createLbCollector(options.lookUp);
    this.target = targetOf(settings);
    const secrets = {
      read: options.secrets ?? (() => Promise.reject(new Error('no secret is expected'))),
    };
    this.endpoint = this.collector.open(this.target, { clock: systemClock, secrets });
  }

  async observe(): Promise<LbSnapshot> {
    const controller = new AbortController();
    const deadline = setTimeout(
      () => controller.abort(new DOMException('deadline', 'TimeoutError')),
      this.options.deadlineMs ?? 5000,
    );
    const { transcript } = this.options;
    const context = { signal: controller.signal, ...(transcript !== undefined && { transcript }) };
    try {
      return await this.collector.observe(this.endpoint, context);
    } finally {
      clearTimeout(deadline);
    }
  }

  async probe(): Promise<Measurement<LbMemory>> {
    const measurement = this.collector.measure(
      this.target,
      await this.observe(),
      this.memory,
      span,
    );
    this.memory = measurement.memory;
    return measurement;
  }

  async close(): Promise<void> {
    await this.collector.close(this.endpoint);
  }
}

/** A promise and what fulfils it. */
export function signalled(): { readonly happened: Promise<unknown>; readonly happen: () => void } {
  const events = new EventEmitter();
  const happened = once(events, 'happened');
  return { happened, happen: () => void events.emit('happened') };
}

/** The value of a metric's series that has these labels among its own; undefined without one. */
export function valueOf(
  { samples }: Pick<Measurement<LbMemory>, 'samples'>,
  metric: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.metric === metric &&
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  );
  if (found.length > 1) throw new Error(`${metric}: ${found.length} series`);
  return found[0]?.value;
}

/** Failures counted, by reason. */
export function failuresOf({ increments }: Pick<Measurement<LbMemory>, 'increments'>) {
  const counted: Record<string, number> = {};
  for (const { metric, labels, by } of increments) {
    if (metric !== 'sensei_lb_probe_failures_total' || by === 0) continue;
    const reason = labels['reason'] ?? '';
    counted[reason] = (counted[reason] ?? 0) + by;
  }
  return counted;
}
