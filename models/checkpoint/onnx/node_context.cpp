// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/node_context.h"

#include <fmt/format.h>

#include <utility>

#include "models/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/tensor_shape.h"
#include "models/workloads/conv.h"
#include "models/workloads/layer_spec.h"

namespace olivine {
namespace {

constexpr std::string_view kHead = "lm_head";
constexpr std::string_view kWeightSuffix = ".weight";
constexpr int64_t kMaxFloats = 64;  // of scales

// "MatMul" of "encoder.self.MatMul_1"; to be replaced by the role of the product.
std::string without_operator(std::string name, std::string_view op_type) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return name;
  if (std::string_view{name}.substr(dot + 1).starts_with(op_type)) name.resize(dot);
  return name;
}

}  // namespace

NodeContext::NodeContext(OnnxLowering& lowering, size_t index)
    : lowering_(&lowering), index_(index), node_(&lowering.model.graph.nodes[index]) {
  for (const std::string_view name : node_->inputs) {
    if (name.empty()) {
      inputs_.push_back(nullptr);
      continue;
    }
    const auto found = lowering.values.find(name);
    if (found == lowering.values.end()) {
      fail(
          fmt::format("input '{}': neither an input of the graph nor the result of a node before "
                      "(nodes must be sorted, without cycles)",
                      name));
    }
    inputs_.push_back(&found->second);
    is_constant_ = is_constant_ && found->second.is_constant;
  }
}

void NodeContext::fail(std::string_view reason) const {
  const std::string label =
      node_->name.empty() ? fmt::format("node {}", index_) : fmt::format("node '{}'", node_->name);
  throw ConfigError{
      fmt::format("{}: {} ({}): {}", lowering_->model.source, label, node_->op_type, reason)};
}

const OnnxValue& NodeContext::input(size_t i) const {
  if (!has_input(i)) fail(fmt::format("input {}: is missing", i));
  return *inputs_[i];
}

const std::vector<int64_t>& NodeContext::integers(size_t i) const {
  const OnnxValue& value = input(i);
  if (!value.integers) {
    fail(fmt::format("input {} ('{}'): must be integers that do not depend on data", i,
                     node_->inputs[i]));
  }
  return *value.integers;
}

std::vector<float> NodeContext::floats(size_t i) const {
  const OnnxTensor* tensor = input(i).tensor;
  if (tensor == nullptr || !info(tensor->type).is_float ||
      element_count(tensor->shape) > kMaxFloats) {
    fail(fmt::format("input {} ('{}'): must be at most {} constant floats", i, node_->inputs[i],
                     kMaxFloats));
  }
  return StoredTensor{std::string{tensor->name}, tensor->type, tensor->shape, tensor->bytes}
      .floats();
}

int64_t NodeContext::integer_attribute(std::string_view name, int64_t fallback) const {
  const OnnxAttribute* attribute = node_->find(name);
  if (attribute == nullptr) return fallback;
  if (attribute->kind != OnnxAttribute::Kind::Int) {
    fail(fmt::format("attribute {}: must be an integer", name));
  }
  return attribute->integer;
}

std::optional<std::vector<int64_t>> NodeContext::integers_attribute(std::string_view name) const {
  const OnnxAttribute* attribute = node_->find(name);
  if (attribute == nullptr) return std::nullopt;
  if (attribute->kind != OnnxAttribute::Kind::Ints) {
    fail(fmt::format("attribute {}: must be a list of integers", name));
  }
  return attribute->integers;
}

std::string_view NodeContext::text_attribute(std::string_view name,
                                             std::string_view fallback) const {
  const OnnxAttribute* attribute = node_->find(name);
  if (attribute == nullptr) return fallback;
  if (attribute->kind != OnnxAttribute::Kind::String) {
    fail(fmt::format("attribute {}: must be text", name));
  }
  return attribute->text;
}

std::optional<std::vector<int64_t>> NodeContext::integers_given(std::string_view attribute,
                                                                size_t i) const {
  if (has_input(i)) return integers(i);
  return integers_attribute(attribute);
}

size_t NodeContext::axis(int64_t value, size_t rank) const {
  const auto limit = static_cast<int64_t>(rank);
  if (value < -limit || value >= limit) {
    fail(fmt::format("axis {}: must be {}..{}", value, -limit, limit - 1));
  }
  return static_cast<size_t>(value < 0 ? value + limit : value);
}

