import type { Drawing, Drawn } from './drawing.js';
import { drawBarGauge } from './panels/bar-gauge.js';
import { drawHeatmap } from './panels/heatmap.js';
import { drawStat } from './panels/stat.js';
import { drawStateTimeline } from './panels/state-timeline.js';
import { drawTable } from './panels/table.js';
import { drawText } from './panels/text.js';
import { drawTimeseries } from './panels/timeseries.js';

const drawers: Readonly<Record<string, (drawing: Drawing) => Drawn>> = {
  bargauge: drawBarGauge,
  heatmap: drawHeatmap,
  stat: drawStat,
  'state-timeline': drawStateTimeline,
  table: drawTable,
  text: drawText,
  timeseries: drawTimeseries,
};

/** The inside of a panel. */
export function drawPanel(drawing: Drawing): Drawn {
  const { type } = drawing.panel;
  const draw = drawers[type];
  return draw === undefined
    ? { html: `<div class="no-data">The preview draws no ${type}</div>`, remarks: [] }
    : draw(drawing);
}
