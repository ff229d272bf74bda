// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace olivine::report {

struct Input;

// What the pages show, kind by kind (experiments/report/README.md says which fields): title,
// subtitle, origin, and the kind's own. Each throws ConfigError where a result lacks what the page
// needs. Contract: inputs of that kind, at least one.
[[nodiscard]] nlohmann::ordered_json run_data(std::span<const Input> inputs);
[[nodiscard]] nlohmann::ordered_json gpu_run_data(std::span<const Input> inputs);
[[nodiscard]] nlohmann::ordered_json platform_data(std::span<const Input> inputs);
[[nodiscard]] nlohmann::ordered_json sweep_data(const std::string& path);
[[nodiscard]] nlohmann::ordered_json compare_data(std::span<const Input> inputs);
[[nodiscard]] nlohmann::ordered_json measure_data(std::span<const Input> inputs);
[[nodiscard]] nlohmann::ordered_json quality_data(std::span<const Input> inputs);

}  // namespace olivine::report