int64_t NodeContext::count(const OnnxShape& shape) const {
  const auto elements = checked_element_count(shape);
  if (!elements || *elements > kMaxVectorElems || shape.size() > kMaxOnnxRank) {
    fail(fmt::format("shape {}: must be at most {} extents and {} elements", shape_text(shape),
                     kMaxOnnxRank, kMaxVectorElems));
  }
  return *elements;
}

OnnxShape NodeContext::broadcast(const OnnxShape& a, const OnnxShape& b) const {
  auto shape = broadcast_shape(a, b);
  if (!shape) fail(fmt::format("shapes {} and {} do not fit", shape_text(a), shape_text(b)));
  (void)count(*shape);
  return std::move(*shape);
}

void NodeContext::set_output(size_t i, OnnxShape shape,
                             std::optional<std::vector<int64_t>> integers) {
  set_output(i,
             OnnxValue{std::move(shape), is_constant_, std::nullopt, std::move(integers), nullptr});
}

void NodeContext::set_output(size_t i, OnnxValue value) {
  const int64_t elements = count(value.shape);
  if (value.integers) {
    OLV_CHECK(static_cast<int64_t>(value.integers->size()) == elements, "{} of {}: {} integers",
              node_->op_type, shape_text(value.shape), value.integers->size());
    if (elements > kMaxFoldedElements) value.integers.reset();
  }
  if (i >= node_->outputs.size() || node_->outputs[i].empty()) return;
  const auto [entry, is_new] = lowering_->values.emplace(node_->outputs[i], std::move(value));
  if (!is_new) fail(fmt::format("output '{}': this name is taken", entry->first));
}

// One of several layers of a node (`is_part`) is called after the node's module.
std::string NodeContext::layer_name(LayerKind kind, bool is_part) const {
  const std::string unnamed = fmt::format("node_{}.{}", index_, node_->op_type);
  if (kind == LayerKind::Vector && !is_part) {
    const std::string name = dotted_onnx_name(*node_);
    return name.empty() ? unnamed : name;
  }
  const auto role = lowering_->matmul_roles.find(index_);
  if (kind == LayerKind::Attention && role != lowering_->matmul_roles.end()) {
    const std::string name = dotted_onnx_name(*node_);
    return fmt::format("{}.{}", without_operator(name.empty() ? unnamed : name, node_->op_type),
                       role->second);
  }
  if (node_->inputs.size() > 1) {
    const auto weight = lowering_->weights.find(node_->inputs[1]);
    const bool is_own = weight != lowering_->weights.end() && weight->second.use_count == 1;
    if (is_own && weight->second.name.ends_with(kWeightSuffix)) {
      return weight->second.name.substr(0, weight->second.name.size() - kWeightSuffix.size());
    }
  }
  const std::string name = module_of_onnx_node(*node_);
  return name.empty() ? unnamed : name;
}

void NodeContext::add(Layer layer, std::string_view suffix) {
  if (is_constant_) return;
  layer.name = layer_name(layer.kind, !suffix.empty());
  if (!suffix.empty()) layer.name += fmt::format(".{}", suffix);
  // What the papers leave in full precision; classifiers look the same but for the name.
  const bool is_head = layer.name == kHead || layer.name.ends_with(fmt::format(".{}", kHead));
  if (is_head && layer.kind == LayerKind::Linear) layer.kind = LayerKind::Head;
  try {
    lowering_->layers.add(std::move(layer));
  } catch (const UserError& error) {
    fail(error.problems().front());
  }
}

void NodeContext::add_gemm(LayerKind kind, const GemmShape& gemm, std::string_view suffix) {
  add({"", kind, gemm, std::nullopt, 0, 0}, suffix);
}

void NodeContext::add_conv(LayerKind kind, const ConvShape& conv) {
  const std::vector<std::string> problems = shape_problems(conv, kind);
  if (!problems.empty()) fail(problems.front());
  const bool is_depthwise = kind == LayerKind::DepthwiseConv2d;
  add({"", kind, is_depthwise ? lower_depthwise(conv) : lower_conv(conv), conv, 0, 0}, "");
}

void NodeContext::add_vector(int64_t elems, int64_t ops, std::string_view suffix) {
  if (elems == 0) return;  // an empty value: there is nothing to do
  add({"", LayerKind::Vector, {}, std::nullopt, elems, ops}, suffix);
}

}  // namespace olivine
