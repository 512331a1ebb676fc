import type { ThemeName } from './color.js';
import { complaintsAbout } from './complaints.js';
import type { Dashboard, Panel } from './dashboard.js';
import { drawPanel } from './draw-panel.js';
import type { Region } from './drawing.js';
import { displayName, numberFields } from './frame.js';
import { boxOf, contentSize, margin, top, type Box } from './grid.js';
import { escaped, style, textWidth } from './html.js';
import { page } from './page.js';
import { answersFor, regionsFor } from './panel-answers.js';
import type { Source } from './source.js';
import { macros, resolveVariables, substitute, type Resolved, type Values } from './variables.js';

export interface RenderOptions {
  readonly theme: ThemeName;
  /** Of the whole page, in pixels. */
  readonly width: number;
  /** Values of variables that are not to be chosen as Grafana would: the SLO to look at. */
  readonly wishes?: Values;
}

export interface Rendered {
  readonly html: string;
  readonly width: number;
  readonly height: number;
  /** What is not drawn as Grafana would draw it. */
  readonly complaints: readonly string[];
  /** What a designer should look at: too little room, no data. */
  readonly remarks: readonly string[];
}

function position({ left, top, width, height }: Box): string {
  return style({ left, top, width, height });
}

function rowHtml(panel: Panel, box: Box): string {
  return `<div class="row" ${position(box)}>⌄ ${escaped(panel.title ?? '')}</div>`;
}

function notices(kind: string, texts: readonly string[]): string {
  return texts.length === 0 ? '' : `<div class="${kind}">${texts.map(escaped).join('<br>')}</div>`;
}

function panelHtml(panel: Panel, box: Box, title: string, inside: string, trouble: string): string {
  const mark = panel.description === undefined ? '' : '<b class="mark">i</b>';
  const header = title === '' ? '' : `<h2><span>${escaped(title)}</span>${mark}</h2>`;
  const css = panel.transparent === true ? 'panel transparent' : 'panel';
  return `<section class="${css}" ${position(box)}>${header}<div class="content">${inside}</div>${trouble}</section>`;
}

interface Context {
  readonly dashboard: Dashboard;
  readonly source: Source;
  readonly values: Values;
  readonly regions: readonly Region[];
  readonly options: RenderOptions;
}

interface Part {
  readonly html: string;
  readonly complaints: readonly string[];
  readonly remarks: readonly string[];
}

function titleRemarks(title: string, { width }: Box): readonly string[] {
  const room = width - 40;
  return textWidth(title, 14) > room ? ['the title is cut'] : [];
}

async function panelPart(panel: Panel, context: Context): Promise<Part> {
  const { dashboard, source, values, regions, options } = context;
  const box = boxOf(panel.gridPos, options.width);
  const about = complaintsAbout(panel);
  if (panel.type === 'row') return { html: rowHtml(panel, box), complaints: about, remarks: [] };
  const { frames, errors } = await answersFor(dashboard, panel, source, values);
  const title = substitute(panel.title ?? '', values);
  const look = { theme: options.theme, atMs: source.span.end * 1000 };
  const size = contentSize(box, title !== '');
  const drawn = drawPanel({ panel, frames, size, look, span: source.span, regions });
  const trouble = notices('error', errors) + notices('complaint', about);
  const remarks = [...titleRemarks(title, box), ...drawn.remarks, ...nameless(panel, frames)];
  return {
    html: panelHtml(panel, box, title, drawn.html, trouble),
    complaints: [...about, ...errors].map((text) => `${title}: ${text}`),
    remarks: remarks.map((text) => `${title}: ${text}`),
  };
}

/** A legend entry without words, or the same one twice, tells a reader nothing. */
function nameless({ type }: Panel, frames: Parameters<typeof numberFields>[0]): readonly string[] {
  if (type !== 'timeseries' && type !== 'state-timeline') return [];
  const names = numberFields(frames).map(displayName);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return [
    ...(names.some((name) => name.trim() === '') ? ['a series without a name'] : []),
    ...(twice.length > 0 ? [`the same name twice: ${[...new Set(twice)].join(', ')}`] : []),
  ];
}

function pickers(variables: readonly Resolved[]): string {
  return variables
    .filter(({ isHidden }) => !isHidden)
    .map(
      ({ label, shown }) =>
        `<span class="picker"><b>${escaped(label)}</b><span>${escaped(shown)}</span></span>`,
    )
    .join('');
}

function valuesOf(variables: readonly Resolved[], source: Source): Values {
  return {
    ...macros(source),
    ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  };
}

function heightOf({ panels }: Dashboard, width: number): number {
  const boxes = panels.map(({ gridPos }) => boxOf(gridPos, width));
  return Math.max(top, ...boxes.map((box) => box.top + box.height)) + margin;
}

/** Draws a dashboard from its JSON and a source of answers, as one page that needs nothing else. */
export async function render(
  dashboard: Dashboard,
  source: Source,
  options: RenderOptions,
): Promise<Rendered> {
  const { theme, width } = options;
  const variables = await resolveVariables(dashboard, source, options.wishes ?? {});
  const values = valuesOf(variables, source);
  const regions = await regionsFor(dashboard, source, values, theme);
  const context: Context = { dashboard, source, values, regions, options };
  const parts: Part[] = [];
  for (const panel of dashboard.panels) parts.push(await panelPart(panel, context));
  const height = heightOf(dashboard, width);
  const body = parts.map(({ html }) => html).join('\n');
  const { span } = source;
  const html = page({ dashboard, theme, pickers: pickers(variables), span, body, height });
  const complaints = parts.flatMap((part) => part.complaints);
  return { html, width, height, complaints, remarks: parts.flatMap((part) => part.remarks) };
}
