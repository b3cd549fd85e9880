"""JAX: the requested number of steps in one compiled loop, and the outputs by one compiled call a batch."""
import functools
import itertools

import jax
import jax.numpy as jnp

from steps import functional, work as works


def peers(*_):
    return f"JAX {jax.__version__}", [Jax()]


class Jax:
    name = "JAX"

    def training(self, work, parameters, batches):
        gradients = jax.value_and_grad(functools.partial(functional.loss, jnp, work), has_aux=True)
        x, y = (jnp.asarray(array) for array in batches)

        def step(state, index):
            weights, running = state
            (loss, moments), slopes = gradients(weights, x[index % works.BATCHES], y[index % works.BATCHES])
            weights = jax.tree.map(lambda value, slope: value - works.RATE * slope, weights, slopes)
            return (weights, functional.moved(running, moments)), loss

        def scan(state, first, count):
            return jax.lax.scan(step, state, first + jnp.arange(count))
        many = jax.jit(scan, static_argnums=2)
        state = jax.tree.map(jnp.asarray, parameters), [(jnp.zeros(layer.outputs), jnp.ones(layer.outputs))
                                                        for layer in work.layers if layer.kind == "batchnorm"]
        first = 0

        def run(count):
            nonlocal state, first
            state, losses = many(state, first, count)
            self.losses = losses.block_until_ready()
            first = (first + count) % works.BATCHES
            return count
        return run

    def loss(self):
        return float(self.losses[-1])

    def inference(self, work, parameters, batches):
        weights, data = jax.tree.map(jnp.asarray, parameters), itertools.cycle([jnp.asarray(x) for x in batches[0]])
        outputs = jax.jit(lambda x: functional.forward(jnp, work, weights, x)[0])

        def run(count):
            for _, x in zip(range(count), data):
                outputs(x).block_until_ready()
            return count
        return run
