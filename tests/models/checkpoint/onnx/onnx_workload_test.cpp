// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/base/enum_names.h"
#include "tests/models/checkpoint/onnx/graph_builder.h"
#include "tests/models/checkpoint/onnx/onnx_files.h"

namespace olivine {
namespace {

using test::error_of;
using test::GraphBuilder;
using test::onnx_file;
using test::OnnxFiles;
using ::testing::AllOf;
using ::testing::HasSubstr;

// "name linear 14 32 32 1" or "name vector 392 6", as the expected tables below have them.
std::string line_of(const Layer& layer) {
  const auto kind = name_of<LayerKind>(kLayerKindNames, layer.kind);
  if (layer.kind == LayerKind::Vector) {
    return fmt::format("{} {} {} {}", layer.name, kind, layer.vector_elems, layer.vector_ops);
  }
  return fmt::format("{} {} {} {} {} {}", layer.name, kind, layer.gemm.m, layer.gemm.n,
                     layer.gemm.k, layer.gemm.batch);
}

std::vector<std::string> lines_of(const Workload& workload) {
  std::vector<std::string> lines;
  for (const Layer& layer : workload.layers) lines.push_back(line_of(layer));
  return lines;
}

using Lines = std::vector<std::string>;
using OnnxWorkloadFiles = OnnxFiles;

TEST_F(OnnxWorkloadFiles, LowerGemms) {
  for (const int64_t batch : {1, 2, 31}) {
    const Workload workload =
        load_onnx_workload(onnx_file("mlp"), {{"batch", fmt::format("{}", batch)}});
    EXPECT_EQ(workload.name, "mlp");
    EXPECT_EQ(workload.params, (std::map<std::string, int64_t>{{"batch", batch}}));
    EXPECT_EQ(lines_of(workload), (Lines{fmt::format("fc1 linear {} 16 8 1", batch),
                                         fmt::format("act.Relu vector {} 1", batch * 16),
                                         fmt::format("fc2 linear {} 4 16 1", batch)}));
  }
}

// BERT's layer of hidden extent h = 32, 4 heads of d = 8, inner extent f = 64, vocabulary v = 50.
TEST_F(OnnxWorkloadFiles, LowerAnEncoderWithComputedShapes) {
  for (const auto& [b, s] : {std::pair<int64_t, int64_t>{1, 1}, {2, 7}, {3, 40}}) {
    const Workload workload =
        load_onnx_workload(onnx_file("encoder"),
                           {{"batch", fmt::format("{}", b)}, {"sequence", fmt::format("{}", s)}});
    const int64_t t = b * s;  // tokens
    const int64_t scores = t * s * 4;
    Lines products;
    int64_t softmax = 0;
    uint64_t macs = 0;
    std::set<std::string> names;
    for (const Layer& layer : workload.layers) {
      EXPECT_TRUE(names.insert(layer.name).second) << layer.name;
      if (layer.name == "layer.0.attention.self.Softmax") softmax = layer.vector_elems;
      if (layer.kind == LayerKind::Vector) continue;
      products.push_back(line_of(layer));
      macs += layer.gemm.macs().count();
    }
    EXPECT_EQ(products,
              (Lines{fmt::format("layer.0.attention.self.query linear {} 32 32 1", t),
                     fmt::format("layer.0.attention.self.key linear {} 32 32 1", t),
                     fmt::format("layer.0.attention.self.value linear {} 32 32 1", t),
                     fmt::format("layer.0.attention.self.qk attention {} {} 8 {}", s, s, b * 4),
                     fmt::format("layer.0.attention.self.pv attention {} 8 {} {}", s, s, b * 4),
                     fmt::format("layer.0.attention.output.dense linear {} 32 32 1", t),
                     fmt::format("layer.0.intermediate.dense linear {} 64 32 1", t),
                     fmt::format("layer.0.output.dense linear {} 32 64 1", t),
                     fmt::format("lm_head head {} 50 32 1", t)}));
    EXPECT_EQ(softmax, scores);
    // Four h x h layers, two h x f, one h x v; Q K^T and P V of s x s x d a head.
    EXPECT_EQ(macs, static_cast<uint64_t>(t * (4 * 32 * 32 + 2 * 32 * 64 + 32 * 50) +
                                          2 * b * 4 * s * s * 8));
  }
}

// Vector work of the same layer, one operation an element and operator: 2 masks on [b, s]; 2 sums
// of embeddings and skips and the mask of the scores; norms of 7 full operators and 2 on rows.
TEST_F(OnnxWorkloadFiles, CountVectorWorkOfAnEncoder) {
  const Workload workload =
      load_onnx_workload(onnx_file("encoder"), {{"batch", "2"}, {"sequence", "7"}});
  const int64_t t = 14;
  int64_t ops = 0;
  for (const Layer& layer : workload.layers) ops += layer.vector_elems * layer.vector_ops;
  const int64_t masks = 2 * t;
  const int64_t sums = 3 * t * 32;
  const int64_t scores = 2 * 4 * 7 * 7 * (1 + 1 + 6);  // scale, mask, softmax
  const int64_t norms = 2 * (7 * t * 32 + 2 * t);
  const int64_t gelu = 5 * t * 64;
  EXPECT_EQ(ops, masks + sums + scores + norms + gelu);
}

TEST_F(OnnxWorkloadFiles, LowerConvolutions) {
  const Workload workload = load_onnx_workload(onnx_file("cnn"), {{"n", "2"}});
  // 32 x 30, stride 2, padding 1: floor((32 + 2 - 3) / 2) + 1 = 16 by floor((30 - 1) / 2) + 1 = 15.
  // Pool: floor((16 + 2 - 3) / 2) + 1 = 8 by floor((15 - 1) / 2) + 1 = 8. SAME: 8 / 2 = 4, padded
  // by (4 - 1) * 2 + 3 - 8 = 1 after. Then 4 + 1 after: floor((5 - 3) / 2) + 1 = 2.
  EXPECT_EQ(lines_of(workload),
            (Lines{"stem conv2d 480 16 27 1",                 // 2 * 16 * 15, 3 * 3 * 3
                   "relu.Relu vector 7680 1",                 // batch norm is in the stem
                   "depthwise depthwise_conv2d 480 1 15 16",  // 3 * 5
                   "pointwise conv2d 480 16 16 1", "Add vector 7680 1",
                   "pool.MaxPool vector 2048 9",          // 2 * 16 * 8 * 8
                   "same conv2d 32 24 144 1",             // 2 * 4 * 4, 3 * 3 * 16
                   "after conv2d 8 32 216 1",             // 2 * 2 * 2, 3 * 3 * 24
                   "gap.GlobalAveragePool vector 256 1",  // 2 * 32 * 2 * 2 are read
                   "fc linear 2 10 32 1"}));
  const auto& stem = workload.layers[0].conv;
  ASSERT_TRUE(stem);
  EXPECT_EQ(*stem, (ConvShape{2, 32, 30, 3, 3, 3, 16, 2, 2, 1, 1, 16, 15}));
  EXPECT_EQ(*workload.layers[6].conv, (ConvShape{2, 8, 8, 16, 3, 3, 24, 2, 2, 0, 0, 4, 4}));
}

TEST_F(OnnxWorkloadFiles, LowerFusedAttention) {
  const Workload workload = load_onnx_workload(onnx_file("attention"), {{"tokens", "7"}});
  EXPECT_EQ(lines_of(workload),
            (Lines{"norm.LayerNormalization vector 168 7",      // 2 * 7 * 12
                   "attention.qkv linear 14 36 12 1",           //
                   "attention.qk attention 7 7 4 6",            // 2 * 3 heads of 12 / 3
                   "attention.softmax vector 294 6",            // 6 * 7 * 7
                   "attention.pv attention 7 4 7 6",            //
                   "skip.SkipLayerNormalization vector 168 9",  // 7, skip and bias
                   "cross.qk attention 7 11 6 4",               // 2 * 2 heads; 7 + 4 keys
                   "cross.softmax vector 308 6",                // 4 * 7 * 11
                   "cross.pv attention 7 6 11 4",               //
                   "act.FastGelu vector 168 8",                 //
                   "mix linear 24 5 7 1"}));                    // transposed: 2 * 12 columns
}

TEST_F(OnnxWorkloadFiles, WithExternalWeightsAreRead) {
  EXPECT_EQ(lines_of(load_onnx_workload(onnx_file("external"))),
            (Lines{"node_0.MatMul linear 3 30 40 1", "node_1.MatMul linear 3 20 30 1"}));
}

TEST_F(OnnxWorkloadFiles, ThatCannotRunSayWhyBad) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"opset_new", "opset 23: must be 7..22"},
      {"opset_old", "opset 6: must be 7..22"},
      {"ir_new", "IR version 11: must be 3..10"},
      {"control_flow", "node '/choose/If': operator If: control flow is not supported"},
      {"cyclic",
       "node 'first' (Add): input 'b': neither an input of the graph nor the result of a "
       "node before (nodes must be sorted, without cycles)"},
      {"missing_input", "node 'sum' (Add): input 'gone': neither"},
      {"missing_output", "output 'z': no node computes it"},
      {"same_name_twice", "node 'b' (Relu): output 'y': this name is taken"},
      {"inner_extents", "node 'product' (MatMul): shapes [2, 6] and [5, 4]: inner extents differ"},
      {"grouped", "group = 2: must be 1, or 8 (depthwise)"},
      {"multiplier", "16 filters in 8 groups: must be one a group"},
      {"dilated", "dilation 2: must be 1"},
      {"one_sided", "pads 0 and 3 of one axis: models pad both sides alike"},
      {"volume", "must have one or two axes"},
      {"huge_extent", "extent 1099511627776 of axis 0: must be 1..2147483648"},
      {"no_shape", "input 'x': has no shape"},
      {"text_input", "input 'x': must be a tensor of numbers"},
      {"text_weight", "tensor 'w': data type 8 (STRING): not supported"},
      {"data_dependent", "node '/view' (Reshape): input 1 ('s'): must be integers that do not"}};
  for (const auto& [name, message] : cases) {
    const auto path = onnx_file(name);
    const bool has_name = name != "grouped" && name != "multiplier" && name != "dilated" &&
                          name != "one_sided" && name != "volume" && name != "huge_extent";
    const ParamOverrides params = has_name ? ParamOverrides{{"n", "2"}} : ParamOverrides{};
    EXPECT_THAT(error_of([&] { (void)load_onnx_workload(path, params); }), HasSubstr(message));
  }
}

