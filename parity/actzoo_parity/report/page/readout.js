// The numbers under a pointer, or under the place that the arrow keys chose; and which line is which.

// A pointer or the arrow keys choose a place on the axis; what each line has nearest to it is written out.
function readable(picture, readout, guide, dots, plot, x, y) {
  const places = distinct(plot.series.flatMap((s) => s.x.filter(x.shows).map(x.at))).sort((a, b) => a - b);
  let current = -1;
  const hide = () => {
    readout.hidden = true;
    guide.setAttribute("visibility", "hidden");
    dots.replaceChildren();
    current = -1;
  };
  const show = (place) => {
    if (!places.length) return;
    current = nearest(places, place);
    const near = plot.series.map((s) => ({
      s,
      i: nearest(
        s.x.map((value) => (x.shows(value) ? x.at(value) : Infinity)),
        places[current],
      ),
    }));
    guide.setAttribute("x1", places[current]);
    guide.setAttribute("x2", places[current]);
    guide.setAttribute("visibility", "visible");
    dots.replaceChildren(
      ...near.map(({ s, i }) =>
        svg("circle", {
          class: `dot ${styleOf(s.framework)}`,
          cx: x.at(s.x[i]),
          cy: y.at(s.ratio[i]),
          r: 3.5,
        }),
      ),
    );
    readout.replaceChildren(numbers(near, plot));
    readout.hidden = false;
  };
  const follow = (event) => {
    const box = picture.getBoundingClientRect();
    show(((event.clientX - box.left) / box.width) * WIDTH);
  };
  picture.addEventListener("pointermove", follow);
  picture.addEventListener("pointerdown", follow);
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 }[event.key];
    if (event.key === "Escape") hide();
    if (!step || !places.length) return;
    event.preventDefault();
    const from = current < 0 ? nearest(places, WIDTH / 2) : current + step;
    show(places[Math.max(0, Math.min(places.length - 1, from))]);
  });
}

function numbers(near, plot) {
  const devices = distinct(plot.series.map((s) => s.device)).length > 1;
  const modes = distinct(plot.series.flatMap((s) => s.mode)).length > 1;
  const heads = ["", "x", "error / bound", "ulp", modes && "mode"].filter((head) => head !== false);
  const rows = near.map(({ s, i }) =>
    h(
      "tr",
      {},
      h(
        "th",
        { scope: "row", class: `key ${styleOf(s.framework)}` },
        devices ? `${s.framework} ${s.device}` : s.framework,
      ),
      h("td", { class: "number" }, exact(s.x[i])),
      h("td", { class: "number" }, times(s.ratio[i]), !(s.ratio[i] <= 1) && " fails"),
      h("td", { class: "number" }, short(s.ulp[i])),
      modes && h("td", {}, s.mode[i]),
    ),
  );
  return h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((head) => h("th", { scope: "col" }, head)),
      ),
    ),
    h("tbody", {}, rows),
  );
}

const exact = (x) =>
  Number.isFinite(x) && x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6)
    ? x.toExponential().replace("e+", "e")
    : Number.isFinite(x)
      ? String(x)
      : short(x);
const nearest = (places, place) =>
  places.reduce((best, at, i) => (Math.abs(at - place) < Math.abs(places[best] - place) ? i : best), 0);

function legend(plots) {
  const names = distinct(
    plots.flatMap((plot) => plot.series.map((s) => JSON.stringify([s.framework, s.device]))),
  ).map((text) => JSON.parse(text));
  const devices = distinct(names.map(([, device]) => device));
  return h(
    "ul",
    { class: "legend" },
    names.map(([framework, device]) =>
      h(
        "li",
        {},
        svg(
          "svg",
          { viewBox: "0 0 28 10", "aria-hidden": "true" },
          svg(
            "g",
            { class: `series ${styleOf(framework)}${devices.indexOf(device) > 0 ? " second" : ""}` },
            svg("path", { d: "M0 5L28 5" }),
          ),
        ),
        devices.length > 1 ? `${framework} ${device}` : framework,
      ),
    ),
  );
}
