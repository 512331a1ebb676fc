import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { contentTypes, type ExpositionFormat } from '../telemetry/exposition.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';
import { serverLimits } from './limits.js';

const compress = promisify(gzip);
/** Fastest level: a scrape is read once, on the same network. */
const gzipLevel = 1;

/** OpenMetrics when the scraper names it; Prometheus' text otherwise. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  return accept !== undefined &&
    /application\/openmetrics-text(?!\s*;[^,]*\bq=0(?:\.0*)?\s*(?:[,;]|$))/.test(accept)
    ? 'openmetrics'
    : 'prometheus';
}

async function writePage(page: MetricsPage, request: Request, response: Response): Promise<void> {
  const format = negotiateFormat(request.headers.accept);
  const chunks: Buffer[] = [];
  for await (const chunk of page.render(format)) chunks.push(Buffer.from(chunk));
  const plain = Buffer.concat(chunks);
  response.setHeader('Content-Type', contentTypes[format]);
  response.vary('Accept').vary('Accept-Encoding');
  if (request.acceptsEncodings('gzip') !== 'gzip') {
    response.end(plain);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.end(await compress(plain, { level: gzipLevel }));
}

/** `GET /metrics`: renders what is known; probes nothing. */
export function metricsRoute(page: MetricsPage): RequestHandler {
  let writing = 0;
  return async (request, response) => {
    if (writing >= serverLimits.scrapesAtOnce) {
      response.status(503).type('text/plain').send('too many scrapes at once; try again\n');
      return;
    }
    writing += 1;
    try {
      await writePage(page, request, response);
    } finally {
      writing -= 1;
    }
  };
}
