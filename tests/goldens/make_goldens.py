"""Makes the golden files beside this script, all or those named: python3 make_goldens.py [NAME...]

Needs PyTorch; model.safetensors also needs the safetensors package. README.md says what is in each file.
"""

import argparse
import os

import torch

from golden_file import write_golden
from gradients import make_gradients
from interchange import make_interchange
from network_text import mlp
from planes import make_planes
from presets import PRESETS, TRAIN_A, TRAIN_B, UNBIASED, deep, model
from reference import Data, Network, Trainer, learning_rate, read_data

HERE = os.path.dirname(os.path.abspath(__file__))
FIRST_STEPS = list(range(12))
WORDS = "abba bead cab dad ebb fade bad ace deaf cafe add bee fed dab".split()


class Maker:
    """Data sets are read when first needed, so that one golden can be made without the others' files."""

    def __init__(self, arguments):
        self.paths = {"names": arguments.names, "lecture": arguments.lecture}
        self.out = arguments.out
        self.dtype = getattr(torch, arguments.dtype)
        self.made_by = f"make_goldens.py, PyTorch {torch.__version__.split('+')[0]}, {arguments.dtype}, one thread"
        self.read = {"words": Data("\n".join(WORDS).encode())}

    def data(self, name):
        if name not in self.read:
            if not self.paths[name]:
                raise SystemExit("NIB_LECTURE_NAMES or --lecture must name the lecture's names.txt")
            self.read[name] = read_data(self.paths[name])
        return self.read[name]

    def run(self, name, data_name, options, steps, listed):
        """Trains for steps; returns the record, and the network for anything else that the golden needs."""
        model_options, train = options
        data = self.data(data_name)
        network = Network(model_options, len(data.symbols), self.dtype)
        trainer = Trainer(network, data, train)
        losses = trainer.run(steps)
        listed = [step for step in listed if step < steps]
        record = {
            "name": name,
            "data": data_name,
            "data_sha256": data.sha256,
            "model": model_options,
            "train": train,
            "steps_run": steps,
            "listed_steps": listed,
            "losses": [losses[step] for step in listed],
        }
        if trainer.norms:
            record["steps_clipped"] = sum(norm > train["clip_norm"] for norm in trainer.norms)
        record.update(final_losses(network, data))
        return record, network


def final_losses(network, data):
    splits = ("train", "val")
    return {f"{split}_loss": network.evaluate(*data.examples(split, network.context_length)) for split in splits}


def fingerprint(tensor):
    """Enough of a tensor to recognise it: the sums are in double."""
    flat = tensor.flatten()
    wide = flat.double()
    return {
        "shape": list(tensor.shape),
        "sum": wide.sum().item(),
        "norm": wide.norm().item(),
        "first": flat[:5].tolist(),
        "last": flat[-5:].tolist(),
    }


def fingerprints(tensors):
    return {name: fingerprint(tensor) for name, tensor in tensors.items()}


def make_presets(maker):
    """Each preset's options and the tensors it begins with, over a vocabulary of 27."""
    presets = []
    for name, (options, train) in PRESETS.items():
        network = Network(options, 27)
        tensors = network.tensors()
        count = sum(tensor.numel() for tensor in tensors.values())
        presets.append(
            {"name": name, "model": options, "train": train, "parameters": count, "tensors": fingerprints(tensors)}
        )
    return {"presets": presets}


def make_override(maker):
    """lecture-deep with other sizes, from another seed."""
    options = model(deep(embedding=8, hidden=64, layers=2), context_length=4, seed=7)
    listed = FIRST_STEPS + [100, 500, 1000, 2000, 3000]
    runs = []
    for data_name, steps in (("lecture", 3001), ("names", 1001)):
        train = dict(TRAIN_B, steps=steps, batch_size=48)
        record, network = maker.run(f"override-{data_name}", data_name, (options, train), steps, listed)
        record["sample_seed"] = 17
        record["samples"] = network.sample(maker.data(data_name).symbols, 20, 17)
        runs.append(record)
    return {"runs": runs}


