import type { SecureContext } from 'node:tls';
import type { CollectorEnv } from '../contract.js';
import { FreshAgent, KeptAgent, type PinnedAgent } from './agents.js';
import { Assertions } from './assertions.js';
import type { Route } from './connection.js';
import { RequestHeaders } from './request-headers.js';
import { bareHost, NameResolver, type Lookup } from './resolve.js';
import { SecureContexts } from './secure-contexts.js';
import type { LbTarget } from './targets.js';

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function authorityOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/** A `Host` header's name, without its port. */
function hostOfHeader(value: string | undefined): string | undefined {
  return value === undefined || !URL.canParse(`http://${value}`)
    ? undefined
    : bareHost(new URL(`http://${value}`));
}

/** Everything that the probes of one target have in common, made once. */
export class Endpoint {
  readonly url: URL;
  readonly host: string;
  readonly assertions: Assertions;
  readonly headers: RequestHeaders;
  readonly resolver: NameResolver;
  readonly proxy: URL | undefined;
  private readonly contexts: SecureContexts;
  private readonly serverName: string;
  private readonly freshAgent: PinnedAgent | undefined;
  private readonly keptAgents = new Map<string, PinnedAgent>();

  constructor(
    readonly target: LbTarget,
    env: CollectorEnv,
    lookUp: Lookup,
  ) {
    const { settings } = target;
    this.url = new URL(settings.url);
    this.url.hash = '';
    this.host = bareHost(this.url);
    this.assertions = new Assertions(settings);
    this.headers = new RequestHeaders(settings, env.secrets);
    this.resolver = new NameResolver(lookUp, settings.addressFamily);
    this.proxy = settings.proxy === undefined ? undefined : new URL(settings.proxy);
    this.contexts = new SecureContexts(target.name, settings.tls);
    this.serverName = settings.tls?.serverName ?? hostOfHeader(this.headers.host) ?? this.host;
    this.freshAgent = settings.keepAlive ? undefined : new FreshAgent();
  }

  /** The name that has to be resolved before anything is connected: the proxy's, if there is one. */
  get dialledHost(): string {
    return this.proxy === undefined ? this.host : bareHost(this.proxy);
  }

  /** Whether a URL is this endpoint's: its origin, or the https one that its http one leads to. */
  owns(url: URL): boolean {
    if (url.origin === this.url.origin) return true;
    const isUpgrade = this.url.protocol === 'http:' && url.protocol === 'https:';
    return isUpgrade && url.hostname === this.url.hostname && this.url.port === url.port;
  }

  agentFor(address: string): PinnedAgent {
    const known = this.freshAgent ?? this.keptAgents.get(address);
    if (known !== undefined) return known;
    const agent = new KeptAgent();
    this.keptAgents.set(address, agent);
    return agent;
  }

  /** Ends kept connections to addresses that the name no longer has. */
  keepOnly(addresses: readonly string[]): void {
    for (const [address, agent] of this.keptAgents) {
      if (addresses.includes(address)) continue;
      agent.destroy();
      this.keptAgents.delete(address);
    }
  }

  /** @throws CollectionError `tls` where a PEM file cannot be read or used */
  contextFor(url: URL): SecureContext | undefined | Promise<SecureContext> {
    return url.protocol === 'https:' ? this.contexts.for(this.owns(url)) : undefined;
  }

  routeTo(url: URL, address: string, secureContext: SecureContext | undefined): Route {
    const isTls = url.protocol === 'https:';
    const { proxy } = this;
    const namedHost = this.owns(url) ? this.serverName : bareHost(url);
    return {
      address,
      port: portOf(proxy ?? url),
      serverName: isTls ? namedHost : undefined,
      secureContext,
      acceptUnverified: this.target.settings.tls?.insecureSkipVerify ?? false,
      tunnelTo: proxy !== undefined && isTls ? authorityOf(url) : undefined,
      absoluteUrl: proxy !== undefined && !isTls ? url.href : undefined,
    };
  }

  close(): void {
    this.freshAgent?.destroy();
    this.keepOnly([]);
  }
}
