// ---- Predictions for the validation rows of a table, and samples of a text

const weight = x => (known(x) && x > 0 ? x : 0);
const rowsOf = (metrics, n) => metrics.classes.map((name, i) => metrics.confusion.slice(i * n, (i + 1) * n).map(weight));
const sum = values => values.reduce((a, b) => a + b, 0);

// The pairs of a class and what it was mistaken for, the most frequent first.
function mistakesOf(metrics) {
  const { classes } = metrics;
  return rowsOf(metrics, classes.length).flatMap((row, i) => row.map((x, k) =>
    ({ x, total: sum(row), text: `${classes[i]} predicted as ${classes[k]}`, wrong: i !== k }))).filter(each => each.wrong && each.x > 0)
    .sort((a, b) => b.x - a.x).map(({ x, total, text }) => `${text}: ${short(x)} of ${short(total)}`);
}

const longName = name => (name.length > 20 ? { class: "long" } : {});

// A square for each pair of true and predicted class, darker with its share of the true class, at most 45% of the
// colour, on which the numbers stay legible.
function confusionTable(run) {
  const { metrics } = run, { classes } = metrics, n = classes.length;
  const head = html("tr", {}, html("td", { class: "corner" }, "true \\ predicted"), ...classes.map(name => html("th", { scope: "col", ...longName(name) }, name)));
  const body = rowsOf(metrics, n).map((row, i) => {
    const total = sum(row);
    return html("tr", {}, html("th", { scope: "row", ...longName(classes[i]) }, classes[i]), ...row.map((x, k) => {
      const share = total > 0 ? x / total : 0, kind = !x ? "none" : i === k ? "right" : "wrong";
      return html("td", { class: `number ${kind}`, style: `--share: ${(45 * share).toFixed(1)}%` }, x || n <= 12 ? short(x) : "");
    }));
  });
  const name = `Confusion matrix of ${run.name}`;
  return scrolled(name, html("table", { class: `confusion ${n > 12 ? "large" : ""}`, "aria-label": name },
    html("thead", {}, head), html("tbody", {}, ...body)), "high");
}

function confusionFigure(run) {
  const { classes } = run.metrics, rows = rowsOf(run.metrics, classes.length), all = mistakesOf(run.metrics), most = 10;
  const right = sum(rows.map((row, i) => row[i])), total = sum(rows.flat());
  const caption = `A row a class, a column what was predicted: ${short(right)} of ${short(total)} are right, on the diagonal.` +
    (all.length ? "" : " No class was mistaken for another.");
  const list = all.length ? [html("div", {}, html("p", { class: "list-name" }, all.length > most ? `The ${most} most frequent of ${all.length} kinds of mistakes` : "Mistakes"),
    html("ol", { class: "mistakes" }, ...all.slice(0, most).map(text => html("li", {}, text))))] : [];
  return html("figure", { class: classes.length > 8 ? "" : "beside" }, html("div", {}, confusionTable(run), html("figcaption", {}, caption)), ...list);
}

function predictedPlot(run) {
  const points = run.metrics.rows.filter(([a, b]) => known(a) && known(b));
  const [low, high] = range(points.flat()), ends = [[low, low], [high, high]];
  const errors = points.map(([a, b]) => Math.abs(a - b)).sort((a, b) => a - b);
  const margin = 0.04 * (high - low), axis = { min: low - margin, max: high + margin };
  return { title: `Predicted over true values of ${run.name}`, height: 360,
    caption: `A point a row, ${whole(points.length)} in all. On the dashed line, what is predicted is true. Half of the rows are off by less than ` +
      `${short(errors[errors.length >> 1])}, the worst one by ${short(errors.at(-1))}; R2 is ${short(run.metrics.R2)}.`,
    x: { ...axis, name: listed(["true", run.metrics.target && cut(run.metrics.target, 40)], " ") }, y: { ...axis, name: "predicted" },
    series: [{ points: ends, index: 1, kind: "val" }, { points, index: 0, kind: "dots" }] };
}

// The rows that were predicted worst.
function worstRows(run) {
  const rows = run.metrics.rows.filter(([a, b]) => known(a) && known(b)).sort((a, b) => Math.abs(b[0] - b[1]) - Math.abs(a[0] - a[1]));
  const cells = rows.slice(0, 8).map(([a, b]) => [short(a), short(b), short(b - a)]);
  return html("div", {}, html("p", { class: "list-name" }, "The largest errors"),
    table(`The largest errors of ${run.name}`, [["true", true], ["predicted", true], ["error", true]], cells));
}

function showPredictions() {
  const some = runs.filter(run => run.metrics && (run.metrics.classes.length || run.metrics.rows.length > 1));
  byId("predictions").hidden = !some.length;
  for (const run of some) {
    const picture = run.metrics.classes.length ? confusionFigure(run) : plotFigure({ class: "beside" }, () => predictedPlot(run), worstRows(run));
    byId("predictions").append(...runHeading(run, "h3"), picture);
  }
}

function showSamples() {
  const some = runs.filter(run => run.samples.length);
  byId("sampled").hidden = !some.length;
  for (const run of some) {
    const items = run.samples.map(item => html("li", { dir: "auto" }, String(item) || "(nothing)"));
    byId("sampled").append(...runHeading(run, "h3"), html("ul", { class: "items" }, ...items));
  }
}
