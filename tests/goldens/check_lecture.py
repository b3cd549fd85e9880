"""Runs the reference on the lecture's names and compares with lecture.json: python3 check_lecture.py [PRESET...]

NIB_LECTURE_NAMES names the lecture's names.txt. Each stage takes about a minute, lecture-deep some seconds. Exit code 1
when a figure differs by more than its tolerance.
"""

import json
import os
import sys

import torch

from presets import PRESETS
from reference import Network, Trainer, learning_rate, read_data

HERE = os.path.dirname(os.path.abspath(__file__))


class Check:
    """Counts what differs; a word of the golden also gives the format that its number is printed in."""

    def __init__(self):
        self.failed = 0

    def near(self, what, found, expected, tolerance):
        print(f"{what}: {found:.9g} (lecture {expected}, {abs(found - expected):.1e} off)")
        self.failed += abs(found - expected) > tolerance

    def printed(self, what, found, expected):
        """The printed form, in which the sign of a mean that rounds to 0 does not count."""
        digits = len(expected.split(".")[1].split("e")[0])
        text = f"{found:.{digits}e}" if "e" in expected else f"{found:.{digits}f}"
        same = float(text) == float(expected)
        print(f"{what}: {found:.9g} (lecture {expected})" + ("" if same else " DIFFERS"))
        self.failed += not same

    def same(self, what, found, expected):
        print(f"{what}: {found}" + ("" if found == expected else f" DIFFERS from {expected}"))
        self.failed += found != expected


def check_final(check, golden, network, data):
    for split in ("train", "val"):
        loss = network.evaluate(*data.examples(split, network.context_length))
        check.near(f"{golden['preset']} {split}", loss, golden[f"{split}_loss"], golden["final_tolerance"])


def check_stage(check, golden, data):
    name = golden["preset"]
    model, train = PRESETS[name]
    network = Network(model, len(data.symbols))
    losses = Trainer(network, data, train).run(train["steps"])
    for step, loss in enumerate(golden.get("first_losses", [])):
        check.near(f"{name} step {step}", losses[step], loss, 5e-6)
    for step, text in zip(golden["steps"], golden["printed"]):
        if step <= golden["exact_to_step"]:
            check.printed(f"{name} step {step}", losses[step], text)
    check_final(check, golden, network, data)


def update_to_data(network, rate):
    matrices = [p for p in network.parameters.values() if p.dim() == 2]
    return [((rate * p.grad).std() / p.detach().std()).log10().item() for p in matrices]


def check_pictures(check, golden, network):
    """The lecture's pictures of the last step, over its minibatch and after its update."""
    for i, activation in enumerate(network.activations):
        t, wanted = activation.detach(), golden["activations"]
        check.printed(f"activation {i} mean", t.mean().item(), wanted["mean"][i])
        check.printed(f"activation {i} std", t.std().item(), wanted["std"][i])
        saturated = (t.abs() > 0.97).float().mean().item() * 100
        check.printed(f"activation {i} saturated %", saturated, wanted["saturated_percent"][i])
        wanted = golden["activation_gradients"]["std"][i]
        check.near(f"activation {i} gradient std", activation.grad.std().item(), float(wanted), 1e-4 * float(wanted))
    for i, name in enumerate(golden["weights"]["tensors"]):
        p, wanted = network.parameters[name], golden["weights"]
        check.printed(f"{name} gradient mean", p.grad.mean().item(), wanted["gradient_mean"][i])
        std, ratio = float(wanted["gradient_std"][i]), float(wanted["gradient_to_data"][i])
        check.near(f"{name} gradient std", p.grad.std().item(), std, 1e-4 * std)
        check.near(f"{name} gradient to data", (p.grad.std() / p.detach().std()).item(), ratio, 1e-4 * ratio)


def check_deep(check, golden, data):
    model, train = PRESETS[golden["preset"]]
    network = Network(model, len(data.symbols))
    check.same("parameters", sum(p.numel() for p in network.parameters.values()), golden["parameters"])
    trainer = Trainer(network, data, train)
    losses, wanted = [], golden["update_to_data"]
    for step in range(golden["steps_run"]):
        losses += trainer.run(1)
        if step in wanted["steps"]:
            found = update_to_data(network, learning_rate(train, step))
            for i, ratio in enumerate(wanted["log10"][wanted["steps"].index(step)]):
                check.near(f"update to data, step {step}, matrix {i}", found[i], ratio, 5e-5)
    for step, loss in zip(golden["listed_steps"], golden["losses"]):
        check.near(f"lecture-deep step {step}", losses[step], loss, golden["loss_tolerance"])
    check_pictures(check, golden, network)
    check_final(check, golden, network, data)
    check.same("names", network.sample(data.symbols, 20, golden["sample_seed"]), golden["samples"])


def main(presets):
    torch.set_num_threads(1)
    path = os.environ.get("NIB_LECTURE_NAMES")
    if not path:
        raise SystemExit("NIB_LECTURE_NAMES must name the lecture's names.txt")
    data = read_data(path)
    with open(os.path.join(HERE, "lecture.json"), encoding="utf-8") as file:
        golden = json.load(file)
    check = Check()
    check.same("data", data.sha256, golden["data_sha256"])
    check.same("examples", [len(data.examples(split, 3)[1]) for split in data.items], golden["examples"])
    for stage in golden["stages"]:
        if not presets or stage["preset"] in presets:
            check_stage(check, stage, data)
    if not presets or "lecture-deep" in presets:
        check_deep(check, golden["deep"], data)
    print(f"{check.failed} figures differ")
    return check.failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
