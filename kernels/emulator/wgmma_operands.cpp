// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/wgmma_operands.h"

#include <fmt/format.h>

#include <cstring>
#include <string>

#include "kernels/emulator/memory_access.h"
#include "kernels/launch/swizzle.h"
#include "kernels/launch/wgmma_descriptor.h"

namespace olivine::emulation {
namespace {

constexpr int kGroupRows = 8;

struct Descriptor {
  int64_t offset = 0;  // in dynamic shared memory
  int64_t stride = 0;  // bytes between groups of 8 rows
  Swizzle swizzle = Swizzle::None;
  int base = 0;
};

Descriptor decode(uint64_t bits) {
  constexpr Swizzle kModes[] = {Swizzle::None, Swizzle::Bytes128, Swizzle::Bytes64,
                                Swizzle::Bytes32};
  Descriptor d;
  d.offset = static_cast<int64_t>((bits & kDescriptorFieldMask) * 16) - kFirstSharedAddress;
  d.stride = static_cast<int64_t>((bits >> kDescriptorStrideBit & kDescriptorFieldMask) * 16);
  d.base = static_cast<int>(bits >> kDescriptorBaseBit & 7U);
  d.swizzle = kModes[bits >> kDescriptorSwizzleBit];
  return d;
}

// What is wrong with the tile; empty where nothing is.
std::string find_problem(const Descriptor& d, int rows, int row_bytes, int64_t shared_bytes) {
  if (d.swizzle == Swizzle::None) return "has no swizzle, which is not emulated";
  const int span = swizzle_span(d.swizzle);
  const int64_t column = d.offset % span;
  if (d.base != 0) return fmt::format("has base offset {}, 0 is emulated", d.base);
  if (d.offset < 0) return fmt::format("starts at {}, before shared memory", d.offset);
  if (column + row_bytes > span) {
    return fmt::format("reads {} bytes a row from byte {} of a span of {}", row_bytes, column,
                       span);
  }
  if ((d.offset - column) % (kGroupRows * span) != 0 || d.stride % (kGroupRows * span) != 0) {
    return fmt::format(
        "starts at offset {} with {} bytes between groups of 8 rows; multiples of {}", d.offset,
        d.stride, kGroupRows * span);
  }
  const int64_t end = d.offset - column + (rows - 1) / kGroupRows * d.stride + kGroupRows * span;
  if (end > shared_bytes) {
    return fmt::format("ends at offset {} of {} bytes of shared memory", end, shared_bytes);
  }
  return "";
}

}  // namespace

void read_wgmma_tile(const Machine& machine, Block& block, uint64_t descriptor, int rows,
                     int row_bytes, const char* operand, int8_t* tile) {
  const Descriptor d = decode(descriptor);
  const std::string problem = find_problem(d, rows, row_bytes, block.shared.bytes());
  if (!problem.empty()) {
    machine.fail(fmt::format("wgmma in block {}: {} ({:#018x}) {}", block.index, operand,
                             descriptor, problem));
  }
  const int span = swizzle_span(d.swizzle);
  for (int row = 0; row < rows; ++row) {
    const int64_t first = d.offset + row / kGroupRows * d.stride + row % kGroupRows * span;
    for (int column = 0; column < row_bytes; column += kChunkBytes) {
      const int plain = static_cast<int>(first) + column;
      const auto offset = static_cast<uint32_t>(swizzled(d.swizzle, plain));
      require_fenced(machine, block, offset, "wgmma reads");
      std::memcpy(tile + row * row_bytes + column, block.shared.at(offset), kChunkBytes);
    }
  }
}

}  // namespace olivine::emulation
