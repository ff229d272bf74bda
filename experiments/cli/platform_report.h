// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace olivine {
struct PlatformProgram;
struct PlatformResult;
}  // namespace olivine

namespace olivine::cli {

struct PlatformExperiment;

// What the reports of `olivine run --platform` are written from; everything outlives it.
struct PlatformReport {
  const PlatformExperiment* experiment;
  const PlatformProgram* program;
  const PlatformResult* result;

  [[nodiscard]] double seconds() const;
};

// Schema olivine.platform/1.
[[nodiscard]] nlohmann::ordered_json to_json(const PlatformReport& report);

// Part of it: platform keys, workload parameters, seed, layers, resolved.
[[nodiscard]] nlohmann::ordered_json resolved_config(const PlatformExperiment& experiment);

// A header, a row a layer and accelerator, a row an accelerator, a row for the total.
[[nodiscard]] std::string to_csv(const PlatformReport& report);

// For people: equal layers of repeated blocks in one row, then accelerators and memories.
[[nodiscard]] std::string to_table(const PlatformReport& report, bool is_colored);

}  // namespace olivine::cli
