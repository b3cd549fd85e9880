// Draws the page from the data in it. The drawing code is nib's own, as gnuplot's is larger and has no slider: its SVG
// of one histogram of five layers has 18.6 kB and takes 50 ms; 120 steps of the three kinds would be 6.7 MB and 18 s.
// The same as data has 0.4 MB. Text from the run reaches the page only as text nodes and attributes, and its numbers
// may be any that JSON has.
"use strict";
(() => {
const runs = JSON.parse(document.getElementById("data").textContent).runs;
const many = runs.length > 1;
const byId = id => document.getElementById(id);

// ---- Elements

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// columns: [heading, is a number]; rows: cells as text or element, the first of each being the row's heading.
// "stacked": on a phone, too narrow for so many columns, each cell is shown with its heading, under that of the row.
function table(columns, rows, kindOfTable = "") {
  const kind = i => ({ "data-heading": columns[i][0], ...(columns[i][1] ? { class: "number" } : {}) });
  const head = html("tr", {}, ...columns.map(([name], i) => html("th", { scope: "col", ...kind(i) }, name)));
  const body = rows.map(cells => html("tr", {}, ...cells.map((cell, i) =>
    i === 0 ? html("th", { scope: "row" }, cell) : html("td", kind(i), cell))));
  return html("div", { class: `scroll ${kindOfTable}` }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)));
}

// ---- Numbers

const known = x => typeof x === "number" && Number.isFinite(x);
const digits = (x, n) => (known(x) ? (Math.abs(x) < 1e9 ? x.toFixed(n) : x.toExponential(2)) : "-");
const signed = (x, n) => (known(x) && x >= 0 ? "+" : "") + digits(x, n);
const scientific = x => (known(x) ? x.toExponential(2) : "-");
const percent = x => (known(x) ? digits(100 * x, x < 0.1 ? 2 : 1) + "%" : "-");
const whole = x => (known(x) ? (Math.abs(x) < 1e16 ? x.toLocaleString("en") : x.toExponential(2)) : "-");
function tickText(x) {
  const size = Math.abs(x), rounded = Number(x.toPrecision(4)); // a multiple of 1e-4 may be 3.0000000000000003e-4
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return rounded.toExponential().replace("e-", "e\u2212").replace("e+", "e");
  return size >= 1e4 ? rounded.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }).toLowerCase() : String(rounded);
}
// The label of a layer by its position and word, "4 tanh": of a frame or a map by its kind, and of a tensor, "2 linear"
// for "2.weight".
function layerName(run, name, kind) {
  const position = String(name).replace(/\.weight$/, ""), word = kind || (run.words || {})[position];
  return word ? `${position} ${word}` : String(name);
}
const range = values => values.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);

// ---- Plots: lines over two axes

const dashes = ["none", "7 3", "2 3", "9 3 2 3", "14 4", "4 2 1 2 1 2", "1 4", "10 6"];
const letter = (i, letters) => (letters ? String.fromCharCode(65 + i % 26) : String(i + 1));
const look = (i, kind = "") => ({ class: `series s${i % 8} ${kind}`, "stroke-dasharray": dashes[(i + (i >> 3)) % 8] });

// A sample line for a legend: the letter that stands on the line, and the line's dashes.
function sample(i, name, letters) {
  const line = svg("svg", { width: 44, height: 14, "aria-hidden": "true" },
    svg("path", { d: "M14 7H44", ...look(i) }), svg("text", { x: 0, y: 12, class: `letter s${i % 8}` }, letter(i, letters)));
  return html("span", { class: "sample" }, line, name);
}

