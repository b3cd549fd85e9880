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
    `${dead} of ${map.units} units dead.`;
  canvas.setAttribute("aria-label", `Saturation map of ${run.name}, ${map.rows} examples`);
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
  return [...runHeading(run, "h4"), html("div", { class: "maps" }, ...groups)];
}

function showMaps() {
  for (const run of runs) run.saturation = run.saturation.filter(isMap);
  const mapped = runs.filter(run => run.saturation.length);
  const leftOut = runs.reduce((sum, run) => sum + run.saturation_left_out, 0);
  byId("maps").hidden = !mapped.length;
  byId("maps").append(...mapped.flatMap(saturationMaps));
  if (leftOut) byId("maps").append(html("p", { class: "hint" }, `${leftOut} more maps would make this page too large.`));
}
