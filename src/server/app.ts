import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { ReloadResult } from '../deployment/reloader.js';
import type { StateBook } from '../runner/state-book.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';
import { heartbeatsRoute, type ServedHeartbeats } from './heartbeats-route.js';
import { metricsRoute } from './metrics-route.js';
import { peerPath } from '../runner/peer-signature.js';
import { peerRoute, type ServedToPeers } from './peer-route.js';
import { addSloRoutes, type ServedSlos } from './slo-routes.js';
import { addStatusRoutes, type ServedStatus } from './status-routes.js';

/** What the routes show and can ask for. */
export interface ServedExporter {
  readonly version: string;
  readonly page: MetricsPage;
  readonly book: StateBook;
  readonly slos: ServedSlos;
  readonly heartbeats: ServedHeartbeats;
  readonly peers: ServedToPeers;
  readonly status: ServedStatus;
  readonly deployment: () => string;
  /** Whether the targets are known: before that none of them waits. */
  readonly hasTargets: () => boolean;
  readonly reload: () => Promise<ReloadResult>;
  /** Whether `POST /-/reload` is allowed at all. */
  readonly reloadAllowed: () => boolean;
  readonly logError: (error: unknown) => void;
}

const secureHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  next();
};

function readyRoute({ book, hasTargets }: ServedExporter): RequestHandler {
  return (_request, response) => {
    if (!hasTargets()) {
      response.status(503).type('text/plain').send('starting: history is being read\n');
      return;
    }
    const waiting = book.targets.filter(({ status }) => status === 'pending').length;
    const text = waiting === 0 ? 'ready\n' : `${waiting} targets not collected yet\n`;
    response
      .status(waiting === 0 ? 200 : 503)
      .type('text/plain')
      .send(text);
  };
}

function reloadRoute({ reload, reloadAllowed }: ServedExporter): RequestHandler {
  return async (request, response) => {
    if (!reloadAllowed() || request.headers.origin !== undefined) {
      response
        .status(403)
        .json({ ok: false, faults: ['reload over HTTP is off (server.reload); send SIGHUP'] });
      return;
    }
    const result = await reload();
    response.status(result.ok ? 200 : 422).json(result);
  };
}

function stateRoute({ version, deployment, book }: ServedExporter): RequestHandler {
  return (_request, response) => {
    response.json({
      deployment: deployment(),
      version,
      at: new Date().toISOString(),
      targets: book.targets,
      events: book.events,
    });
  };
}

function onlyMethods(...methods: string[]): RequestHandler {
  return (_request, response) => {
    response.setHeader('Allow', methods.join(', '));
    response
      .status(405)
      .type('text/plain')
      .send(`use ${methods.join(' or ')}\n`);
  };
}

/** The exporter's HTTP face. Every route reads memory alone. */
export function createApp(served: ServedExporter): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.use(secureHeaders);
  app.route('/metrics').get(metricsRoute(served.page)).all(onlyMethods('GET'));
  app
    .route('/-/healthy')
    .get((_request, response) => void response.type('text/plain').send('healthy\n'))
    .all(onlyMethods('GET'));
  app.route('/-/ready').get(readyRoute(served)).all(onlyMethods('GET'));
  app.route('/-/reload').post(reloadRoute(served)).all(onlyMethods('POST'));
  app.route('/api/v1/state').get(stateRoute(served)).all(onlyMethods('GET'));
  app
    .route('/api/v1/heartbeats')
    .get(heartbeatsRoute(served.heartbeats, served.deployment))
    .all(onlyMethods('GET'));
  app.route(peerPath).get(peerRoute(served.peers)).all(onlyMethods('GET'));
  addSloRoutes(app, served.slos, onlyMethods('GET'));
  addStatusRoutes(app, served.status, onlyMethods('GET'));
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('not found; / lists what there is\n');
  });
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    served.logError(error);
    if (response.headersSent) response.destroy();
    else response.status(500).type('text/plain').send('internal error; see the log\n');
  };
  app.use(onError);
  return app;
}
