import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { fileURLToPath } from 'node:url';
import { serverTls } from '../replicas/synced.js';

const caFile = fileURLToPath(new URL('../fixtures/tls/ca.crt', import.meta.url));
const port = 8443;

/** An endpoint with a certificate: the API instances of the lab have none. */
export class TlsEndpoint {
  private readonly server: Server = createServer(serverTls, (_request, response) => {
    response.end('{"status":"ok"}');
  });

  constructor(private readonly host: string) {}

  async start(): Promise<void> {
    this.server.listen(port, this.host);
    await once(this.server, 'listening');
  }

  /** What the exporter is told of it. */
  get target(): object {
    return {
      name: 'dashboard',
      url: `https://${this.host}:${port}/`,
      component: 'dashboard',
      region: 'region-a',
      interval: '1s',
      timeout: '900ms',
      tls: { caFile, serverName: 'localhost' },
    };
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
