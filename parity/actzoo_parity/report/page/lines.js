// The table of all lines: sorted by a column, a page of rows at a time, each opening to its detail.

const ROWS = 25;
const COLUMNS = [
  { name: "activation", of: (line) => line.subject },
  { name: "framework", of: (line) => line.framework },
  { name: "dtype", of: (line) => line.dtype },
  { name: "mode", of: (line) => line.mode },
  { name: "device", of: (line) => line.device },
  { name: "data", of: (line) => line.data },
  { name: "status", of: (line) => line.severity, show: (line) => status(line.status) },
  {
    name: "error / bound",
    of: (line) => line.ratio,
    show: (line) => h("span", { class: line.status === "failed" ? "over" : null }, times(line.ratio)),
  },
  { name: "k", of: (line) => line.k, show: (line) => short(line.k) },
  { name: "ulp", of: (line) => line.ulp, show: (line) => short(line.ulp) },
  { name: "worst output", of: (line) => line.worst },
  {
    name: "worst input",
    of: (line) => (line.x === null ? null : Number(line.x)),
    show: (line) => line.x ?? "",
  },
  { name: "points", of: (line) => line.points, show: (line) => line.points.toLocaleString("en") },
];
const NUMBERS = new Set(["error / bound", "k", "ulp", "worst input", "points"]);

class Lines {
  constructor(table, more) {
    this.table = table;
    this.more = more;
    this.column = null;
    this.descending = false;
    this.open = new Set();
    more.addEventListener("click", () => this.add(ROWS * 20));
  }

  set(lines) {
    this.lines = lines;
    this.begin();
  }

  // Without a column: what does not hold first, the worst on top.
  sorted() {
    const { column, descending } = this;
    if (!column)
      return [...this.lines].sort(
        (a, b) => a.severity - b.severity || (b.ratio ?? -1) - (a.ratio ?? -1) || a.index - b.index,
      );
    return [...this.lines].sort(
      (a, b) => compared(column.of(a), column.of(b), descending) || a.index - b.index,
    );
  }

  sort(column) {
    const numeric = NUMBERS.has(column.name);
    this.descending = this.column === column ? !this.descending : numeric;
    this.column = column;
    this.begin();
    this.table.querySelector(`[data-column="${COLUMNS.indexOf(column)}"]`).focus();
  }

  // The first rows anew, in the order that is chosen now.
  begin() {
    this.ordered = this.sorted();
    this.shown = 0;
    this.body = h("tbody");
    this.table.replaceChildren(
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          COLUMNS.map((column, i) => this.head(column, i)),
        ),
      ),
      this.body,
    );
    this.add(ROWS);
  }

  add(count) {
    const next = this.ordered.slice(this.shown, this.shown + count);
    this.body.append(...next.flatMap((line) => this.rows(line)));
    this.shown += next.length;
    const left = this.ordered.length - this.shown;
    this.more.hidden = left <= 0;
    this.more.textContent = `${Math.min(left, ROWS * 20)} more of ${left.toLocaleString("en")}`;
  }

  head(column, i) {
    const sorted = this.column === column ? (this.descending ? "descending" : "ascending") : null;
    const button = h(
      "button",
      { type: "button", "data-column": i, onclick: () => this.sort(column) },
      column.name,
    );
    return h(
      "th",
      { scope: "col", "aria-sort": sorted, class: NUMBERS.has(column.name) ? "number" : null },
      button,
    );
  }

  rows(line) {
    const open = this.open.has(line);
    const toggle = h(
      "button",
      { type: "button", class: "toggle", "aria-expanded": String(open), title: line.id },
      line.subject,
    );
    const cells = COLUMNS.slice(1).map((column) =>
      h(
        "td",
        { class: NUMBERS.has(column.name) ? "number" : null },
        column.show ? column.show(line) : column.of(line),
      ),
    );
    const row = h("tr", { "data-status": line.status }, h("th", { scope: "row" }, toggle), cells);
    const unfolded = () => h("tr", { class: "unfolded" }, h("td", { colspan: COLUMNS.length }, detail(line)));
    row.addEventListener("click", (event) => {
      if (event.target.closest("a, button:not(.toggle)") || String(getSelection())) return;
      if (this.open.delete(line)) row.nextElementSibling.remove();
      else {
        this.open.add(line);
        row.after(unfolded());
      }
      toggle.setAttribute("aria-expanded", String(this.open.has(line)));
    });
    return open ? [row, unfolded()] : [row];
  }
}

// Numbers by size, text by the alphabet; what has no value comes last either way.
function compared(a, b, descending) {
  const none = (value) => value === null || value === "" || Number.isNaN(value);
  if (none(a) || none(b)) return none(a) - none(b);
  const order =
    typeof a === "number" ? (a < b ? -1 : a > b ? 1 : 0) : a.localeCompare(b, "en", { numeric: true });
  return descending ? -order : order;
}
