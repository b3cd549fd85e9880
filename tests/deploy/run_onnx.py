"""Runs an exported model: python3 run_onnx.py MODEL.onnx IDS...; prints the logits, one a line, in hexadecimal."""
import sys

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(contexts,), (logits,) = session.get_inputs(), session.get_outputs()
assert (contexts.name, contexts.type, contexts.shape[0]) == ("contexts", "tensor(int64)", "batch"), contexts
assert (logits.name, logits.type, logits.shape[0]) == ("logits", "tensor(float)", "batch"), logits
metadata = session.get_modelmeta().custom_metadata_map
assert sorted(metadata) == ["context_length", "encoding", "vocabulary"], metadata
assert int(metadata["context_length"]) == contexts.shape[1]
assert len(metadata["vocabulary"].split()) + 1 == logits.shape[1]

ids = numpy.array(sys.argv[2:], dtype=numpy.int64).reshape(-1, contexts.shape[1])
for batch in (ids, ids[:1], ids[:0]):
    (result,) = session.run(None, {"contexts": batch})
    assert result.shape == (len(batch), logits.shape[1]), result.shape
(result,) = session.run(None, {"contexts": ids})
for value in result.ravel():
    print(float(value).hex())