TEST_F(OnnxWorkloadFiles, NameEveryUnsupportedOperatorAtOnceBad) {
  const std::string text = error_of([] { (void)load_onnx_workload(onnx_file("unsupported")); });
  EXPECT_THAT(text, HasSubstr("node '/mix/Einsum': operator Einsum: is not supported"));
  EXPECT_THAT(text, HasSubstr("node '/typo': operator Softmaxx: is not supported; did you mean "
                              "'Softmax'?"));
  EXPECT_THAT(text, HasSubstr("node 3: operator NonZero: is not supported"));
  EXPECT_THAT(text, AllOf(HasSubstr("supported operators: Abs, Add"), HasSubstr("Where"),
                          HasSubstr("com.microsoft.Attention")));
}

TEST(OnnxWorkload, BoundsTheListOfUnsupportedOperators) {
  GraphBuilder graph;
  graph.input("x", {1});
  for (int i = 0; i < 130; ++i) graph.node("Gone", {"x"}, {fmt::format("y{}", i)});
  const std::string text = error_of([&] { (void)graph.workload(); });
  EXPECT_THAT(text, HasSubstr("node 99: operator Gone"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("node 100:")));
  EXPECT_THAT(text, HasSubstr("and 30 more nodes"));
}

TEST(OnnxWorkload, AsksForNamedExtentsBad) {
  GraphBuilder graph;
  graph.named_input("x", {"batch", "", "a-b", "batch + 1"}).node("Relu", {"x"}, {"y"});
  EXPECT_THAT(error_of([&] { (void)graph.workload(); }),
              HasSubstr("built.onnx: extents without a number: a_b, batch, x_1: give each as "
                        "workload.NAME"));
  const std::string text = error_of([&] {
    (void)graph.workload({{"batches", "1"}, {"a_b", "0"}, {"x_1", "2147483649"}});
  });
  EXPECT_THAT(text, HasSubstr("batches = 1: no such parameter; did you mean 'batch'?"));
  EXPECT_THAT(text, HasSubstr("a_b = 0: must be an integer 1..2147483648"));
  EXPECT_THAT(text, HasSubstr("x_1 = 2147483649: must be an integer"));
  EXPECT_THAT(text, HasSubstr("extents without a number: batch"));
  const Workload workload = graph.workload({{"batch", "2"}, {"a_b", "5"}, {"x_1", "7"}});
  EXPECT_EQ(workload.layers.at(0).vector_elems, 2 * 7 * 5 * (2 + 1));
}

