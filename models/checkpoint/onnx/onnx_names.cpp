// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_names.h"

#include <algorithm>
#include <set>

namespace olivine {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view layout_of(const OnnxNode& node) {
  if (!node.domain.empty()) return "";
  if (node.op_type == "Conv") return "n,c,r,s";
  if (node.op_type == "MatMul") return "k,n";
  if (node.op_type != "Gemm") return "";
  const OnnxAttribute* transposed = node.find("transB");
  return transposed != nullptr && transposed->integer != 0 ? "n,k" : "k,n";
}

}  // namespace

bool is_generated_onnx_name(std::string_view name) {
  if (name.starts_with("onnx::")) return true;
  for (const std::string_view prefix : {"", "val_", "_v_"}) {
    if (name.starts_with(prefix) && is_digits(name.substr(prefix.size()))) return true;
  }
  return false;
}

std::string dotted_onnx_name(const OnnxNode& node) {
  std::string name{node.name.substr(std::min(node.name.size(), node.name.find_first_not_of('/')))};
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

std::string module_of_onnx_node(const OnnxNode& node) {
  std::string name = dotted_onnx_name(node);
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) return name;
  if (std::string_view{name}.substr(dot + 1) == node.op_type) name.resize(dot);
  return name;
}

std::map<std::string_view, OnnxWeight> onnx_weights(const OnnxGraph& graph) {
  std::map<std::string_view, OnnxWeight> weights;
  std::set<std::string> taken;
  for (const OnnxTensor& tensor : graph.initializers) taken.emplace(tensor.name);
  std::map<std::string_view, size_t> use_counts;
  std::set<std::string_view> initializers;
  for (const OnnxTensor& tensor : graph.initializers) initializers.insert(tensor.name);
  for (const OnnxNode& node : graph.nodes) {
    for (const std::string_view input : node.inputs) ++use_counts[input];
  }
  std::set<std::string_view> ambiguous;
  for (const OnnxNode& node : graph.nodes) {
    const std::string_view layout = layout_of(node);
    if (layout.empty() || node.inputs.size() < 2) continue;
    const std::string_view original = node.inputs[1];
    if (!initializers.contains(original) || ambiguous.contains(original)) continue;
    const auto [entry, is_new] = weights.try_emplace(
        original, OnnxWeight{std::string{original}, original, layout, use_counts[original]});
    if (!is_new && entry->second.layout != layout) {
      ambiguous.insert(original);
      weights.erase(entry);
      continue;
    }
    const bool is_renamed =
        is_generated_onnx_name(original) && use_counts[original] == 1 && !node.name.empty();
    if (!is_renamed) continue;
    const std::string name = module_of_onnx_node(node) + ".weight";
    if (taken.insert(name).second) entry->second.name = name;
  }
  return weights;
}

}  // namespace olivine
