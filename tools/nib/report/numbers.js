// ---- Numbers, which may be any that JSON has

const known = x => typeof x === "number" && Number.isFinite(x);
const digits = (x, n) => (known(x) ? (Math.abs(x) < 1e9 ? x.toFixed(n) : x.toExponential(2)) : "-");
const signed = (x, n) => (known(x) && x >= 0 ? "+" : "") + digits(x, n);
const scientific = x => (known(x) ? x.toExponential(2) : "-");
const percent = x => (known(x) ? digits(100 * x, x < 0.1 ? 2 : 1) + "%" : "-");
const whole = x => (known(x) ? (Math.abs(x) < 1e16 ? x.toLocaleString("en") : x.toExponential(2)) : "-");
// Four digits, as "0.00123" or "1.23e+9".
const short = x => (known(x) ? String(Number(x.toPrecision(4))) : "-");
// A loss, with four digits behind the point unless they would be zeros.
const lossText = x => (known(x) && x !== 0 && Math.abs(x) < 0.01 ? short(x) : digits(x, 4));
const cut = (text, most) => (text.length > most ? text.slice(0, most - 1) + "\u2026" : text);
const range = values => values.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);

function duration(seconds) {
  if (!known(seconds) || seconds >= 3.6e8) return "-";
  if (seconds < 100) return `${digits(seconds, seconds < 10 ? 2 : 1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// The label of a layer by its position and word, "4 tanh": of a frame or a map by its kind, and of a tensor, "2 linear"
// for "2.weight".
function layerName(run, name, kind) {
  const position = String(name).replace(/\.weight$/, ""), word = kind || (run.words || {})[position];
  return word ? `${position} ${word}` : String(name);
}
