// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/fragments.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "kernels/emulator/machine.h"
#include "kernels/emulator/products.h"

namespace olivine::emulation {

static_assert(std::endian::native == std::endian::little);

void a_from_registers(const uint32_t* registers, int8_t* rows) {
  for (int lane = 0; lane < kMmaThreads; ++lane) {
    for (int r = 0; r < kMmaRegisters; ++r) {
      const MmaElement e = a_element(MmaKind::Dense8, lane, r, 0);
      std::memcpy(rows + e.row * kABytes + e.column, registers + lane * kMmaRegisters + r, 4);
    }
  }
}

void metadata_from_registers(const Machine& machine, const uint32_t* registers,
                             const char* operation, uint32_t* words) {
  constexpr int kGroups = kSparseK / 4;
  for (int lane = 0; lane < kMmaThreads; ++lane) {
    for (int i = 0; i < kMmaNibbles; ++i) {
      const uint32_t nibble = registers[lane] >> (4 * i) & 0xFU;
      if (is_legal_metadata(nibble)) continue;
      machine.fail(
          fmt::format("{}: metadata {:#010x} of lane {} has {:X} in nibble {}; 4, 8, 9, C, "
                      "D and E are legal",
                      operation, registers[lane], lane, nibble, i));
    }
    const MmaElement e = metadata_group(lane, 0, 0);
    words[(e.row * kGroups + e.column) / kMmaNibbles] = registers[lane];
  }
}

}  // namespace olivine::emulation
