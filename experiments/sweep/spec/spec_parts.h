// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/sweep/spec/spec.h"
#include "models/base/error.h"
#include "models/base/yaml_file.h"

// Readers of the parts of a sweep's file, for spec.cpp. Each adds its problems, with file:line, and
// returns what could be read.
namespace olivine::sweep {

inline constexpr size_t kMaxObjectives = 16;
inline constexpr size_t kMaxConstraints = 256;

// "sweep.yaml:3: search.points: must be one value" where it is not, or is empty.
[[nodiscard]] std::optional<std::string> read_scalar(const YamlNode& node, std::string_view key,
                                                     Problems& problems);
// The items of a list of 1..limit; nothing where it is another.
[[nodiscard]] const std::vector<YamlNode>* read_list(const YamlNode& node, std::string_view key,
                                                     size_t limit, Problems& problems);
// Keys of a map that are not `known`; "search.sed: unknown key; did you mean 'seed'?".
void report_unknown_keys(const YamlNode& map, std::span<const std::string> known,
                         std::string_view prefix, Problems& problems);
[[nodiscard]] std::optional<Formula> read_formula(const std::string& text, const std::string& place,
                                                  std::string_view key, Problems& problems);

[[nodiscard]] std::vector<SpecAxis> read_axes(const YamlNode& node, Problems& problems);
// The values of {from, to, step} or {from, to, factor}, as texts; `key` is for messages.
[[nodiscard]] std::vector<std::string> read_range(const YamlNode& map, const std::string& key,
                                                  Problems& problems);

[[nodiscard]] std::vector<SpecFormula> read_constraints(const YamlNode& node, Problems& problems);
// `places` gets that of each: "objectives.time_s".
[[nodiscard]] std::vector<Objective> read_objectives(const YamlNode& node,
                                                     std::map<std::string, std::string>& places,
                                                     Problems& problems);

[[nodiscard]] SearchSpec read_search(const YamlNode& node, Problems& problems);

}  // namespace olivine::sweep
