// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Platform files. One that loads must also survive partitioning: whatever leaves it but a UserError
// is a finding. Names of files are cut off: they would read the disk.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "sim/platform/partition.h"
#include "sim/platform/platform_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (text.find('/') != std::string_view::npos || text.find(".yaml") != std::string_view::npos) {
    return 0;
  }
  try {
    const olivine::PlatformConfig platform = olivine::parse_platform(text, "fuzz.yaml");
    (void)olivine::partition_network(platform, olivine::parse_scheme("w8a8-int8"),
                                     olivine::single_gemm({17, 9, 33, 2}));
  } catch (const olivine::UserError&) {
  }
  return 0;
}
