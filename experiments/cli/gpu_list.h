// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>

namespace olivine::cli {

class Arguments;

// The kernels of every library that has a menu for --scheme on --machine, or of --library alone.
// Throws ConfigError where no kernel runs the scheme.
[[nodiscard]] nlohmann::ordered_json kernel_list(const Arguments& arguments);

}  // namespace olivine::cli
