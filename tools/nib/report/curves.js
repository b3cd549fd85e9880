// ---- The curves of a run over its steps

const logSteps = byId("log-steps");

// The number of symbols or classes to choose from. Undefined if answers are numbers.
function choices(run) {
  const data = run.run.data || {}, size = data.vocabulary || data.classes;
  return known(size) && size > 1 ? size : undefined;
}
const lastStep = run => (run.loss.length ? run.loss.at(-1)[0] : 0);

function stepAxis(some, log) {
  const last = Math.max(1, ...some.map(lastStep));
  return { min: log ? 1 : 0, max: last + (log ? 1 : 0), log, whole: true, shift: log ? 1 : 0, name: log ? "step (log scale)" : "step" };
}
const shifted = (points, axis) => (axis.log ? points.map(([a, b]) => [a + axis.shift, b]) : points);

// A line for each run that has one.
const captions = sentence => runs.map((run, i) => [sentence(run), `${letter(i, true)}, ${cut(run.name, 30)}: `]).filter(([text]) => text)
  .map(([text, name]) => (many ? name : "") + text).join("\n");

// The losses of guesses that look at nothing.
function guesses() {
  const byChance = [...new Set(runs.map(choices).filter(known))].map(size =>
    ({ y: Math.log(size), text: `ln ${size} = ${Math.log(size).toFixed(4)}: any answer as likely` }));
  const byFrequency = [...new Set(runs.map(run => (run.run.data || {}).unigram_loss).filter(known))].map(loss =>
    ({ y: loss, text: `${lossText(loss)}: guessing by frequency` }));
  return [...byFrequency, ...byChance];
}

// The best model on the validation curve.
function bestRing(run, index, x) {
  const { step } = run.best || {}, point = run.validation.find(([at]) => at === step);
  if (!point || !known(point[1])) return [];
  return [{ at: shifted([point], x)[0], index, text: many ? "" : `best: ${lossText(point[1])} after step ${whole(step)}` }];
}

function lossPlot() {
  const x = stepAxis(runs, logSteps.checked);
  const series = [];
  runs.forEach((run, i) => {
    if (!many) series.push({ points: shifted(run.loss, x), index: i, kind: "raw" });
    series.push({ points: shifted(run.smoothed_loss, x), index: i, letter: many && letter(i, true) });
    series.push({ points: shifted(run.validation, x), index: i, kind: "val", letter: !many && "val" });
  });
  const marks = guesses();
  for (const s of series) s.points = s.points.filter(p => p[1] > 0);
  const [low, high] = range(series.flatMap(s => s.points.map(p => p[1])).concat(marks.map(m => m.y)));
  return { title: "Loss over the steps", caption: captions(lossCaption), height: 360, x, series, marks,
    rings: runs.flatMap((run, i) => bestRing(run, i, x)),
    y: { min: low / (high / low) ** 0.1, max: high * 1.08, log: true, name: `${runs.every(choices) ? "loss in nats" : "loss"} (log10 scale)` } };
}

function lossCaption(run) {
  if (!run.loss.length) return "";
  const text = `Training ${lossText(run.loss[0][1])} at step ${whole(run.loss[0][0])}, ` +
    `about ${lossText(run.smoothed_loss.at(-1)[1])} at step ${whole(lastStep(run))}`;
  const points = run.validation.filter(p => known(p[1]));
  if (!points.length) return text + ".";
  const least = points.reduce((a, b) => (b[1] < a[1] ? b : a));
  return `${text}. Validation lowest ${lossText(least[1])} after step ${whole(least[0])}, in the end ${lossText(points.at(-1)[1])}.`;
}

