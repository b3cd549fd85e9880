"""PyTorch: eagerly, as its tutorials train, and compiled, a step as one function."""
import itertools

import torch

from steps import functional, work as works


def peers(options, _):
    torch.set_num_threads(options.threads)
    return f"PyTorch {torch.__version__}", [Eager(), Compiled()]


def tensors(arrays):
    return [{name: torch.from_numpy(array) for name, array in layer.items()} for layer in arrays]


def pairs(batches):
    x, y = (torch.from_numpy(array) for array in batches)
    return itertools.cycle(list(zip(x, y)))


class Eager:
    name = "PyTorch eager"

    @staticmethod
    def module(work, parameters):
        nn = torch.nn
        made = {"embedding": lambda layer: nn.Sequential(nn.Embedding(layer.inputs, layer.outputs), nn.Flatten()),
                "linear": lambda layer: nn.Linear(layer.inputs, layer.outputs, bias=layer.has_bias),
                "batchnorm": lambda layer: nn.BatchNorm1d(layer.outputs),
                "tanh": lambda layer: nn.Tanh()}
        layers = [made[layer.kind](layer) for layer in work.layers]
        for layer, values in zip(layers, tensors(parameters)):
            with torch.no_grad():
                own = layer[0] if isinstance(layer, nn.Sequential) else layer
                for name, value in values.items():
                    getattr(own, name).copy_(value)
        return nn.Sequential(*layers)

    def training(self, work, parameters, batches):
        module = self.module(work, parameters)
        loss_of = torch.nn.CrossEntropyLoss() if work.has_symbols else torch.nn.MSELoss()
        optimizer = torch.optim.SGD(module.parameters(), lr=works.RATE, fused=True)
        data = pairs(batches)

        def run(count):
            for _, (x, y) in zip(range(count), data):
                optimizer.zero_grad()
                self.last = loss_of(module(x), y)
                self.last.backward()
                optimizer.step()
            return count
        return run

    def loss(self):
        return self.last.item()

    def inference(self, work, parameters, batches):
        module, data = self.module(work, parameters).eval(), pairs(batches)

        def run(count):
            with torch.inference_mode():
                for _, (x, _) in zip(range(count), data):
                    module(x)
            return count
        return run


class Compiled:
    name = "PyTorch compiled"

    def training(self, work, parameters, batches):
        gradients = torch.func.grad_and_value(lambda *state: functional.loss(torch, work, *state), has_aux=True)

        def step(weights, running, x, y):
            slopes, (loss, moments) = gradients(weights, x, y)
            moved = [{name: value - works.RATE * slope[name] for name, value in layer.items()}
                     for layer, slope in zip(weights, slopes)]
            return moved, functional.moved(running, moments), loss
        compiled, data = torch.compile(step, fullgraph=True), pairs(batches)
        state = tensors(parameters), [(torch.zeros(layer.outputs), torch.ones(layer.outputs))
                                      for layer in work.layers if layer.kind == "batchnorm"]

        def run(count):
            nonlocal state
            with torch.no_grad():
                for _, (x, y) in zip(range(count), data):
                    *state, self.last = compiled(*state, x, y)
            return count
        return run

    def loss(self):
        return self.last.item()

    def inference(self, work, parameters, batches):
        weights, data = tensors(parameters), pairs(batches)
        compiled = torch.compile(lambda x: functional.forward(torch, work, weights, x)[0], fullgraph=True)

        def run(count):
            with torch.inference_mode():
                for _, (x, _) in zip(range(count), data):
                    compiled(x)
            return count
        return run
