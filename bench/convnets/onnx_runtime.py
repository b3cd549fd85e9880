"""ONNX Runtime, on the network as a graph of ONNX's operators, which it folds as it loads: outputs alone."""
import numpy
import onnx
import onnxruntime
from onnx import helper, numpy_helper

version = f"ONNX Runtime {onnxruntime.__version__}"


class Graph:
    """Collects nodes and their tensors."""

    def __init__(self, parameters):
        self.parameters, self.nodes, self.tensors = parameters, [], []

    def tensor(self, name, values):
        self.tensors.append(numpy_helper.from_array(numpy.asarray(values, "f4"), name))
        return name

    def parameter(self, name):
        return self.tensor(name, self.parameters[name])

    def node(self, operator, inputs, **attributes):
        out = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [out], **attributes))
        return out

    def add(self, layers, x, axes, prefix=""):
        for i, layer in enumerate(layers):
            x = self.add_layer(layer, x, axes, f"{prefix}{i}.")
        return x

    def add_layer(self, layer, x, axes, name):
        if layer.word in ("conv1d", "conv2d"):
            inputs = [x, self.parameter(name + "weight")]
            if name + "bias" in self.parameters:
                inputs.append(self.parameter(name + "bias"))
            return self.node("Conv", inputs, **self.window(layer, axes))
        if layer.word == "batchnorm":
            size = len(self.parameters[name + "weight"])
            return self.node("BatchNormalization", [
                x, self.parameter(name + "weight"), self.parameter(name + "bias"),
                self.tensor(name + "mean", numpy.zeros(size)), self.tensor(name + "variance", numpy.ones(size))])
        if layer.word == "residual":
            main = self.add(layer.main, x, axes, name)
            return self.node("Add", [main, self.add(layer.shortcut, x, axes, name + "shortcut.")])
        if layer.word == "maxpool":
            return self.node("MaxPool", [x], **self.window(layer, axes))
        if layer.word == "linear":
            return self.node("Gemm", [x, self.parameter(name + "weight"), self.parameter(name + "bias")], transB=1)
        if layer.word == "global-average":
            return self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        return self.node({"relu": "Relu", "flatten": "Flatten"}[layer.word], [x])

    @staticmethod
    def window(layer, axes):
        def of(extents):
            return extents * axes if len(extents) == 1 else extents
        return {"kernel_shape": of(layer.window), "strides": of(layer.extents("stride", 1)),
                "pads": 2 * of(layer.extents("padding", 0))}


class OnnxRuntime:
    name = "ONNX Runtime"
    training = None

    def __init__(self, network, parameters, x, classes, rate):
        graph, kind = Graph(parameters), onnx.TensorProto.FLOAT
        last = graph.add(network.layers, "x", network.axes)
        made = helper.make_graph(graph.nodes, "network", [helper.make_tensor_value_info("x", kind, x.shape)],
                                 [helper.make_tensor_value_info(last, kind, [len(x), network.classes])], graph.tensors)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        self.session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.inputs = {"x": x}

    def inference(self):
        def run(count):
            for _ in range(count):
                self.outputs = self.session.run(None, self.inputs)[0]
            return count
        return run, self.probabilities

    def probabilities(self):
        powers = numpy.exp(self.outputs - self.outputs.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)


PEERS = (OnnxRuntime,)
