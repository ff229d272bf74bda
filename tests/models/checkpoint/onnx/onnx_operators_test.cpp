// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/checkpoint/onnx/onnx_dimensions.h"
#include "tests/models/checkpoint/onnx/graph_builder.h"
#include "tests/models/checkpoint/onnx/onnx_files.h"

namespace olivine {
namespace {

using test::attribute;
using test::error_of;
using test::GraphBuilder;
using test::Wire;
using ::testing::HasSubstr;
using Integers = std::vector<int64_t>;

// The values of a graph, computed node by node.
class Lowered {
 public:
  explicit Lowered(const GraphBuilder& graph)
      : bytes_(graph.model()), model_(parse_onnx(bytes_.span(), "m")) {
    OnnxLowering lowering{model_, {}, {}, {}, {}};
    for (const OnnxTensor& tensor : model_.graph.initializers) {
      lowering.values.emplace(tensor.name, value_of(tensor));
    }
    for (const auto& [name, shape] : resolve_onnx_dimensions(model_, {}).shapes) {
      lowering.values.emplace(name, OnnxValue{shape, false, {}, {}, nullptr});
    }
    for (size_t i = 0; i < model_.graph.nodes.size(); ++i) {
      const OnnxNode& node = model_.graph.nodes[i];
      const OnnxOperator* op = find_onnx_operator(node.domain, node.op_type);
      if (op == nullptr) throw ConfigError{"no such operator"};
      NodeContext context{lowering, i};
      op->lower(context, *op);
    }
    values_ = std::move(lowering.values);
    layers_ = std::move(lowering.layers).take();
  }

  [[nodiscard]] const OnnxValue& at(std::string_view name) const { return values_.at(name); }
  [[nodiscard]] const OnnxShape& shape(std::string_view name) const { return at(name).shape; }
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }

 private:
  Wire bytes_;
  OnnxModel model_;
  OnnxValues values_;
  std::vector<Layer> layers_;
};

// The result of one operator on integers that are known.
std::optional<Integers> folded(std::string_view op, const std::vector<Integers>& operands,
                               const std::vector<Wire>& attributes = {}) {
  GraphBuilder graph;
  std::vector<std::string> names;
  for (const Integers& operand : operands) {
    names.push_back(fmt::format("i{}", names.size()));
    graph.integers(names.back(), operand);
  }
  return Lowered{graph.node(op, names, {"y"}, attributes)}.at("y").integers;
}

TEST(OnnxOperators, FoldIntegers) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(folded("Add", {{1, 2}, {10}}), (Integers{11, 12}));
  EXPECT_EQ(folded("Add", {{kMax}, {1}}), std::nullopt);
  EXPECT_EQ(folded("Sub", {{1}, {3}}), (Integers{-2}));
  EXPECT_EQ(folded("Mul", {{6}, {7}}), (Integers{42}));
  EXPECT_EQ(folded("Mul", {{kMax}, {2}}), std::nullopt);
  EXPECT_EQ(folded("Div", {{7, -7}, {2}}), (Integers{3, -3}));
  EXPECT_EQ(folded("Div", {{1}, {0}}), std::nullopt);
  EXPECT_EQ(folded("Div", {{kMin}, {-1}}), std::nullopt);
  EXPECT_EQ(folded("Mod", {{7, -7, 7, -7}, {3, 3, -3, -3}}), (Integers{1, 2, -2, -1}));
  EXPECT_EQ(folded("Mod", {{kMin}, {-1}}), (Integers{0}));
  EXPECT_EQ(folded("Mod", {{1}, {0}}), std::nullopt);
  EXPECT_EQ(folded("Min", {{3, 9}, {5}, {7}}), (Integers{3, 5}));
  EXPECT_EQ(folded("Max", {{3, 9}, {5}, {7}}), (Integers{7, 9}));
  EXPECT_EQ(folded("Equal", {{-1, 4}, {-1}}), (Integers{1, 0}));
  EXPECT_EQ(folded("Less", {{1, 2}, {2}}), (Integers{1, 0}));
  EXPECT_EQ(folded("GreaterOrEqual", {{1, 2}, {2}}), (Integers{0, 1}));
  EXPECT_EQ(folded("Not", {{0, 1}}), (Integers{1, 0}));
  EXPECT_EQ(folded("Neg", {{5, kMin}}), std::nullopt);
  EXPECT_EQ(folded("Abs", {{5, -5}}), (Integers{5, 5}));
  EXPECT_EQ(folded("Where", {{1, 0}, {4, 5}, {-1}}), (Integers{4, -1}));
  EXPECT_EQ(folded("ReduceProd", {{2, 3, 5}}), (Integers{30}));
  EXPECT_EQ(folded("Concat", {{1}, {2, 3}, {4}}, {attribute("axis", 0)}), (Integers{1, 2, 3, 4}));
  EXPECT_EQ(folded("Gather", {{5, 6, 7}, {-1, 0}}), (Integers{7, 5}));
  EXPECT_EQ(folded("Range", {{2}, {9}, {3}}), (Integers{2, 5, 8}));
  EXPECT_EQ(folded("Range", {{9}, {2}, {-3}}), (Integers{9, 6, 3}));
  EXPECT_EQ(folded("Range", {{2}, {2}, {1}}), (Integers{}));
  EXPECT_EQ(folded("Expand", {{4}, {3}}), (Integers{4, 4, 4}));
  EXPECT_EQ(folded("Cast", {{0, 3}}, {attribute("to", 9)}), (Integers{0, 1}));
  EXPECT_EQ(folded("Cast", {{kMax}}, {attribute("to", 6)}), std::nullopt);
  EXPECT_EQ(folded("Cast", {{3}}, {attribute("to", 1)}), std::nullopt);
}

