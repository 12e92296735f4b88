// Elements and numbers. Whatever the page shows is set as text or as an attribute, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(
    ...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const h = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

// An error over its bound; what is over 1 does not look like 1.
function times(ratio) {
  if (ratio === null) return "";
  if (!Number.isFinite(ratio)) return ratio === Infinity ? "∞" : String(ratio);
  const text = ratio < 99.5 ? ratio.toFixed(2) : short(ratio);
  return ratio > 1 && text === "1.00" ? ratio.toPrecision(6) : text;
}

// A size to three digits, as text that stays narrow.
function short(value) {
  if (value === null || value === undefined) return "";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "NaN";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3))
    return value
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  return String(Number(value.toPrecision(3)));
}

const status = (name) => h("span", { class: "status", "data-status": name }, name);

function copyButton(text, label = "Copy") {
  const button = h("button", { type: "button", class: "copy", onclick: () => copy(text, button) }, label);
  return button;
}

// To the clipboard, also where a page from a file may not use it by itself.
async function copy(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const field = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Select and copy by hand";
    field.remove();
    button.focus();
  }
  setTimeout(() => (button.textContent = label), 1500);
}

const groupedBy = (items, key) => {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
};
const distinct = (items) => [...new Set(items)];
