import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsSettings } from '../../config/values.js';
import { CollectionError } from '../failure.js';
import { readTlsMaterial, type TlsMaterial } from '../http/tls-material.js';

/** How long PEM files are trusted to be unchanged: a rotated one is seen after this. */
const maxAgeMs = 60_000;

/** For every target without authorities or certificates of its own; made when first wanted. */
let systemContext: SecureContext | undefined;

/** TLS contexts of one target: for the endpoint, and for hosts that it redirects to. */
export class SecureContexts {
  private forEndpoint: SecureContext | undefined;
  private forOthers: SecureContext | undefined;
  private madeAtMs = 0;

  constructor(
    private readonly name: string,
    private readonly settings: TlsSettings | undefined,
  ) {}

  /**
   * With the client certificate for the endpoint itself alone.
   * @throws CollectionError `tls` where a PEM file cannot be read or used
   */
  for(isEndpoint: boolean): SecureContext | Promise<SecureContext> {
    if (this.isPlain()) return (systemContext ??= createSecureContext());
    return this.read(isEndpoint);
  }

  private isPlain(): boolean {
    const { caFile, certFile, keyFile } = this.settings ?? {};
    return caFile === undefined && certFile === undefined && keyFile === undefined;
  }

  private async read(isEndpoint: boolean): Promise<SecureContext> {
    if (performance.now() - this.madeAtMs > maxAgeMs || this.forEndpoint === undefined) {
      const { ca, cert, key } = await readTlsMaterial(this.settings);
      this.forEndpoint = this.make({
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
      });
      this.forOthers = this.make({ ...(ca && { ca }) });
      this.madeAtMs = performance.now();
    }
    return (isEndpoint ? this.forEndpoint : this.forOthers) ?? this.forEndpoint;
  }

  private make(material: Pick<TlsMaterial, 'ca' | 'cert' | 'key'>): SecureContext {
    try {
      return createSecureContext(material);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'unusable';
      throw new CollectionError('tls', `lb/${this.name}: the files under tls: ${why}`, { cause });
    }
  }
}
