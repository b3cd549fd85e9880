// ---- The first words: how good, healthy or not, what to change

const listed = (parts, separator = " \u00b7 ") => parts.filter(Boolean).join(separator);

function facts(run) {
  const { run: record } = run, machine = record.machine || {};
  const date = String(record.time || "").replace(/T(\d\d:\d\d).*/, " $1 UTC");
  const file = record.data && String(record.data.file).split("/").at(-1);
  const steps = known(record.steps) && `${whole(record.steps)} step${record.steps === 1 ? "" : "s"}`;
  return [file, known(run.seconds) && !many ? `${steps} in ${duration(run.seconds)}` : steps, date,
    machine.cpu && `${machine.cpu} (${machine.isa})`,
    known(record.threads) && `${record.threads} thread${record.threads === 1 ? "" : "s"}`, record.version && `nib ${record.version}`];
}

function showHeader() {
  const name = many ? `${runs.length} runs` : runs[0].name;
  document.title = `${name} \u00b7 nib`;
  byId("title").textContent = name;
  const all = runs.map(facts);
  byId("subtitle").textContent = listed(all[0].filter((fact, i) => all.every(each => each[i] === fact)));
}

// A run's state, if it is not a whole one: broken down, not finished, ended early.
function stateOf(run) {
  const { state } = run.answer, name = many ? `${run.name}: ` : "";
  return state ? [html("p", { class: "state" }, badge(state.health, state.health === "bad" ? "failed" : "note"), ` ${name}${state.text}`)] : [];
}

const tile = ({ name, value, guess }) => html("div", {}, html("dt", {}, name),
  html("dd", {}, html("b", {}, value), ...(guess ? [html("span", {}, `guess ${guess}`)] : [])));

function answerOf(run) {
  const { headline, compared, figures, notes } = run.answer;
  const none = figures.length ? "" : "No result was recorded.";
  return [...(headline || none ? [html("p", { class: "headline" }, headline || none)] : []),
    ...(compared ? [html("p", { class: "compared" }, compared)] : []),
    html("dl", { class: "tiles" }, ...figures.map(tile)), ...notes.map(note => html("p", { class: "hint" }, note))];
}

// The best of runs that can be compared: all with a validation loss, on the same data, with the same kind of answer.
function bestRun() {
  const kinds = new Set(runs.map(run => {
    const { crc32c, vocabulary, classes, split_seed: seed } = run.run.data || {};
    return [crc32c, vocabulary, classes, seed, (run.run.model || {}).loss].join();
  }));
  if (kinds.size > 1 || !runs.every(run => known(run.answer.loss))) return undefined;
  return runs.reduce((a, b) => (b.answer.loss < a.answer.loss ? b : a));
}

function comparison() {
  const names = [...new Set(runs.flatMap(run => run.answer.figures.map(({ name }) => name)))];
  const best = bestRun();
  const cell = (run, name) => (run.answer.figures.find(f => f.name === name) || { value: "-" }).value;
  const columns = [...names.map(name => [name, run => cell(run, name)]), ["best step", run => whole(run.best && run.best.step)],
    ["steps", run => whole(run.run.steps)], ["time", run => duration(run.seconds)]].filter(([, text]) => runs.some(run => text(run) !== "-"));
  const rows = runs.map((run, i) => [sample(i, run.name, true), ...columns.map(([, text]) => text(run))]);
  const headline = best && `Run ${letter(runs.indexOf(best), true)}, ${best.name}, has the lowest validation loss: ${lossText(best.answer.loss)}.`;
  return [...(headline ? [html("p", { class: "headline" }, headline)] : []), table("Results of the runs", [["run"], ...columns.map(([name]) => [name, true])], rows, "stacked"),
    details({ class: "screen" }, "Each run in words", ...runs.flatMap(run => [...runHeading(run, "h3"), ...answerOf(run)]))];
}

function showAnswer() {
  byId("answer").append(...runs.flatMap(stateOf), ...(many ? comparison() : answerOf(runs[0])));
}

function checkItem({ check, health, measured, healthy, advice }) {
  const lines = listed([measured, healthy && `Healthy: ${healthy}`], ". ");
  return html("li", {}, badge(health), html("div", {}, html("b", {}, check),
    ...(advice ? [html("div", { class: "advice" }, html("b", {}, "Change: "), ...withOptions(advice))] : []), html("div", {}, lines)));
}

const failed = run => run.checks.filter(({ health }) => health === "bad");

function verdictText(run) {
  const count = run.checks.length, unknown = run.checks.filter(({ health }) => health === "unknown").length;
  const unmeasured = unknown ? `; ${unknown} could not be measured` : "";
  return failed(run).length ? `${failed(run).length} of ${count} checks failed${unmeasured}.` : `No check of ${count} failed${unmeasured}.`;
}

function verdictOf(run) {
  const list = checks => html("ul", { class: "checks" }, ...checks.map(checkItem));
  const bad = failed(run), rest = run.checks.filter(({ health }) => health !== "bad");
  return [...runHeading(run, "h3"), html("p", { class: "headline" }, badge(bad.length ? "bad" : "good", bad.length ? "unhealthy" : "healthy"), ` ${verdictText(run)}`),
    list(bad), ...(rest.length ? [details({}, bad.length ? "The other checks" : "The checks", list(rest))] : [])];
}

function showHealth() {
  const judged = runs.filter(run => run.checks.length);
  byId("health").hidden = !judged.length;
  if (!judged.length) return;
  if (!many) return byId("health").append(...verdictOf(judged[0]));
  const columns = [["run"], ...judged[0].checks.map(({ check }) => [check])];
  const rows = judged.map(run => [sample(runs.indexOf(run), run.name, true), ...run.checks.map(({ health }) => badge(health))]);
  byId("health").append(table("The doctor's verdict", columns, rows, "stacked"),
    details({}, "What was measured, and what to change", ...judged.flatMap(verdictOf)));
}
