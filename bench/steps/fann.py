"""FANN, through its C functions: many steps, or many examples, by one call of them.

It has neither embeddings nor batch normalisation nor cross-entropy, and gets floats instead of symbols, layers of the same
sizes, and the squared difference. A step of 16-32-32-4 is the same one.
"""
import ctypes

from steps import work as works

INCREMENTAL, BATCH = 0, 1  # fann_train_enum
LINEAR, TANH = 0, 5        # fann_activationfunc_enum
SQUARED = 0                # fann_errorfunc_enum

FILL = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint, ctypes.POINTER(ctypes.c_float),
                        ctypes.POINTER(ctypes.c_float))


def peers(*_):
    fann = library()
    with open("/proc/self/maps") as maps:
        path = next(line.split()[-1] for line in maps if "libfloatfann" in line)
    return f"FANN {path.partition('.so.')[2]}", [Fann(fann)]


def library():
    fann = ctypes.CDLL("libfloatfann.so.2")
    fann.fann_create_standard_array.restype = fann.fann_create_train_from_callback.restype = ctypes.c_void_p
    fann.fann_test_data.restype = ctypes.c_float
    return fann


class Fann:
    name = "FANN"

    def __init__(self, fann):
        self.fann = fann

    def network(self, work):
        sizes = (ctypes.c_uint * len(work.sizes))(*work.sizes)
        made = ctypes.c_void_p(self.fann.fann_create_standard_array(len(sizes), sizes))
        self.fann.fann_set_activation_function_hidden(made, TANH)
        self.fann.fann_set_activation_function_output(made, LINEAR)
        self.fann.fann_set_activation_steepness_hidden(made, ctypes.c_float(1))
        self.fann.fann_set_activation_steepness_output(made, ctypes.c_float(1))
        self.fann.fann_set_train_error_function(made, SQUARED)
        self.fann.fann_set_learning_rate(made, ctypes.c_float(works.RATE))
        self.fann.fann_set_training_algorithm(made, INCREMENTAL if work.batch == 1 else BATCH)
        return made

    def rows(self, work, count):
        """Pseudo-random rows, from -1 to 1."""
        def fill(row, inputs, outputs, x, y):
            for i in range(inputs):
                x[i] = (row * 7919 + i * 104729) % 2003 / 1001.5 - 1
            for i in range(outputs):
                y[i] = (row * 6101 + i * 15485863) % 2003 / 1001.5 - 1
        made = self.fann.fann_create_train_from_callback(count, work.sizes[0], work.sizes[-1], FILL(fill))
        return ctypes.c_void_p(made)

    def epochs(self, work, pass_over):
        """run(count) of passes over rows. A batch is all of them; alone, each is a step, or a call, by itself."""
        network, steps = self.network(work), works.BATCHES if work.batch == 1 else 1
        rows = self.rows(work, work.batch * steps)

        def run(count):
            epochs = -(-count // steps)
            pass_over(network, rows, epochs)
            return epochs * steps
        return run

    def training(self, work, parameters, batches):
        def train(network, rows, epochs):
            self.fann.fann_train_on_data(network, rows, epochs, 0, ctypes.c_float(-1))  # an error that is never reached
        return self.epochs(work, train)

    def inference(self, work, parameters, batches):
        def test(network, rows, epochs):
            for _ in range(epochs):
                self.fann.fann_test_data(network, rows)
        return self.epochs(work, test)
