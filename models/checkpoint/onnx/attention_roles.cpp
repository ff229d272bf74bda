// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/attention_roles.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace olivine {
namespace {

// What may lie between: scales and masks before a Softmax, dropout and conversions after it.
constexpr std::array<std::string_view, 12> kBefore = {"Add",     "Sub",       "Mul", "Div",
                                                      "Where",   "Cast",      "Max", "Identity",
                                                      "Reshape", "Transpose", "Min", "Clip"};
constexpr std::array<std::string_view, 7> kAfter = {"Dropout", "Cast",     "Where",    "Mul",
                                                    "Reshape", "Identity", "Transpose"};
constexpr size_t kMaxSteps = 64;  // nodes looked at in one search

class RoleFinder {
 public:
  explicit RoleFinder(const OnnxGraph& graph) : graph_(graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string_view output : graph.nodes[i].outputs) producers_.emplace(output, i);
    }
  }

  std::map<size_t, std::string_view> find() const {
    std::map<size_t, std::string_view> roles;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const OnnxNode& node = graph_.nodes[i];
      if (node.op_type == "Softmax" && !node.inputs.empty()) {
        if (const auto product = search(node.inputs[0], "MatMul", kBefore)) roles[*product] = "qk";
      } else if (node.op_type == "MatMul" && !node.inputs.empty()) {
        if (search(node.inputs[0], "Softmax", kAfter)) roles[i] = "pv";
      }
    }
    return roles;
  }

 private:
  // The nearest node of this type above `value` with nothing but `passed` types in between.
  [[nodiscard]] std::optional<size_t> search(std::string_view value, std::string_view op_type,
                                             std::span<const std::string_view> passed) const {
    std::vector<std::string_view> open = {value};
    std::set<size_t> seen;
    for (size_t next = 0; next < open.size() && seen.size() < kMaxSteps; ++next) {
      const auto producer = producers_.find(open[next]);
      if (producer == producers_.end() || !seen.insert(producer->second).second) continue;
      const OnnxNode& node = graph_.nodes[producer->second];
      if (node.op_type == op_type) return producer->second;
      if (std::find(passed.begin(), passed.end(), node.op_type) == passed.end()) continue;
      if (open.size() + node.inputs.size() > kMaxSteps) break;
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
    }
    return std::nullopt;
  }

  const OnnxGraph& graph_;
  std::unordered_map<std::string_view, size_t> producers_;
};

}  // namespace

std::map<size_t, std::string_view> find_attention_roles(const OnnxGraph& graph) {
  return RoleFinder{graph}.find();
}

}  // namespace olivine
