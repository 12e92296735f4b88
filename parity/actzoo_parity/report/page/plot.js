// The error over x: one line for each framework and device, the bound at 1. Drawn as SVG.

const WIDTH = 400;
const HEIGHT = 216;
const LEFT = 40;
const RIGHT = 10;
const TOP = 12;
const BOTTOM = 26;
const GUTTER = 26;
const FLOOR = 0.01;
const CEILING = 1e8;

const NAMES = ["torch", "paddle", "flax", "linen"];
const styleOf = (framework) =>
  NAMES.includes(framework)
    ? framework
    : `other-${1 + ([...framework].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 3)}`;

// Where an x lies, from -1 to 1; infinities and NaN have places of their own beside the axis.
function scaleX(plot, view) {
  const values = plot.series.flatMap((s) => s.x);
  const left = LEFT + (values.includes(-Infinity) ? GUTTER : 0);
  const right =
    WIDTH - RIGHT - (values.includes(Infinity) ? GUTTER : 0) - (values.some(Number.isNaN) ? GUTTER : 0);
  const least = Math.log2(plot.least);
  const whole = Math.log2(plot.largest) - least + 1;
  const share = (x) => {
    if (view === "near") return Math.asinh(x) / Math.asinh(plot.near);
    return x === 0 ? 0 : (Math.sign(x) * (Math.log2(Math.abs(x)) - least + 1)) / whole;
  };
  const at = (x) => {
    if (Number.isNaN(x)) return WIDTH - RIGHT - GUTTER / 2;
    if (x === -Infinity) return LEFT + GUTTER / 2;
    if (x === Infinity) return right + GUTTER / 2;
    return (left + right) / 2 + (share(x) * (right - left)) / 2;
  };
  const ends = values.filter((x) => !Number.isFinite(x));
  return {
    at,
    left,
    right,
    ends: distinct(ends),
    shows: (x) => !Number.isFinite(x) || view === "all" || Math.abs(x) <= plot.near,
  };
}

function ticksX(plot, view) {
  const power = (size) => 10 ** Math.floor(Math.log10(size));
  const sizes =
    view === "near"
      ? [1, 10, 100].filter((x) => x <= plot.near)
      : [power(Math.sqrt(plot.least)), 1, power(Math.sqrt(plot.largest))];
  return [...sizes.map((x) => -x).reverse(), 0, ...sizes];
}

// Linear where all holds, since all of it lies between 0 and 1; logarithmic where something does not.
function scaleY(plot) {
  const ratios = plot.series.flatMap((s) => s.ratio);
  const finite = Math.max(0, ...ratios.filter(Number.isFinite));
  const height = HEIGHT - TOP - BOTTOM;
  if (ratios.every((ratio) => ratio <= 1)) {
    return { at: (ratio) => TOP + height * (1 - ratio / 1.12), ticks: [0, 0.25, 0.5, 0.75, 1], top: 1.12 };
  }
  const top = Math.min(CEILING, Math.max(10, finite * 2, ratios.includes(Infinity) ? 1e3 : 0));
  const decades = Math.log10(top / FLOOR);
  const at = (ratio) =>
    TOP + height * (1 - Math.log10(Math.min(top, Math.max(FLOOR, ratio)) / FLOOR) / decades);
  const step = Math.ceil(decades / 5);
  const ticks = [];
  for (let power = -2; 10 ** power <= top; power += 1) if (power % step === 0) ticks.push(10 ** power);
  return { at, ticks, top };
}

// By itself a plot is near 0, unless what fails lies further out.
const fitting = (plot) =>
  plot.series.some((s) =>
    s.ratio.some((ratio, i) => ratio > 1 && Number.isFinite(s.x[i]) && Math.abs(s.x[i]) > plot.near),
  )
    ? "all"
    : "near";

function figure(plot, chosen) {
  const view = chosen ?? fitting(plot);
  const x = scaleX(plot, view);
  const y = scaleY(plot);
  const bottom = HEIGHT - BOTTOM;
  const label = `${plot.output}, ${plot.dtype}${plot.subject === plot.activation ? "" : `, ${plot.subject}`}`;
  const guide = svg("line", { class: "guide", y1: TOP, y2: bottom, visibility: "hidden" });
  const dots = svg("g", { class: "dots" });
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      tabindex: "0",
      role: "img",
      "aria-label": `Error over bound of ${label}; arrow keys read the numbers`,
    },
    svg("rect", {
      class: "over",
      x: LEFT,
      width: WIDTH - LEFT - RIGHT,
      y: TOP,
      height: Math.max(0, y.at(1) - TOP),
    }),
    y.ticks.map((tick) => [
      svg("line", {
        class: tick === 1 ? "bound" : "grid",
        x1: LEFT,
        x2: WIDTH - RIGHT,
        y1: y.at(tick),
        y2: y.at(tick),
      }),
      svg(
        "text",
        { x: LEFT - 6, y: y.at(tick) + 3.5, "text-anchor": "end" },
        tick === 1 ? "bound" : short(tick),
      ),
    ]),
    ticksX(plot, view).map((tick) => [
      svg("line", { class: "grid", x1: x.at(tick), x2: x.at(tick), y1: TOP, y2: bottom }),
      x.ends.every((end) => Math.abs(x.at(end) - x.at(tick)) > 28) &&
        svg(
          "text",
          { x: x.at(tick), y: bottom + 15, "text-anchor": "middle" },
          short(tick).replaceAll("-", "−"),
        ),
    ]),
    x.ends.map((end) => svg("text", { x: x.at(end), y: bottom + 15, "text-anchor": "middle" }, short(end))),
    plot.series.map((s) => curve(s, plot, x, y)),
    guide,
    dots,
  );
  const readout = h("div", { class: "readout", "aria-live": "polite", hidden: true });
  const element = h(
    "figure",
    { class: "plot" },
    h(
      "figcaption",
      {},
      h("b", {}, plot.output),
      ` ${plot.dtype}`,
      plot.subject !== plot.activation && h("small", {}, plot.subject),
    ),
    picture,
    readout,
  );
  readable(picture, readout, guide, dots, plot, x, y);
  return element;
}

function curve(series, plot, x, y) {
  const devices = distinct(plot.series.map((s) => s.device));
  const points = series.x.map((value, i) => [value, series.ratio[i]]).filter(([value]) => x.shows(value));
  const along = points.filter(([value]) => Number.isFinite(value));
  const path = along
    .map(([value, ratio], i) => `${i ? "L" : "M"}${x.at(value).toFixed(1)} ${y.at(ratio).toFixed(1)}`)
    .join("");
  const marked = points.filter(([value, ratio]) => !Number.isFinite(value) || !(ratio <= 1));
  return svg(
    "g",
    { class: `series ${styleOf(series.framework)}${devices.indexOf(series.device) > 0 ? " second" : ""}` },
    svg("path", { d: path }),
    marked.map(([value, ratio]) => mark(x.at(value), y.at(ratio), ratio > y.top)),
  );
}

// A point by itself; a triangle for one that lies above the plot.
const mark = (x, y, above) =>
  above
    ? svg("path", { class: "mark", d: `M${x - 4} ${y + 7}L${x} ${y}L${x + 4} ${y + 7}Z` })
    : svg("circle", { class: "mark", cx: x, cy: y, r: 2 });