TEST(OnnxWorkload, TellsUnknownExtentsApart) {
  GraphBuilder graph;
  graph.named_input("x", {"?", "?", "p.n"}).input("z", {1, 1, -1}).node("Add", {"x", "z"}, {"y"});
  EXPECT_THAT(error_of([&] { (void)graph.workload(); }),
              HasSubstr("extents without a number: p_n, x_0, x_1, z_2: give each"));
  const ParamOverrides params = {{"p_n", "5"}, {"x_0", "2"}, {"x_1", "3"}, {"z_2", "1"}};
  EXPECT_EQ(graph.workload(params).layers.at(0).vector_elems, 2 * 3 * 5);
}

TEST(OnnxWorkload, RefusesTooMuchWorkBad) {
  GraphBuilder graph;
  graph.input("x", {1 << 20, 1 << 20}).node("MatMul", {"x", "x"}, {"y"}, {}, "", "product");
  EXPECT_THAT(error_of([&] { (void)graph.workload(); }),
              HasSubstr("node 'product' (MatMul): layer 'product': m * n * k * batch"));
  GraphBuilder wide;
  wide.input("x", {1 << 30, 1}).input("z", {1, 1 << 30}).node("Add", {"x", "z"}, {"y"});
  EXPECT_THAT(error_of([&] { (void)wide.workload(); }),
              HasSubstr("shape [1073741824, 1073741824]: must be at most 16 extents"));
}

}  // namespace
}  // namespace olivine
