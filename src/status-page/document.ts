import { markup, type Markup } from '../report/markup.js';

export type AssetName = 'style' | 'live' | 'morph' | 'icon';
/** Where a page finds what it is made with. */
export type AssetPaths = Readonly<Record<AssetName, string>>;

/** What every page has around its content. */
export interface Frame {
  readonly deployment: string;
  readonly version: string;
  readonly title: string;
  readonly assets: AssetPaths;
  /** Path of the server-sent events that keep it fresh; a page without one is fresh when it is loaded. */
  readonly live?: string;
}

const links = [
  ['/', 'Status'],
  ['/incidents', 'Incidents'],
  ['/slos', 'SLOs'],
  ['/targets', 'Targets'],
] as const;

const machineLinks = [
  ['/metrics', 'metrics'],
  ['/api/v1/state', 'state'],
  ['/api/v1/slos', 'SLOs'],
  ['/api/v1/incidents', 'incidents'],
  ['/api/v1/compliance', 'compliance'],
  ['/api/v1/drills', 'drills'],
  ['/api/v1/regions', 'regions'],
  ['/api/v1/heartbeats', 'heartbeats'],
  ['/-/healthy', 'healthy'],
  ['/-/ready', 'ready'],
] as const;

/** Without JavaScript a live page loads itself again, that often, in seconds. */
const reloadSeconds = 15;

function liveHead({ live, assets }: Frame): Markup {
  if (live === undefined) return markup``;
  return markup`<noscript><meta http-equiv="refresh" content="${String(reloadSeconds)}"></noscript><script defer src="${assets.morph}"></script><script defer src="${assets.live}"></script>`;
}

/** A whole page. It asks this server alone for what it needs, and works without JavaScript. */
export function documentMarkup(frame: Frame, content: Markup): Markup {
  const { deployment, version, title, assets, live } = frame;
  const navigation = links.map(([path, text]) => markup`<a href="${path}">${text}</a>`);
  const machines = machineLinks.map(([path, text]) => markup`<a href="${path}">${text}</a>`);
  const source = live === undefined ? markup`` : markup` data-live="${live}"`;
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="icon" href="${assets.icon}" type="image/svg+xml"><link rel="stylesheet" href="${assets.style}">${liveHead(frame)}</head>
<body${source}><a class="skip" href="#content">To the content</a>
<header><p class="name"><b>${deployment}</b></p><nav aria-label="Pages">${navigation}</nav></header>
<main id="content">${content}</main>
<footer><p>sensei exporter ${version}. Times are UTC.</p><nav aria-label="For machines">${machines}</nav></footer></body></html>
`;
}
