import { h } from '../dom.js';
import uPlot from '../vendor/uplot.js';

const HEIGHT = 132;
// The phases minimise different losses, so each has its own scale; only their shapes are to be compared.
const SERIES = [
  { phase: 'skip-gram', name: 'Item vectors', colour: '--curve-1' },
  { phase: 'glove', name: 'Item vectors', colour: '--curve-1' },
  { phase: 'sequence', name: 'Sequence model', colour: '--curve-2' },
];

/** The loss as training goes on. */
export function createCurve() {
  const canvas = h('div', { class: 'curve-plot' });
  const legend = h('p', { class: 'curve-legend', 'aria-hidden': 'true' });
  const root = h('figure', { class: 'curve', role: 'img', testid: 'loss-curve', hidden: true }, canvas, legend);
  let plot = null;
  let shown = [];

  function draw(curve) {
    const phases = SERIES.filter(({ phase }) => curve.some((point) => point.phase === phase));
    if (plot?.phases !== phases.length) {
      plot?.chart.destroy();
      plot = { phases: phases.length, chart: makeChart(canvas, phases) };
      legend.replaceChildren(...phases.map(({ name, phase }) => h('span', { class: `swatch ${phase}` }, `${name}: loss`)));
    }
    plot.chart.setData([
      curve.map(({ step }) => step),
      ...phases.map(({ phase }) => curve.map((point) => (point.phase === phase ? point.loss : null))),
    ]);
    root.setAttribute('aria-label', describe(curve, phases));
  }

  function redraw() {
    plot?.chart.destroy();
    plot = null;
    if (shown.length > 1) draw(shown);
  }
  addEventListener('themechange', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  new ResizeObserver(() => plot?.chart.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);

  return {
    root,
    update(curve) {
      if (curve === shown) return;
      shown = curve;
      root.hidden = curve.length < 2;
      if (!root.hidden) draw(curve);
    },
  };
}

function makeChart(target, phases) {
  const colour = (name) => resolved(target, name);
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: target.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: { x: { time: false } },
      axes: [
        { ...axis, scale: 'x', size: 26, space: 48 },
        { ...axis, scale: phases[0].phase, size: 36, space: 30 },
        ...phases.slice(1).map(({ phase }) => ({ ...axis, scale: phase, side: 1, size: 36, space: 30, grid: { show: false } })),
      ],
      series: [
        {},
        ...phases.map(({ phase, colour: name }) => ({
          scale: phase,
          stroke: colour(name),
          width: 2,
          points: { show: false },
          spanGaps: true,
        })),
      ],
    },
    [[], ...phases.map(() => [])],
    target,
  );
}

// A canvas needs the colour itself, not the variable that follows the theme.
function resolved(element, name) {
  element.style.color = `var(${name})`;
  return getComputedStyle(element).color;
}

function describe(curve, phases) {
  const parts = phases.map(({ phase, name }) => {
    const losses = curve.filter((point) => point.phase === phase).map(({ loss }) => loss);
    return `${name}: from ${losses[0].toFixed(2)} to ${losses.at(-1).toFixed(2)}`;
  });
  return `Loss curve. ${parts.join('. ')}.`;
}
