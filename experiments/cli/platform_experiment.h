// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "experiments/cli/trace_request.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"
#include "sim/platform/platform_config.h"

namespace olivine::cli {

class Arguments;

// What one `olivine run --platform` simulates, every default and override resolved.
struct PlatformExperiment {
  PlatformConfig platform;
  Scheme scheme;
  Workload workload;
  std::set<LayerKind> kinds;  // layers to run; empty: all
  std::string vcd;            // "" for none
  uint64_t seed = 1;
  TraceRequest trace;
};

// Throws ConfigError with every problem of options and files; options that belong to one machine
// are refused with the place where a platform has them. With --dump-config the platform alone is
// required.
[[nodiscard]] PlatformExperiment load_platform_experiment(const Arguments& arguments);

// The platform as a YAML file that load_platform() reads back to the same platform.
[[nodiscard]] std::string platform_yaml(const PlatformConfig& platform);

}  // namespace olivine::cli
