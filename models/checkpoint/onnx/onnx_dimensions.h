// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/checkpoint/onnx/onnx_model.h"
#include "models/checkpoint/onnx/onnx_value.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {

// Shapes of a graph's inputs, with a number for every extent.
struct OnnxDimensions {
  std::map<std::string, int64_t> params;         // named extents: {"batch": 1, "sequence": 128}
  std::map<std::string_view, OnnxShape> shapes;  // by input, without initializers
};

// Gives every named extent its value. A name that is an expression over others ("past + sequence")
// is computed, another one that is no identifier has its other characters replaced by '_', and an
// extent without name (or "?", or -1) is called after input and axis: input_ids_0.
// Throws ConfigError with every problem: names without a value, values for names that are not
// there, extents outside 1..kMaxExtent, inputs without shape or whose type is no number.
[[nodiscard]] OnnxDimensions resolve_onnx_dimensions(const OnnxModel& model,
                                                     const ParamOverrides& overrides);

}  // namespace olivine
