// One line in full: each output with its worst point, what the worker said, and how to see it again.

function detail(line) {
  return h(
    "div",
    { class: "detail" },
    h(
      "p",
      {},
      h("code", { class: "id" }, line.id),
      " ",
      status(line.status),
      line.against === "reference" ? null : ` against: ${line.against}`,
    ),
    line.message && h("pre", { class: "message", tabindex: "0" }, line.message),
    line.outputs.length > 0 && outputsTable(line),
    line.status !== "not run" && pasteable("Run this line again", line.command),
    line.snippet && pasteable(`See ${line.worst} again, in Python`, line.snippet),
  );
}

function outputsTable(line) {
  const pointwise = line.outputs.some((output) => output.x !== null);
  const heads = [
    "output",
    "error / bound",
    pointwise && `k (of ${line.allowed})`,
    "error, ulp",
    pointwise ? "worst input" : "worst at",
    "expected",
    "got",
    "bound",
  ];
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `Outputs of ${line.id}` },
    h(
      "table",
      { class: "outputs" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.filter(Boolean).map((head, i) => h("th", { scope: "col", class: i ? "number" : null }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        line.outputs.map((output) => outputRow(output, pointwise)),
      ),
    ),
  );
}

function outputRow(output, pointwise) {
  const failed = !(output.ratio <= 1);
  const cells = [
    h("th", { scope: "row" }, output.name),
    h("td", { class: "number" }, ratioText(output.ratio, failed)),
    pointwise && h("td", { class: "number" }, short(output.k)),
    h(
      "td",
      { class: "number" },
      short(output.ulp),
      output.largest > output.ulp && h("small", {}, `elsewhere ${short(output.largest)}`),
    ),
  ];
  if (output.expected === "")
    return h(
      "tr",
      {},
      cells,
      h("td", { colspan: 4, class: "failure" }, output.failure || "nothing to compare"),
    );
  return h(
    "tr",
    {},
    cells,
    output.x === null ? h("td", { class: "number" }, output.index) : twice(output.x, output.hex),
    twice(output.expected, output.expected_hex),
    twice(output.got, output.got_hex),
    h("td", { class: "number" }, output.bound),
  );
}

const ratioText = (ratio, failed) =>
  h("span", { class: failed ? "over" : "" }, times(ratio), failed && " fails");
const twice = (decimal, hex) => h("td", { class: "number" }, decimal, h("small", {}, hex));

function pasteable(title, text) {
  return h(
    "figure",
    { class: "paste" },
    h("figcaption", {}, title, copyButton(text)),
    h("pre", { tabindex: "0" }, h("code", {}, text.trimEnd())),
  );
}
