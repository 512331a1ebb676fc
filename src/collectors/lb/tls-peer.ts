import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { TlsPeer } from './snapshot.js';

/** Certificates looked at in a chain at most. */
const maxChainLength = 10;

function notAfterMs(certificate: DetailedPeerCertificate): number {
  return Date.parse(certificate.valid_to);
}

/** The first end of validity among the certificates of a chain. */
function chainNotAfterMs(leaf: DetailedPeerCertificate): number {
  let earliest = notAfterMs(leaf);
  let current = leaf;
  for (let depth = 1; depth < maxChainLength; depth += 1) {
    const { issuerCertificate } = current;
    // A self-signed certificate is its own issuer.
    if (issuerCertificate === undefined || issuerCertificate === current) break;
    current = issuerCertificate;
    earliest = Math.min(earliest, notAfterMs(current));
  }
  return earliest;
}

/**
 * What the server showed, once the handshake is over. Read whether it was verified or not: the
 * end of a certificate is wanted most when it has passed.
 */
export function readTlsPeer(
  socket: TLSSocket,
  verifiedLeaf: DetailedPeerCertificate | undefined,
): TlsPeer {
  const leaf = verifiedLeaf ?? socket.getPeerCertificate(true);
  const isShown = 'valid_to' in leaf;
  return {
    verified: socket.authorized,
    fault: socket.authorized ? undefined : String(socket.authorizationError),
    version: socket.getProtocol() ?? 'unknown',
    leafNotAfterMs: isShown ? notAfterMs(leaf) : NaN,
    chainNotAfterMs: isShown ? chainNotAfterMs(leaf) : NaN,
  };
}
