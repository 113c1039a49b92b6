#!/usr/bin/env python3
"""Writes models.inc: small models as bytes, written by the onnx package and by PyTorch, and what onnxruntime (for
two-byte floats and doubles onnx's reference evaluator) makes of a few rows. See README.md."""

import io
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(20)
ROWS = np.round(rng.normal(size=(3, 4)), 3)


def draw(*shape, kind=np.float32):
    return np.round(rng.normal(size=shape) * 0.8, 4).astype(kind)


def model(nodes, tensors, outputs, kind=TensorProto.FLOAT, width=4, opset=17):
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", kind, ["batch", width])],
        [helper.make_tensor_value_info(name, kind, ["batch", None]) for name in outputs],
        [t if isinstance(t, TensorProto) else numpy_helper.from_array(t[1], t[0]) for t in tensors])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="onnx")
    made.ir_version = 8 if opset < 19 else 9
    onnx.checker.check_model(made)
    return made


def answer(made, kind=np.float32, reference=False):
    rows = ROWS.astype(kind)
    if reference:
        out = ReferenceEvaluator(made).run(None, {"x": rows})
    else:
        session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
        out = session.run(None, {session.get_inputs()[0].name: rows})
    return np.concatenate([np.asarray(o, dtype=np.float64).reshape(len(ROWS), -1) for o in out], axis=1)


def torch_net(*layers, dynamo):
    torch.manual_seed(3)
    net = torch.nn.Sequential(*layers).eval()
    for layer in layers:
        if isinstance(layer, torch.nn.BatchNorm1d):
            for numbers in (layer.running_mean, layer.weight.data, layer.bias.data):
                numbers.normal_()
            layer.running_var.uniform_(0.2, 2)
    file = io.BytesIO()
    rows = torch.tensor(ROWS, dtype=torch.float32)
    if dynamo:
        program = torch.onnx.export(net, (rows,), dynamo=True, opset_version=20, verbose=False,
                                    dynamic_shapes=({0: torch.export.Dim("batch")},))
        made = program.model_proto
        for node in made.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        del made.graph.value_info[:]
    else:
        torch.onnx.export(net, (rows,), file, dynamo=False, opset_version=17, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "batch"}})
        made = onnx.load_from_string(file.getvalue())
    with torch.no_grad():
        return made, net(rows).double().numpy()


out = {}

L = torch.nn
made, said = torch_net(L.Linear(4, 6), L.ReLU(), L.Linear(6, 3), L.ReLU(), L.Linear(3, 2), dynamo=False)
assert np.allclose(answer(made), said, atol=1e-6)
out["torch_relu"] = made, said
made, said = torch_net(L.Linear(4, 5), L.BatchNorm1d(5), L.GELU(), L.Dropout(), L.Linear(5, 1), dynamo=True)
assert np.allclose(answer(made), said, atol=1e-6)
out["torch_gelu"] = made, said

# Everything that a dense network may be written with, in double.
d = np.float64
pieces = [
    ("mean", draw(4, kind=d)), ("deviation", np.array([[0.5, 1.5, 2.0, 0.25]])), ("w1", draw(4, 5, kind=d)),
    ("b1", draw(1, 5, kind=d)), ("gamma", draw(5, kind=d)), ("beta", draw(5, kind=d)), ("moving_mean", draw(5, kind=d)),
    ("moving_variance", np.abs(draw(5, kind=d)) + 0.1), ("w2", draw(3, 5, kind=d)), ("b2", draw(kind=d).reshape(())),
    ("half", np.array(0.5)), ("w3t", draw(2, 3, kind=d)), ("b3", draw(2, kind=d)), ("two", np.array([-1, 2])),
    ("ratio", np.array(0.3, dtype=np.float32)),
]
nodes = [
    helper.make_node("Identity", ["x"], ["x0"]),
    helper.make_node("Sub", ["x0", "mean"], ["x1"]),
    helper.make_node("Div", ["x1", "deviation"], ["x2"]),
    helper.make_node("MatMul", ["x2", "w1"], ["z1"]),
    helper.make_node("Add", ["b1", "z1"], ["z1b"]),
    helper.make_node("BatchNormalization", ["z1b", "gamma", "beta", "moving_mean", "moving_variance"], ["z1n"],
                     epsilon=0.01),
    helper.make_node("Tanh", ["z1n"], ["h1"]),
    helper.make_node("Mul", ["h1", "half"], ["h1s"]),
    helper.make_node("Dropout", ["h1s", "ratio"], ["h1d"]),
    helper.make_node("Flatten", ["h1d"], ["h1f"]),
    helper.make_node("Gemm", ["h1f", "w2", "b2"], ["z2"], alpha=0.75, beta=2.0, transB=1),
    helper.make_node("Tanh", ["z2"], ["h2"]),
    helper.make_node("Sub", ["h2", "half"], ["h2s"]),
    helper.make_node("Transpose", ["w3t"], ["w3"], perm=[1, 0]),
    helper.make_node("Gemm", ["h2s", "w3", "b3"], ["z3"]),
    helper.make_node("Constant", [], ["shift"], value=numpy_helper.from_array(np.array([0.125, -0.25]))),
    helper.make_node("Add", ["z3", "shift"], ["z3b"]),
    helper.make_node("Reshape", ["z3b", "two"], ["y"]),
]
made = model(nodes, pieces, ["y"], TensorProto.DOUBLE)
said = answer(made, d)
assert np.allclose(said, answer(made, d, reference=True), atol=1e-12)
out["dense_double"] = made, said