// Makes an axis that can be drawn: finite, and wide enough for a double to tell its ticks apart.
function drawable(axis) {
  const most = 1e300, least = axis.log ? 1 / most : -most, start = axis.log ? 1 : 0;
  const inside = x => Math.min(Math.max(x, least), most);
  const [min, max] = axis.min <= axis.max ? [inside(axis.min), inside(axis.max)] : [start, start];
  const width = Math.max(1e-9 * Math.max(Math.abs(min), Math.abs(max)), 1 / most);
  if (max - min >= width) return { ...axis, min, max };
  if (axis.log) return { ...axis, min: min / 1.5, max: min * 1.5 };
  return { ...axis, min, max: min + (Math.abs(min) < 1e8 ? 1 : width) };
}

function logTicks(low, high, count) {
  const all = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); ++decade)
    for (let k = 1; k < 10; ++k) all.push(k * 10 ** decade);
  const inside = all.filter(x => x >= low * 0.999 && x <= high * 1.001);
  const first = x => Math.round(x / 10 ** Math.floor(Math.log10(x) + 1e-9));
  const chosen = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 5], [1, 3], [1]]
    .map(kept => inside.filter(x => kept.includes(first(x)))).find(some => some.length <= count);
  const decades = inside.filter(x => first(x) === 1), every = Math.ceil(decades.length / count);
  return chosen || decades.filter((x, i) => i % every === 0);
}

// The ticks of a drawable axis.
function ticks({ min: low, max: high, log }, count) {
  if (log && high >= 5 * low) return logTicks(low, high, count);
  const rough = (high - low) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * [1, 2, 5, 10].find(k => k * decade >= 0.8 * rough);
  const begin = Math.ceil(low / step - 1e-9);
  const result = Array.from({ length: 2 * count }, (_, i) => (begin + i) * step);
  return result.filter(x => x <= high + 1e-9 * step);
}

// Maps axis.min..max to from..to, in pixels.
function scale(axis, from, to) {
  const f = axis.log ? Math.log10 : x => x;
  const [low, high] = [f(axis.min), f(axis.max)];
  return x => from + (f(x) - low) / (high - low || 1) * (to - from);
}

function axes(plot, x, y, box) {
  const parts = [];
  const shift = plot.x.shift || 0;
  const shown = shift ? drawable({ ...plot.x, min: 1, max: plot.x.max - shift }) : plot.x;
  for (const tick of ticks(shown, Math.max(3, Math.floor((box.right - box.left) / 70)))) {
    const at = x(tick + shift);
    const text = svg("text", { x: at, y: box.bottom + 17, "text-anchor": "middle" }, tickText(tick));
    parts.push(svg("path", { class: "grid", d: `M${at} ${box.top}V${box.bottom}` }), text);
  }
  for (const tick of ticks(plot.y, 6)) {
    const text = svg("text", { x: box.left - 7, y: y(tick) + 4, "text-anchor": "end" }, tickText(tick));
    parts.push(svg("path", { class: "grid", d: `M${box.left} ${y(tick)}H${box.right}` }), text);
  }
  parts.push(svg("path", { class: "axis", d: `M${box.left} ${box.bottom}H${box.right}` }));
  parts.push(svg("text", { x: (box.left + box.right) / 2, y: box.bottom + 35, "text-anchor": "middle" }, plot.x.name));
  parts.push(svg("text", { x: box.left, y: box.top - 9 }, plot.y.name));
  return parts;
}

// Points far outside the axes are moved near them: renderers fail at large coordinates.
function path(points, x, y, box) {
  const near = (v, from, to) => Math.min(Math.max(v, from - 2000), to + 2000).toFixed(1);
  return points.map(([a, b], i) =>
    `${i ? "L" : "M"}${near(x(a), box.left, box.right)} ${near(y(b), box.top, box.bottom)}`).join("");
}

let clips = 0;

