"""nib through its C ABI, whose declarations are read from the headers."""
import pathlib
import sys

import numpy
from cffi import FFI

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools" / "python"))
from bindings import HEADERS, declarations  # noqa: E402


class Refused(Exception):
    """nib does not do this, in its own words."""


class Library:
    def __init__(self, build):
        self.ffi = FFI()
        for header in HEADERS:
            self.ffi.cdef(declarations((ROOT / "include" / "nib" / header).read_text(encoding="utf-8")))
        self.lib = self.ffi.dlopen(str((build / "lib" / "libnib.so").resolve()))
        options = self.struct("nib_context_options")
        self.lib.nib_context_options_default(options)
        options.threads = 1
        self.context = self.made("nib_context", lambda out: self.lib.nib_context_create(options, out))
        self.version = self.ffi.string(self.lib.nib_version()).decode()
        self.isa = self.ffi.string(self.lib.nib_context_isa(self.context)).decode()

    def struct(self, name, **members):
        made = self.ffi.new(name + " *")
        made.struct_size = self.ffi.sizeof(name)
        for member, value in members.items():
            setattr(made, member, value)
        return made

    def check(self, status):
        if status != 0:
            raise Refused(self.ffi.string(self.lib.nib_context_message(self.context)).decode())

    def made(self, kind, create):
        """A handle, which create(out) leaves. The process ends with it."""
        out = self.ffi.new(kind + " **")
        self.check(create(out))
        return out[0]

    def floats(self, array):
        return self.ffi.from_buffer("float[]", array, require_writable=True)


class Model:
    """A network with its initial numbers, and the minibatch with which it is trained."""

    def __init__(self, library, network, x, classes):
        self.library, self.x, self.classes = library, x.reshape(len(x), -1), classes.astype("i4")
        self.probabilities = numpy.empty((len(x), network.classes), "f4")
        lib, ffi = library.lib, library.ffi
        rows, columns = self.x.shape
        table = library.struct("nib_table", x=library.floats(self.x), rows=rows, columns=columns, row_stride=columns,
                               classes=ffi.from_buffer("int32_t[]", self.classes), class_count=network.classes, borrow=1)
        self.dataset = library.made("nib_dataset", lambda out: lib.nib_dataset_from_tables(
            library.context, table, table, ffi.NULL, ffi.NULL, out))
        texts = [ffi.new("char[]", text.encode()) for text in (network.text, network.input)]
        options = library.struct("nib_model_options", network=texts[0], input=texts[1], seed=1)
        self.model = library.made("nib_model", lambda out: lib.nib_model_create(library.context, options, self.dataset,
                                                                               out))

    def parameters(self):
        """Arrays by their names in PyTorch's state_dict."""
        library, model, found = self.library, self.library.struct("nib_model_info"), {}
        library.check(library.lib.nib_model_get_info(self.model, model))
        for index in range(model.tensors):
            info = library.struct("nib_tensor_info")
            library.check(library.lib.nib_model_tensor(self.model, index, info, library.ffi.NULL))
            values = numpy.empty(list(info.shape)[:info.rank], "f4")
            library.check(library.lib.nib_model_tensor(self.model, index, info, library.floats(values)))
            found[library.ffi.string(info.name).decode()] = values
        return found

    def training(self, rate):
        """run(count) makes steps of SGD on all rows."""
        lib, ffi = self.library.lib, self.library.ffi
        train, unused = self.library.struct("nib_train_options"), self.library.struct("nib_model_options")
        self.library.check(lib.nib_preset(b"mlp", unused, train))
        train.steps, train.batch_size, train.optimizer = 2**40, len(self.x), lib.NIB_SGD
        train.schedule, train.learning_rate, train.warmup_steps = lib.NIB_SCHEDULE_CONSTANT, rate, 0
        trainer = self.library.made("nib_trainer", lambda out: lib.nib_trainer_create(
            self.library.context, self.model, self.dataset, train, out))
        loss = ffi.new("float[]", 1)

        def run(count):
            self.library.check(lib.nib_trainer_run(trainer, count - 1, ffi.NULL, ffi.NULL))
            self.library.check(lib.nib_trainer_run(trainer, 1, loss, ffi.NULL))
            return count
        return run, lambda: loss[0]

    def inference(self):
        return self.predicting(self.library.lib.nib_model_predict, self.model)

    def folded_inference(self):
        lib, ffi = self.library.lib, self.library.ffi
        return self.predicting(lib.nib_folded_predict, self.library.made(
            "nib_folded", lambda out: lib.nib_fold(self.model, ffi.NULL, out)))

    def predicting(self, predict, handle):
        """run(count) computes the probabilities of all rows."""
        x, to = self.library.floats(self.x), self.library.floats(self.probabilities)
        rows, columns = self.x.shape

        def run(count):
            for _ in range(count):
                self.library.check(predict(handle, x, rows, columns, to))
            return count
        return run, lambda: self.probabilities