TEST(OnnxOperators, SliceAsNumPyDoes) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const Integers data = {0, 1, 2, 3, 4};
  const auto slice = [&](int64_t begin, int64_t end, int64_t step) {
    return folded("Slice", {data, {begin}, {end}, {0}, {step}}).value();
  };
  EXPECT_EQ(slice(1, 3, 1), (Integers{1, 2}));
  EXPECT_EQ(slice(-2, kMax, 1), (Integers{3, 4}));
  EXPECT_EQ(slice(0, kMax, 2), (Integers{0, 2, 4}));
  EXPECT_EQ(slice(3, 1, 1), (Integers{}));
  EXPECT_EQ(slice(-100, 100, 3), (Integers{0, 3}));
  EXPECT_EQ(slice(4, kMin, -2), (Integers{4, 2, 0}));
  EXPECT_EQ(slice(100, 1, -1), (Integers{4, 3, 2}));
  EXPECT_EQ(slice(-1, -4, -1), (Integers{4, 3, 2}));
  EXPECT_EQ(slice(2, kMin, kMin), (Integers{2}));
  EXPECT_EQ(slice(0, kMax, kMax), (Integers{0}));
}

// The shape of one operator's result on an activation, with integers as further operands.
OnnxShape shaped(std::string_view op, const Integers& shape, const std::vector<Integers>& others,
                 const std::vector<Wire>& attributes = {}, int64_t opset = 13) {
  GraphBuilder graph{opset};
  graph.input("x", shape);
  std::vector<std::string> names = {"x"};
  for (const Integers& other : others) {
    names.push_back(fmt::format("i{}", names.size()));
    graph.integers(names.back(), other);
  }
  const Lowered lowered{graph.node(op, names, {"y"}, attributes)};
  EXPECT_TRUE(lowered.layers().empty());
  EXPECT_FALSE(lowered.at("y").is_constant);
  return lowered.shape("y");
}

