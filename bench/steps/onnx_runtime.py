"""ONNX Runtime, on nib's exported file: only outputs."""
import itertools
import os
import subprocess

import onnxruntime


def peers(options, folder):
    path = exported(options.build / "bin" / "nib", folder)
    return f"ONNX Runtime {onnxruntime.__version__}", [OnnxRuntime(path, options.threads)]


def exported(program, folder):
    """The file of a lecture-deep trained for one step, with the same form of first layer as nib_bench's models."""
    paths = [os.path.join(folder, name) for name in ("run", "folded.nib", "model.onnx")]
    commands = (["train", "--preset", "lecture-deep", "--steps", "1", "--out", paths[0]],
                ["fold", os.path.join(paths[0], "model.safetensors"), "--first-layer", "table", "-o", paths[1]],
                ["export", paths[1], "--format", "onnx", "-o", paths[2]])
    for command in commands:
        run = subprocess.run([program, *command], capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{program} {command[0]} failed: {run.stderr.strip()[-2000:]}")
    return paths[2]


class OnnxRuntime:
    name = "ONNX Runtime"
    training = None

    def __init__(self, path, threads):
        self.path, self.threads = path, threads

    def inference(self, work, parameters, batches):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        session = onnxruntime.InferenceSession(self.path, options, providers=["CPUExecutionProvider"])
        entry = session.get_inputs()[0]
        kind = {"tensor(int64)": "i8", "tensor(int32)": "i4"}[entry.type]
        data = itertools.cycle([{entry.name: x.astype(kind)} for x in batches[0]])

        def run(count):
            for _, inputs in zip(range(count), data):
                session.run(None, inputs)
            return count
        return run
