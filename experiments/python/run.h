// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/python/column.h"
#include "models/base/gemm_shape.h"

namespace olivine::python {

struct RunRequest {
  std::string machine;                            // shipped name, or path
  std::variant<std::string, GemmShape> workload;  // shipped name or path; or one GEMM
  std::string scheme;
  std::vector<std::pair<std::string, std::string>> settings;  // machine keys, workload.NAME
  std::vector<std::string> layers;                            // kinds; empty: all
};

// Figures are called as in the JSON of `olivine run`, with a dot for each level: "energy_pj.dram".
// The total of several is under their common name: "energy_pj".
struct RunResult {
  std::string machine, workload, scheme;
  nlohmann::json config;  // keys of the machine, parameters of the workload
  Figures total;
  Table layers;
};

// One workload on one machine: arrays by the closed form, GPUs by the fastest kernels. Throws
// ConfigError or ShapeError with every problem of the request.
[[nodiscard]] RunResult run(const RunRequest& request);

}  // namespace olivine::python
