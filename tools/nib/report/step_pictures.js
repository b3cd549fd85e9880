// ---- Pictures of a step, and of the layers over the steps

const slider = byId("step");
const steps = [...new Set(runs.flatMap(run => run.pictures.map(picture => picture.step)))].sort((a, b) => a - b);
const shownStep = () => steps[slider.value];

// The last picture recorded up to the step that the slider shows.
const pictureOf = run => run.pictures.findLast(picture => picture.step <= shownStep()) || run.pictures[0];

function histogramPlot(kind, frames, title, caption) {
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
  return { title, caption, height: many ? 220 : 300, series, x: { min, max: max > min ? max : min + 1, name: "value" },
    y: { min: 0, max: peak > 0 ? peak * 1.05 : 1, name: "density" } };
}

// The spread of the layers in words. Their table has the rest.
function spread(run, frames) {
  const sorted = frames.filter(frame => known(frame.std)).sort((a, b) => a.std - b.std);
  const text = frame => `${short(frame.std)} in ${layerName(run, frame.name, frame.kind)}`;
  const step = `Step ${whole(pictureOf(run).step)}`;
  if (!sorted.length) return `${step}.`;
  return sorted.length > 1 ? `${step}: the standard deviation is ${text(sorted[0])} to ${text(sorted.at(-1))}.` : `${step}: the standard deviation is ${text(sorted[0])}.`;
}

const layerFigures = {
  activations: [["mean", f => signed(f.mean, 2)], ["std", f => digits(f.std, 2)],
    ["saturated", f => percent(f.saturated)], ["dead", f => whole(f.dead)]],
  gradients: [["mean", f => scientific(f.mean)], ["std", f => scientific(f.std)]],
  weights: [["mean", f => scientific(f.mean)], ["std", f => scientific(f.std)], ["grad:data", f => scientific(f.grad_data)]],
};

function histogramFigure(run, kind, name) {
  const frames = () => pictureOf(run)[kind], columns = layerFigures[kind];
  const legend = html("div"), title = () => `${name} of ${run.name} at step ${pictureOf(run).step}`;
  return layerFigure(run, () => {
    legend.replaceChildren(table(title(), [["layer"], ...columns.map(([heading]) => [heading, true])],
      frames().map((frame, i) => [sample(i, layerName(run, frame.name, frame.kind), false), ...columns.map(([, text]) => text(frame))]), "layers"));
    return histogramPlot(kind, frames(), title(), spread(run, frames()));
  }, legend);
}

// A plot with the table of its layers.
function layerFigure(run, drawing, legend) {
  const picture = plotFigure({ class: many ? "" : "beside" }, drawing, legend);
  return many ? html("div", {}, ...runHeading(run, "h4"), picture) : picture;
}

// The lines of layers over the steps. values: by step and layer.
const layerSeries = (names, at, values) => names.map((name, i) => ({ index: i, letter: letter(i, false),
  points: at.map((step, k) => [step, values[k][i]]).filter(point => known(point[1])) }));

function overSteps(run, title, caption, series, y, marks) {
  return { title: `${title} of ${run.name} over the steps`, caption, height: many ? 240 : 300, x: stepAxis([run], false), y, series, marks,
    cursor: onPaper || !pictureOf(run) ? undefined : pictureOf(run).step };
}

function updatePlot(run) {
  const { names, steps: at, values } = run.update_data, series = layerSeries(names, at, values);
  const [low, high] = range(series.flatMap(s => s.points.map(p => p[1])).concat([-3.5, -2.5]));
  const ends = series.filter(s => s.points.length).map(s => s.points.at(-1)[1]);
  return overSteps(run, "Update to data", ends.length ? `At the end ${digits(range(ends)[0], 2)} to ${digits(range(ends)[1], 2)}.` : "No finite values.", series,
    { min: Math.max(low, -8) - 0.2, max: Math.min(high, 3) + 0.2, name: "log10(std(update) / std(data))" }, [{ y: -3, text: "-3: about right" }]);
}

function updateFigure(run) {
  const { names, values } = run.update_data;
  const legend = table(`Update to data of ${run.name}`, [["weights"], ["first", true], ["last", true]],
    names.map((name, i) => [sample(i, layerName(run, name), false), digits(values[0][i], 2), digits(values.at(-1)[i], 2)]), "layers");
  return layerFigure(run, () => updatePlot(run), legend);
}

function saturatedPlot(run) {
  const { names, steps: at, values } = run.saturated, series = layerSeries(names, at, values);
  const all = series.flatMap(s => s.points.map(p => p[1])), high = Math.max(0, range(all)[1]);
  return overSteps(run, "Saturated units", all.length ? `At most ${percent(high)} of a layer at any step.` : "No finite values.",
    series.map(s => ({ ...s, points: s.points.map(([a, b]) => [a, 100 * b]) })), { min: 0, max: Math.max(5, 110 * high), name: "% of a layer's outputs" });
}

function saturatedFigure(run) {
  const { names, kinds, values } = run.saturated;
  const legend = table(`Saturated units of ${run.name}`, [["layer"], ["first", true], ["last", true]],
    names.map((name, i) => [sample(i, layerName(run, name, kinds[i]), false), percent(values[0][i]), percent(values.at(-1)[i])]), "layers");
  return layerFigure(run, () => saturatedPlot(run), legend);
}

function showStep() {
  const text = `${whole(shownStep())} of ${whole(Math.max(...runs.map(lastStep)))}`;
  byId("step-shown").textContent = text;
  slider.setAttribute("aria-valuetext", `step ${text}`);
}

function showPictures(id, some, make) {
  byId(id).hidden = !some.length;
  byId(id).append(html("div", { class: many ? "figures" : "figures one" }, ...some.map(make)));
}

function showSlider() {
  byId("step-bar").hidden = !steps.length;
  if (!steps.length) return;
  slider.max = steps.length - 1; // set before the value, which it limits
  slider.value = steps.length - 1;
  showStep();
  let waiting = false;
  slider.addEventListener("input", () => {
    showStep();
    if (!waiting) requestAnimationFrame(() => { waiting = false; redrawAll(); });
    waiting = true;
  });
}

function showLayers() {
  showSlider();
  for (const id of ["activations", "gradients", "weights"])
    showPictures(id, runs.filter(run => run.pictures.length && run.pictures[0][id].length), run => histogramFigure(run, id, byId(`${id}-heading`).textContent));
  showPictures("updates", runs.filter(run => run.update_data.steps.length && run.update_data.names.length), updateFigure);
  showPictures("saturated", runs.filter(run => run.saturated.steps.length > 1 && run.saturated.names.length), saturatedFigure);
  showMaps();
  showFilters();
  byId("layers").hidden = [...document.querySelectorAll(".picture")].every(picture => picture.hidden);
}
