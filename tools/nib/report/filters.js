// ---- Filters of a first convolution, a tile each

const tilesAcross = filters => Math.min(filters, 16);

// Grey for one input channel, colours for three.
function filterPictures(weights, [filters, channels, height, width]) {
  const across = tilesAcross(filters), down = Math.ceil(filters / across);
  const canvas = html("canvas", { width: across * (width + 1) - 1, height: down * (height + 1) - 1, role: "img" });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let filter = 0; filter < filters; ++filter) {
    const of = (channel, pixel) => weights[(filter * channels + channel) * width * height + pixel];
    for (let pixel = 0; pixel < width * height; ++pixel)
      image.data.set([0, 1, 2].map(colour => of(colour % channels, pixel)).concat(255), 4 * pixel);
    context.putImageData(image, filter % across * (width + 1), Math.floor(filter / across) * (height + 1));
  }
  return canvas;
}

// The weights of a filter over its taps, a line for each input channel.
function filterCurves(weights, [filters, channels, taps]) {
  const across = Math.min(filters, 8), down = Math.ceil(filters / across), [wide, high] = [60, 40];
  const tile = filter => {
    const [left, top] = [filter % across * wide, Math.floor(filter / across) * high];
    const x = tap => left + 4 + (wide - 8) * (taps > 1 ? tap / (taps - 1) : 0.5), y = byte => top + high / 2 - (byte - 128) / 128 * (high / 2 - 3);
    const line = channel => Array.from({ length: taps }, (_, tap) =>
      `${tap ? "L" : "M"}${x(tap).toFixed(1)} ${y(weights[(filter * channels + channel) * taps + tap]).toFixed(1)}`).join("");
    return [svg("path", { class: "mark", d: `M${left + 4} ${top + high / 2}h${wide - 8}` }),
      ...Array.from({ length: channels }, (_, channel) => svg("path", { d: `${line(channel)}h0`, ...look(channel) }))];
  };
  return svg("svg", { class: "filters", viewBox: `0 0 ${across * wide} ${down * high}`, role: "img" },
    ...Array.from({ length: filters }, (_, filter) => tile(filter)).flat());
}

const bytesOf = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));

// Whether there is a weight for each number of the shape.
const isFilters = ({ shape, weights }) => Array.isArray(shape) && (shape.length === 3 || shape.length === 4) &&
  shape.every(extent => Number.isInteger(extent) && extent > 0) && (shape.length === 3 || shape[1] === 1 || shape[1] === 3) &&
  /^[A-Za-z0-9+/]*={0,2}$/.test(weights) && weights.length % 4 === 0 && shape.reduce((a, b) => a * b) === bytesOf(weights).length;

function filtersFigure(run, { step, name, shape, peak, weights }) {
  const picture = (shape.length === 4 ? filterPictures : filterCurves)(bytesOf(weights), shape);
  const taps = shape.slice(2).join(" x "), channels = shape[1] === 1 ? "one input channel" : `${shape[1]} input channels`;
  picture.setAttribute("aria-label", `Filters of ${run.name} at step ${whole(step)}`);
  return html("figure", {}, picture, html("figcaption", {},
    `${layerName(run, name)}, step ${whole(step)}: ${shape[0]} filters of ${taps} taps over ${channels}, weights up to ${short(peak)} in size.`));
}

function showFilters() {
  const some = runs.map(run => [run, run.filters.filter(isFilters)]).filter(([, filters]) => filters.length);
  byId("filters").hidden = !some.length;
  byId("filters").append(...some.flatMap(([run, filters]) => [...runHeading(run, "h4"),
    html("div", { class: "maps" }, html("div", { class: "pair" }, ...filters.map(each => filtersFigure(run, each))))]));
}
