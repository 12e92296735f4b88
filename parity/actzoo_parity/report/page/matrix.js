// The worst of each activation in each framework: one table for each dtype and device on which something ran.

function matrices(lines) {
  const groups = [...groupedBy(lines, (line) => `${line.dtype} · ${line.device}`)];
  const ran = groups.filter(([, some]) => some.some((line) => line.status !== "not run"));
  const idle = groups.filter((group) => !ran.includes(group)).map(([name]) => name);
  return [
    ...ran.map(([name, some]) => matrix(name, some)),
    idle.length > 0 && h("p", { class: "note" }, `Not run at all: ${idle.join(", ")}.`),
  ].filter(Boolean);
}

function matrix(name, lines) {
  const frameworks = distinct(lines.map((line) => line.framework));
  const rows = [...groupedBy(lines, (line) => line.activation)].map(([activation, some]) => {
    const link = h("a", { href: `#${encodeURIComponent(anchor(activation))}` }, activation);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, link),
      frameworks.map((f) => worstCell(some.filter((line) => line.framework === f))),
    );
  });
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    h(
      "table",
      { class: "matrix" },
      h("caption", {}, name),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "activation"),
          frameworks.map((f) => h("th", { scope: "col", class: "number" }, f)),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}

function worstCell(lines) {
  if (!lines.length) return h("td", { class: "number" });
  const worst = worstOf(lines);
  if (worst.status === "not run" || worst.status === "error")
    return h("td", { class: "number", "data-status": worst.status }, status(worst.status));
  return ratioCell(worst.ratio, worst.k, worst.status === "failed");
}

// A number with a bar as long as its share of the bound.
function ratioCell(ratio, k, failed) {
  return h(
    "td",
    {
      class: "number ratio",
      "data-status": failed ? "failed" : "held",
      "--share": `${Math.min(1, failed ? 1 : ratio) * 100}%`,
    },
    ratioText(ratio, failed),
    !failed && h("span", { class: "k" }, k === null ? "" : `k ${k.toFixed(1)}`),
  );
}

const anchor = (activation) => `activation-${activation}`;
