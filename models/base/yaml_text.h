// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace olivine {

// Keys and values of a configuration, as ConfigTable::dump() gives them.
using YamlEntries = std::vector<std::pair<std::string, std::string>>;

// Plain YAML words as they are, everything else quoted.
[[nodiscard]] std::string yaml_scalar(const std::string& text);

// A map below `indent`; keys with a dot are nested.
[[nodiscard]] std::string yaml_map(const YamlEntries& entries, const std::string& indent = "");

}  // namespace olivine
