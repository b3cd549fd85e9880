"""Runs an exported model: python3 run_onnx.py MODEL.onnx NUMBERS...; prints the logits, one a line, in hexadecimal.

NUMBERS are the ids of contexts or, of a table, the numbers of rows, in hexadecimal too.
"""
import sys

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(examples,), (logits,) = session.get_inputs(), session.get_outputs()
assert (logits.name, logits.type, logits.shape[0]) == ("logits", "tensor(float)", "batch"), logits
assert examples.shape[0] == "batch", examples
metadata = session.get_modelmeta().custom_metadata_map
if examples.name == "contexts":
    assert examples.type == "tensor(int64)", examples
    assert sorted(metadata) == ["context_length", "encoding", "vocabulary"], metadata
    assert int(metadata["context_length"]) == examples.shape[1]
    assert len(metadata["vocabulary"].split()) + 1 == logits.shape[1]
    numbers = numpy.array(sys.argv[2:], dtype=numpy.int64)
else:
    assert (examples.name, examples.type) == ("rows", "tensor(float)"), examples
    assert list(metadata) == ["table"], metadata
    numbers = numpy.array([float.fromhex(each) for each in sys.argv[2:]], dtype=numpy.float32)

given = numbers.reshape(-1, examples.shape[1])
for batch in (given, given[:1], given[:0]):
    (result,) = session.run(None, {examples.name: batch})
    assert result.shape == (len(batch), logits.shape[1]), result.shape
(result,) = session.run(None, {examples.name: given})
for value in result.ravel():
    print(float(value).hex())
