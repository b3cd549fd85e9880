// ---- The settings of the runs

const optionText = value => (known(value) && !Number.isInteger(value) ? String(Number(value.toPrecision(7))) : String(value));
function flatten(object, prefix = "") {
  return Object.entries(object).flatMap(([key, value]) => value && typeof value === "object"
    ? flatten(value, `${prefix}${key}.`) : [[prefix + key, optionText(value)]]);
}

const settingList = rows => html("dl", { class: "settings" }, ...rows.map(([key, value]) =>
  html("div", {}, html("dt", {}, key), html("dd", {}, value))));

// The settings by the part of the run that they are about.
function settingGroups(rows) {
  const titles = { run: "Run", machine: "Machine", data: "Data", model: "Model", train: "Training" };
  const groups = new Map();
  for (const [key, value] of rows) {
    const [part, ...rest] = key.split("."), name = rest.length ? part : "run";
    groups.set(name, [...(groups.get(name) || []), [rest.join(".") || part, value]]);
  }
  return [...groups].flatMap(([name, list]) => [html("h3", {}, titles[name] || name), settingList(list)]);
}

function showSettings() {
  const all = runs.map(run => new Map(flatten(run.run).filter(([key]) => key !== "type")));
  const keys = [...new Set(all.flatMap(options => [...options.keys()]))];
  const row = key => [key, ...all.map(options => options.get(key) ?? "-")];
  const place = byId("settings");
  place.hidden = !keys.length;
  if (!many) return place.append(...settingGroups(keys.map(row)));
  const differs = key => new Set(row(key).slice(1)).size > 1;
  const different = keys.filter(differs), same = keys.filter(key => !differs(key));
  const name = "Settings in which the runs differ";
  if (different.length) place.append(html("p", { class: "hint" }, `${name}:`), table(name, [["setting"], ...runs.map(run => [run.name])], different.map(row)));
  if (same.length) place.append(details({}, `The ${same.length} settings that are the same in all runs`, ...settingGroups(same.map(row))));
}
