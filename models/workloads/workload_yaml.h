// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/embedded_file.h"
#include "models/workloads/workload.h"

namespace olivine {

// A workload file is a map of
//   name, description, source: text; where the dimensions come from;
//   params:  integers a user may override ({batch: 64, seq: 128});
//   derived: names for expressions over params and earlier names ({tokens: batch * seq});
//   blocks:  a list of {name, repeat, layers}. With `repeat`, layers are called block.0.layer,
//            block.1.layer, ...; without it block.layer. Layer keys: layer_table().
// Extents are integer expressions (models/workloads/expression.h).

inline constexpr size_t kMaxWorkloadLayers = 100000;
inline constexpr size_t kMaxWorkloadNames = 1000;  // params and derived together
// MACs and vector operations of all layers together: sums of the models stay inside 64 bits.
inline constexpr uint64_t kMaxWorkloadMacs = uint64_t{1} << 60;
// Reading stops after about so many problems: a file of another kind has one on every line.
inline constexpr size_t kMaxReportedProblems = 100;

// New values of parameters, as text: {"batch", "16"}.
using ParamOverrides = std::map<std::string, std::string>;

// A shipped workload by name, a YAML file by path, or a SCALE-Sim topology by path: anything with
// a '/' or ending in ".yaml", ".yml" or ".csv" is a path. A topology has no parameters.
// Throws ConfigError with every problem of the file and of the overrides.
[[nodiscard]] Workload load_workload(const std::string& name_or_path,
                                     const ParamOverrides& overrides = {});

// The same from text; `source` names it in messages. Throws ConfigError.
[[nodiscard]] Workload parse_workload(std::string_view text, const std::string& source,
                                      const ParamOverrides& overrides = {});

// Names of the shipped workloads, in the order of networks/ in CMakeLists.txt.
[[nodiscard]] std::vector<std::string> shipped_workloads();

// The files behind those names; defined by cmake/EmbedText.cmake.
[[nodiscard]] std::span<const EmbeddedFile> shipped_network_files();

}  // namespace olivine
