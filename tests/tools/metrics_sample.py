"""metrics.jsonl of invented runs: small, with texts that a careless page would take for markup."""
import base64
import json
import math
import os

STEPS = 130 # more than a slider shows by itself
LAYERS = ("3", "5")
UNITS, ROWS = 20, 8
NETWORK = f"embedding 10, flatten, linear {UNITS}, tanh, linear {UNITS}, tanh, linear"


def histogram(width, spread):
    density = [math.exp(-((k - 49.5) / spread) ** 2) / width for k in range(100)]
    return {"min": -width, "max": width, "density": density}


def statistics(step, scale):
    shrink = 1 / (1 + step / 30)
    tensor = {"kind": "tanh", "mean": 0.001 * scale, "std": 0.6 * shrink * scale, "histogram": histogram(scale, 10 + 10 * shrink)}
    activation = {"mean": 0.001, "std": 0.6 * shrink, "histogram": histogram(1, 10 + 10 * shrink), "kind": "tanh",
                  "saturated": 0.02, "dead": 1, "units": UNITS}
    weights = {"mean": 0, "std": 0.2, "gradient_mean": 1e-4, "gradient_std": 0.01, "grad_data": 0.05,
               "update_data": -3 + shrink, "histogram": histogram(0.1 * scale, 10)}
    shapes = (("0.weight", [27, 10]), ("2.weight", [UNITS, 30]), ("2.bias", [UNITS]))
    return {"type": "stats", "step": step,
            "activations": [{"name": name, **activation} for name in LAYERS],
            "gradients": [{"name": name, **tensor} for name in LAYERS],
            "parameters": [{"name": name, "shape": shape, **weights} for name, shape in shapes]}


def records(rate, scale, filters):
    yield {"type": "run", "version": "0.1.0", "time": "2026-01-02T03:04:05Z", "threads": 1, "steps": STEPS, "stats_every": 1,
           "machine": {"cpu": "a <b>cpu</b>", "processors": 2, "isa": "scalar"},
           "data": {"file": "names</script>.txt", "vocabulary": 27}, "model": {"network": NETWORK, "input": "symbols context=3"},
           "train": {"steps": STEPS, "batch_size": ROWS, "learning_rate": rate, "decay_at": STEPS, "warmup_steps": 0}}
    for step in range(STEPS):
        yield {"type": "step", "step": step, "loss": 2 + 1.3 * math.exp(-step / 20), "learning_rate": rate, "seconds": step / 100}
        yield statistics(step, scale)
    bits = base64.b64encode(bytes(range(UNITS * ROWS // 8))).decode()
    yield {"type": "saturation", "step": STEPS - 1, "layer": "3", "units": UNITS, "rows": ROWS, "bits": bits}
    yield {"type": "saturation", "step": STEPS - 1, "layer": "5", "units": 2, "rows": UNITS * ROWS // 2, "bits": bits}
    for step in (0, STEPS - 1):
        yield {"type": "filters", "step": step, "name": "2.weight", "shape": filters,
               "values": [math.sin(i + step) for i in range(math.prod(filters))]}
    for step in range(13, STEPS + 1, 13):
        yield {"type": "validation", "step": step, "val": 2.2 + math.exp(-step / 20)}
    yield {"type": "best", "step": STEPS, "val": 2.2}
    yield {"type": "evaluation", "step": STEPS, "train": 2.1, "val": 2.2}
    names = ["</script><script>alert(1)</script>", "\"quo'ted\" & <b>bold</b>", "Zo\u00eb \u2603"]
    yield {"type": "samples", "step": STEPS, "items": names}
    yield {"type": "end", "step": STEPS, "seconds": 1.5}


# 14 classes, of which the second is sometimes taken for the first.
CLASSES = ["<b>first</b>", "\"second\" & </td>"] + [f"class {i} with a long name" for i in range(2, 14)]
CONFUSION = [20 if i == k else 5 if (i, k) == (1, 0) else 0 for i in range(14) for k in range(14)]
OF_CLASSES = {"accuracy": 280 / 285, "macro_f1": 0.98, "classes": CLASSES, "confusion": CONFUSION}
TRUTH = [i / 2 for i in range(40)]
OF_NUMBERS = {"rmse": 1, "mae": 0.9, "r2": 0.97, "target": "<i>price</i>", "truth": TRUTH,
              "predicted": [x + (1 if i % 2 else -1) for i, x in enumerate(TRUTH)]}


def table_records(metrics):
    data = {"file": "table.csv", "vocabulary": 0, "classes": len(metrics.get("classes", []))}
    for record in records(0.1, 1, (8, 6, 5)):
        if record["type"] == "run":
            record.update(data=data, model={"network": NETWORK, "input": "floats 3"})
        if record["type"] != "samples":
            yield record
    yield {"type": "metrics", "step": STEPS, **metrics}


def write_records(folder, some):
    os.makedirs(folder)
    with open(os.path.join(folder, "metrics.jsonl"), "w", encoding="utf-8") as file:
        for record in some:
            file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return folder


def write_run(folder, rate=0.1, scale=1):
    """scale: of the gradients."""
    return write_records(folder, records(rate, scale, (20, 3, 5, 5)))


def write_table_run(folder, metrics):
    """metrics: OF_CLASSES or OF_NUMBERS."""
    return write_records(folder, table_records(metrics))
