// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace olivine {
struct GemmKernel;
struct GemmTiming;
struct GpuEnergy;
struct GpuLayerResult;
struct GpuNetworkResult;
struct Occupancy;
struct Workload;
}  // namespace olivine

namespace olivine::cli {

struct GpuExperiment;

// What the reports of `olivine run` on a GPU are written from; everything outlives it.
struct GpuReport {
  const GpuExperiment* experiment;
  const GpuNetworkResult* result;
};

// Schema olivine.run/1.
[[nodiscard]] nlohmann::ordered_json to_json(const GpuReport& report);
// A header, a row a layer in the order of the workload, a row for the total.
[[nodiscard]] std::string to_csv(const GpuReport& report);
// For people: equal layers of repeated blocks in one row. `is_verbose`: the library and the clock
// of every layer too.
[[nodiscard]] std::string to_table(const GpuReport& report, bool is_colored, bool is_verbose);

// Parts of them. The figures that a layer and the total share:
[[nodiscard]] nlohmann::ordered_json gpu_figures(const GpuLayerResult& result);
// What a layer has beyond: scheme, library, kernel, waves.
[[nodiscard]] nlohmann::ordered_json gpu_kernel_json(const GpuLayerResult& result);
[[nodiscard]] nlohmann::ordered_json kernel_json(const GemmKernel& kernel);
[[nodiscard]] nlohmann::ordered_json occupancy_json(const Occupancy& occupancy);
[[nodiscard]] nlohmann::ordered_json gpu_config(const GpuExperiment& experiment);

// A line a library whose constants were not fitted to measurements; for stderr.
[[nodiscard]] std::string calibration_notes(const GpuNetworkResult& result);

// "tensor 61.2 %, hbm 20.1 %, ..." without the parts that are 0.
[[nodiscard]] std::string part_shares(const GemmTiming& timing);
[[nodiscard]] std::string energy_shares(const GpuEnergy& energy);

}  // namespace olivine::cli
