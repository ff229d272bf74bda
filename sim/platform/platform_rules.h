// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <set>

#include "sim/platform/platform_config.h"

namespace olivine {

class Problems;

// Entries that have a problem already: rules about them would only repeat it.
struct BrokenEntries {
  std::set<size_t> memories, accelerators;
  bool has_memory_list = true;  // a list that was not read has no count and no names
  bool has_accelerator_list = true;
};

// Rules between keys of a platform, each problem at the place of the key it names.
void check_platform_rules(const PlatformConfig& platform, const BrokenEntries& broken,
                          Problems& problems);

}  // namespace olivine