// plot: {title, height, x: axis, y: axis, series: [{points, index, kind, letter, places}], marks: [{y, text}], cursor}
// axis: {min, max, name, log, shift}: ticks show x - shift; made drawable. places: the points where the letter may
// stand. Lines are clipped at the axes.
function draw(host, wanted) {
  const plot = { ...wanted, x: drawable(wanted.x), y: drawable(wanted.y) };
  const width = Math.max(240, host.clientWidth);
  const box = { left: 48, right: width - 10, top: 26, bottom: plot.height - 42 };
  const [x, y] = [scale(plot.x, box.left, box.right), scale(plot.y, box.bottom, box.top)];
  const clip = `clip${++clips}`;
  const lines = svg("g", { "clip-path": `url(#${clip})` }), letters = [], notes = [];
  for (const mark of plot.marks || []) {
    if (mark.y < plot.y.min || mark.y > plot.y.max) continue;
    lines.append(svg("path", { class: "mark", d: `M${box.left} ${y(mark.y)}H${box.right}` }));
    notes.push(svg("text", { class: "note", x: box.right - 4, y: y(mark.y) - 6, "text-anchor": "end" }, mark.text));
  }
  const seen = ([a, b]) => known(x(a)) && known(y(b));
  plot.series.forEach((series, k) => {
    const points = series.points.filter(seen), places = (series.places || points).filter(seen);
    const shape = series.kind === "dots" ? points.map(point => path([point], x, y, box) + "h0").join("") : path(points, x, y, box);
    lines.append(svg("path", { d: shape, ...look(series.index, series.kind) }));
    if (!series.letter || !places.length) return;
    // Each letter stands elsewhere along its line, so that lines on top of each other still show theirs.
    const [a, b] = places[Math.floor((k + 0.5) / plot.series.length * places.length)];
    const at = Math.min(Math.max(y(b), box.top + 8), box.bottom - 4), along = Math.min(Math.max(x(a), box.left), box.right);
    letters.push(svg("text", { class: `letter s${series.index % 8}`, x: along, y: at + 4, "text-anchor": "middle" }, series.letter));
  });
  if (known(plot.cursor) && known(x(plot.cursor))) lines.append(svg("path", { class: "cursor", d: `M${x(plot.cursor)} ${box.top}V${box.bottom}` }));
  const area = { x: box.left, y: box.top - 1, width: box.right - box.left, height: box.bottom - box.top + 2 };
  host.replaceChildren(svg("svg", { width, height: plot.height, role: "img", "aria-label": plot.title },
    svg("title", {}, plot.title), svg("clipPath", { id: clip }, svg("rect", area)),
    ...axes(plot, x, y, box), lines, ...letters, ...notes));
}

// Plots are drawn at the width that they get, and redrawn when it changes.
const plots = new Map();
const observer = new ResizeObserver(entries => entries.forEach(({ target }) => plots.get(target)()));
function plotHost(drawing) {
  const host = html("div");
  plots.set(host, () => draw(host, drawing()));
  observer.observe(host);
  return host;
}

// ---- Loss and learning rate

const logSteps = byId("log-steps");

// The number of symbols or classes to choose from. Undefined if answers are numbers.
function choices(run) {
  const data = run.run.data || {}, size = data.vocabulary || data.classes;
  return known(size) && size > 1 ? size : undefined;
}
const lastStep = run => (run.loss.length ? run.loss.at(-1)[0] : 0);

function stepAxis(some, log) {
  const last = Math.max(1, ...some.map(lastStep));
  return { min: log ? 1 : 0, max: last + (log ? 1 : 0), log, shift: log ? 1 : 0, name: log ? "step (log scale)" : "step" };
}
const shifted = (points, axis) => (axis.log ? points.map(([a, b]) => [a + axis.shift, b]) : points);

