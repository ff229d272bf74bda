// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine::emulation {

// What all threads of a warpgroup must agree on.
struct WgmmaInstruction {
  int n = 0;
  bool is_sparse = false;
  bool has_a_registers = false;
  bool accumulates = false;
  uint64_t a = 0;  // descriptors
  uint64_t b = 0;

  bool operator==(const WgmmaInstruction&) const = default;
};

}  // namespace olivine::emulation
