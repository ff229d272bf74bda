// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// libFuzzer target of the ONNX reader and of what lowers graphs. The first byte chooses: any bytes,
// a valid file with changes, or a graph of operators and operands that the bytes choose, which
// reaches shapes that random bytes never do. The result is legal layers or a UserError.
#include <cstdlib>
#include <limits>

#include "models/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/onnx/operators.h"
#include "models/workloads/conv.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/models/checkpoint/onnx/graph_builder.h"

namespace {

using olivine::test::attribute;
using olivine::test::GraphBuilder;
using olivine::test::Wire;

void check_limits(const olivine::Workload& workload) {
  using namespace olivine;
  OLV_CHECK(!workload.layers.empty() && workload.layers.size() <= kMaxWorkloadLayers, "{} layers",
            workload.layers.size());
  for (const Layer& layer : workload.layers) {
    if (layer.kind == LayerKind::Vector) {
      OLV_CHECK(layer.vector_elems > 0 && layer.vector_ops > 0, "layer {}", layer.name);
      continue;
    }
    OLV_CHECK(shape_problems(layer.gemm).empty(), "layer {}", layer.name);
    OLV_CHECK(!layer.conv || shape_problems(*layer.conv, layer.kind).empty(), "layer {}",
              layer.name);
  }
}

void read(std::span<const uint8_t> file, const olivine::ParamOverrides& params) {
  const olivine::OnnxModel model = olivine::parse_onnx(file, "fuzz");
  (void)olivine::looks_like_onnx(file);
  const olivine::Checkpoint checkpoint = olivine::onnx_checkpoint(model);
  for (const olivine::StoredTensor& tensor : checkpoint.tensors()) {
    if (!olivine::info(tensor.type).is_float) continue;
    if (tensor.floats().size() != static_cast<size_t>(tensor.element_count())) std::abort();
  }
  check_limits(olivine::onnx_workload(model, params));
}

std::vector<uint8_t> valid_file() {
  GraphBuilder graph;
  graph.named_input("x", {"n", "n * 2"}).floats("w", {6, 4}).integers("shape", {0, 2, -1});
  graph.node("MatMul", {"x", "w"}, {"a"}, {}, "", "/a/MatMul").node("Relu", {"a"}, {"b"});
  graph.node("Reshape", {"b", "shape"}, {"c"}).node("Shape", {"c"}, {"d"});
  graph.node("Softmax", {"c"}, {"e"}, {attribute("axis", -1)});
  graph.node("Transpose", {"e"}, {"f"}, {attribute("perm", std::vector<int64_t>{0, 2, 1})});
  graph.node("MatMul", {"e", "f"}, {"g"});
  const Wire model = graph.model();
  return {model.span().begin(), model.span().end()};
}

// Takes choices from the input until it is used up.
class Choices {
 public:
  explicit Choices(std::span<const uint8_t> input) : rest_(input) {}

  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  size_t below(size_t limit) {
    if (rest_.empty()) return 0;
    const size_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value % limit;
  }
  template <class List>
  const auto& of(const List& list) {
    return list[below(list.size())];
  }
  int64_t number() {
    static const std::vector<int64_t> kNumbers = {0,
                                                  1,
                                                  -1,
                                                  2,
                                                  3,
                                                  4,
                                                  -2,
                                                  -3,
                                                  5,
                                                  6,
                                                  7,
                                                  8,
                                                  12,
                                                  16,
                                                  24,
                                                  std::numeric_limits<int64_t>::min(),
                                                  std::numeric_limits<int64_t>::max(),
                                                  int64_t{1} << 31,
                                                  (int64_t{1} << 31) + 1,
                                                  int64_t{1} << 22,
                                                  int64_t{1} << 44,
                                                  int64_t{1} << 62,
                                                  -(int64_t{1} << 31)};
    return of(kNumbers);
  }
  std::vector<int64_t> numbers() {
    std::vector<int64_t> values(below(6));
    for (int64_t& value : values) value = number();
    return values;
  }

 private:
  std::span<const uint8_t> rest_;
};

const std::vector<std::string>& attribute_names() {
  static const std::vector<std::string> kNames = {"axis",      "axes",        "perm",
                                                  "pads",      "strides",     "dilations",
                                                  "group",     "to",          "keepdims",
                                                  "split",     "num_outputs", "starts",
                                                  "ends",      "transA",      "transB",
                                                  "blocksize", "allowzero",   "num_heads",
                                                  "ceil_mode", "start",       "end",
                                                  "value_int", "value_ints",  "kernel_shape",
                                                  "auto_pad",  "mode",        "qkv_hidden_sizes"};
  return kNames;
}

Wire chosen_attribute(Choices& choices) {
  const std::string& name = choices.of(attribute_names());
  if (name == "auto_pad") return attribute(name, choices.below(2) == 0 ? "SAME_UPPER" : "VALID");
  if (name == "mode") return attribute(name, choices.below(2) == 0 ? "linear" : "nearest");
  if (choices.below(2) == 0) return attribute(name, choices.number());
  return attribute(name, choices.numbers());
}

Wire chosen_graph(Choices choices) {
  static const std::vector<std::string> kOperators = olivine::onnx_operator_names();
  static const std::vector<int64_t> kOpsets = {7, 9, 11, 13, 17, 18, 22};
  GraphBuilder graph{choices.of(kOpsets)};
  graph.input("x", {2, 3, 4, 4}).input("t", {2, 6, 12}).input("s", {1});
  graph.floats("w", {3, 3, 2, 2}).floats("m", {12, 12}).floats("scales", {4});
  std::vector<std::string> values = {"x", "t", "s", "w", "m", "scales", ""};
  for (int i = 0; i < 4; ++i) {
    values.push_back(fmt::format("i{}", i));
    graph.integers(values.back(), choices.numbers());
  }
  constexpr size_t kMaxNodes = 64;
  for (size_t i = 0; i < kMaxNodes && !choices.is_empty(); ++i) {
    const std::string& full = choices.of(kOperators);
    const size_t dot = full.rfind('.');
    const bool has_domain = dot != std::string::npos;
    std::vector<std::string> inputs(choices.below(6));
    for (std::string& input : inputs) input = choices.of(values);
    std::vector<Wire> attributes(choices.below(4));
    for (Wire& entry : attributes) entry = chosen_attribute(choices);
    const std::string output = fmt::format("y{}", i);
    graph.node(has_domain ? full.substr(dot + 1) : full, inputs, {output, output + "b"}, attributes,
               has_domain ? full.substr(0, dot) : "");
    values.push_back(output);
  }
  return graph.model();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t byte_count) {
  static const auto kValid = valid_file();
  if (byte_count == 0) return 0;
  const std::span<const uint8_t> input{data + 1, byte_count - 1};
  try {
    if (data[0] % 2 == 0) {
      read(olivine::fuzz::file_of(input, kValid), {{"n", "3"}});
    } else {
      read(chosen_graph(Choices{input}).span(), {});
    }
  } catch (const olivine::UserError&) {
    return 0;
  }
  return 0;
}