function lossPlot() {
  const x = stepAxis(runs, logSteps.checked);
  const series = [];
  runs.forEach((run, i) => {
    if (!many) series.push({ points: shifted(run.loss, x), index: i, kind: "raw" });
    series.push({ points: shifted(run.smoothed_loss, x), index: i, letter: many && letter(i, true) });
    series.push({ points: shifted(run.validation, x), index: i, kind: "val", letter: !many && "val" });
  });
  const marks = [...new Set(runs.map(choices).filter(known))].map(size =>
    ({ y: Math.log(size), text: `ln ${size} = ${Math.log(size).toFixed(4)}: any answer as likely` }));
  const values = series.flatMap(s => s.points.map(p => p[1])).filter(v => v > 0).concat(marks.map(m => m.y));
  for (const s of series) s.points = s.points.filter(p => p[1] > 0);
  const [low, high] = range(values);
  return { title: lossTitle(), height: 360, x, series, marks,
    y: { min: low / 1.05, max: high * 1.08, log: true, name: `${runs.every(choices) ? "loss in nats" : "loss"} (log10 scale)` } };
}

function lossTitle() {
  return "Loss over the steps. " + runs.filter(run => run.loss.length).map(run =>
    `${run.name}: ${digits(run.loss[0][1], 4)} at step ${run.loss[0][0]}, ` +
    `about ${digits(run.smoothed_loss.at(-1)[1], 4)} at step ${lastStep(run)}${validationTitle(run)}`).join("; ");
}

function validationTitle(run) {
  const points = run.validation.filter(p => known(p[1]));
  if (!points.length) return "";
  const least = points.reduce((a, b) => (b[1] < a[1] ? b : a));
  return `; validation: lowest ${digits(least[1], 4)} after ${least[0]} steps, ${digits(points.at(-1)[1], 4)} at the end`;
}

function ratePlot() {
  const values = runs.flatMap(run => run.learning_rate.map(p => p[1])).filter(known);
  return { title: `Learning rate over the steps, at most ${Math.max(...values)}`, height: 190, x: stepAxis(runs, false),
    y: { min: 0, max: Math.max(...values) * 1.1 || 1, name: "learning rate" },
    series: runs.map((run, i) => ({ points: run.learning_rate.filter(p => known(p[1])), index: i, letter: many && letter(i, true) })) };
}

function showCurves() {
  byId("loss-hint").textContent = many
    ? "Means over the steps around each, at most 2% of all. A line that falls steeply at first spends its first steps on shrinking the logits."
    : "Thin: as recorded; thick: means over up to 2% of the steps. A steep fall at first, a hockey stick, means that the first steps " +
      "only shrink the logits.";
  if (runs.some(run => run.validation.length)) byId("loss-hint").textContent += " Dashed: the validation loss.";
  byId("loss").append(plotHost(lossPlot));
  logSteps.addEventListener("change", () => plots.forEach(redraw => redraw()));
  byId("rate").append(plotHost(ratePlot));
}

// ---- Pictures of a step

const slider = byId("step");
const steps = [...new Set(runs.flatMap(run => run.pictures.map(picture => picture.step)))].sort((a, b) => a - b);
const shownStep = () => steps[slider.value];

// The last picture recorded up to the step that the slider shows.
const pictureOf = run => run.pictures.findLast(picture => picture.step <= shownStep()) || run.pictures[0];

function histogramPlot(kind, frames, title) {
  const usable = frames.filter(frame => known(frame.min) && known(frame.max) && known(frame.peak) && frame.peak > 0);
  const [low, high] = range(usable.flatMap(frame => [frame.min, frame.max]));
  // Outliers would squeeze all curves into a spike. Three standard deviations of the widest layer are enough, at most
  // three times those of most layers, and three times the usual height (an embedding's gradient is mostly zeros, those
  // of symbols that the minibatch lacks).
  const withoutOutliers = values => Math.min(Math.max(...values), 3 * values.sort((a, b) => a - b)[values.length >> 1]);
  const reach = withoutOutliers(usable.map(frame => Math.abs(frame.mean) + 3 * frame.std));
  const peak = withoutOutliers(usable.map(frame => frame.peak));
  const series = usable.map(frame => {
    const bins = Uint8Array.from(atob(frame.bins), c => c.charCodeAt(0));
    const wide = (frame.max - frame.min) / bins.length;
    const points = Array.from(bins, (bin, k) => [frame.min + (k + 0.5) * wide, bin / 255 * frame.peak]);
    const index = frames.indexOf(frame);
    return { points, index, letter: letter(index, false), places: points.filter(point => point[1] > 0.25 * frame.peak) };
  });
  const bounded = !usable.length || (kind === "activations" && usable[0].kind === "tanh");
  const [min, max] = bounded ? [-1, 1] : [Math.max(low, -reach), Math.min(high, reach)];
  return { title, height: many ? 220 : 300, series, x: { min, max: max > min ? max : min + 1, name: "value" },
    y: { min: 0, max: peak > 0 ? peak * 1.05 : 1, name: "density" } };
}

