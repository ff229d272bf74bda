// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "models/workloads/workload.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {

// What a user may call a workload: whatever load_workload() takes, the path of an ONNX model, which
// ends in ".onnx", or of the config.json of a transformer (models/transformer/transformer_config.h;
// parameters batch = 1 and seq = 128). Throws ConfigError with every problem found.
[[nodiscard]] Workload open_workload(const std::string& name_or_path,
                                     const ParamOverrides& overrides = {});

// True for files whose parameters have no default: they cannot be opened without a value for each.
[[nodiscard]] bool needs_all_params(const std::string& name_or_path);

}  // namespace olivine
