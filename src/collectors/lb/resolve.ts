import { lookup, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { ProbeFailure } from './probe-failure.js';

export type AddressFamily = 'any' | 'ipv4' | 'ipv6';

/** All addresses of a name; `dns.lookup` as the system is set up, or a test's own. */
export type Lookup = (host: string, family: 0 | 4 | 6) => Promise<readonly LookupAddress[]>;

const familyNumbers = { any: 0, ipv4: 4, ipv6: 6 } as const;

/** The system's resolver (`/etc/hosts` included), in the order that it gives. */
export const systemLookup: Lookup = (host, family) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true, family }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/** A URL's host as sockets and certificates take it: an IPv6 address without its brackets. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

/**
 * Resolves names for one target. `dns.lookup` cannot be cancelled and holds a thread of a small
 * pool: a lookup that outlives its probe is joined by the next probe instead of adding another.
 */
export class NameResolver {
  private readonly underWay = new Map<string, Promise<readonly string[]>>();

  constructor(
    private readonly lookUp: Lookup,
    private readonly family: AddressFamily,
  ) {}

  /** The distinct addresses of a host, or the host itself where it is one. @throws ProbeFailure `dns` */
  resolve(host: string): readonly string[] | Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const known = this.underWay.get(host);
    if (known !== undefined) return known;
    const asked = this.ask(host).finally(() => this.underWay.delete(host));
    this.underWay.set(host, asked);
    return asked;
  }

  private async ask(host: string): Promise<readonly string[]> {
    try {
      const found = await this.lookUp(host, familyNumbers[this.family]);
      if (found.length === 0) throw new ProbeFailure('dns', `${host} has no address`);
      return [...new Set(found.map(({ address }) => address))];
    } catch (cause) {
      if (cause instanceof ProbeFailure) throw cause;
      throw new ProbeFailure('dns', `cannot resolve ${host}`, { cause });
    }
  }
}