def make_adamw(maker):
    """AdamW under cosine decay after a warm-up: tiny with every tensor in full, and of a useful size."""
    adamw = dict(TRAIN_A, optimizer="adamw", schedule="cosine")
    text = mlp(3, 5, 1, linear="init=scaled gain=0.5 bias-init=0.1", output="init=scaled bias-init=1")
    tiny = model(text, context_length=2, seed=5)
    tiny_train = dict(
        adamw, steps=40, batch_size=7, learning_rate=0.02, min_learning_rate=0.001, warmup_steps=5, weight_decay=0.1
    )
    record, network = maker.run("adamw-tiny", "words", (tiny, tiny_train), 40, range(40))
    record["text"] = "\n".join(WORDS)
    record["learning_rates"] = [learning_rate(tiny_train, step) for step in record["listed_steps"]]
    record["final"] = {name: tensor.flatten().tolist() for name, tensor in network.tensors().items()}
    runs = [record]

    medium = model(mlp(8, 32, 2, norm="batchnorm", output="gain=0.1"), context_length=4, seed=1)
    medium_train = dict(adamw, steps=500, batch_size=64, learning_rate=3e-3, warmup_steps=50, weight_decay=0.05)
    listed = FIRST_STEPS + [49, 50, 51, 100, 200, 300, 400, 499]
    record, network = maker.run("adamw-medium", "names", (medium, medium_train), 500, listed)
    record["learning_rates"] = [learning_rate(medium_train, step) for step in record["listed_steps"]]
    record["final_fingerprints"] = fingerprints({**network.tensors(), **network.statistics})
    return {"runs": runs + [record]}


def make_sgd(maker):
    """Momentum, clipping by norm and the constant schedule: tiny, and of a useful size with every norm."""
    constant = dict(TRAIN_A, schedule="constant")
    tiny = model(mlp(3, 5, 1, linear="init=scaled gain=0.5 bias-init=0.1"), context_length=2, seed=5)
    tiny_train = dict(constant, steps=40, batch_size=7, learning_rate=0.05, warmup_steps=3)
    changes = {
        "momentum": dict(momentum=0.9),
        "clip": dict(clip_norm=0.8),
        "momentum-clip": dict(momentum=0.8, clip_norm=0.8),
        "adamw-clip": dict(optimizer="adamw", learning_rate=0.02, weight_decay=0.1, clip_norm=0.8),
    }
    runs = []
    for name, change in changes.items():
        record, network = maker.run(f"{name}-tiny", "words", (tiny, dict(tiny_train, **change)), 40, range(40))
        record["text"] = "\n".join(WORDS)
        record["final"] = {tensor: values.flatten().tolist() for tensor, values in network.tensors().items()}
        runs.append(record)

    text = "embedding 8, flatten, linear 32, batchnorm, tanh, linear 24, layernorm, relu, linear 24, rmsnorm, tanh, linear"
    medium = model(text, context_length=4, seed=1)
    medium_train = dict(constant, steps=300, batch_size=64, learning_rate=0.03, momentum=0.9, clip_norm=0.7)
    listed = FIRST_STEPS + [50, 100, 200, 299]
    record, network = maker.run("momentum-clip-medium", "names", (medium, medium_train), 300, listed)
    record["final_fingerprints"] = fingerprints({**network.tensors(), **network.statistics})
    return {"runs": runs + [record]}


def make_calibrated(maker):
    """The running statistics replaced by those of the whole training split."""
    runs = []
    for name, steps in (("lecture-batchnorm", 1000), ("lecture-deep", 100)):
        record, network = maker.run(f"{name}-{steps}", "names", PRESETS[name], steps, [0, steps - 1])
        data = maker.data("names")
        record["running"] = fingerprints(network.statistics)
        network.calibrate(data.examples("train", network.context_length)[0])
        record["calibrated"] = fingerprints(network.statistics)
        record.update({f"calibrated_{key}": loss for key, loss in final_losses(network, data).items()})
        runs.append(record)
    return {"runs": runs}


def make_deep_variants(maker):
    """lecture-deep normalised as PyTorch's BatchNorm1d does, and without batch normalisation at four gains."""
    biased = model(deep().replace(UNBIASED, "batchnorm"))
    runs = [maker.run("biased", "names", (biased, TRAIN_B), 1001, FIRST_STEPS + [100, 500, 1000])[0]]
    for name, linear in (("1", "gain=1"), ("1.67", ""), ("0.5", "gain=0.5"), ("3", "gain=3")):
        options = model(mlp(10, 100, 5, linear=linear, output="gain=0.1"))
        runs.append(maker.run(f"no-batchnorm-gain-{name}", "names", (options, TRAIN_B), 101, [0, 1, 10, 100])[0])
    return {"runs": runs}


GOLDENS = {
    "presets.json": make_presets,
    "override.json": make_override,
    "gradients.json": make_gradients,
    "planes.json": make_planes,
    "adamw.json": make_adamw,
    "sgd.json": make_sgd,
    "calibrated.json": make_calibrated,
    "deep_variants.json": make_deep_variants,
    "interchange.json": make_interchange,
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
