import type { ObserveContext } from '../contract.js';
import type { Endpoint } from './endpoint.js';
import { failureOf } from './probe-failure.js';
import { AddressProbe } from './probe.js';
import type { Failure, LbSnapshot } from './snapshot.js';

/** Settles with the work, or with undefined once the signal aborts. */
function untilAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
  abandon: () => void,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      abandon();
      resolve(undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    work.then(
      (value) => (settle(), resolve(value)),
      (error: unknown) => (settle(), reject(error)),
    );
    if (signal.aborted) onAbort();
  });
}

function unresolved(failure: Failure): LbSnapshot {
  return { resolved: undefined, failure, addresses: [] };
}

/** One round: the name resolved once, every address of it probed at the same time. */
class Observation {
  private probes: readonly AddressProbe[] = [];
  private isAbandoned = false;
  private resolved: number | undefined;
  private readonly startedMs = performance.now();

  constructor(
    private readonly endpoint: Endpoint,
    private readonly context: ObserveContext,
  ) {}

  abandon(): void {
    this.isAbandoned = true;
    for (const probe of this.probes) probe.abandon();
  }

  /** What is known when the deadline has come. */
  soFar(): LbSnapshot {
    if (this.resolved === undefined) {
      const message = `${this.endpoint.dialledHost} did not resolve by the deadline`;
      return unresolved({ reason: 'dns', message });
    }
    return { resolved: this.resolved, failure: undefined, addresses: this.probes };
  }

  async run(): Promise<LbSnapshot> {
    const headers = await this.endpoint.headers.forEndpoint();
    const addresses = await this.resolve();
    if (!Array.isArray(addresses)) return unresolved(addresses as Failure);
    await this.probe(addresses as readonly string[], headers);
    return this.soFar();
  }

  private async resolve(): Promise<readonly string[] | Failure> {
    const { endpoint, context } = this;
    try {
      return await endpoint.resolver.resolve(endpoint.dialledHost);
    } catch (error) {
      const failure = failureOf(error, false);
      context.transcript?.note(`resolve ${endpoint.dialledHost}`, failure.message);
      return failure;
    }
  }

  private async probe(
    addresses: readonly string[],
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { endpoint, startedMs } = this;
    const { transcript } = this.context;
    const round = { headers, startedMs, resolveMs: performance.now() - startedMs, transcript };
    this.resolved = endpoint.proxy === undefined ? addresses.length : 1;
    if (this.isAbandoned) return;
    const limit = endpoint.proxy === undefined ? endpoint.target.settings.maxAddresses : 1;
    const dialled = addresses.length > limit ? addresses.slice(0, limit) : addresses;
    endpoint.keepOnly(dialled);
    this.probes = dialled.map(
      (address) =>
        new AddressProbe(
          endpoint,
          endpoint.proxy === undefined ? address : endpoint.host,
          address,
          round,
        ),
    );
    await Promise.all(this.probes.map((probe) => probe.run()));
  }
}

/**
 * Probes an endpoint. One that is down is an answer, not an error.
 * @throws CollectionError `auth` or `tls` where a secret or a PEM file cannot be read
 */
export async function observeEndpoint(
  endpoint: Endpoint,
  context: ObserveContext,
): Promise<LbSnapshot> {
  const observation = new Observation(endpoint, context);
  const done = await untilAborted(observation.run(), context.signal, () => observation.abandon());
  return done ?? observation.soFar();
}
