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

/** What is shown of one page. */
interface Shown {
  readonly title: string;
  readonly content: Markup;
  readonly isMissing?: true;
}

function notFound(what: string): Shown {
  const content = markup`<section class="card"><h1>Not found</h1><p>${what} <a href="/">The status page</a> lists what there is.</p></section>`;
  return { title: 'Not found', content, isMissing: true };
}

function queryOf({ url }: Request): URLSearchParams {
  return new URL(url, 'http://localhost').searchParams;
}

function pageOf(query: URLSearchParams): number {
  const page = Number(query.get('page') ?? 1);
  return Number.isSafeInteger(page) && page >= 1 ? page : 1;
}

/** A page that is made of what is known now. */
function pageRoute(
  served: Pages,
  show: (model: StatusModel, request: Request) => Shown | Promise<Shown>,
): RequestHandler {
  return async (request, response) => {
    const model = served.model();
    const { title, content, isMissing } = await show(model, request);
    if (isMissing === true) response.status(404);
    await sendPage(request, response, documentMarkup(frameOf(served, model, title), content));
  };
}

function showIncidents(model: StatusModel, request: Request): Shown {
  const asked = queryOf(request);
  const component = asked.get('component') ?? '';
  const query = { page: pageOf(asked), component: component === '' ? undefined : component };
  return { title: 'Incidents', content: incidentsPage(model, query) };
}

async function showIncident(
  served: Pages,
  { atMs }: StatusModel,
  { params }: Request,
): Promise<Shown> {
  const id = String(params['id']);
  const incident = await served.incident(id).catch(() => undefined);
  if (incident === undefined) return notFound(`No incident ${id} is known.`);
  return { title: `Incident of ${incident.slo}`, content: incidentPage(incident, atMs) };
}

function showSlo(model: StatusModel, { params }: Request): Shown {
  const name = String(params['name']);
  const slo = model.slos.find((each) => each.name === name);
  if (slo === undefined) return notFound(`No SLO ${name} is configured.`);
  return { title: name, content: sloPage(slo, model) };
}

function showSlos(model: StatusModel, request: Request): Shown {
  return { title: 'SLOs', content: slosPage(model, pageOf(queryOf(request))) };
}

/** Adds the status page and the pages that it links to, each for GET alone. */
export function addStatusRoutes(app: Express, served: ServedStatus, onlyGet: RequestHandler): void {
  const pages = { ...served, assets: addAssets(app, onlyGet) };
  const routes: Readonly<Record<string, RequestHandler>> = {
    '/': frontPage(pages),
    '/live': served.feed.route(),
    '/incidents': pageRoute(pages, showIncidents),
    '/incidents/:id': pageRoute(pages, (model, request) => showIncident(pages, model, request)),
    '/slos': pageRoute(pages, showSlos),
    '/targets': pageRoute(pages, (model) => ({ title: 'Targets', content: targetsPage(model) })),
    '/slos/:name': pageRoute(pages, showSlo),
  };
  for (const [path, handler] of Object.entries(routes)) app.route(path).get(handler).all(onlyGet);
}
