// ---- Elements. Text from a run reaches the page only as text nodes and attributes.

const runs = JSON.parse(document.getElementById("data").textContent).runs;
const many = runs.length > 1;
const byId = id => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// A table that is too wide or too high is scrolled, by keyboard too. One that fits is no stop of the Tab key.
const scrollers = new ResizeObserver(entries => entries.forEach(({ target: box }) => {
  const cut = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", box.dataset.name]])
    cut ? box.setAttribute(name, value) : box.removeAttribute(name);
}));
function scrolled(name, content, kind = "") {
  const box = html("div", { class: `scroll ${kind}`, "data-name": name }, content);
  scrollers.observe(box);
  return box;
}

// columns: [heading, is a number]; rows: cells as text or element, the first of each being the row's heading.
// "stacked": on a phone, too narrow for so many columns, each cell is shown with its heading, under that of the row.
function table(name, columns, rows, kindOfTable = "") {
  const kind = i => ({ "data-heading": columns[i][0], ...(columns[i][1] ? { class: "number" } : {}) });
  const head = html("tr", {}, ...columns.map(([heading], i) => html("th", { scope: "col", ...kind(i) }, heading)));
  const body = rows.map(cells => html("tr", {}, ...cells.map((cell, i) =>
    i === 0 ? html("th", { scope: "row" }, cell) : html("td", cell === "-" ? { ...kind(i), class: "number none" } : kind(i), cell))));
  return scrolled(name, html("table", { class: kindOfTable, "aria-label": name }, html("thead", {}, head), html("tbody", {}, ...body)));
}

const details = (attributes, summary, ...content) => html("details", attributes, html("summary", {}, summary), ...content);

// A text of the doctor's, in which options of the command line are not broken at their hyphens.
const withOptions = text => text.split(/(--[a-z0-9-]+)/).map((part, i) => (i % 2 ? html("code", {}, part) : part));

// The words that nib doctor prints.
const words = { good: "ok", bad: "FAIL", unknown: "--" };
const badge = (health, text = words[health]) => html("span", { class: `badge ${health}` }, text);

// With several runs, the name of one over its part of a section. A heading in a section is one level lower in a part.
const runHeading = (run, level) => (many ? [html(level, { class: "run-name" }, run.name)] : []);
