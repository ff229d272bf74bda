// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/checkpoint/onnx/attention_roles.h"
#include "models/checkpoint/onnx/node_context.h"
#include "models/checkpoint/onnx/onnx_dimensions.h"
#include "models/checkpoint/onnx/operators.h"
#include "models/checkpoint/tensor_shape.h"
#include "models/workloads/layer_spec.h"

namespace olivine {
namespace {

std::string full_name(const OnnxNode& node) {
  return node.domain.empty() ? std::string{node.op_type}
                             : fmt::format("{}.{}", node.domain, node.op_type);
}

bool is_control_flow(const OnnxNode& node) {
  constexpr std::array<std::string_view, 3> kNames = {"If", "Loop", "Scan"};
  return node.domain.empty() &&
         std::find(kNames.begin(), kNames.end(), node.op_type) != kNames.end();
}

std::string reason_of(const OnnxNode& node, const std::vector<std::string>& known) {
  return is_control_flow(node)
             ? "control flow is not supported: which layers run depends on data"
             : fmt::format("is not supported{}", suggestion(full_name(node), known));
}

void check_opset(const OnnxModel& model) {
  if (model.opset >= kMinOnnxOpset && model.opset <= kMaxOnnxOpset) return;
  throw ConfigError{fmt::format("{}: opset {}: must be {}..{}", model.source, model.opset,
                                kMinOnnxOpset, kMaxOnnxOpset)};
}

// Names in lines that no message is cut in (UserError).
std::vector<std::string> lines_of(const std::vector<std::string>& names) {
  constexpr size_t kLongest = 400;
  std::vector<std::string> lines;
  for (const std::string& name : names) {
    if (lines.empty() || lines.back().size() > kLongest) {
      lines.push_back(name);
    } else {
      lines.back() += ", " + name;
    }
  }
  return lines;
}

// All operators that are not supported at once, so that one look says whether a model can be used.
void check_operators(const OnnxModel& model) {
  const std::vector<std::string> known = onnx_operator_names();
  std::vector<std::string> problems;
  size_t count = 0;
  for (size_t i = 0; i < model.graph.nodes.size(); ++i) {
    const OnnxNode& node = model.graph.nodes[i];
    if (find_onnx_operator(node.domain, node.op_type) != nullptr) continue;
    if (++count > kMaxReportedProblems) continue;
    const std::string label =
        node.name.empty() ? fmt::format("node {}", i) : fmt::format("node '{}'", node.name);
    problems.push_back(fmt::format("{}: {}: operator {}: {}", model.source, label, full_name(node),
                                   reason_of(node, known)));
  }
  if (count == 0) return;
  if (count > kMaxReportedProblems) {
    problems.push_back(
        fmt::format("{}: and {} more nodes", model.source, count - kMaxReportedProblems));
  }
  for (const std::string& line : lines_of(known)) {
    problems.push_back(fmt::format("{}: supported operators: {}", model.source, line));
  }
  throw ConfigError{std::move(problems)};
}

void add_initializers(OnnxLowering& lowering) {
  for (const OnnxTensor& tensor : lowering.model.graph.initializers) {
    const auto count = checked_element_count(tensor.shape);
    if (!count || *count > kMaxVectorElems) {
      throw ConfigError{fmt::format("{}: initializer '{}': shape {}: must have at most {} elements",
                                    lowering.model.source, tensor.name, shape_text(tensor.shape),
                                    kMaxVectorElems)};
    }
    if (!lowering.values.emplace(tensor.name, value_of(tensor)).second) {
      throw ConfigError{
          fmt::format("{}: initializer '{}': appears twice", lowering.model.source, tensor.name)};
    }
  }
}

void check_outputs(const OnnxLowering& lowering) {
  Problems problems;
  for (const OnnxValueInfo& output : lowering.model.graph.outputs) {
    if (lowering.values.contains(output.name)) continue;
    problems.add(
        fmt::format("{}: output '{}': no node computes it", lowering.model.source, output.name));
  }
  if (lowering.layers.is_empty()) {
    problems.add(fmt::format("{}: the graph has no layers", lowering.model.source));
  }
  problems.throw_if_any();
}

}  // namespace

Workload onnx_workload(const OnnxModel& model, const ParamOverrides& overrides) {
  check_opset(model);
  check_operators(model);
  OnnxDimensions dimensions = resolve_onnx_dimensions(model, overrides);
  OnnxLowering lowering{
      model, onnx_weights(model.graph), find_attention_roles(model.graph), {}, {}};
  add_initializers(lowering);
  for (auto& [name, shape] : dimensions.shapes) {
    lowering.values.emplace(
        name, OnnxValue{std::move(shape), false, std::nullopt, std::nullopt, nullptr});
  }
  for (size_t i = 0; i < model.graph.nodes.size(); ++i) {
    const OnnxNode& node = model.graph.nodes[i];
    const OnnxOperator* op = find_onnx_operator(node.domain, node.op_type);
    OLV_CHECK(op != nullptr, "{} was accepted", node.op_type);
    NodeContext context{lowering, i};
    op->lower(context, *op);
  }
  check_outputs(lowering);
  Workload workload;
  workload.name = std::filesystem::path{model.source}.stem().string();
  workload.description = fmt::format("ONNX graph of opset {}", model.opset);
  workload.source = model.source;
  workload.params = std::move(dimensions.params);
  workload.layers = std::move(lowering.layers).take();
  return workload;
}

Workload load_onnx_workload(const std::filesystem::path& path, const ParamOverrides& overrides) {
  return onnx_workload(open_onnx(path), overrides);
}

}  // namespace olivine