// Some of the points as a table, for those who want numbers or cannot see the lines.
function lossNumbers() {
  const some = points => {
    const count = Math.min(points.length, 12);
    return Array.from({ length: count }, (_, i) => points[Math.floor(i * (points.length - 1) / Math.max(count - 1, 1))]);
  };
  const parts = runs.filter(run => run.loss.length).flatMap(run => {
    const rows = kind => points => some(points).map(([step, loss]) => [`${kind} ${whole(step)}`, lossText(loss)]);
    const all = [...rows("training, step")(run.smoothed_loss), ...rows("validation, after step")(run.validation.filter(p => known(p[1])))];
    return [...runHeading(run, "h4"), table(`Losses of ${run.name}`, [["loss"], ["nats", true]].map(([name, number]) =>
      [name === "nats" && !choices(run) ? "value" : name, number]), all)];
  });
  return details({ class: "screen" }, "Losses as a table", ...parts);
}

// A small plot of one figure over the steps. points: by run. fromZero: a linear axis from 0; otherwise a logarithmic one,
// of the values above 0.
function smallPlot(title, unit, points, caption, fromZero) {
  const series = runs.map((run, i) => ({ points: points(run).filter(p => known(p[1]) && (fromZero || p[1] > 0)), index: i, letter: many && letter(i, true) }));
  const [low, high] = range(series.flatMap(s => s.points.map(p => p[1])));
  const y = fromZero ? { min: 0, max: high * 1.1 || 1 } : { min: low / 1.1, max: high * 1.1, log: true };
  return { title: `${title} over the steps`, caption: captions(caption), height: 210, x: stepAxis(runs, false), series, y: { ...y, name: unit } };
}

function ratePlot() {
  return smallPlot("Learning rate", "learning rate", run => run.learning_rate, run => {
    const points = run.learning_rate.filter(p => known(p[1]));
    return points.length ? `${short(points[0][1])} at first, at most ${short(range(points.map(p => p[1]))[1])}, in the end ${short(points.at(-1)[1])}.` : "";
  }, true);
}

function normPlot() {
  return smallPlot("Gradient norm", "norm over all weights (log10)", run => run.gradient_norm, run => {
    const points = run.gradient_norm.filter(p => known(p[1]));
    const clip = (run.run.train || {}).clip_norm;
    return points.length ? `${short(points[0][1])} at first, at most ${short(range(points.map(p => p[1]))[1])}, in the end ` +
      `${short(points.at(-1)[1])}${clip > 0 ? `; after clipping to ${short(clip)}` : ""}.` : "";
  }, false);
}

function speedPlot() {
  return smallPlot("Speed", "steps per second", run => run.speed, run => {
    const [low, high] = range(run.speed.map(p => p[1])), { threads } = run.run;
    if (!run.speed.length) return "";
    return `${whole(Math.round(low))} to ${whole(Math.round(high))} steps/s` + (known(threads) ? `, with up to ${threads} thread${threads === 1 ? "" : "s"}.` : ".");
  }, true);
}

function showCurves() {
  byId("curves").hidden = !runs.some(run => run.loss.length);
  if (byId("curves").hidden) return;
  byId("loss-hint").textContent = (many
    ? "Lines are means over the steps around each, at most 2% of all. One that falls steeply at first spends its first steps on shrinking the logits."
    : "Thin: the training loss as recorded; thick: means over up to 2% of the steps. A steep fall at first, a hockey stick, means that the " +
      "first steps only shrink the logits.") + (runs.some(run => run.validation.length) ? " Dashed: the validation loss, with a ring at the best model." : "");
  const legend = many ? [html("ul", { class: "legend" }, ...runs.map((run, i) => html("li", {}, sample(i, run.name, true))))] : [];
  const small = [["Learning rate", ratePlot, "learning_rate"], ["Gradient norm", normPlot, "gradient_norm"], ["Speed", speedPlot, "speed"]]
    .filter(([, , key]) => runs.some(run => run[key].length));
  byId("curves").append(...legend, plotFigure({}, lossPlot), lossNumbers(),
    html("div", { class: "figures small" }, ...small.map(([name, drawing]) => html("div", {}, html("h3", {}, name), plotFigure({}, drawing)))));
  logSteps.addEventListener("change", redrawAll);
}
