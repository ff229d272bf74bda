// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "models/machines/gpu.h"
#include "models/numerics/format.h"
#include "models/workloads/workload.h"
#include "sim/tensor_core/custom_kernel.h"

namespace olivine {
class GemmModel;
struct GpuRunOptions;
}  // namespace olivine

namespace olivine::cli {

class Arguments;

// What one command simulates on a GPU, every default and override resolved.
struct GpuExperiment {
  GpuMachine machine;
  Scheme scheme;
  Workload workload;
  std::set<LayerKind> kinds;    // layers to run; empty: all
  std::string library;          // "": the one that GemmModel::menu() chooses
  std::string kernel;           // "": the fastest
  std::optional<CtaTile> tile;  // of a kernel of the user's own
  std::shared_ptr<const GemmModel> model;
};

// Whether --machine names a GPU. False for an unknown name or a file that cannot be read.
[[nodiscard]] bool is_gpu_requested(const Arguments& arguments);

// Throws ConfigError with every problem of options, files and their combination; options that
// belong to an array are refused with the reason. With --dump-config the machine alone is required.
[[nodiscard]] GpuExperiment load_gpu_experiment(const Arguments& arguments);

// --machine with its --set alone: what `olivine list` needs.
[[nodiscard]] GpuMachine load_gpu_option(const Arguments& arguments);

[[nodiscard]] GpuRunOptions run_options_of(const GpuExperiment& experiment);

}  // namespace olivine::cli