const summary = (run, frames) => frames.map(frame => `${layerName(run, frame.name, frame.kind)}: mean ${scientific(frame.mean)}, std ${scientific(frame.std)}`).join("; ");

const figures = {
  activations: [["mean", f => signed(f.mean, 2)], ["std", f => digits(f.std, 2)],
    ["saturated", f => percent(f.saturated)], ["dead", f => whole(f.dead)]],
  gradients: [["mean", f => scientific(f.mean)], ["std", f => scientific(f.std)]],
  weights: [["mean", f => scientific(f.mean)], ["std", f => scientific(f.std)], ["grad:data", f => scientific(f.grad_data)]],
};

function histogramFigure(run, kind, name) {
  const frames = () => pictureOf(run)[kind];
  const legend = html("div");
  const host = plotHost(() => {
    const columns = figures[kind];
    legend.replaceChildren(table([["layer"], ...columns.map(([heading]) => [heading, true])],
      frames().map((frame, i) => [sample(i, layerName(run, frame.name, frame.kind), false), ...columns.map(([, text]) => text(frame))])));
    return histogramPlot(kind, frames(), `${name} of ${run.name} at step ${pictureOf(run).step}. ${summary(run, frames())}`);
  });
  return figure(run, host, legend);
}

function figure(run, host, legend) {
  const parts = many ? [html("h3", {}, run.name), host, legend] : [host, legend];
  return html("figure", { class: many ? "" : "beside" }, ...parts);
}

function updatePlot(run) {
  const { names, steps: at, values } = run.update_data;
  const series = names.map((name, i) => ({ index: i, letter: letter(i, false),
    points: at.map((step, k) => [step, values[k][i]]).filter(point => known(point[1])) }));
  const [low, high] = range(series.flatMap(s => s.points.map(p => p[1])).concat([-3.5, -2.5]));
  const ends = series.map(s => `${layerName(run, names[s.index])}: ${s.points.length ? digits(s.points.at(-1)[1], 2) : "none"}`).join("; ");
  return { title: `log10 of update to data of ${run.name} over the steps, at the end ${ends}`, height: many ? 240 : 320,
    x: stepAxis([run], false), y: { min: Math.max(low, -8) - 0.2, max: Math.min(high, 3) + 0.2, name: "log10(std(update) / std(data))" },
    series, marks: [{ y: -3, text: "-3: about right" }], cursor: pictureOf(run) && pictureOf(run).step };
}

function updateFigure(run) {
  const { names, values } = run.update_data;
  const legend = table([["weights"], ["first", true], ["last", true]],
    names.map((name, i) => [sample(i, layerName(run, name), false), digits(values[0][i], 2), digits(values.at(-1)[i], 2)]));
  return figure(run, plotHost(() => updatePlot(run)), legend);
}

function showStep() {
  const text = `${whole(shownStep())} of ${whole(Math.max(...runs.map(lastStep)))}`;
  byId("step-shown").textContent = text;
  slider.setAttribute("aria-valuetext", `step ${text}`);
}

