// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>

namespace olivine::cli {

class Arguments;

// Every scheme, the machines that run it, and the reasons of those that do not: of --machine, or of
// every shipped machine.
[[nodiscard]] nlohmann::ordered_json scheme_list(const Arguments& arguments);

}  // namespace olivine::cli