TEST(OnnxOperators, ChangeShapes) {
  EXPECT_EQ(shaped("Reshape", {2, 3, 4}, {{0, -1}}), (OnnxShape{2, 12}));
  EXPECT_EQ(shaped("Reshape", {2, 3, 4}, {{24}}), (OnnxShape{24}));
  EXPECT_EQ(shaped("Flatten", {2, 3, 4}, {}), (OnnxShape{2, 12}));
  EXPECT_EQ(shaped("Flatten", {2, 3, 4}, {}, {attribute("axis", 0)}), (OnnxShape{1, 24}));
  EXPECT_EQ(shaped("Flatten", {2, 3, 4}, {}, {attribute("axis", 3)}), (OnnxShape{24, 1}));
  EXPECT_EQ(shaped("Transpose", {2, 3, 4}, {}), (OnnxShape{4, 3, 2}));
  EXPECT_EQ(shaped("Transpose", {2, 3, 4}, {}, {attribute("perm", Integers{1, 0, 2})}),
            (OnnxShape{3, 2, 4}));
  EXPECT_EQ(shaped("Squeeze", {1, 3, 1}, {}), (OnnxShape{3}));
  EXPECT_EQ(shaped("Squeeze", {1, 3, 1}, {{-1}}), (OnnxShape{1, 3}));
  EXPECT_EQ(shaped("Squeeze", {1, 3, 1}, {}, {attribute("axes", Integers{0})}, 11),
            (OnnxShape{3, 1}));
  EXPECT_EQ(shaped("Unsqueeze", {3}, {{0, -1}}), (OnnxShape{1, 3, 1}));
  EXPECT_EQ(shaped("Gather", {5, 6, 7}, {{1, 2}}, {attribute("axis", 1)}), (OnnxShape{5, 2, 7}));
  EXPECT_EQ(shaped("Slice", {5, 6}, {},
                   {attribute("starts", Integers{1, -3}), attribute("ends", Integers{9, 99})}, 9),
            (OnnxShape{4, 3}));
  EXPECT_EQ(shaped("Expand", {3, 1}, {{2, 1, 4}}), (OnnxShape{2, 3, 4}));
  EXPECT_EQ(shaped("Tile", {3, 4}, {{2, 1}}), (OnnxShape{6, 4}));
  EXPECT_EQ(shaped("Pad", {3, 4}, {{1, 0, 2, 5}}), (OnnxShape{6, 9}));
  EXPECT_EQ(shaped("Pad", {3, 4}, {{-1, 0, 0, 0}}), (OnnxShape{2, 4}));
  EXPECT_EQ(shaped("DepthToSpace", {1, 8, 2, 3}, {}, {attribute("blocksize", 2)}),
            (OnnxShape{1, 2, 4, 6}));
  EXPECT_EQ(shaped("SpaceToDepth", {1, 2, 4, 6}, {}, {attribute("blocksize", 2)}),
            (OnnxShape{1, 8, 2, 3}));
}

TEST(OnnxOperators, SplitInParts) {
  const auto parts = [](const std::vector<std::string>& inputs, const std::vector<Wire>& given,
                        int64_t opset) {
    GraphBuilder graph{opset};
    graph.input("x", {7, 2}).integers("sizes", {4, 1, 2});
    const Lowered lowered{graph.node("Split", inputs, {"a", "b", "c"}, given)};
    return Integers{lowered.shape("a")[0], lowered.shape("b")[0], lowered.shape("c")[0]};
  };
  EXPECT_EQ(parts({"x", "sizes"}, {}, 13), (Integers{4, 1, 2}));
  EXPECT_EQ(parts({"x"}, {attribute("split", Integers{1, 5, 1})}, 11), (Integers{1, 5, 1}));
  EXPECT_EQ(parts({"x"}, {attribute("num_outputs", 3)}, 18), (Integers{3, 3, 1}));
}

TEST(OnnxOperators, ComputeOnlyWhatDependsOnInputs) {
  GraphBuilder graph;
  graph.input("x", {2, 3}).floats("w", {3, 4}).floats("v", {4, 5});
  graph.node("MatMul", {"w", "v"}, {"wv"}).node("Relu", {"wv"}, {"r"});
  graph.node("MatMul", {"x", "r"}, {"y"});
  const Lowered lowered{graph};
  EXPECT_TRUE(lowered.at("r").is_constant);
  ASSERT_EQ(lowered.layers().size(), 1u);
  EXPECT_EQ(lowered.layers()[0].gemm, (GemmShape{2, 5, 3, 1}));
}

TEST(OnnxOperators, MultiplyMatrices) {
  const auto gemm = [](const Integers& a, const Integers& b, bool is_weight) {
    GraphBuilder graph;
    graph.input("a", a);
    if (is_weight) {
      graph.floats("b", b);
    } else {
      graph.input("b", b);
    }
    const Lowered lowered{graph.node("MatMul", {"a", "b"}, {"y"})};
    EXPECT_EQ(lowered.layers().size(), 1u);
    EXPECT_EQ(lowered.layers()[0].kind, is_weight ? LayerKind::Linear : LayerKind::Attention);
    return std::pair{lowered.layers()[0].gemm, lowered.shape("y")};
  };
  using Result = std::pair<GemmShape, OnnxShape>;
  EXPECT_EQ(gemm({2, 3, 4}, {4, 5}, true), (Result{{6, 5, 4, 1}, {2, 3, 5}}));
  EXPECT_EQ(gemm({4}, {4, 5}, true), (Result{{1, 5, 4, 1}, {5}}));
  EXPECT_EQ(gemm({3, 4}, {4}, true), (Result{{3, 1, 4, 1}, {3}}));
  EXPECT_EQ(gemm({4}, {4}, true), (Result{{1, 1, 4, 1}, {}}));
  EXPECT_EQ(gemm({7, 3, 4}, {7, 4, 5}, true), (Result{{3, 5, 4, 7}, {7, 3, 5}}));
  EXPECT_EQ(gemm({2, 1, 3, 4}, {6, 4, 5}, false), (Result{{3, 5, 4, 12}, {2, 6, 3, 5}}));
}