function showPictures() {
  const pictured = runs.filter(run => run.pictures.length);
  byId("pictures").hidden = !pictured.length;
  if (!pictured.length) return;
  slider.max = steps.length - 1; // set before the value, which it limits
  slider.value = steps.length - 1;
  showStep();
  const place = (id, make) => {
    const some = pictured.filter(run => id === "updates" || run.pictures[0][id].length);
    byId(id).hidden = !some.length;
    byId(id).append(html("div", { class: many ? "figures" : "figures one" }, ...some.map(make)));
  };
  for (const id of ["activations", "gradients", "weights"])
    place(id, run => histogramFigure(run, id, byId(`${id}-heading`).textContent));
  place("updates", updateFigure);
  let waiting = false;
  slider.addEventListener("input", () => {
    showStep();
    if (!waiting) requestAnimationFrame(() => { waiting = false; plots.forEach(redraw => redraw()); });
    waiting = true;
  });
}

// ---- Saturation maps

function saturationMap(run, map) {
  const canvas = html("canvas", { width: map.units, height: map.rows, role: "img" });
  const bytes = Uint8Array.from(atob(map.bits), c => c.charCodeAt(0));
  const context = canvas.getContext("2d");
  const image = context.createImageData(map.units, map.rows);
  const rowsWhite = new Uint32Array(map.units);
  let white = 0;
  for (let k = 0; k < map.units * map.rows; ++k) {
    const bit = bytes[k >> 3] >> (7 - (k & 7)) & 1;
    image.data.fill(bit ? 255 : 0, 4 * k, 4 * k + 3);
    image.data[4 * k + 3] = 255;
    white += bit;
    rowsWhite[k % map.units] += bit;
  }
  context.putImageData(image, 0, 0);
  const dead = rowsWhite.filter(rows => rows === map.rows).length;
  const caption = `${layerName(run, map.layer)}, step ${whole(map.step)}: ${percent(white / (map.units * map.rows))} white, ` +
    `${dead} of ${map.units} units dead`;
  canvas.setAttribute("aria-label", `${run.name}, ${caption}; ${map.rows} examples`);
  return html("figure", {}, canvas, html("figcaption", {}, caption));
}

// Whether a map has a bit for each unit and row.
const isMap = ({ units, rows, bits }) => Number.isInteger(units) && Number.isInteger(rows) && units > 0 && rows > 0 &&
  /^[A-Za-z0-9+/]*={0,2}$/.test(bits) && units * rows <= 6 * bits.replace(/=+$/, "").length;

// Each layer has a group, so that its maps of different steps stand side by side.
function saturationMaps(run) {
  const layers = [...new Set(run.saturation.map(map => map.layer))];
  const groups = layers.map(layer => html("div", { class: "pair" },
    ...run.saturation.filter(map => map.layer === layer).map(map => saturationMap(run, map))));
  return html("div", { class: "run" }, ...(many ? [html("h3", {}, run.name)] : []), html("div", { class: "maps" }, ...groups));
}

function showSaturation() {
  for (const run of runs) run.saturation = run.saturation.filter(isMap);
  const mapped = runs.filter(run => run.saturation.length);
  const leftOut = runs.reduce((sum, run) => sum + run.saturation_left_out, 0);
  byId("saturation").hidden = !mapped.length;
  byId("saturation").append(...mapped.map(saturationMaps));
  if (leftOut) byId("saturation").append(html("p", { class: "hint" }, `${leftOut} more maps would make this page too large.`));
}

// ---- Tables and text

function facts({ run }) {
  const machine = run.machine || {};
  const time = String(run.time || "").replace(/T(\d\d:\d\d).*/, " $1 UTC");
  const file = run.data && String(run.data.file).split("/").at(-1);
  return [file, time, machine.cpu && `${machine.cpu} (${machine.isa})`,
    known(run.threads) && `${run.threads} thread${run.threads === 1 ? "" : "s"}`, run.version && `nib ${run.version}`];
}

