// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/open_workload/open_workload.h"

#include "models/checkpoint/onnx/onnx_workload.h"

namespace olivine {

Workload open_workload(const std::string& name_or_path, const ParamOverrides& overrides) {
  if (name_or_path.ends_with(".onnx")) return load_onnx_workload(name_or_path, overrides);
  return load_workload(name_or_path, overrides);
}

bool needs_all_params(const std::string& name_or_path) { return name_or_path.ends_with(".onnx"); }

}  // namespace olivine
