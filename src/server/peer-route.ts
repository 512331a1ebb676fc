import type { RequestHandler } from 'express';
import { isNonce, isSigned, nonceHeader, sign, signatureHeader } from '../runner/peer-signature.js';
import type { RegionsAnswer } from '../slo/answers.js';

/** What the route for other exporters needs. */
export interface ServedToPeers {
  regions(): RegionsAnswer;
  /** The shared secret; undefined where no peers are configured. */
  peerSecret(): Promise<string | undefined>;
}

/** What this exporter sees, for those alone that know the shared secret; the answer is signed with it. */
export function peerRoute(served: ServedToPeers): RequestHandler {
  return async (request, response) => {
    const secret = await served.peerSecret();
    if (secret === undefined) {
      response.status(404).json({ error: 'no peers are configured here' });
      return;
    }
    const nonce = request.headers[nonceHeader];
    const given = request.headers[signatureHeader];
    if (!isNonce(nonce) || !isSigned(sign(secret, 'question', nonce), given)) {
      response.status(403).json({ error: 'not signed with the shared secret (peers.secret)' });
      return;
    }
    const body = JSON.stringify(served.regions());
    response.setHeader(signatureHeader, sign(secret, 'answer', nonce, body));
    response.type('json').send(body);
  };
}