TEST(OnnxOperators, FoldBiasesIntoProducts) {
  const auto layers = [](const Integers& bias, bool is_constant) {
    GraphBuilder graph;
    graph.input("x", {2, 3}).floats("w", {3, 4});
    if (is_constant) {
      graph.floats("b", bias);
    } else {
      graph.input("b", bias);
    }
    graph.node("MatMul", {"x", "w"}, {"p"}).node("Add", {"b", "p"}, {"y"});
    return Lowered{graph}.layers().size();
  };
  EXPECT_EQ(layers({4}, true), 1u);
  EXPECT_EQ(layers({1, 4}, true), 1u);
  EXPECT_EQ(layers({1}, true), 2u);  // the same number everywhere is no bias
  EXPECT_EQ(layers({2, 4}, true), 2u);
  EXPECT_EQ(layers({4}, false), 2u);
}

TEST(OnnxOperators, FoldBiasesOfChannelsIntoConvolutions) {
  const auto layers = [](const Integers& bias) {
    GraphBuilder graph;
    graph.input("x", {1, 3, 8, 8}).floats("w", {8, 3, 1, 1}).floats("b", bias);
    graph.node("Conv", {"x", "w"}, {"p"}).node("Add", {"p", "b"}, {"y"});
    return Lowered{graph}.layers().size();
  };
  EXPECT_EQ(layers({8, 1, 1}), 1u);
  EXPECT_EQ(layers({1, 8, 1, 1}), 1u);
  EXPECT_EQ(layers({8}), 2u);  // of columns, not of channels
  EXPECT_EQ(layers({8, 1}), 2u);
  EXPECT_EQ(layers({1, 1, 1}), 2u);
}

TEST(OnnxOperators, ReduceAndPool) {
  const auto reduce = [](const std::vector<Wire>& given) {
    return Lowered{GraphBuilder{}.input("x", {2, 3, 5}).node("ReduceMean", {"x"}, {"y"}, given)};
  };
  EXPECT_EQ(reduce({}).shape("y"), (OnnxShape{1, 1, 1}));
  EXPECT_EQ(reduce({attribute("keepdims", 0)}).shape("y"), (OnnxShape{}));
  EXPECT_EQ(reduce({attribute("axes", Integers{-1, 0})}).shape("y"), (OnnxShape{1, 3, 1}));
  EXPECT_EQ(reduce({}).layers().at(0).vector_elems, 30);
  const auto pool = [](const std::vector<Wire>& given) {
    return Lowered{GraphBuilder{}.input("x", {1, 2, 7}).node("MaxPool", {"x"}, {"y"}, given)}.shape(
        "y");
  };
  const Wire kernel = attribute("kernel_shape", Integers{2});
  const Wire strides = attribute("strides", Integers{2});
  EXPECT_EQ(pool({kernel}), (OnnxShape{1, 2, 6}));
  EXPECT_EQ(pool({kernel, strides}), (OnnxShape{1, 2, 3}));
  EXPECT_EQ(pool({kernel, strides, attribute("ceil_mode", 1)}), (OnnxShape{1, 2, 4}));
  EXPECT_EQ(pool({kernel, attribute("dilations", Integers{3})}), (OnnxShape{1, 2, 4}));
  EXPECT_EQ(pool({kernel, strides, attribute("auto_pad", "SAME_LOWER")}), (OnnxShape{1, 2, 4}));
  // (7 + 1 - 2) / 3 = 2 whole steps and no rest; with padding after it the last window is empty.
  EXPECT_EQ(pool({kernel, attribute("strides", Integers{4}), attribute("pads", Integers{0, 3}),
                  attribute("ceil_mode", 1)}),
            (OnnxShape{1, 2, 2}));
}

TEST(OnnxOperators, AddScoresInFusedAttention) {
  GraphBuilder graph;
  graph.input("x", {2, 3, 4}).input("scores", {2, 2, 3, 3});
  graph.node("MultiHeadAttention", {"x", "x", "x", "", "", "scores"}, {"y"},
             {attribute("num_heads", 2)}, kMicrosoftDomain, "a");
  const Lowered lowered{graph};
  ASSERT_EQ(lowered.layers().size(), 4u);
  EXPECT_EQ(lowered.layers()[0].gemm, (GemmShape{3, 3, 2, 4}));
  EXPECT_EQ(lowered.layers()[1].name, "a.add");
  EXPECT_EQ(lowered.layers()[1].vector_elems, 2 * 2 * 3 * 3);
  EXPECT_EQ(lowered.layers()[2].name, "a.softmax");
  EXPECT_EQ(lowered.layers()[3].gemm, (GemmShape{3, 2, 3, 4}));
}

