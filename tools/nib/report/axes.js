// ---- Axes

function tickText(x) {
  const size = Math.abs(x), rounded = Number(x.toPrecision(4)); // a multiple of 1e-4 may be 3.0000000000000003e-4
  if (size >= 1e15 || (size > 0 && size < 1e-3)) return rounded.toExponential().replace("e-", "e\u2212").replace("e+", "e");
  return size >= 1e4 ? rounded.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }).toLowerCase() : String(rounded);
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
function ticks({ min: low, max: high, log, whole }, count) {
  if (log && high >= 5 * low) return logTicks(low, high, count);
  const rough = (high - low) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(decade * [1, 2, 5, 10].find(k => k * decade >= 0.8 * rough), whole ? 1 : 0);
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
  for (const tick of ticks(plot.y, Math.max(3, Math.min(6, Math.floor((box.bottom - box.top) / 36))))) {
    const text = svg("text", { x: box.left - 7, y: y(tick) + 4, "text-anchor": "end" }, tickText(tick));
    parts.push(svg("path", { class: "grid", d: `M${box.left} ${y(tick)}H${box.right}` }), text);
  }
  parts.push(svg("path", { class: "axis", d: `M${box.left} ${box.bottom}H${box.right}` }));
  parts.push(svg("text", { x: (box.left + box.right) / 2, y: box.bottom + 35, "text-anchor": "middle" }, plot.x.name));
  parts.push(svg("text", { x: box.left, y: box.top - 9 }, plot.y.name));
  return parts;
}
