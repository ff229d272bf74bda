// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include "kernels/launch/tensor_map.h"

namespace olivine {

inline constexpr int kChunkBytes = 16;

// Bytes of a row of a tile in shared memory with that swizzle.
[[nodiscard]] constexpr int swizzle_span(Swizzle swizzle) {
  switch (swizzle) {
    case Swizzle::None:
      return kChunkBytes;
    case Swizzle::Bytes32:
      return 32;
    case Swizzle::Bytes64:
      return 64;
    case Swizzle::Bytes128:
      return 128;
  }
  return 0;
}

// Where byte `offset` of a tile (row * span + column) lies: bits 4.. are exchanged with bits 7..,
// as TMA and wgmma do it (PTX ISA, "Shared memory layout and swizzling"). The tile must start at a
// multiple of 8 spans' worth of bytes (1,024 for Bytes128). Its own inverse.
[[nodiscard]] constexpr int swizzled(Swizzle swizzle, int offset) {
  const int chunks = swizzle_span(swizzle) / kChunkBytes;
  return offset ^ (((offset >> 7) & (chunks - 1)) << 4);
}

}  // namespace olivine
