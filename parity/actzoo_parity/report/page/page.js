// The page: what the form selects goes to the matrices, the table and the sections.

async function start() {
  const at = (id) => document.getElementById(id);
  const form = at("filters");
  const table = new Lines(at("table"), at("more"));
  for (const button of document.querySelectorAll("button[data-copy]"))
    button.addEventListener("click", () => copy(button.dataset.copy, button));
  const data = await unpacked(at("data"));
  const seen = new IntersectionObserver(
    (entries) => entries.forEach((entry) => entry.isIntersecting && entry.target.build()),
    { rootMargin: "800px" },
  );

  const update = () => {
    const filter = Object.fromEntries(new FormData(form));
    const lines = selected(data.lines, filter);
    at("found").textContent =
      lines.length === data.lines.length
        ? `${lines.length.toLocaleString("en")} lines`
        : `${lines.length.toLocaleString("en")} of ${data.lines.length.toLocaleString("en")} lines`;
    at("matrices").replaceChildren(...matrices(lines));
    table.set(lines);
    seen.disconnect();
    const sections = [...groupedBy(lines, (line) => line.activation)].map(([activation, some]) =>
      section(activation, some, drawn(data.plots, activation, some)),
    );
    at("each").replaceChildren(...sections);
    sections.forEach((element) => seen.observe(element));
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 120);
  });
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () =>
    document.querySelectorAll("section.activation").forEach((element) => element.build()),
  );
  update();
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

// The plots of an activation, with the frameworks and dtypes of the lines that are selected.
function drawn(plots, activation, lines) {
  const key = (subject, dtype, framework, device) => JSON.stringify([subject, dtype, framework, device]);
  const wanted = new Set(lines.map((line) => key(line.subject, line.dtype, line.framework, line.device)));
  return plots
    .filter((plot) => plot.activation === activation)
    .map((plot) => ({
      ...plot,
      series: plot.series.filter((s) => wanted.has(key(plot.subject, plot.dtype, s.framework, s.device))),
    }))
    .filter((plot) => plot.series.length);
}

start();
