#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Writes the ONNX files that the tests of models/checkpoint/onnx read, with the onnx package.

Usage: make_models.py FOLDER. Weights follow the formula of weights() below, which the tests repeat.
"""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HIDDEN, HEADS, INNER, VOCABULARY, POSITIONS = 32, 4, 64, 50, 40


def weights(shape, seed, dtype=np.float32):
    """Multiples of 1/8 from -14/8 to 14/8: exact in every float type that is used."""
    index = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((index * 7 + seed * 13) % 29 - 14) / 8.0).astype(dtype).reshape(shape)


def initializer(name, shape, seed, dtype=np.float32):
    return numpy_helper.from_array(weights(shape, seed, dtype), name)


def integers(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(output, array):
    return helper.make_node("Constant", [], [output], name="",
                            value=numpy_helper.from_array(array, output + "_value"))


class Writer:
    """Models of one folder; IR 7 and opset 13 unless said otherwise."""

    def __init__(self, folder):
        self.folder = folder

    def save(self, name, graph, opset=13, ir=7, domains=(), check=True):
        imports = [helper.make_opsetid("", opset)]
        imports += [helper.make_opsetid(domain, 1) for domain in domains]
        model = helper.make_model(graph, opset_imports=imports, producer_name="olivine tests")
        model.ir_version = ir
        if check:
            onnx.checker.check_model(model)
        onnx.save(model, str(self.folder / f"{name}.onnx"))
        return model

    def nodes(self, name, nodes, inputs, outputs, initializers=(), **options):
        return self.save(name, helper.make_graph(nodes, name, inputs, outputs, list(initializers)),
                         **options)


def write_mlp(writer):
    nodes = [
        helper.make_node("Gemm", ["x", "fc1.weight", "fc1.bias"], ["h"], name="/fc1/Gemm",
                         transB=1),
        helper.make_node("Relu", ["h"], ["r"], name="/act/Relu"),
        helper.make_node("Gemm", ["r", "onnx::Gemm_7", "fc2.bias"], ["y"], name="/fc2/Gemm")]
    writer.nodes("mlp", nodes, [value("x", ["batch", 8])], [value("y", ["batch", 4])],
                 [initializer("fc1.weight", [16, 8], 1), initializer("fc1.bias", [16], 2),
                  initializer("onnx::Gemm_7", [16, 4], 3), initializer("fc2.bias", [4], 4)])


class Encoder:
    """One BERT layer as PyTorch's exporter writes it: operators of opset 13 only."""

    def __init__(self):
        self.nodes, self.initializers, self.seed = [], [], 10

    def add(self, op, inputs, output, name="", **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=name, **attributes))
        return output

    def weight(self, name, shape):
        self.seed += 1
        self.initializers.append(initializer(name, shape, self.seed))
        return name

    def linear(self, x, module, rows, columns, number):
        path = "/" + module.replace(".", "/")
        w = self.weight(f"onnx::MatMul_{number}", [rows, columns])
        b = self.weight(f"{module}.bias", [columns])
        self.add("MatMul", [x, w], f"{path}/MatMul_out", f"{path}/MatMul")
        return self.add("Add", [b, f"{path}/MatMul_out"], f"{path}/Add_out", f"{path}/Add")

    def norm(self, x, module):
        path = "/" + module.replace(".", "/")
        self.nodes += [constant(f"{path}/two", np.array(2, np.float32)),
                       constant(f"{path}/eps", np.array(1e-5, np.float32))]
        self.add("ReduceMean", [x], f"{path}/mean", f"{path}/ReduceMean", axes=[-1])
        self.add("Sub", [x, f"{path}/mean"], f"{path}/sub", f"{path}/Sub")
        self.add("Pow", [f"{path}/sub", f"{path}/two"], f"{path}/pow", f"{path}/Pow")
        self.add("ReduceMean", [f"{path}/pow"], f"{path}/var", f"{path}/ReduceMean_1", axes=[-1])
        self.add("Add", [f"{path}/var", f"{path}/eps"], f"{path}/stable", f"{path}/Add")
        self.add("Sqrt", [f"{path}/stable"], f"{path}/deviation", f"{path}/Sqrt")
        self.add("Div", [f"{path}/sub", f"{path}/deviation"], f"{path}/div", f"{path}/Div")
        g = self.weight(f"{module}.weight", [HIDDEN])
        b = self.weight(f"{module}.bias", [HIDDEN])
        self.add("Mul", [f"{path}/div", g], f"{path}/scaled", f"{path}/Mul")
        return self.add("Add", [f"{path}/scaled", b], f"{path}/out", f"{path}/Add_1")

    def split_heads(self, x, name, order):
        """[batch, tokens, hidden] to [batch, heads, ...], the shape computed in the graph."""
        parts = []
        for i in range(2):
            self.nodes.append(constant(f"{name}/index_{i}", np.array(i, np.int64)))
            self.add("Shape", [x], f"{name}/shape_{i}")
            self.add("Gather", [f"{name}/shape_{i}", f"{name}/index_{i}"], f"{name}/extent_{i}",
                     axis=0)
            self.add("Unsqueeze", [f"{name}/extent_{i}", "axis_0"], f"{name}/part_{i}")
            parts.append(f"{name}/part_{i}")
        self.add("Concat", parts + ["heads", "head"], f"{name}/shape", axis=0)
        self.add("Reshape", [x, f"{name}/shape"], f"{name}/split")
        return self.add("Transpose", [f"{name}/split"], f"{name}/heads", perm=order)

    def attention(self, x):
        module, path = "layer.0.attention.self", "/layer.0/attention/self"
        q = self.linear(x, f"{module}.query", HIDDEN, HIDDEN, 100)
        k = self.linear(x, f"{module}.key", HIDDEN, HIDDEN, 101)
        v = self.linear(x, f"{module}.value", HIDDEN, HIDDEN, 102)
        q = self.split_heads(q, "q", [0, 2, 1, 3])
        k = self.split_heads(k, "k", [0, 2, 3, 1])
        v = self.split_heads(v, "v", [0, 2, 1, 3])
        self.add("MatMul", [q, k], "scores", f"{path}/MatMul")
        self.add("Div", ["scores", "root"], "scaled", f"{path}/Div")
        self.add("Add", ["scaled", "mask"], "masked", f"{path}/Add")
        self.add("Softmax", ["masked"], "p", f"{path}/Softmax", axis=-1)
        self.add("MatMul", ["p", v], "context", f"{path}/MatMul_1")
        self.add("Transpose", ["context"], "context_t", perm=[0, 2, 1, 3])
        self.add("Reshape", ["context_t", "joined"], "attended")
        y = self.linear("attended", "layer.0.attention.output.dense", HIDDEN, HIDDEN, 103)
        self.add("Add", [y, x], "skip_0", "/layer.0/attention/output/Add")
        return self.norm("skip_0", "layer.0.attention.output.LayerNorm")

    def feed_forward(self, x):
        h = self.linear(x, "layer.0.intermediate.dense", HIDDEN, INNER, 104)
        path = "/layer.0/intermediate/act"
        self.add("Div", [h, "root2"], "g0", f"{path}/Div")
        self.add("Erf", ["g0"], "g1", f"{path}/Erf")
        self.add("Add", ["g1", "one"], "g2", f"{path}/Add")
        self.add("Mul", [h, "g2"], "g3", f"{path}/Mul")
        self.add("Mul", ["g3", "half"], "g4", f"{path}/Mul_1")
        y = self.linear("g4", "layer.0.output.dense", INNER, HIDDEN, 105)
        self.add("Add", [y, x], "skip_1", "/layer.0/output/Add")
        return self.norm("skip_1", "layer.0.output.LayerNorm")

    def embed(self):
        self.weight("embeddings.word_embeddings.weight", [VOCABULARY, HIDDEN])
        self.weight("embeddings.position_embeddings.weight", [POSITIONS, HIDDEN])
        self.initializers.append(integers("position_ids", [list(range(POSITIONS))]))
        self.add("Gather", ["embeddings.word_embeddings.weight", "input_ids"], "words",
                 "/embeddings/Gather")
        self.add("Shape", ["input_ids"], "ids_shape")
        self.nodes.append(constant("second", np.array([1], np.int64)))
        self.add("Gather", ["ids_shape", "second"], "tokens", axis=0)
        self.add("Slice", ["position_ids", "axis_0", "tokens", "second"], "positions")
        self.add("Gather", ["embeddings.position_embeddings.weight", "positions"], "places",
                 "/embeddings/Gather_1")
        return self.add("Add", ["words", "places"], "embedded", "/embeddings/Add")

    def mask(self):
        self.add("Unsqueeze", ["attention_mask", "axes_12"], "mask_4d", "/Unsqueeze")
        self.add("Cast", ["mask_4d"], "mask_float", "/Cast", to=TensorProto.FLOAT)
        self.add("Sub", ["one", "mask_float"], "mask_inverse", "/Sub")
        self.add("Mul", ["mask_inverse", "lowest"], "mask", "/Mul")

    def graph(self):
        scalars = {"one": 1.0, "half": 0.5, "root2": 2.0 ** 0.5, "lowest": -1e4,
                   "root": (HIDDEN // HEADS) ** 0.5}
        for name, number in scalars.items():
            self.nodes.append(constant(name, np.array(number, np.float32)))
        self.initializers += [integers("axis_0", [0]), integers("axes_12", [1, 2]),
                              integers("heads", [HEADS]), integers("head", [HIDDEN // HEADS]),
                              integers("joined", [0, 0, HIDDEN])]
        self.mask()
        x = self.feed_forward(self.attention(self.embed()))
        w = self.weight("onnx::MatMul_106", [HIDDEN, VOCABULARY])
        self.add("MatMul", [x, w], "logits", "/lm_head/MatMul")
        extents = ["batch", "sequence"]
        return helper.make_graph(
            self.nodes, "encoder",
            [value("input_ids", extents, TensorProto.INT64),
             value("attention_mask", extents, TensorProto.INT64)],
            [value("logits", extents + [VOCABULARY])], self.initializers)


def write_cnn(writer):
    nodes, initializers = [], []

    def conv(x, y, module, shape, seed, **attributes):
        initializers.append(initializer(f"{module}.weight", shape, seed))
        nodes.append(helper.make_node("Conv", [x, f"{module}.weight"], [y],
                                      name=f"/{module}/Conv", **attributes))

    conv("x", "a", "stem", [16, 3, 3, 3], 50, strides=[2, 2], pads=[1, 1, 1, 1])
    for i, name in enumerate(["scale", "shift", "mean", "var"]):
        initializers.append(initializer(f"bn.{name}", [16], 60 + i))
    nodes.append(helper.make_node("BatchNormalization",
                                  ["a", "bn.scale", "bn.shift", "bn.mean", "bn.var"], ["b"],
                                  name="/bn/BatchNormalization"))
    nodes.append(helper.make_node("Relu", ["b"], ["c"], name="/relu/Relu"))
    conv("c", "d", "depthwise", [16, 1, 3, 5], 51, group=16, pads=[1, 2, 1, 2])
    conv("d", "e", "pointwise", [16, 16, 1, 1], 52)
    nodes.append(helper.make_node("Add", ["e", "c"], ["f"], name="/Add"))
    nodes.append(helper.make_node("MaxPool", ["f"], ["g"], name="/pool/MaxPool",
                                  kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]))
    conv("g", "h", "same", [24, 16, 3, 3], 53, strides=[2, 2], auto_pad="SAME_UPPER")
    conv("h", "i", "after", [32, 24, 3, 3], 54, strides=[2, 2], pads=[0, 0, 1, 1])
    nodes.append(helper.make_node("GlobalAveragePool", ["i"], ["j"], name="/gap/GlobalAveragePool"))
    nodes.append(helper.make_node("Flatten", ["j"], ["k"], name="/Flatten"))
    initializers.append(initializer("fc.weight", [10, 32], 55))
    nodes.append(helper.make_node("Gemm", ["k", "fc.weight"], ["y"], name="/fc/Gemm", transB=1))
    writer.nodes("cnn", nodes, [value("x", ["n", 3, 32, 30])], [value("y", ["n", 10])],
                 initializers)


def write_attention(writer):
    """Two fused forms, LayerNormalization of opset 17, and products with weights on the left."""
    nodes = [
        helper.make_node("LayerNormalization", ["x", "norm.weight", "norm.bias"], ["n"],
                         name="/norm/LayerNormalization", axis=-1),
        helper.make_node("Attention", ["n", "qkv", "qkv.bias"], ["a"], name="/attention/Attention",
                         domain="com.microsoft", num_heads=3),
        helper.make_node("SkipLayerNormalization",
                         ["a", "x", "norm.weight", "norm.bias", "norm.bias"], ["s", "", "", "sum"],
                         name="/skip/SkipLayerNormalization", domain="com.microsoft"),
        helper.make_node("MultiHeadAttention", ["s", "memory", "memory"], ["m"],
                         name="/cross/MultiHeadAttention", domain="com.microsoft", num_heads=2),
        helper.make_node("FastGelu", ["m"], ["g"], name="/act/FastGelu", domain="com.microsoft"),
        helper.make_node("MatMul", ["left", "g"], ["y"], name="/mix/MatMul")]
    writer.nodes("attention", nodes,
                 [value("x", [2, "tokens", 12]), value("memory", [2, "tokens + 4", 12])],
                 [value("y", [2, 5, 12])],
                 [initializer("norm.weight", [12], 70), initializer("norm.bias", [12], 71),
                  initializer("qkv", [12, 36], 72), initializer("qkv.bias", [36], 73),
                  initializer("left", [5, 7], 74)],
                 opset=17, ir=8, domains=["com.microsoft"], check=False)


def write_types(writer):
    def listed(name, kind, values):
        return helper.make_tensor(name, kind, [len(values)], values)

    half = weights([6], 80, np.float16)
    tensors = [
        listed("float_data", TensorProto.FLOAT, [0.5, -1.25, 3e38]),
        listed("double_data", TensorProto.DOUBLE, [0.1, -2.5]),
        listed("int64_data", TensorProto.INT64, [-(2 ** 63), -1, 0, 2 ** 63 - 1]),
        listed("int32_data", TensorProto.INT32, [-(2 ** 31), -1, 2 ** 31 - 1]),
        listed("int16_data", TensorProto.INT16, [-(2 ** 15), 2 ** 15 - 1]),
        listed("int8_data", TensorProto.INT8, [-128, -1, 127]),
        listed("uint8_data", TensorProto.UINT8, [0, 255]),
        listed("uint16_data", TensorProto.UINT16, [0, 65535]),
        listed("uint32_data", TensorProto.UINT32, [0, 2 ** 32 - 1]),
        listed("uint64_data", TensorProto.UINT64, [0, 2 ** 64 - 1]),
        listed("bool_data", TensorProto.BOOL, [True, False, True]),
        listed("half_data", TensorProto.FLOAT16, [float(v) for v in half]),
        numpy_helper.from_array(half, "half_raw"),
        numpy_helper.from_array(np.array(7.5, np.float32), "scalar"),
        numpy_helper.from_array(np.zeros([0, 4], np.float32), "empty")]
    bfloat = TensorProto(name="bfloat_data", data_type=TensorProto.BFLOAT16, dims=[2])
    bfloat.int32_data.extend([0x3F80, 0xC020])  # 1 and -2.5
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    nodes.append(constant("of_constant", weights([2, 3], 81)))
    writer.nodes("types", nodes, [value("x", [1])], [value("y", [1])], tensors + [bfloat],
                 check=False)


def write_external(writer):
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h"]),
         helper.make_node("MatMul", ["h", "v"], ["y"])],
        "external", [value("x", [3, 40])], [value("y", [3, 20])],
        [initializer("w", [40, 30], 90), initializer("v", [30, 20], 91)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 7
    onnx.save_model(model, str(writer.folder / "external.onnx"), save_as_external_data=True,
                    all_tensors_to_one_file=True, location="external.bin", size_threshold=0)


def write_refused(writer):
    x, y = [value("x", ["n", 6])], [value("y", None)]
    writer.nodes("unsupported", [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Einsum", ["r", "r"], ["e"], name="/mix/Einsum", equation="ij,kj->ik"),
        helper.make_node("Softmaxx", ["e"], ["s"], name="/typo"),
        helper.make_node("NonZero", ["s"], ["y"])], x, y, check=False)
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["b"])], "branch", [],
                               [value("b", None)])
    writer.nodes("control_flow", [
        helper.make_node("If", ["c"], ["y"], name="/choose/If", then_branch=branch,
                         else_branch=branch)],
        x + [value("c", [], TensorProto.BOOL)], y, check=False)
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    writer.nodes("opset_new", relu, x, y, opset=23, check=False)
    writer.nodes("opset_old", relu, x, y, opset=6, check=False)
    writer.nodes("ir_new", relu, x, y, ir=11, check=False)
    writer.nodes("cyclic", [helper.make_node("Add", ["x", "b"], ["a"], name="first"),
                            helper.make_node("Relu", ["a"], ["b"]),
                            helper.make_node("Relu", ["b"], ["y"])], x, y, check=False)
    writer.nodes("missing_input", [helper.make_node("Add", ["x", "gone"], ["y"], name="sum")], x, y,
                 check=False)
    writer.nodes("missing_output", relu, x, [value("z", None)], check=False)
    writer.nodes("same_name_twice", [helper.make_node("Relu", ["x"], ["y"], name="a"),
                                     helper.make_node("Relu", ["x"], ["y"], name="b")], x, y,
                 check=False)
    writer.nodes("inner_extents", [helper.make_node("MatMul", ["x", "w"], ["y"], name="product")],
                 x, y, [initializer("w", [5, 4], 1)], check=False)
    image, out = [value("x", [1, 8, 9, 9])], [value("y", None)]
    for name, filters, attributes in [
            ("grouped", [8, 4, 3, 3], {"group": 2}), ("multiplier", [16, 1, 3, 3], {"group": 8}),
            ("dilated", [8, 8, 3, 3], {"dilations": [2, 2]}),
            ("one_sided", [8, 8, 3, 3], {"pads": [0, 0, 3, 3]}),
            ("volume", [8, 8, 3, 3, 3], {})]:
        writer.nodes(name, [helper.make_node("Conv", ["x", "w"], ["y"], name="/c/Conv",
                                             **attributes)], image, out,
                     [initializer("w", filters, 1)], check=False)
    writer.nodes("huge_extent", [helper.make_node("Relu", ["x"], ["y"])],
                 [value("x", [2 ** 40, 2 ** 40])], y, check=False)
    writer.nodes("no_shape", relu, [value("x", None)], y, check=False)
    writer.nodes("text_input", relu, [value("x", [1], TensorProto.STRING)], y, check=False)
    strings = helper.make_tensor("w", TensorProto.STRING, [1], [b"text"])
    writer.nodes("text_weight", relu, x, y, [strings], check=False)
    writer.nodes("data_dependent", [helper.make_node("Reshape", ["x", "s"], ["y"], name="/view")],
                 x + [value("s", [1], TensorProto.INT64)], y, check=False)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(folder)
    write_mlp(writer)
    writer.save("encoder", Encoder().graph())
    write_cnn(writer)
    write_attention(writer)
    write_types(writer)
    write_external(writer)
    write_refused(writer)


if __name__ == "__main__":
    main()
