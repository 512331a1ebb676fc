import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Incident } from '../slo/incident.js';
import { markup, Markup } from '../report/markup.js';
import { documentMarkup, type AssetPaths, type Frame } from '../status-page/document.js';
import type { StatusModel } from '../status-page/model.js';
import {
  incidentPage,
  incidentsPage,
  sloPage,
  slosPage,
  targetsPage,
} from '../status-page/pages.js';
import { titleOf } from '../status-page/sections/headline.js';
import { addAssets } from './assets.js';
import type { LiveFeed } from './live-feed.js';
import type { SnapshotMaker } from './status-snapshot.js';

/** What the pages show. */
export interface ServedStatus {
  model(): StatusModel;
  incident(id: string): Promise<Incident | undefined>;
  readonly snapshots: SnapshotMaker;
  readonly feed: LiveFeed;
}

/** What the routes share. */
interface Pages extends ServedStatus {
  readonly assets: AssetPaths;
}

const compress = promisify(gzip);
/** A page is read once, and made for one reader: speed before size. */
const gzipLevel = 4;
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

async function sendPage(request: Request, response: Response, page: Markup): Promise<void> {
  response.setHeader('Content-Security-Policy', policy);
  response.type('html').vary('Accept-Encoding');
  if (request.acceptsEncodings('gzip') !== 'gzip') {
    response.send(page.html);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  response.end(await compress(page.html, { level: gzipLevel }));
}

function frameOf(
  { assets }: Pick<Pages, 'assets'>,
  { deployment, version }: StatusModel,
  title: string,
): Frame {
  return { deployment, version, assets, title: `${title} · ${deployment} · sensei` };
}

function frontPage(served: Pages): RequestHandler {
  const { snapshots } = served;
  return async (request, response) => {
    const snapshot = await snapshots.current();
    const live = `/live?since=${snapshots.markOf(snapshot)}`;
    const title = titleOf(snapshot.model);
    const frame = { ...frameOf(served, snapshot.model, title), title, live };
    const sections = [...snapshot.sections.values()].map(({ html }) => new Markup(html));
    const content = markup`<h1 class="unseen">Status of ${snapshot.model.deployment}</h1>${sections}`;
    await sendPage(request, response, documentMarkup(frame, content));
  };
}

async function notFound(
  served: Pages,
  model: StatusModel,
  what: string,
  request: Request,
  response: Response,
): Promise<void> {
  response.status(404);
  const content = markup`<section class="card"><h1>Not found</h1><p>${what} <a href="/">The status page</a> lists what there is.</p></section>`;
  await sendPage(request, response, documentMarkup(frameOf(served, model, 'Not found'), content));
}

function queryOf({ url }: Request): URLSearchParams {
  return new URL(url, 'http://localhost').searchParams;
}

function pageOf(text: string | null): number {
  const page = Number(text ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}

function incidentsRoute(served: Pages): RequestHandler {
  return async (request, response) => {
    const model = served.model();
    const asked = queryOf(request);
    const component = asked.get('component') ?? '';
    const query = {
      page: pageOf(asked.get('page')),
      component: component === '' ? undefined : component,
    };
    const page = incidentsPage(model, query);
    await sendPage(request, response, documentMarkup(frameOf(served, model, 'Incidents'), page));
  };
}

function incidentRoute(served: Pages): RequestHandler {
  return async (request, response) => {
    const model = served.model();
    const id = String(request.params['id']);
    const incident = await served.incident(id).catch(() => undefined);
    if (incident === undefined) {
      await notFound(served, model, `No incident ${id} is known.`, request, response);
      return;
    }
    const frame = frameOf(served, model, `Incident of ${incident.slo}`);
    await sendPage(request, response, documentMarkup(frame, incidentPage(incident, model.atMs)));
  };
}

/** A page that needs nothing but what is known now. */
function pageRoute(
  served: Pages,
  title: string,
  make: (model: StatusModel, page: number) => Markup,
): RequestHandler {
  return async (request, response) => {
    const model = served.model();
    const page = pageOf(queryOf(request).get('page'));
    await sendPage(
      request,
      response,
      documentMarkup(frameOf(served, model, title), make(model, page)),
    );
  };
}

function sloRoute(served: Pages): RequestHandler {
  return async (request, response) => {
    const model = served.model();
    const name = String(request.params['name']);
    const slo = model.slos.find((each) => each.name === name);
    if (slo === undefined) {
      await notFound(served, model, `No SLO ${name} is configured.`, request, response);
      return;
    }
    await sendPage(
      request,
      response,
      documentMarkup(frameOf(served, model, name), sloPage(slo, model)),
    );
  };
}

/** Adds the status page and the pages that it links to, each for GET alone. */
export function addStatusRoutes(app: Express, served: ServedStatus, onlyGet: RequestHandler): void {
  const pages = { ...served, assets: addAssets(app, onlyGet) };
  const routes: Readonly<Record<string, RequestHandler>> = {
    '/': frontPage(pages),
    '/live': served.feed.route(),
    '/incidents': incidentsRoute(pages),
    '/incidents/:id': incidentRoute(pages),
    '/slos': pageRoute(pages, 'SLOs', slosPage),
    '/targets': pageRoute(pages, 'Targets', targetsPage),
    '/slos/:name': sloRoute(pages),
  };
  for (const [path, handler] of Object.entries(routes)) app.route(path).get(handler).all(onlyGet);
}