function showHeader() {
  const name = many ? `${runs.length} runs` : runs[0].name;
  document.title = `${name} \u00b7 nib`;
  byId("title").textContent = name;
  const all = runs.map(facts);
  const common = all[0].filter((fact, i) => fact && all.every(each => each[i] === fact));
  byId("subtitle").textContent = common.join(" \u00b7 ");
}

// The words that nib doctor prints.
const words = { good: "ok", bad: "FAIL", unknown: "--" };
const badge = (health, text = words[health]) => html("span", { class: `badge ${health}` }, text);

function checkItem({ check, health, measured, healthy, advice }) {
  const lines = [measured, healthy && `Healthy: ${healthy}`].filter(Boolean).join(". ");
  return html("li", {}, badge(health), html("div", {}, html("b", {}, check), html("div", {}, lines),
    ...(advice ? [html("div", {}, html("b", {}, "Change: "), advice)] : [])));
}

function verdictOf(run) {
  const list = checks => html("ul", { class: "checks" }, ...checks.map(checkItem));
  const [bad, rest] = [run.checks.filter(c => c.health === "bad"), run.checks.filter(c => c.health !== "bad")];
  const text = bad.length ? `${bad.length} of ${run.checks.length} checks failed` : "No check failed";
  return html("div", { class: "run" }, html("h3", {}, many ? `${run.name}: ${text.toLowerCase()}` : text), list(bad),
    html("details", {}, html("summary", {}, bad.length ? "The other checks" : "The checks"), list(rest)));
}

function showVerdict() {
  const judged = runs.filter(run => run.checks.length);
  byId("verdict").hidden = !judged.length;
  if (!judged.length) return;
  if (!many) return byId("verdict").append(verdictOf(judged[0]));
  const columns = [["run"], ...judged[0].checks.map(({ check }) => [check])];
  const overview = table(columns, judged.map(run => [run.name, ...run.checks.map(({ health }) => badge(health))]), "stacked");
  byId("verdict").append(overview, html("details", {}, html("summary", {}, "What was measured, and what to change"),
    ...judged.map(verdictOf)));
}

function showResults() {
  const rows = runs.map((run, i) => {
    const last = run.evaluation || {}, best = run.best || {};
    const first = run.loss.length ? digits(run.loss[0][1], 4) : "-";
    const uniform = choices(run) ? digits(Math.log(choices(run)), 4) : "-";
    return [many ? sample(i, run.name, true) : run.name, digits(last.train, 7), digits(last.val, 7),
      known(best.val) ? `${digits(best.val, 7)} after ${whole(best.step)}` : "-", first, uniform,
      whole(run.run.steps), known(run.seconds) ? `${digits(run.seconds, 1)} s` : "not finished"];
  });
  for (const { name, diverged } of runs.filter(run => run.diverged)) {
    const text = ` ${many ? name + ": " : ""}step ${whole(diverged.step)}: ${diverged.message || "the loss was not finite"}`;
    byId("results").append(html("p", {}, badge("bad", "diverged"), text));
  }
  byId("results").append(table([["run"], ["train loss", true], ["val loss", true], ["best val loss", true], ["first loss", true], ["ln(choices)", true],
    ["steps", true], ["time", true]], rows, "stacked"));
}

// ---- Predictions of a table

// A square for each pair of true and predicted class, darker with its share of the true class, at most 45% of the
// colour, on which the numbers stay legible.
function confusionTable(metrics) {
  const { classes, confusion } = metrics, n = classes.length;
  const head = html("tr", {}, html("td"), ...classes.map(name => html("th", { scope: "col" }, name)));
  const body = classes.map((name, i) => {
    const row = confusion.slice(i * n, (i + 1) * n).map(x => (known(x) && x > 0 ? x : 0)), total = row.reduce((a, b) => a + b, 0);
    return html("tr", {}, html("th", { scope: "row" }, name), ...row.map((x, k) => {
      const share = total > 0 ? x / total : 0;
      return html("td", { class: `number ${i === k ? "right" : "wrong"}`, style: `--share: ${(45 * share).toFixed(1)}%`,
        title: `${name} predicted as ${classes[k]}: ${percent(share)}` }, whole(x));
    }));
  });
  return html("div", { class: "scroll" }, html("table", { class: "confusion" },
    html("caption", {}, "a row a class, a column what was predicted"), html("thead", {}, head), html("tbody", {}, ...body)));
}

