// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/tensor_core/gemm_timing.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
struct GpuLayerResult;
struct GpuNetworkResult;
}  // namespace olivine

namespace olivine::cli {

struct GpuExperiment;

// One kernel of the menu on this GEMM.
struct KernelCandidate {
  GemmKernel kernel;
  GemmTiming timing;
};

// A level of the memory hierarchy, and the bytes that it moved.
struct LevelTraffic {
  std::string_view level;
  double bytes = 0;
};

// One kind of action: energy = count x pj.
struct GpuEnergyAction {
  std::string_view component;
  std::string_view action;
  double count = 0;
  double pj = 0;
};

// Everything `olivine explain` says about one layer on a GPU.
struct GpuExplanation {
  const GpuExperiment* experiment = nullptr;
  const GpuLayerResult* result = nullptr;
  double tensor_bytes = 0;  // operands and outputs once
  std::array<LevelTraffic, 3> traffic{};
  std::vector<GpuEnergyAction> actions;
  // Of GEMMs:
  std::vector<KernelCandidate> menu;  // fastest first
  size_t chosen = 0;                  // index into menu
  Occupancy occupancy;                // of the chosen one; nothing for kernels of CUDA cores
};

// Throws CheckFailed when parts do not add up to the model's time, or actions to its energy.
// Contract: `network` has one layer and is what run_gpu_network() says of the experiment; all
// outlive the explanation.
[[nodiscard]] GpuExplanation explain_gpu_layer(const GpuExperiment& experiment,
                                               const GpuNetworkResult& network);

[[nodiscard]] std::string to_text(const GpuExplanation& explanation, bool is_colored);
[[nodiscard]] nlohmann::ordered_json to_json(const GpuExplanation& explanation);

// A part that lasts from `begin` to `end` of `whole`, as a bar on a line of `columns`: at least one
// mark where it lasts at all.
[[nodiscard]] std::string waterfall_bar(double begin, double end, double whole, size_t columns);

}  // namespace olivine::cli
