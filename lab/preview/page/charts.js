// Runs in the page: draws what lab/preview/panels/timeseries.ts has laid out, with uPlot.
(() => {
  const pad = (number) => String(number).padStart(2, '0');

  const clock = (seconds, withSeconds) => {
    const at = new Date(seconds * 1000);
    const text = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
    return withSeconds ? `${text}:${pad(at.getSeconds())}` : text;
  };

  const shaded = (color, share) =>
    `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, transparent)`;

  // A canvas does not know color-mix: the page's own style engine resolves it.
  const resolved = (color) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = color;
    const result = getComputedStyle(probe).color;
    probe.remove();
    return result;
  };

  const paths = ({ draw, interpolation }) => {
    const builders = uPlot.paths;
    if (draw === 'bars') return builders.bars({ size: [0.9, 100] });
    if (draw === 'points') return () => null;
    if (interpolation === 'stepAfter') return builders.stepped({ align: 1 });
    if (interpolation === 'stepBefore') return builders.stepped({ align: -1 });
    return interpolation === 'smooth' ? builders.spline() : builders.linear();
  };

  const points = ({ points: wish, pointSize, draw, lone, color }) => {
    if (wish === 'never') return { show: false };
    const isAll = wish === 'always' || draw === 'points';
    return { show: true, size: pointSize, fill: color, filter: isAll ? undefined : () => lone };
  };

  const series = (line) => ({
    scale: line.scale,
    stroke: line.color,
    width: line.width,
    dash: line.dash,
    spanGaps: line.spansGaps,
    fill: line.fill > 0 ? resolved(shaded(line.color, line.fill)) : undefined,
    paths: paths(line),
    points: points(line),
  });

  const distributions = { linear: 1, log: 3, symlog: 4 };

  const scale = ({ min, max, scale: kind, linearWithin }) => ({
    distr: distributions[kind],
    asinh: linearWithin,
    range: [min, max],
  });

  const valueAxis = (ink) => (axis, at) => ({
    scale: axis.key,
    side: at === 0 ? 3 : 1,
    size: axis.width,
    stroke: ink.text,
    font: '12px Inter',
    gap: 5,
    grid: { show: at === 0, stroke: ink.grid, width: 1 },
    ticks: { show: false },
    splits: () => axis.ticks.map((tick) => tick.at),
    filter: (_, splits) => splits,
    values: () => axis.ticks.map((tick) => tick.text),
  });

  const timeAxis = (ink) => ({
    stroke: ink.text,
    font: '12px Inter',
    size: 28,
    gap: 4,
    space: 60,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { stroke: ink.grid, size: 4 },
    values: (_, splits, __, ___, step) => splits.map((at) => clock(at, step < 60)),
  });

  const drawRegion = (plot, { from, to, color }) => {
    const { left, top, width, height } = plot.bbox;
    const x = (at) => Math.min(left + width, Math.max(left, plot.valToPos(at, 'x', true)));
    plot.ctx.fillStyle = resolved(shaded(color, 0.12));
    plot.ctx.fillRect(x(from), top, Math.max(1, x(to) - x(from)), height);
    plot.ctx.strokeStyle = color;
    plot.ctx.setLineDash([4, 4]);
    for (const edge of [x(from), x(to)]) {
      plot.ctx.beginPath();
      plot.ctx.moveTo(edge, top);
      plot.ctx.lineTo(edge, top + height);
      plot.ctx.stroke();
    }
    plot.ctx.setLineDash([]);
  };

  const drawThreshold = (plot, mode, { value, color }, next, scaleKey) => {
    const { left, top, width, height } = plot.bbox;
    const y = (at) => Math.min(top + height, Math.max(top, plot.valToPos(at, scaleKey, true)));
    if (mode.includes('area')) {
      const [high, low] = [
        next === undefined ? top : y(next.value),
        value === null ? top + height : y(value),
      ];
      plot.ctx.fillStyle = resolved(shaded(color, 0.1));
      plot.ctx.fillRect(left, high, width, low - high);
    }
    if (value === null || mode === 'area') return;
    plot.ctx.strokeStyle = color;
    plot.ctx.lineWidth = 2;
    plot.ctx.setLineDash(mode.startsWith('dashed') ? [10, 10] : []);
    plot.ctx.beginPath();
    plot.ctx.moveTo(left, y(value));
    plot.ctx.lineTo(left + width, y(value));
    plot.ctx.stroke();
    plot.ctx.setLineDash([]);
  };

  const drawBackground = (chart) => (plot) => {
    plot.ctx.save();
    const { mode, steps } = chart.thresholds;
    if (mode !== 'off')
      for (const [at, step] of steps.entries())
        drawThreshold(plot, mode, step, steps[at + 1], chart.axes[0].key);
    for (const region of chart.regions) drawRegion(plot, region);
    plot.ctx.restore();
  };

  const draw = (element) => {
    const chart = JSON.parse(element.dataset.chart);
    const options = {
      width: chart.width,
      height: chart.height,
      padding: [8, chart.axes.length > 1 ? 0 : 12, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: true, range: chart.span },
        ...Object.fromEntries(chart.axes.map((axis) => [axis.key, scale(axis)])),
      },
      axes: [timeAxis(chart.ink), ...chart.axes.map(valueAxis(chart.ink))],
      series: [{}, ...chart.lines.map(series)],
      bands: chart.bands.map(({ upper, lower, fill }) => ({
        series: [upper, lower],
        fill: resolved(shaded(chart.lines[upper - 1].color, fill)),
      })),
      hooks: { drawAxes: [drawBackground(chart)] },
    };
    return new uPlot(options, [chart.times, ...chart.lines.map((line) => line.values)], element);
  };

  const drawAll = async () => {
    await document.fonts.load('12px Inter');
    for (const element of document.querySelectorAll('[data-chart]')) draw(element);
    document.body.dataset.drawn = 'true';
  };

  void drawAll();
})();
