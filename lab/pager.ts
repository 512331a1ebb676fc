// Where the lab's Alertmanager sends: a service that speaks PagerDuty's Events API v2, a tracker that
// takes tickets, and a dead man's switch. Arguments: host, port.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { PagerService } from './events-api.js';

const [host = '', port = ''] = process.argv.slice(2);
const service = new PagerService();
const tickets: unknown[] = [];
let heartbeats = 0;

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function enqueue(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const said = service.take(JSON.parse(await text(request)), Date.now());
  if (said.status === 202) {
    const { dedupKey } = said;
    answer(response, 202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
  } else {
    const message = 'Event object is invalid';
    answer(response, 400, { status: 'invalid event', message, errors: said.errors });
  }
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const what = `${request.method} ${request.url}`;
  if (what === 'POST /v2/enqueue') await enqueue(request, response);
  else if (what === 'POST /tickets') {
    tickets.push({ atMs: Date.now(), ...(JSON.parse(await text(request)) as object) });
    answer(response, 200, {});
  } else if (what === 'POST /heartbeat') {
    heartbeats += 1;
    answer(response, 200, {});
  } else if (what === 'GET /') {
    answer(response, 200, {
      incidents: service.incidents,
      refused: service.refused,
      tickets,
      heartbeats,
    });
  } else answer(response, 404, { message: `no such page: ${what}` });
}

createServer((request, response) => {
  handle(request, response).catch((error: unknown) =>
    answer(response, 400, { message: String(error) }),
  );
}).listen(Number(port), host);
