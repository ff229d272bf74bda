// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/memory_access.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/thread_barrier.h"

namespace olivine::emulation {
namespace {

constexpr int kMatrixRows = 8;
constexpr int kMatrixRowBytes = 16;
constexpr int kMatrices = 4;

struct MatrixLoad {
  uint32_t* words;
  uint32_t offset;  // of the row that this lane names
};

void load_all_matrices(Machine& machine, const std::array<MatrixLoad*, kWarpThreads>& lanes) {
  const SharedMemory& shared = machine.block().shared;
  SharedTraffic& traffic = machine.report().matrix_loads;
  ++traffic.requests;
  for (size_t matrix = 0; matrix < kMatrices; ++matrix) {
    std::array<uint32_t, kMatrixRows> rows;
    for (size_t r = 0; r < kMatrixRows; ++r) rows[r] = lanes[8 * matrix + r]->offset;
    traffic.wavefronts += wavefronts(rows, kMatrixRowBytes);
    ++traffic.ideal_wavefronts;
    for (size_t lane = 0; lane < kWarpThreads; ++lane) {
      std::memcpy(lanes[lane]->words + matrix, shared.at(rows[lane / 4]) + lane % 4 * 4, 4);
    }
  }
}

}  // namespace

uint32_t shared_offset(const Machine& machine, const void* address, int64_t bytes, int alignment,
                       const char* operation) {
  const SharedMemory& shared = machine.block().shared;
  const uint64_t offset = shared.offset_of(address);
  if (!shared.contains(offset, bytes)) {
    machine.fail(fmt::format("{}: {} bytes at offset {} of {} bytes of shared memory", operation,
                             bytes, static_cast<int64_t>(offset), shared.bytes()));
  }
  if (offset % static_cast<unsigned>(alignment) != 0) {
    machine.fail(fmt::format("{}: offset {} of shared memory is no multiple of {}", operation,
                             offset, alignment));
  }
  return static_cast<uint32_t>(offset);
}

void require_global(Machine& machine, const void* address, int64_t bytes, int alignment,
                    bool is_write, const char* operation) {
  if (reinterpret_cast<uintptr_t>(address) % static_cast<unsigned>(alignment) != 0) {
    machine.fail(fmt::format("{}: address {} is no multiple of {}", operation, address, alignment));
  }
  const auto problem = machine.global().find_problem(address, bytes, is_write);
  if (problem) machine.fail(fmt::format("{}: {}", operation, *problem));
}

void require_no_barrier(const Machine& machine, const Block& block, uint32_t offset, int bytes,
                        const char* operation) {
  if (block.shared.overlaps_barrier(offset, bytes)) {
    machine.fail(fmt::format("{}: an mbarrier lies in the {} bytes at offset {} of shared memory",
                             operation, bytes, offset));
  }
}

void require_fenced(const Machine& machine, Block& block, uint32_t offset, const char* operation) {
  SharedMemory& shared = block.shared;
  if (shared.is_clean_chunk(offset)) return;
  for (uint32_t word = offset; word < offset + 16; word += 4) {
    const uint32_t stamp = shared.stamp_at(word);
    if (stamp == 0) continue;
    const size_t writer = (stamp >> 16U) - 1;
    if (block.threads[writer].fences != (stamp & 0xFFFFU)) continue;
    machine.fail(
        fmt::format("{} of offset {} of block {}'s shared memory, which thread {} stored to "
                    "without fence_async_proxy() after it",
                    operation, word, block.index, writer));
  }
  shared.clear_stamps(offset, 16);
}

void load_shared(void* value, const void* address, int bytes) {
  Machine& machine = Machine::running();
  const uint32_t offset = shared_offset(machine, address, bytes, bytes, "load_shared");
  std::memcpy(value, machine.block().shared.at(offset), static_cast<size_t>(bytes));
  machine.warp().load_traffic.add(machine.thread().lane(), offset, bytes, machine.report().loads);
}

void store_shared(void* address, const void* value, int bytes) {
  Machine& machine = Machine::running();
  const uint32_t offset = shared_offset(machine, address, bytes, bytes, "store_shared");
  Block& block = machine.block();
  require_no_barrier(machine, block, offset, bytes, "store_shared");
  std::memcpy(block.shared.at(offset), value, static_cast<size_t>(bytes));
  const Thread& thread = machine.thread();
  block.shared.stamp(offset, bytes, thread.index, thread.fences);
  machine.warp().store_traffic.add(thread.lane(), offset, bytes, machine.report().stores);
}

void load_global(void* value, const void* address, int bytes) {
  require_global(Machine::running(), address, bytes, bytes, false, "load_global");
  std::memcpy(value, address, static_cast<size_t>(bytes));
}

void store_global(void* address, const void* value, int bytes) {
  require_global(Machine::running(), address, bytes, bytes, true, "store_global");
  std::memcpy(address, value, static_cast<size_t>(bytes));
}

uint64_t atomic_min_global(void* address, uint64_t value) {
  require_global(Machine::running(), address, 8, 8, true, "atomic_min_global");
  uint64_t old = 0;
  std::memcpy(&old, address, sizeof old);
  if (value < old) std::memcpy(address, &value, sizeof value);
  return old;
}

int32_t atomic_add_global(void* address, int32_t value) {
  require_global(Machine::running(), address, 4, 4, true, "atomic_add_global");
  uint32_t old = 0;
  std::memcpy(&old, address, sizeof old);
  const uint32_t sum = old + static_cast<uint32_t>(value);
  std::memcpy(address, &sum, sizeof sum);
  return static_cast<int32_t>(old);
}

uint32_t shared_address(const void* address) {
  return kFirstSharedAddress + shared_offset(Machine::running(), address, 0, 1, "shared_address");
}

void load_matrices(uint32_t* words, const void* row) {
  Machine& machine = Machine::running();
  MatrixLoad load{words,
                  shared_offset(machine, row, kMatrixRowBytes, kMatrixRowBytes, "load_matrices")};
  warp_wide(machine, {Operation::LoadMatrices, 0, 0}, load,
            [&](const auto& lanes) { load_all_matrices(machine, lanes); });
}

}  // namespace olivine::emulation
