// One instance of the platform's API. Arguments: address, port, zone.
import { createServer } from 'node:http';

const [address = '127.0.0.1', port = '8080', zone = ''] = process.argv.slice(2);
createServer((request, response) => {
  if (request.url !== '/healthz') response.statusCode = 404;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ status: response.statusCode === 404 ? 'not found' : 'ok', zone }));
}).listen(Number(port), address);
