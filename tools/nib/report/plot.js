// ---- Plots: lines over two axes. The drawing code is nib's own, as gnuplot's is larger and has no slider: its SVG of
// one histogram of five layers has 18.6 kB and takes 50 ms; 120 steps of the three kinds would be 6.7 MB and 18 s. The
// same as data has 0.4 MB.

const dashes = ["none", "7 3", "2 3", "9 3 2 3", "14 4", "4 2 1 2 1 2", "1 4", "10 6"];
const letter = (i, letters) => (letters ? String.fromCharCode(65 + i % 26) : String(i + 1));
const look = (i, kind = "") => ({ class: `series s${i % 8} ${kind}`, "stroke-dasharray": dashes[(i + (i >> 3)) % 8] });

// A sample line for a legend: the letter that stands on the line, and the line's dashes.
function sample(i, name, letters) {
  const line = svg("svg", { width: 48, height: 14, "aria-hidden": "true" },
    svg("path", { d: "M18 7H48", ...look(i) }), svg("text", { x: 0, y: 12, class: `letter s${i % 8}` }, letter(i, letters)));
  return html("span", { class: "sample" }, line, name);
}

// Points far outside the axes are moved near them: renderers fail at large coordinates.
function path(points, x, y, box) {
  const near = (v, from, to) => Math.min(Math.max(v, from - 2000), to + 2000).toFixed(1);
  return points.map(([a, b], i) =>
    `${i ? "L" : "M"}${near(x(a), box.left, box.right)} ${near(y(b), box.top, box.bottom)}`).join("");
}

// Lines across the plot, each with its text over its right end. A text that would stand on another one is left out.
function drawMarks(plot, y, box) {
  const inside = (plot.marks || []).filter(mark => mark.y >= plot.y.min && mark.y <= plot.y.max);
  const lines = inside.map(mark => svg("path", { class: "mark", d: `M${box.left} ${y(mark.y)}H${box.right}` }));
  const free = inside.filter((mark, i) => inside.slice(0, i).every(other => Math.abs(y(other.y) - y(mark.y)) > 15));
  const notes = free.map(mark => svg("text", { class: "note", x: box.right - 4, y: y(mark.y) - 6, "text-anchor": "end" }, mark.text));
  return [lines, notes];
}

// A ring around a point of a line. Its text stands at the bottom, clear of the lines, joined to it by a line.
function drawRing({ at: [a, b], index, text }, x, y, box) {
  const [left, top] = [x(a), y(b)], isRight = left > (box.left + box.right) / 2;
  const ring = svg("circle", { class: `ring s${index % 8}`, cx: left, cy: top, r: 5 });
  if (!text) return [ring];
  const place = { x: left + (isRight ? -8 : 8), y: box.bottom - 8, "text-anchor": isRight ? "end" : "start" };
  return [svg("path", { class: "drop", d: `M${left} ${top + 6}V${box.bottom}` }), ring, svg("text", { class: "note", ...place }, text)];
}

// The letter of a line. Each stands elsewhere along its line, so that lines on top of each other still show theirs.
function drawLetter(series, place, x, y, box) {
  const at = Math.min(Math.max(y(place[1]), box.top + 8), box.bottom - 4), along = Math.min(Math.max(x(place[0]), box.left), box.right);
  return svg("text", { class: `letter s${series.index % 8}`, x: along, y: at + 4, "text-anchor": "middle" }, series.letter);
}

// The width of a plot on paper, in CSS pixels: A4 and US letter have more between their margins.
const paperWidths = { ".small": 205, ".figures:not(.one)": 310, ".beside": 370 };
const paperWidth = host => paperWidths[Object.keys(paperWidths).find(place => host.closest(place))] || 640;
let onPaper = false;
let clips = 0;

// plot: {title, caption, height, x: axis, y: axis, series: [{points, index, kind, letter, places}], marks: [{y, text}],
// rings: [{at, index, text}], cursor}
// axis: {min, max, name, log, whole, shift}: ticks, of whole numbers alone if asked, show x - shift; made drawable. places: the points where the letter may
// stand. Lines are clipped at the axes.
function draw(host, wanted) {
  const plot = { ...wanted, x: drawable(wanted.x), y: drawable(wanted.y) };
  const width = onPaper ? paperWidth(host) : Math.max(240, host.clientWidth);
  const box = { left: 48, right: width - 10, top: 26, bottom: plot.height - 42 };
  const [x, y] = [scale(plot.x, box.left, box.right), scale(plot.y, box.bottom, box.top)];
  const clip = host.dataset.clip ||= `clip${++clips}`;
  const [marks, notes] = drawMarks(plot, y, box), letters = [];
  const lines = svg("g", { "clip-path": `url(#${clip})` }, ...marks);
  const seen = ([a, b]) => known(x(a)) && known(y(b));
  plot.series.forEach((series, k) => {
    const points = series.points.filter(seen), places = (series.places || points).filter(seen);
    const shape = series.kind === "dots" ? points.map(point => path([point], x, y, box) + "h0").join("") : path(points, x, y, box);
    lines.append(svg("path", { d: shape, ...look(series.index, series.kind) }));
    if (!series.letter || !places.length) return;
    letters.push(drawLetter(series, places[Math.floor((k + 0.5) / plot.series.length * places.length)], x, y, box));
  });
  const rings = (plot.rings || []).filter(ring => seen(ring.at)).flatMap(ring => drawRing(ring, x, y, box));
  if (known(plot.cursor) && known(x(plot.cursor))) lines.append(svg("path", { class: "cursor", d: `M${x(plot.cursor)} ${box.top}V${box.bottom}` }));
  const area = { x: box.left, y: box.top - 1, width: box.right - box.left, height: box.bottom - box.top + 2 };
  host.replaceChildren(svg("svg", { width, height: plot.height, viewBox: `0 0 ${width} ${plot.height}`, role: "img", "aria-label": plot.title },
    svg("clipPath", { id: clip }, svg("rect", area)), ...axes(plot, x, y, box), lines, ...letters, ...rings, ...notes));
}

// Plots are drawn at the width that they get, and redrawn when it changes.
const plots = new Map();
const redrawAll = () => plots.forEach(redraw => redraw());
const observer = new ResizeObserver(entries => entries.forEach(({ target }) => plots.get(target)()));

// The figure of a plot: drawing makes the plot, whose caption says in words what is to be seen.
function plotFigure(attributes, drawing, ...more) {
  const host = html("div", { class: "plot" }), caption = html("figcaption");
  plots.set(host, () => {
    const plot = drawing();
    draw(host, plot);
    caption.textContent = plot.caption;
  });
  observer.observe(host);
  return html("figure", attributes, host, caption, ...more);
}

function onPaperUntilPrinted() {
  let opened = [];
  addEventListener("beforeprint", () => {
    onPaper = true;
    opened = [...document.querySelectorAll("details:not([open]):not(.screen)")];
    opened.forEach(each => { each.open = true; });
    redrawAll();
  });
  addEventListener("afterprint", () => {
    onPaper = false;
    opened.forEach(each => { each.open = false; });
    redrawAll();
  });
}
