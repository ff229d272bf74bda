// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>

namespace olivine::cli {

// What produced a result: version, git revision and compiler of the program, date and processor of
// the run. Holds no path and no host name.
[[nodiscard]] nlohmann::ordered_json provenance();

}  // namespace olivine::cli
