"""nib's C ABI by ctypes: the few calls that a comparison with PyTorch needs."""

import ctypes

import torch

SPLITS = {"train": 0, "val": 1, "test": 2}


class DatasetInfo(ctypes.Structure):
    """nib_dataset_info of nib.h."""

    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("items", ctypes.c_int64),
        ("empty_lines", ctypes.c_int64),
        ("longest_item", ctypes.c_int64),
        ("vocabulary", ctypes.c_int32),
        ("examples", ctypes.c_int64 * 3),
        ("encoding", ctypes.c_int),
        ("checksum", ctypes.c_int64),
    ]


def _at(tensor):
    return ctypes.c_void_p(tensor.data_ptr())


class Library:
    """Models are files, given by their paths; the data set is one text file."""

    def __init__(self, path, data):
        self.calls = ctypes.CDLL(str(path))
        self.calls.nib_context_message.restype = ctypes.c_char_p
        self.context = self._out("nib_context_create", None)
        self.dataset = self._out("nib_dataset_load", self.context, str(data).encode(), None)
        self.info = DatasetInfo(ctypes.sizeof(DatasetInfo))
        self._do("nib_dataset_get_info", self.dataset, ctypes.byref(self.info))

    def _do(self, name, *arguments):
        status = getattr(self.calls, name)(*arguments)
        assert status == 0, f"{name}: {status}, {self.calls.nib_context_message(getattr(self, 'context', None))}"

    def _out(self, name, *arguments):
        handle = ctypes.c_void_p()
        self._do(name, *arguments, ctypes.byref(handle))
        return handle

    def examples(self, split, length):
        """Contexts (n, length) of ids and targets (n) of a whole split."""
        count = self.info.examples[SPLITS[split]]
        contexts = torch.zeros(count, length, dtype=torch.int32)
        targets = torch.zeros(count, dtype=torch.int32)
        self._do("nib_dataset_examples", self.dataset, SPLITS[split], ctypes.c_int64(0), ctypes.c_int64(count), length,
                 _at(contexts), _at(targets))
        return contexts.long(), targets.long()

    def logits(self, path, contexts, folded=False):
        kind = "nib_folded" if folded else "nib_model"
        model = self._out(kind + "_load", self.context, str(path).encode())
        ids, logits = contexts.int().contiguous(), torch.zeros(len(contexts), self.info.vocabulary)
        self._do(kind + "_logits", model, _at(ids), ctypes.c_int64(len(ids)), _at(logits))
        getattr(self.calls, kind + "_destroy")(model)
        return logits

    def loss(self, path, split):
        """The loss of a whole split, in evaluation mode, in nats an example."""
        model = self._out("nib_model_load", self.context, str(path).encode())
        loss = ctypes.c_double()
        self._do("nib_model_evaluate", model, self.dataset, SPLITS[split], ctypes.byref(loss))
        self.calls.nib_model_destroy(model)
        return loss.value
