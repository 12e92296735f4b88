// An activation: its worst by output, its error over x, and the lines to look at. Built when it comes into view.

const LOOKED_AT = 20;

function section(activation, lines, plots) {
  const counts = ["error", "failed", "held", "not run"]
    .map((name) => [name, lines.filter((line) => line.status === name).length])
    .filter(([, count]) => count);
  const body = h("div", { class: "body" });
  const element = h(
    "section",
    { class: "activation", id: anchor(activation) },
    h(
      "h3",
      {},
      activation,
      counts.map(([name, count]) =>
        h(
          "span",
          { class: "status", "data-status": name },
          `${count} ${name}${name === "error" && count > 1 ? "s" : ""}`,
        ),
      ),
    ),
    body,
  );
  element.build = () => {
    if (body.childElementCount) return;
    const ran = lines.filter((line) => line.outputs.length);
    body.append(
      ...[
        reasons(lines),
        ran.length > 0 && byOutput(ran),
        plots.length > 0 && gallery(plots),
        list(lines),
      ].filter(Boolean),
    );
  };
  return element;
}

function reasons(lines) {
  const idle = lines.filter((line) => line.status === "not run");
  if (!idle.length) return null;
  const rows = [...groupedBy(idle, (line) => line.message || "no reason given")].map(([message, some]) => {
    const where = distinct(some.map((line) => `${line.framework} ${line.device}`)).join(", ");
    return h(
      "li",
      {},
      status("not run"),
      ` ${where}, ${some.length} line${some.length === 1 ? "" : "s"}: `,
      h("span", { class: "reason" }, message),
    );
  });
  return h("ul", { class: "reasons" }, rows);
}

function byOutput(lines) {
  const frameworks = distinct(lines.map((line) => line.framework));
  const found = lines.flatMap((line) => line.outputs.map((output) => ({ line, output })));
  const names = distinct(found.map(({ output }) => output.name));
  const row = (dtype, name) => {
    const some = found.filter(({ line, output }) => line.dtype === dtype && output.name === name);
    const cells = frameworks.map((framework) => {
      const own = some.filter(({ line }) => line.framework === framework);
      if (!own.length) return h("td");
      const { output } = own.reduce((a, b) => (b.output.ratio > a.output.ratio ? b : a));
      return ratioCell(output.ratio, output.k, !(output.ratio <= 1));
    });
    return some.length > 0 && h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, dtype), cells);
  };
  const rows = distinct(lines.map((line) => line.dtype)).flatMap((dtype) =>
    names.map((name) => row(dtype, name)),
  );
  const heads = ["output", "dtype"].map((head) => h("th", { scope: "col" }, head));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Worst error over bound, by output" },
    h(
      "table",
      { class: "matrix" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads,
          frameworks.map((f) => h("th", { scope: "col", class: "number" }, f)),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}

// The plots of float32 and of what fails, others folded; the buttons choose the range of all of them.
function gallery(plots) {
  const groups = [...groupedBy(plots, (plot) => JSON.stringify([plot.subject, plot.dtype])).values()];
  const fails = (group) => group.some((plot) => plot.series.some((s) => s.ratio.some((ratio) => ratio > 1)));
  const first = groups.find((group) => group[0].dtype === "float32") ?? groups[0];
  const open = groups.filter((group) => group === first || fails(group));
  const folded = groups.filter((group) => !open.includes(group));
  const further = plots.some((plot) => plot.reach > plot.near);
  const element = h("div", { class: "gallery" });
  const draw = (view, unfolded) => {
    const button = (name, label) =>
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(view === name),
          onclick: () => draw(name, element.querySelector("details")?.open),
        },
        label,
      );
    const rest =
      folded.length > 0 &&
      h(
        "details",
        { open: unfolded },
        h("summary", {}, `Other dtypes and options that hold (${folded.flat().length} plots)`),
      );
    const unfold = () =>
      rest.open && rest.childElementCount === 1 && rest.append(...folded.map((group) => row(group, view)));
    element.replaceChildren(
      ...[
        h(
          "div",
          { class: "bar" },
          further &&
            h(
              "div",
              { role: "group", "aria-label": "Range of x", class: "choice" },
              button(null, "as it fits"),
              button("near", "near 0"),
              button("all", "every magnitude"),
            ),
          legend(plots),
        ),
        ...open.map((group) => row(group, view)),
        rest,
      ].filter(Boolean),
    );
    if (rest) {
      rest.addEventListener("toggle", unfold);
      unfold();
    }
  };
  draw(null, false);
  return element;
}

const row = (group, view) =>
  h(
    "div",
    { class: "plots" },
    group.map((plot) => figure(plot, view)),
  );

// What does not hold, and the worst of each framework that does.
function list(lines) {
  const bad = lines
    .filter((line) => line.severity < 2)
    .sort((a, b) => a.severity - b.severity || b.ratio - a.ratio);
  const holding = [
    ...groupedBy(
      lines.filter((line) => line.status === "held"),
      (line) => line.framework,
    ).values(),
  ].map(worstOf);
  const folded = (line) => {
    const worst = line.at && [" ", line.worst, " ", h("span", { class: "number" }, times(line.ratio))];
    const element = h(
      "details",
      {},
      h("summary", {}, status(line.status), " ", h("code", {}, line.id), worst),
    );
    element.addEventListener(
      "toggle",
      () => element.open && element.childElementCount === 1 && element.append(detail(line)),
    );
    return element;
  };
  const some = [];
  if (bad.length) some.push(h("h4", {}, "What does not hold"), ...bad.slice(0, LOOKED_AT).map(folded));
  if (bad.length > LOOKED_AT)
    some.push(
      h("p", { class: "note" }, `${bad.length - LOOKED_AT} more: filter the lines by this activation.`),
    );
  if (holding.length) some.push(h("h4", {}, "Nearest to the bound of what holds"), ...holding.map(folded));
  return some.length ? h("div", { class: "list" }, some) : null;
}
