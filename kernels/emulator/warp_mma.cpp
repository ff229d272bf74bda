// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/fragments.h"
#include "kernels/emulator/products.h"
#include "kernels/emulator/thread_barrier.h"

// Operations in which the 32 threads of a warp exchange registers: mma and shuffles.
namespace olivine::emulation {
namespace {

using MmaLanes = std::array<MmaArguments*, kWarpThreads>;

std::array<uint32_t, size_t{kMmaThreads} * kMmaRegisters> a_registers(const MmaLanes& lanes) {
  std::array<uint32_t, size_t{kMmaThreads} * kMmaRegisters> registers;
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    std::memcpy(registers.data() + lane * kMmaRegisters, lanes[lane]->a, sizeof(uint32_t[4]));
  }
  return registers;
}

// D += A * B, turned around: B has too few columns for the vectors of add_products(), A's rows fit.
// `a` has 16 rows of mma_k(kind).
void multiply(MmaKind kind, const int8_t* a, const MmaLanes& lanes) {
  const int k = mma_k(kind);
  std::array<int8_t, size_t{kMmaN} * kSparseK> b;
  std::array<int32_t, size_t{kMmaN} * kMmaM> d;  // by columns
  const auto index = [](int lane, int reg) {
    const MmaElement e = c_element(lane, reg);
    const int i = e.column * kMmaM + e.row;
    return static_cast<size_t>(i);
  };
  for (int lane = 0; lane < kMmaThreads; ++lane) {
    const MmaArguments& arguments = *lanes[static_cast<size_t>(lane)];
    for (int r = 0; r < b_registers(kind); ++r) {
      const MmaElement e = b_element(kind, lane, r, 0);
      std::memcpy(b.data() + e.column * k + e.row, arguments.b + r, 4);
    }
    for (int r = 0; r < kMmaRegisters; ++r) d[index(lane, r)] = arguments.d[r];
  }
  add_products({kMmaN, kMmaM, k, b.data(), a, {d.data()}});
  for (int lane = 0; lane < kMmaThreads; ++lane) {
    int32_t* registers = lanes[static_cast<size_t>(lane)]->d;
    for (int r = 0; r < kMmaRegisters; ++r) registers[r] = d[index(lane, r)];
  }
}

void multiply_dense(const MmaLanes& lanes) {
  std::array<int8_t, size_t{kMmaM} * kABytes> a;
  a_from_registers(a_registers(lanes).data(), a.data());
  multiply(MmaKind::Dense8, a.data(), lanes);
}

void multiply_sparse(const Machine& machine, const MmaLanes& lanes) {
  std::array<uint32_t, kWarpThreads> registers;
  for (size_t lane = 0; lane < lanes.size(); ++lane) registers[lane] = lanes[lane]->metadata;
  std::array<uint32_t, kMetadataWords> metadata;
  metadata_from_registers(machine, registers.data(), "mma_sp_s8", metadata.data());
  std::array<int8_t, size_t{kMmaM} * kABytes> kept;
  a_from_registers(a_registers(lanes).data(), kept.data());
  std::array<int8_t, size_t{kMmaM} * kSparseK> a;
  expand_kept(kept.data(), metadata.data(), kMmaM, kSparseK, a.data());
  multiply(MmaKind::Sparse8, a.data(), lanes);
}

struct Exchange {
  void* result;
  const void* value;
  int bytes;
  int source;  // lane
};

void exchange(Operation operation, Exchange mine) {
  Machine& machine = Machine::running();
  warp_wide(machine, {operation, mine.bytes, 0}, mine, [](const auto& lanes) {
    for (Exchange* lane : lanes) {
      const Exchange& source = *lanes[static_cast<size_t>(lane->source)];
      std::memcpy(lane->result, source.value, static_cast<size_t>(lane->bytes));
    }
  });
}

}  // namespace

void mma_s8(MmaArguments arguments) {
  warp_wide(Machine::running(), {Operation::MmaS8, 0, 0}, arguments,
            [](const MmaLanes& lanes) { multiply_dense(lanes); });
}

void mma_sp_s8(MmaArguments arguments) {
  Machine& machine = Machine::running();
  warp_wide(machine, {Operation::MmaSpS8, 0, 0}, arguments,
            [&](const MmaLanes& lanes) { multiply_sparse(machine, lanes); });
}

void shuffle(void* result, const void* value, int bytes, int lane) {
  exchange(Operation::Shuffle, {result, value, bytes, lane & (kWarpThreads - 1)});
}

void shuffle_xor(void* result, const void* value, int bytes, int mask) {
  const int lane = Machine::running().thread().lane();
  exchange(Operation::ShuffleXor, {result, value, bytes, (lane ^ mask) & (kWarpThreads - 1)});
}

}  // namespace olivine::emulation
