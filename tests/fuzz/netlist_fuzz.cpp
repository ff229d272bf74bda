// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// Cell libraries, and netlists (what begins with a brace) over the library of the tests.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "models/base/error.h"
#include "sim/cosim/liberty.h"
#include "sim/cosim/netlist.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const olivine::LibertyLibrary kLibrary =
      olivine::load_liberty(OLV_SOURCE_DIR "/tests/sim/cosim/mini.lib");
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try {
    if (text.starts_with('{')) {
      (void)olivine::parse_netlist(text, "fuzz.json", kLibrary);
    } else {
      (void)olivine::parse_liberty(text, "fuzz.lib");
    }
  } catch (const olivine::UserError&) {
  }
  return 0;
}