# Two heads over a shared layer: one output that concatenates them, and probabilities behind it.
pieces = [("w", draw(4, 6)), ("b", draw(6)), ("wa", draw(6, 1)), ("ba", draw(1)), ("wb", draw(6, 3)), ("bb", draw(3))]
nodes = [
    helper.make_node("Gemm", ["x", "w", "b"], ["z"]),
    helper.make_node("Relu", ["z"], ["h"]),
    helper.make_node("Gemm", ["h", "wa", "ba"], ["a"]),
    helper.make_node("MatMul", ["h", "wb"], ["b0"]),
    helper.make_node("Add", ["b0", "bb"], ["b1"]),
    helper.make_node("Concat", ["a", "b1"], ["logits"], axis=-1),
    helper.make_node("Sigmoid", ["logits"], ["p"]),
]
made = model(nodes, pieces, ["logits", "p"])
out["heads"] = made, answer(made)

# Two-byte floats, by their bits and as bytes.
w = draw(4, 2).astype(np.float16)
b = draw(2).astype(np.float16)
bits = helper.make_tensor("b", TensorProto.FLOAT16, [2], b)
made = model([helper.make_node("Gemm", ["x", "w", "b"], ["y"])], [("w", w), bits], ["y"], TensorProto.FLOAT16)
out["two_bytes"] = made, answer(made, np.float16, reference=True)

# Tensors of every type as lists of numbers, which raw bytes have replaced in most writers.
lists = [
    helper.make_tensor("f32", TensorProto.FLOAT, [2, 2], [1.5, -2.0, 3.0, 4.0]),
    helper.make_tensor("f64", TensorProto.DOUBLE, [2], [0.1, -1e300]),
    helper.make_tensor("f16", TensorProto.FLOAT16, [3], np.array([1, -2, 65504], dtype=np.float16)),
    helper.make_tensor("bf16", TensorProto.BFLOAT16, [2], [1.0, -3.0]),
    helper.make_tensor("i8", TensorProto.INT8, [3], [-128, 127, -1]),
    helper.make_tensor("u8", TensorProto.UINT8, [2], [0, 255]),
    helper.make_tensor("i16", TensorProto.INT16, [2], [-32768, 32767]),
    helper.make_tensor("u16", TensorProto.UINT16, [1], [65535]),
    helper.make_tensor("i32", TensorProto.INT32, [2], [-2147483648, 2147483647]),
    helper.make_tensor("u32", TensorProto.UINT32, [1], [4294967295]),
    helper.make_tensor("i64", TensorProto.INT64, [2], [-1, 1 << 40]),
    helper.make_tensor("u64", TensorProto.UINT64, [1], [(1 << 64) - 1]),
    helper.make_tensor("flags", TensorProto.BOOL, [2], [True, False]),
    helper.make_tensor("words", TensorProto.STRING, [2], ["a", "b"]),
    helper.make_tensor("none", TensorProto.FLOAT, [0, 3], []),
    helper.make_tensor("number", TensorProto.DOUBLE, [], [7.0]),
]
attributes = helper.make_node("Identity", ["x"], ["y"], name="all", real=0.5, whole=-3, text="t", reals=[1.0, 2.0],
                              wholes=[1, -2], texts=["p", "q"], held=lists[0])
graph = helper.make_graph([attributes], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], lists)
made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.other", 3)],
                         producer_name="onnx")
out["types"] = made, None

with open(sys.argv[1] if len(sys.argv) > 1 else "models.inc", "w") as file:
    file.write(f"// Written by generate.py with onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, torch "
               f"{torch.__version__.split('+')[0]}.\n")
    file.write("std::vector<double> const rows{" + ", ".join(repr(float(v)) for v in ROWS.ravel()) + "};\n")
    for name, (made, said) in out.items():
        text = made.SerializeToString().hex()
        file.write(f"\nstd::string const {name} = from_hex(\n")
        file.write("\n".join(f'    "{text[k:k + 112]}"' for k in range(0, len(text), 112)) + ");\n")
        if said is not None:
            file.write(f"std::vector<double> const {name}_says{{" + ", ".join(repr(float(v)) for v in said.ravel()) +
                       "};\n")
