"""Makes the golden files beside this script, all or those named: python3 make_goldens.py [NAME...]

Needs PyTorch; model.safetensors also needs the safetensors package. README.md says what is in each file.
"""

import argparse
import os

import torch

from golden_file import write_golden
from presets import PRESETS, preset
from reference import Network, Trainer, read_data

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST_STEPS = list(range(12))


class Maker:
    """Data sets are read when first needed, so that one golden can be made without the others' files."""

    def __init__(self, arguments):
        self.paths = {"names": arguments.names, "lecture": arguments.lecture}
        self.dtype = getattr(torch, arguments.dtype)
        self.made_by = f"make_goldens.py, PyTorch {torch.__version__.split('+')[0]}, {arguments.dtype}, one thread"
        self.read = {}

    def data(self, name):
        if name not in self.read:
            if not self.paths[name]:
                raise SystemExit("NIB_LECTURE_NAMES or --lecture must name the lecture's names.txt")
            self.read[name] = read_data(self.paths[name])
        return self.read[name]

    def network(self, model, data):
        return Network(model, len(data.symbols), self.dtype)

    def run(self, name, data_name, options, steps, listed):
        """Trains for steps; the record of it, and the network for what else the golden wants to know."""
        model, train = options
        data = self.data(data_name)
        network = self.network(model, data)
        losses = Trainer(network, data, train).run(steps)
        listed = [step for step in listed if step < steps]
        record = {
            "name": name,
            "data": data_name,
            "data_sha256": data.sha256,
            "model": model,
            "train": train,
            "steps_run": steps,
            "listed_steps": listed,
            "losses": [losses[step] for step in listed],
        }
        record.update(final_losses(network, data))
        return record, network


def final_losses(network, data):
    context_length = network.options["context_length"]
    return {f"{split}_loss": network.evaluate(*data.examples(split, context_length)) for split in ("train", "val")}


def fingerprint(tensor):
    """Enough of a tensor to know it by: the sums are in double."""
    flat = tensor.flatten()
    wide = flat.double()
    return {
        "shape": list(tensor.shape),
        "sum": wide.sum().item(),
        "norm": wide.norm().item(),
        "first": flat[:4].tolist(),
        "last": flat[-4:].tolist(),
    }


def fingerprints(tensors):
    return {name: fingerprint(tensor) for name, tensor in tensors.items()}


def make_presets(maker):
    """Each preset's options and the tensors it begins with, over a vocabulary of 27."""
    presets = []
    for name, (model, train) in PRESETS.items():
        network = Network(model, 27)
        tensors = network.tensors()
        count = sum(tensor.numel() for tensor in tensors.values())
        presets.append(
            {"name": name, "model": model, "train": train, "parameters": count, "tensors": fingerprints(tensors)}
        )
    return {"presets": presets}


def make_override(maker):
    """lecture-deep at other sizes: options override a preset's and the random stream follows them."""
    sizes = dict(seed=7, embedding_size=8, context_length=4, hidden_size=64, hidden_layers=2, batch_size=48)
    listed = FIRST_STEPS + [100, 500, 1000, 2000, 3000]
    runs = []
    for data_name, steps in (("lecture", 3001), ("names", 1001)):
        options = preset("lecture-deep", steps=steps, **sizes)
        record, network = maker.run(f"override-{data_name}", data_name, options, steps, listed)
        record["sample_seed"] = 17
        record["samples"] = network.sample(maker.data(data_name).symbols, 20, 17)
        runs.append(record)
    return {"runs": runs}


GOLDENS = {
    "presets.json": make_presets,
    "override.json": make_override,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("goldens", nargs="*", metavar="NAME", help=", ".join(GOLDENS))
    parser.add_argument("--names", default=os.path.join(HERE, "../../data/names.txt"), help="nib's data/names.txt")
    parser.add_argument("--lecture", default=os.environ.get("NIB_LECTURE_NAMES"), help="the lecture's names.txt")
    parser.add_argument("--out", default=HERE)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    arguments = parser.parse_args()
    unknown = set(arguments.goldens) - set(GOLDENS)
    if unknown:
        parser.error(f"no golden is called {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    maker = Maker(arguments)
    for name in arguments.goldens or GOLDENS:
        golden = GOLDENS[name](maker)
        write_golden(arguments.out, name, {"made_by": maker.made_by, **golden})


if __name__ == "__main__":
    main()
