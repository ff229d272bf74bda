// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "models/base/enum_names.h"

namespace olivine::report {

// What a page is about.
enum class Kind : uint8_t { Run, GpuRun, Platform, Sweep, Compare, Measure, Quality };
inline constexpr std::array kKindNames = {
    EnumName<Kind>{Kind::Run, "run"},           EnumName<Kind>{Kind::GpuRun, "gpu_run"},
    EnumName<Kind>{Kind::Platform, "platform"}, EnumName<Kind>{Kind::Sweep, "sweep"},
    EnumName<Kind>{Kind::Compare, "compare"},   EnumName<Kind>{Kind::Measure, "measure"},
    EnumName<Kind>{Kind::Quality, "quality"}};

// One result file. Its contents are not trusted: whoever reads a field checks it (json_fields.h).
struct Input {
  std::string path;             // as the user wrote it
  std::string schema;           // "olivine.run/1"; "" of a sweep's database
  nlohmann::ordered_json json;  // null of a sweep's database
};

struct InputSet {
  Kind kind = Kind::Run;
  std::vector<Input> inputs;  // one or more
};

// Throws ConfigError, one line a problem: no file at all, one that cannot be read, is empty, is
// neither JSON nor a database, has no schema that a report shows, or is not of the kind of the
// first; more than one database.
[[nodiscard]] InputSet read_inputs(std::span<const std::string> paths);

}  // namespace olivine::report
