import { formatDuration } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import type { Exposure } from '../../slo/exposure.js';
import { exposureChart } from '../charts/exposure-chart.js';
import type { StatusModel } from '../model.js';
import { attainment, attainmentState } from '../words.js';

/** Datasets drawn; of the others there are figures. */
const mostCharts = 8;

function figureOf({ exposureMs }: Exposure): string {
  return exposureMs === null ? 'unknown' : formatDuration(exposureMs);
}

function wayOf({ path, source, unproved }: Exposure): Markup {
  const way = path === null ? 'no way back is known' : `by the ${path}`;
  const doubt = unproved === null ? '' : `No evidence: ${unproved}.`;
  return markup`<p class="quiet">${way}; ${source}. <strong>${doubt}</strong></p>`;
}

function datasetMarkup(exposure: Exposure, model: StatusModel, hasChart: boolean): Markup {
  const { dataset, targetMs, status } = exposure;
  const isWorst = dataset === model.worstDataset && model.exposures.length > 1;
  const chart = hasChart
    ? exposureChart(exposure, model.exposureHistory(dataset), model.atMs)
    : markup``;
  return markup`<article class="dataset ${attainmentState(status)}" data-key="${dataset}"><h3>${dataset}${isWorst ? ' (decides)' : ''}</h3>
<p class="loss"><b>${figureOf(exposure)}</b> of ${formatDuration(targetMs)} ${attainment(status)}</p>${chart}${wayOf(exposure)}</article>`;
}

/** Most exposed first: those that nothing is known of before all others. */
function ordered(exposures: readonly Exposure[]): Exposure[] {
  const loss = ({ exposureMs }: Exposure) => exposureMs ?? Infinity;
  return exposures.toSorted((a, b) => loss(b) / b.targetMs - loss(a) / a.targetMs);
}

/** What would be lost if it all died now, against what may be lost. */
export function exposureSection(model: StatusModel): Markup {
  const datasets = ordered(model.exposures);
  const body =
    datasets.length === 0
      ? markup`<p class="quiet">No dataset is followed: configure lag, objects or backups.</p>`
      : markup`<div class="datasets">${datasets.map((each, index) => datasetMarkup(each, model, index < mostCharts))}</div>`;
  return markup`<section id="exposure" class="card" aria-labelledby="exposure-title"><h2 id="exposure-title">What would be lost now</h2>
<p class="quiet">Time since the newest point that could be brought back, over the last hour, on a logarithmic scale.</p>${body}</section>`;
}
