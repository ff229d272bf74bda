// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

#include "sim/platform/platform_config.h"

namespace olivine {

struct YamlNode;

// The platform of a parsed file. Throws ConfigError with every problem.
[[nodiscard]] PlatformConfig read_platform(const YamlNode& root, const std::string& source);

}  // namespace olivine
