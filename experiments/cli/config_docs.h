// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>
#include <vector>

#include "models/base/config_table.h"

namespace olivine::cli {

// One key with what a reader asks first: its unit, or the kind of text it takes.
struct ConfigKey {
  FieldDoc doc;      // default_value is "" where the key must be given
  std::string type;  // "bytes", "cycles", "choice", "boolean", "integer", "text"
};

[[nodiscard]] std::vector<ConfigKey> machine_keys();
[[nodiscard]] std::vector<ConfigKey> gpu_keys();
[[nodiscard]] std::vector<ConfigKey> layer_keys();
[[nodiscard]] std::vector<ConfigKey> platform_keys();
[[nodiscard]] std::vector<ConfigKey> platform_memory_keys();
[[nodiscard]] std::vector<ConfigKey> platform_accelerator_keys();

// docs/config.md.
[[nodiscard]] std::string config_markdown();

}  // namespace olivine::cli