TEST(OnnxOperators, RefuseOperandsThatDoNotFitBad) {
  struct Case {
    std::string op;
    Integers shape;
    std::vector<Integers> others;
    std::vector<Wire> attributes;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"Reshape", {2, 3}, {{4, -1}}, {}, "input [2, 3] does not fit shape [4, -1]"},
      {"Reshape", {2, 3}, {{-1, -1}}, {}, "at most one of them -1"},
      {"Reshape", {2, 3}, {{-2, 3}}, {}, "must be extents"},
      {"Reshape", {2, 3}, {{int64_t{1} << 62, 16}}, {}, "must be extents"},
      {"Transpose", {2, 3}, {}, {attribute("perm", Integers{0, 0})}, "an axis twice"},
      {"Transpose", {2, 3}, {}, {attribute("perm", Integers{0})}, "must have 2 axes"},
      {"Transpose", {2, 3}, {}, {attribute("perm", Integers{0, 2})}, "axis 2: must be -2..1"},
      {"Squeeze", {2, 1}, {{0}}, {}, "must have extent 1"},
      {"Unsqueeze", {2}, {{0, 0}}, {}, "axis 0: twice"},
      {"Unsqueeze", {2}, {}, {}, "axes: are missing"},
      {"Concat", {2, 3}, {{1}}, {attribute("axis", 0)}, "must differ in axis 0 only"},
      {"Split", {5}, {{2, 2}}, {}, "must add up to 5"},
      {"Split", {5}, {{6, -1}}, {}, "must add up to 5"},
      {"Slice", {5}, {{0}, {1}, {0}, {0}}, {}, "a step of 0"},
      {"Slice", {5}, {{0, 0}, {1, 1}, {0, 0}}, {}, "an axis twice"},
      {"Slice", {5}, {{0}, {1, 2}}, {}, "of one length"},
      {"Slice", {5}, {}, {}, "starts and ends: are missing"},
      {"Gather", {5}, {{0}}, {attribute("axis", 1)}, "axis 1: must be -1..0"},
      {"Expand", {2, 3}, {{4}}, {}, "shapes [2, 3] and [4] do not fit"},
      {"Expand", {1}, {{-4}}, {}, "shape [-4]"},
      {"Tile", {2}, {{-1}}, {}, "must not be negative"},
      {"Tile", {2}, {{int64_t{1} << 50}}, {}, "must be at most 16 extents"},
      {"Pad", {2}, {{-3, 0}}, {}, "do not fit [2]"},
      {"Pad", {2}, {{1}}, {}, "pads: must be 2 numbers"},
      {"MaxPool", {1, 1, 3}, {}, {attribute("kernel_shape", Integers{4})}, "filter extent 4"},
      {"MaxPool", {1, 1, 3}, {}, {attribute("kernel_shape", Integers{0})}, "extent 0: must be"},
      {"MaxPool", {1, 1, 3}, {}, {}, "kernel_shape: must have 1 extents"},
      {"MaxPool", {1, 1}, {}, {}, "must be [n, c, axes ...]"},
      {"AveragePool",
       {1, 1, 9999},
       {},
       {attribute("kernel_shape", Integers{2000})},
       "must be at most 1024 elements"},
      {"Cast", {1}, {}, {attribute("to", 8)}, "must be a type that is supported"},
      {"Add", {1}, {}, {}, "input 1: is missing"},
      {"BatchNormalization", {1, 2}, {}, {attribute("training_mode", 1)}, "must be 0"},
      {"Gemm", {1, 2, 3}, {{1}}, {}, "must be matrices"},
      {"DepthToSpace", {1, 3, 2, 2}, {}, {attribute("blocksize", 2)}, "must divide"}};
  for (const Case& entry : cases) {
    EXPECT_THAT(
        error_of([&] { (void)shaped(entry.op, entry.shape, entry.others, entry.attributes); }),
        HasSubstr(entry.message))
        << entry.op;
  }
}

TEST(OnnxOperators, AreListedOnce) {
  const std::vector<std::string> names = onnx_operator_names();
  EXPECT_GT(names.size(), 100u);
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_EQ(find_onnx_operator("com.microsoft", "MatMul"), nullptr);
}

}  // namespace
}  // namespace olivine
