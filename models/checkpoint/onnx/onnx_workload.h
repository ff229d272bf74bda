// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <filesystem>

#include "models/checkpoint/onnx/onnx_model.h"
#include "models/workloads/workload.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {

// The layers an ONNX graph computes, in its order, named after its nodes (README of this folder has
// what becomes what). Extents of inputs that have a name need a value in `overrides`; `params` of
// the workload holds them. What does not depend on the inputs' values is no layer. The workload is
// called as the file without its suffix.
// Throws ConfigError: whatever open_onnx() refuses; an opset outside kMinOnnxOpset..kMaxOnnxOpset;
// every node (up to kMaxReportedProblems) whose operator is not supported; extents without value;
// the first node whose shapes do not fit, or that needs something the models lack.
[[nodiscard]] Workload load_onnx_workload(const std::filesystem::path& path,
                                          const ParamOverrides& overrides = {});
[[nodiscard]] Workload onnx_workload(const OnnxModel& model, const ParamOverrides& overrides = {});

}  // namespace olivine