function predictedPlot(run) {
  const points = run.metrics.rows.filter(([a, b]) => known(a) && known(b));
  const [low, high] = range(points.flat()), ends = [[low, low], [high, high]], name = run.metrics.target || "the number";
  const axis = { min: low, max: high };
  return { title: `Predicted over true of ${points.length} rows of ${run.name}: R2 ${digits(run.metrics.R2, 4)}`, height: 360,
    x: { ...axis, name: `true, ${name}` }, y: { ...axis, name: "predicted" },
    series: [{ points: ends, index: 1, kind: "val" }, { points, index: 0, kind: "dots" }] };
}

function showMetrics() {
  const some = runs.filter(run => run.metrics);
  byId("metrics").hidden = !some.length;
  if (!some.length) return;
  const names = ["accuracy", "macro-F1", "AUC", "RMSE", "MAE", "R2"].filter(name => some.some(run => known(run.metrics[name])));
  const number = x => (known(x) ? String(Number(x.toPrecision(6))) : "-");
  byId("metrics").append(table([["run"], ...names.map(name => [name, true])],
    some.map(run => [run.name, ...names.map(name => number(run.metrics[name]))])));
  const numbers = some.filter(run => run.metrics.rows.length > 1), classes = some.filter(run => run.metrics.classes.length);
  if (numbers.length) byId("metrics").append(html("p", { class: "hint" }, "Dashed: where what is predicted is true."));
  for (const run of classes) byId("metrics").append(figure(run, confusionTable(run.metrics), html("div")));
  for (const run of numbers) byId("metrics").append(figure(run, plotHost(() => predictedPlot(run)), html("div")));
}

function showNames() {
  const parts = runs.filter(run => run.samples.length).map(run => html("div", { class: "run" },
    ...(many ? [html("h3", {}, run.name)] : []),
    html("ul", { class: "items" }, ...run.samples.map(item => html("li", { dir: "auto" }, String(item))))));
  byId("names").hidden = !parts.length;
  byId("names").append(...parts);
}

const optionText = value => (known(value) && !Number.isInteger(value) ? String(Number(value.toPrecision(7))) : String(value));
function flatten(object, prefix = "") {
  return Object.entries(object).flatMap(([key, value]) => value && typeof value === "object"
    ? flatten(value, `${prefix}${key}.`) : [[prefix + key, optionText(value)]]);
}

function showOptions() {
  const all = runs.map(run => new Map(flatten(run.run).filter(([key]) => key !== "type")));
  const keys = [...new Set(all.flatMap(options => [...options.keys()]))];
  const row = key => [key, ...all.map(options => options.get(key) ?? "-")];
  const columns = [["option"], ...runs.map(run => [many ? run.name : "value"])];
  const differs = key => new Set(row(key).slice(1)).size > 1;
  if (many) byId("options").append(html("p", { class: "hint" }, "Where the runs differ:"), table(columns, keys.filter(differs).map(row)));
  const [title, rest] = many ? ["What is the same in all runs", keys.filter(key => !differs(key))] : [`All ${keys.length}`, keys];
  const same = html("dl", {}, ...rest.map(key => html("div", {}, html("dt", {}, key), html("dd", {}, row(key)[1]))));
  byId("options").append(html("details", many ? {} : { open: "" }, html("summary", {}, title), same));
}

showHeader();
showVerdict();
showResults();
showMetrics();
if (runs.some(run => run.loss.length)) showCurves();
else byId("loss").hidden = byId("rate").hidden = true;
showPictures();
showSaturation();
showNames();
showOptions();
})();
