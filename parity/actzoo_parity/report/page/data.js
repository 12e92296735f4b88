// The records: unpacked once, searched and filtered by what the form says.

const SEVERITY = { error: 0, failed: 1, held: 2, "not run": 3 };

async function unpacked(element) {
  const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const data = JSON.parse(await new Response(stream).text());
  data.lines.forEach((line, index) => prepare(line, index));
  for (const plot of data.plots)
    for (const series of plot.series)
      for (const key of ["x", "ulp", "ratio"]) series[key] = series[key].map(Number);
  return data;
}

function prepare(line, index) {
  line.index = index;
  for (const output of line.outputs)
    for (const key of ["ratio", "k", "ulp", "largest"])
      if (output[key] !== null) output[key] = Number(output[key]);
  if (line.ratio !== null) line.ratio = Number(line.ratio);
  const worst = line.outputs.find((output) => output.name === line.worst);
  Object.assign(line, {
    at: worst ?? null,
    k: worst?.k ?? null,
    ulp: worst?.ulp ?? null,
    x: worst?.x ?? null,
  });
  line.severity = SEVERITY[line.status];
  line.text = [
    line.id,
    line.status,
    line.against,
    line.message,
    ...line.outputs.map((o) => `${o.name} ${o.failure}`),
  ]
    .join(" ")
    .toLowerCase();
}

function selected(lines, filter) {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const fields = ["framework", "dtype", "status", "mode", "activation"].filter((name) => filter[name]);
  return lines.filter(
    (line) =>
      fields.every((name) => line[name] === filter[name]) && words.every((word) => line.text.includes(word)),
  );
}

// The worst of some lines: an error before a failure, a failure before what holds, not run last.
const worstOf = (lines) =>
  lines.reduce((a, b) => ((b.severity - a.severity || (a.ratio ?? 0) - (b.ratio ?? 0)) < 0 ? b : a));
