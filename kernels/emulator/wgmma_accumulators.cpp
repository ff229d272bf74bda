// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/wgmma_accumulators.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernels/emulator/fragments.h"

namespace olivine::emulation {
namespace {

// Calls visit(register, element of the tile) for all of a warp. Four registers of each lane repeat
// every 8 columns.
template <class Visit>
void for_each_register(const WgmmaAccumulators& accumulators, const Visit& visit) {
  const auto columns = static_cast<size_t>(accumulators.n);
  for (int lane = 0; lane < kWarpThreads; ++lane) {
    int32_t* four = accumulators.registers[static_cast<size_t>(lane)];
    std::array<size_t, kMmaRegisters> index;
    for (int r = 0; r < kMmaRegisters; ++r) {
      index[static_cast<size_t>(r)] = d_index(accumulators.n, lane, r);
    }
    for (size_t column = 0; column < columns; column += kMmaN, four += kMmaRegisters) {
      for (size_t r = 0; r < kMmaRegisters; ++r) visit(four[r], index[r] + column);
    }
  }
}

uint64_t checksum(const WgmmaAccumulators& accumulators) {
  uint64_t sum = 0;
  for_each_register(accumulators, [&](const int32_t& value, size_t) {
    sum = sum * 0x9E3779B97F4A7C15u + static_cast<uint32_t>(value);
  });
  return sum;
}

void require_fence_after_writes(const Machine& machine, const WgmmaAccumulators& accumulators) {
  for (const WgmmaResult& result : machine.warp().wgmma.results) {
    if (result.registers != accumulators.registers[0]) continue;
    if (result.checksum == checksum(accumulators)) continue;
    machine.fail("wgmma: accumulators were written since the last wgmma, without wgmma_fence()");
  }
}

bool overlap(const WgmmaAccumulators& accumulators, const int32_t* registers, int n) {
  const int32_t* first = accumulators.registers[0];
  return registers < first + accumulators.n / 2 && first < registers + n / 2;
}

// What the registers hold while the wgmma is under way.
void leave_registers(Machine& machine, WgmmaAccumulators& accumulators) {
  const auto count = static_cast<size_t>(accumulators.n) / 2;
  accumulators.left.resize(kWarpThreads * count);
  Rng& rng = machine.rng();
  const bool is_poisoned = rng.chance(0.5);
  int32_t* left = accumulators.left.data();
  for (int32_t* registers : accumulators.registers) {
    if (is_poisoned) std::fill_n(registers, count, static_cast<int32_t>(rng.next()));
    std::copy_n(registers, count, left);
    left += count;
  }
}

void require_untouched(const Machine& machine, const Warp& warp,
                       const WgmmaAccumulators& accumulators) {
  const auto count = static_cast<size_t>(accumulators.n) / 2;
  const int32_t* left = accumulators.left.data();
  for (const int32_t* registers : accumulators.registers) {
    if (!std::equal(registers, registers + count, left)) {
      machine.fail(fmt::format("block {}, warp {}: accumulators were written while wgmma had them",
                               warp.block->index, warp.index));
    }
    left += count;
  }
}

}  // namespace

std::shared_ptr<WgmmaAccumulators> take_accumulators(
    Machine& machine, const std::array<int32_t*, kWarpThreads>& registers, int n,
    bool accumulates) {
  WgmmaWarp& wgmma = machine.warp().wgmma;
  for (const auto& known : wgmma.accumulators) {
    if (!overlap(*known, registers[0], n)) continue;
    if (known->registers != registers || known->n != n) {
      machine.fail("wgmma: accumulators overlap those of a wgmma of another shape under way");
    }
    ++known->in_flight;
    return known;
  }
  auto accumulators = std::make_shared<WgmmaAccumulators>();
  accumulators->n = n;
  accumulators->registers = registers;
  accumulators->in_flight = 1;
  if (accumulates) require_fence_after_writes(machine, *accumulators);
  accumulators->tile.resize(size_t{kMmaM} * static_cast<size_t>(n));
  for_each_register(*accumulators, [&](const int32_t& value, size_t element) {
    accumulators->tile[element] = value;
  });
  leave_registers(machine, *accumulators);
  wgmma.accumulators.push_back(accumulators);
  return accumulators;
}

void give_back_accumulators(const Machine& machine, Warp& warp,
                            const std::shared_ptr<WgmmaAccumulators>& accumulators) {
  if (--accumulators->in_flight > 0) return;
  require_untouched(machine, warp, *accumulators);
  for_each_register(*accumulators,
                    [&](int32_t& value, size_t element) { value = accumulators->tile[element]; });
  std::erase(warp.wgmma.accumulators, accumulators);
  std::erase_if(warp.wgmma.results, [&](const WgmmaResult& result) {
    return result.registers == accumulators->registers[0];
  });
  warp.wgmma.results.push_back({accumulators->registers[0], checksum(*accumulators)});
}

}  // namespace olivine::emulation
