// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/memory_barrier.h"

#include <fmt/format.h>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/memory_access.h"

namespace olivine::emulation {
namespace {

constexpr int kBarrierBytes = 8;
constexpr int kMaxCount = (1 << 20) - 1;  // of arrivals, and of bytes either way

uint32_t offset_of(const Machine& machine, const void* barrier, const char* operation) {
  return shared_offset(machine, barrier, kBarrierBytes, kBarrierBytes, operation);
}

MemoryBarrier& require_barrier(const Machine& machine, Block& block, uint32_t offset,
                               const char* operation) {
  const auto found = block.barriers.find(offset);
  if (found == block.barriers.end()) {
    machine.fail(fmt::format("{}: no barrier was initialised at offset {} of block {}", operation,
                             offset, block.index));
  }
  return found->second;
}

void end_phase_if_complete(Machine& machine, MemoryBarrier& barrier) {
  if (barrier.pending > 0 || barrier.bytes != 0) return;
  ++barrier.phase;
  barrier.pending = barrier.count;
  for (Thread* thread : barrier.waiting) machine.wake(*thread);
  barrier.waiting.clear();
}

void require_bytes_in_range(const Machine& machine, const MemoryBarrier& barrier, uint32_t offset) {
  if (barrier.bytes <= kMaxCount && barrier.bytes >= -kMaxCount) return;
  machine.fail(fmt::format("the barrier at offset {} expects {} bytes, more than 2^20 - 1", offset,
                           barrier.bytes));
}

void arrive_once(Machine& machine, Block& block, uint32_t offset, MemoryBarrier& barrier) {
  if (barrier.pending == 0) {
    machine.fail(
        fmt::format("arrives at the barrier at offset {} of block {}, where all {} "
                    "arrivals of this phase have come and {} bytes are missing",
                    offset, block.index, barrier.count, barrier.bytes));
  }
  --barrier.pending;
  end_phase_if_complete(machine, barrier);
}

}  // namespace

MemoryBarrier& require_shared_barrier(const Machine& machine, Block& block, uint32_t offset,
                                      const char* operation) {
  MemoryBarrier& barrier = require_barrier(machine, block, offset, operation);
  if (!barrier.is_fenced) {
    machine.fail(
        fmt::format("{}: the barrier at offset {} of block {} was initialised without "
                    "fence_barrier_init() after it",
                    operation, offset, block.index));
  }
  return barrier;
}

void complete_bytes(Machine& machine, Block& block, uint32_t offset, int bytes) {
  MemoryBarrier& barrier = require_shared_barrier(machine, block, offset, "an asynchronous copy");
  barrier.bytes -= bytes;
  require_bytes_in_range(machine, barrier, offset);
  end_phase_if_complete(machine, barrier);
}

void init_barrier(const void* address, int count) {
  Machine& machine = Machine::running();
  machine.require_capability(80, "init_barrier");
  const uint32_t offset = offset_of(machine, address, "init_barrier");
  if (count < 1 || count > kMaxCount) {
    machine.fail(fmt::format("init_barrier: {} arrivals, 1..2^20 - 1 are legal", count));
  }
  Block& block = machine.block();
  MemoryBarrier& barrier = block.barriers[offset];
  if (!barrier.waiting.empty()) {
    machine.fail(fmt::format("init_barrier: {} threads wait at the barrier at offset {}",
                             barrier.waiting.size(), offset));
  }
  barrier = MemoryBarrier{};
  barrier.count = count;
  barrier.pending = count;
  block.shared.reserve_barrier(offset);
  machine.thread().unfenced_barriers.push_back(offset);
}

void fence_barrier_init() {
  Machine& machine = Machine::running();
  machine.require_capability(90, "fence_barrier_init");
  for (const uint32_t offset : machine.thread().unfenced_barriers) {
    machine.block().barriers[offset].is_fenced = true;
  }
  machine.thread().unfenced_barriers.clear();
}

void fence_async_proxy() {
  Machine::running().require_capability(90, "fence_async_proxy");
  ++Machine::running().thread().fences;
}

void arrive(const void* address) {
  Machine& machine = Machine::running();
  const uint32_t offset = offset_of(machine, address, "arrive");
  Block& block = machine.block();
  arrive_once(machine, block, offset, require_barrier(machine, block, offset, "arrive"));
}

void arrive_at(const void* address, int rank) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "arrive_at");
  const uint32_t offset = offset_of(machine, address, "arrive_at");
  Block& block = machine.block_of_rank(rank, "arrive_at");
  if (block.alive == 0) {
    machine.fail(fmt::format("arrive_at: block {} of rank {} has ended", block.index, rank));
  }
  MemoryBarrier& barrier = &block == &machine.block()
                               ? require_barrier(machine, block, offset, "arrive_at")
                               : require_shared_barrier(machine, block, offset, "arrive_at");
  arrive_once(machine, block, offset, barrier);
}

void arrive_expecting(const void* address, int bytes) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "arrive_expecting");
  const uint32_t offset = offset_of(machine, address, "arrive_expecting");
  Block& block = machine.block();
  MemoryBarrier& barrier = require_barrier(machine, block, offset, "arrive_expecting");
  if (bytes < 0) machine.fail(fmt::format("arrive_expecting: {} bytes", bytes));
  barrier.bytes += bytes;
  require_bytes_in_range(machine, barrier, offset);
  arrive_once(machine, block, offset, barrier);
}

void wait_barrier(const void* address, int parity) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "wait_barrier");
  const uint32_t offset = offset_of(machine, address, "wait_barrier");
  if (parity != 0 && parity != 1) {
    machine.fail(fmt::format("wait_barrier: parity {}, 0 and 1 are legal", parity));
  }
  MemoryBarrier& barrier = require_barrier(machine, machine.block(), offset, "wait_barrier");
  // A thread that comes back late may find the barrier a phase further on, as on a GPU.
  while (static_cast<int>(barrier.phase % 2) == parity) {
    barrier.waiting.push_back(&machine.thread());
    machine.wait({Operation::WaitBarrier, parity, offset});
  }
}

}  // namespace olivine::emulation
