// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/checkpoint/onnx/layer_list.h"
#include "models/checkpoint/onnx/onnx_model.h"
#include "models/checkpoint/onnx/onnx_names.h"
#include "models/checkpoint/onnx/onnx_value.h"
#include "models/workloads/workload.h"

namespace olivine {

using OnnxValues = std::unordered_map<std::string_view, OnnxValue>;

// What lowering a graph works on.
struct OnnxLowering {
  const OnnxModel& model;
  std::map<std::string_view, OnnxWeight> weights;   // onnx_weights()
  std::map<size_t, std::string_view> matmul_roles;  // by node: "qk" or "pv"
  OnnxValues values;
  LayerList layers;
};

// One node on its way to layers: its operands, and what it adds. Every failure is a ConfigError
// that names file, node and operator.
class NodeContext {
 public:
  // Throws ConfigError: an operand that no node before this one produces.
  NodeContext(OnnxLowering& lowering, size_t index);

  [[nodiscard]] const OnnxNode& node() const { return *node_; }
  [[nodiscard]] int64_t opset() const { return lowering_->model.opset; }
  // Every operand is: so are the results, and no layer is added.
  [[nodiscard]] bool is_constant() const { return is_constant_; }
  [[noreturn]] void fail(std::string_view reason) const;

  [[nodiscard]] size_t input_count() const { return inputs_.size(); }  // with absent ones
  [[nodiscard]] bool has_input(size_t i) const {
    return i < inputs_.size() && inputs_[i] != nullptr;
  }
  // These fail where the operand is absent.
  [[nodiscard]] const OnnxValue& input(size_t i) const;
  [[nodiscard]] const OnnxShape& shape(size_t i) const { return input(i).shape; }
  // Fails where the content depends on data.
  [[nodiscard]] const std::vector<int64_t>& integers(size_t i) const;
  // Content of a small constant of floats (scales of Resize); fails otherwise.
  [[nodiscard]] std::vector<float> floats(size_t i) const;

  [[nodiscard]] int64_t integer_attribute(std::string_view name, int64_t fallback) const;
  [[nodiscard]] std::optional<std::vector<int64_t>> integers_attribute(std::string_view name) const;
  [[nodiscard]] std::string_view text_attribute(std::string_view name,
                                                std::string_view fallback) const;
  // Axes and the like moved from an attribute to input `i` in some version of the operators.
  [[nodiscard]] std::optional<std::vector<int64_t>> integers_given(std::string_view attribute,
                                                                   size_t i) const;
  // A negative axis counts from the end. Fails unless within -rank..limit.
  [[nodiscard]] size_t axis(int64_t value, size_t rank) const;

  // Product of extents. Fails where it is more than layers may have.
  [[nodiscard]] int64_t count(const OnnxShape& shape) const;
  // The shape of two operands together.
  [[nodiscard]] OnnxShape broadcast(const OnnxShape& a, const OnnxShape& b) const;

  // Fails: a shape with more elements than layers may have.
  void set_output(size_t i, OnnxShape shape,
                  std::optional<std::vector<int64_t>> integers = std::nullopt);
  void set_output(size_t i, OnnxValue value);

  // Layers, named after the node and `suffix`. Nothing is added for constants.
  void add_gemm(LayerKind kind, const GemmShape& gemm, std::string_view suffix = "");
  void add_conv(LayerKind kind, const ConvShape& conv);
  void add_vector(int64_t elems, int64_t ops, std::string_view suffix = "");

 private:
  [[nodiscard]] std::string layer_name(LayerKind kind) const;
  void add(Layer layer, std::string_view suffix);

  OnnxLowering* lowering_;
  size_t index_;
  const OnnxNode* node_;
  std::vector<const OnnxValue*> inputs_;
  bool is_constant_ = true;
};

}  // namespace olivine
