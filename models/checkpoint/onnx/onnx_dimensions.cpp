// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/onnx_dimensions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "models/base/error.h"
#include "models/base/gemm_shape.h"
#include "models/base/text.h"
#include "models/checkpoint/tensor_shape.h"
#include "models/workloads/expression.h"
#include "models/workloads/layer_spec.h"

namespace olivine {
namespace {

// "batch-size" as "batch_size".
std::string identifier_of(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += is_kept ? c : '_';
  }
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, "_");
  return name;
}

// A number that is one: -1 stands for an extent that is not known (older exporters).
std::optional<int64_t> fixed_extent(const OnnxDimension& dimension) {
  return dimension.extent == -1 ? std::nullopt : dimension.extent;
}

// "?" stands for any extent, not for the same one everywhere.
bool is_unnamed(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

class DimensionReader {
 public:
  DimensionReader(const OnnxModel& model, const ParamOverrides& overrides)
      : model_(model), overrides_(overrides) {}

  OnnxDimensions read() {
    find_inputs();
    problems_.throw_if_any();
    for (const OnnxValueInfo* input : inputs_) find_names(*input);
    read_overrides();
    problems_.throw_if_any();
    for (const OnnxValueInfo* input : inputs_) read_shape(*input);
    problems_.throw_if_any();
    return std::move(dimensions_);
  }

 private:
  void add(const std::string& problem) {
    if (problems_.list().size() < kMaxReportedProblems) {
      problems_.add(fmt::format("{}: {}", model_.source, problem));
    }
  }

  void find_inputs() {
    std::set<std::string_view> initializers;
    for (const OnnxTensor& tensor : model_.graph.initializers) initializers.insert(tensor.name);
    for (const OnnxValueInfo& input : model_.graph.inputs) {
      if (initializers.contains(input.name)) continue;
      if (!input.type) add(fmt::format("input '{}': must be a tensor of numbers", input.name));
      if (!input.shape) add(fmt::format("input '{}': has no shape", input.name));
      if (input.name.empty()) add("an input without name");
      inputs_.push_back(&input);
    }
  }

  // Identifiers first: other names may be expressions over them.
  void find_names(const OnnxValueInfo& input) {
    for (const OnnxDimension& dimension : *input.shape) {
      if (!fixed_extent(dimension) && is_identifier(dimension.name)) {
        identifiers_.emplace(dimension.name);
      }
    }
  }

  // The parameter an extent is; nothing where it is an expression over others.
  std::string param_of(const OnnxValueInfo& input, size_t axis) const {
    const std::string_view name = (*input.shape)[axis].name;
    if (is_unnamed(name)) return identifier_of(fmt::format("{}_{}", input.name, axis));
    if (is_identifier(name)) return std::string{name};
    NamedValues values;
    for (const std::string& identifier : identifiers_) values.emplace(identifier, std::nullopt);
    return evaluate(name, values).problem.empty() ? "" : identifier_of(name);
  }

  void read_overrides() {
    std::set<std::string> names = identifiers_;
    for (const OnnxValueInfo* input : inputs_) {
      for (size_t axis = 0; axis < input->shape->size(); ++axis) {
        if (fixed_extent((*input->shape)[axis])) continue;
        if (std::string name = param_of(*input, axis); !name.empty()) names.insert(std::move(name));
        if (names.size() > kMaxWorkloadNames) {
          throw ConfigError{
              fmt::format("{}: more than {} named extents", model_.source, kMaxWorkloadNames)};
        }
      }
    }
    const std::vector<std::string> known(names.begin(), names.end());
    for (const auto& [name, text] : overrides_) {
      if (!names.contains(name)) {
        add(fmt::format("{} = {}: no such parameter{}", name, text, suggestion(name, known)));
        continue;
      }
      const auto value = parse_int(text);
      if (!value || *value < 1 || *value > kMaxExtent) {
        add(fmt::format("{} = {}: must be an integer 1..{}", name, text, kMaxExtent));
      }
      dimensions_.params[name] = value.value_or(1);
    }
    std::vector<std::string> missing;
    for (const std::string& name : known) {
      if (!overrides_.contains(name)) missing.push_back(name);
    }
    if (missing.empty()) return;
    add(fmt::format("extents without a number: {}: give each as workload.NAME",
                    fmt::join(missing, ", ")));
  }

  void read_shape(const OnnxValueInfo& input) {
    OnnxShape shape;
    for (size_t axis = 0; axis < input.shape->size(); ++axis) {
      const OnnxDimension& dimension = (*input.shape)[axis];
      const auto fixed = fixed_extent(dimension);
      const int64_t extent = fixed ? *fixed : named_extent(input, axis);
      if (extent < 1 || extent > kMaxExtent) {
        add(fmt::format("input '{}': extent {} of axis {}: must be 1..{}", input.name, extent, axis,
                        kMaxExtent));
      }
      shape.push_back(extent);
    }
    const auto count = checked_element_count(shape);
    if (problems_.is_empty() && (!count || *count > kMaxVectorElems)) {
      add(fmt::format("input '{}': shape {}: must have at most {} elements", input.name,
                      shape_text(shape), kMaxVectorElems));
    }
    if (!dimensions_.shapes.emplace(input.name, std::move(shape)).second) {
      add(fmt::format("input '{}': appears twice", input.name));
    }
  }

  // Contract: every parameter has its value. 0 where an expression has none.
  int64_t named_extent(const OnnxValueInfo& input, size_t axis) {
    const std::string param = param_of(input, axis);
    if (!param.empty()) return dimensions_.params.at(param);
    NamedValues values;
    for (const auto& [name, value] : dimensions_.params) values.emplace(name, value);
    const ExpressionResult result = evaluate((*input.shape)[axis].name, values);
    if (!result.problem.empty()) {
      add(fmt::format("input '{}': {}: {}", input.name, (*input.shape)[axis].name, result.problem));
    }
    return result.value.value_or(0);
  }

  const OnnxModel& model_;
  const ParamOverrides& overrides_;
  std::vector<const OnnxValueInfo*> inputs_;
  std::set<std::string> identifiers_;
  OnnxDimensions dimensions_;
  Problems problems_;
};

}  // namespace

OnnxDimensions resolve_onnx_dimensions(const OnnxModel& model, const ParamOverrides& overrides) {
  return DimensionReader{model, overrides}.read();
}

}  // namespace olivine
