// What the hooks of a failover call over HTTP: POST /fence/region-a, /unfence/region-a, /start/region-a (as a standby), each
// with the fencer's password as the bearer token. GET / lists what was asked for.
// Arguments: host, port, name of the lab.
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Lab } from './lab.js';

const [host = '', port = '', name = ''] = process.argv.slice(2);
const lab = Lab.open(name);
const run = promisify(execFile);
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');
const asked: { readonly atMs: number; readonly path: string; readonly status: number }[] = [];

/** In a program of its own: what is started must not be below this one, and end with it. */
async function command(...words: readonly string[]): Promise<void> {
  await run(process.execPath, ['--import', tsx, main, '--name', name, ...words]);
}

async function act(action: string, region: 'a' | 'b'): Promise<void> {
  if (action === 'fence') await lab.fence(region);
  else if (action === 'unfence') await command('unfence', `region-${region}`);
  else await command('start', `region-${region}`, '--standby');
}

async function statusOf({ method, url = '', headers }: IncomingMessage): Promise<number> {
  const found = /^\/(fence|unfence|start)\/region-([ab])$/.exec(url);
  if (method !== 'POST' || found === null) return 404;
  if (headers.authorization !== `Bearer ${lab.password('fencer')}`) return 401;
  await act(found[1] ?? '', found[2] as 'a' | 'b');
  return 200;
}

createServer((request, response) => {
  request.resume();
  if (request.method === 'GET' && request.url === '/') {
    response.end(`${JSON.stringify(asked)}\n`);
    return;
  }
  const answer = (status: number, words: string) => {
    asked.push({ atMs: Date.now(), path: request.url ?? '', status });
    response.writeHead(status).end(`${words}\n`);
  };
  statusOf(request).then(
    (status) => answer(status, status === 200 ? 'ok' : 'refused'),
    (error: unknown) => answer(500, String(error)),
  );
}).listen(Number(port), host);
