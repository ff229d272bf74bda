// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/sweep/header.h"

namespace olivine::report {

// How a page writes the machine file of any point of a sweep, and the command that runs it:
//   {"templates": [[text | {"slot": i}, ...]],  one a position of "machine", else one
//    "machine": SOURCE,                         its texts are not used, its positions are
//    "slots": [SOURCE],                         the YAML text of every key that varies
//    "workload": SOURCE, "scheme": SOURCE, "layers": "linear,attention" or "",
//    "set": [{"key": "workload.batch", "value": SOURCE}]}
// SOURCE is {"text": t}, the same for all points; {"axis": i, "texts": [...]}, by position; or
// {"column": i}, what parameter i of the header's columns holds, as text.
// Throws ConfigError where the files that the sweep's spec names are gone, or are others now.
[[nodiscard]] nlohmann::ordered_json machine_files(const sweep::SweepHeader& header);

}  // namespace olivine::report
