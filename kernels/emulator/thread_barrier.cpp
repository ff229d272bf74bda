// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/thread_barrier.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernels/emulator/backend.h"

namespace olivine::emulation {
namespace {

bool is_barrier(Operation operation) {
  return operation == Operation::SyncBlock || operation == Operation::SyncThreads ||
         operation == Operation::SyncCluster;
}

void open(Machine& machine, std::vector<Warp*>& warps) {
  for (Warp* warp : warps) machine.wake_all(*warp);
  warps.clear();
}

bool is_at(const std::vector<Warp*>& warps, const Warp& warp) {
  return std::find(warps.begin(), warps.end(), &warp) != warps.end();
}

bool are_all_at(const std::vector<Warp*>& warps, const Block& block) {
  return std::all_of(block.warps.begin(), block.warps.end(),
                     [&](const Warp& warp) { return warp.alive == 0 || is_at(warps, warp); });
}

void open_if_complete(Machine& machine, Block& block, int id) {
  NamedBarrier& barrier = block.named[static_cast<size_t>(id)];
  if (barrier.arrived.empty()) return;
  const bool is_complete =
      id == 0 ? are_all_at(barrier.arrived, block)
              : static_cast<int>(barrier.arrived.size()) * kWarpThreads >= barrier.threads;
  if (is_complete) open(machine, barrier.arrived);
}

void open_cluster_if_complete(Machine& machine) {
  std::vector<Warp*>& arrived = machine.cluster_barrier();
  if (arrived.empty()) return;
  for (const auto& block : machine.blocks()) {
    if (!are_all_at(arrived, *block)) return;
  }
  open(machine, arrived);
}

// All living threads of `warp` have reached the barrier `warp.operation`.
void arrive(Machine& machine, Warp& warp) {
  warp.arrived = 0;
  flush_traffic(machine, warp);
  if (warp.operation.operation == Operation::SyncCluster) {
    machine.cluster_barrier().push_back(&warp);
    open_cluster_if_complete(machine);
    return;
  }
  const auto id = static_cast<int>(warp.operation.parameter);
  NamedBarrier& barrier = warp.block->named[static_cast<size_t>(id)];
  const auto threads = static_cast<int>(warp.operation.detail);
  if (!barrier.arrived.empty() && barrier.threads != threads) {
    machine.fail(fmt::format("{} while the barrier is for {} threads", describe(warp.operation),
                             barrier.threads));
  }
  barrier.threads = threads;
  barrier.arrived.push_back(&warp);
  open_if_complete(machine, *warp.block, id);
}

void wait_at(const Waiting& operation) {
  Machine& machine = Machine::running();
  require_joinable(machine, operation);
  Warp& warp = machine.warp();
  Thread& thread = machine.thread();
  warp.operation = operation;
  if (++warp.arrived < warp.alive) {
    machine.wait(operation);
    return;
  }
  // The barrier may open at once: it wakes those that wait, this thread too.
  machine.begin_wait(operation);
  arrive(machine, warp);
  if (!thread.is_runnable) machine.suspend();
}

}  // namespace

void require_joinable(const Machine& machine, const Waiting& operation) {
  const Warp& warp = machine.warp();
  if (warp.arrived > 0 && warp.operation != operation) {
    machine.fail(fmt::format("is at {} while {} threads of its warp wait in {}",
                             describe(operation), warp.arrived, describe(warp.operation)));
  }
  if (warp.alive < kWarpThreads && !is_barrier(operation.operation)) {
    machine.fail(fmt::format("{} in a warp of which {} threads have ended", describe(operation),
                             kWarpThreads - warp.alive));
  }
}

void leave_warp_wide(Machine& machine) {
  Warp& warp = machine.warp();
  warp.arrived = 0;
  flush_traffic(machine, warp);
  machine.wake_all(warp);
}

void barriers_after_exit(Machine& machine, Thread& thread) {
  Warp& warp = *thread.warp;
  if (warp.arrived > 0 && !is_barrier(warp.operation.operation)) {
    machine.fail(fmt::format("ends while {} threads of its warp wait in {}", warp.arrived,
                             describe(warp.operation)));
  }
  if (warp.arrived > 0 && warp.arrived == warp.alive) arrive(machine, warp);
  open_if_complete(machine, *warp.block, 0);
  open_cluster_if_complete(machine);
}

void flush_traffic(Machine& machine, Warp& warp) {
  warp.load_traffic.flush(machine.report().loads);
  warp.store_traffic.flush(machine.report().stores);
}

int thread_index() { return Machine::running().thread().index; }
int64_t block_index() { return Machine::running().block().index; }
int64_t block_count() { return Machine::running().config().blocks; }
int cluster_rank() {
  Machine::running().require_capability(90, "cluster_rank");
  return Machine::running().block().rank;
}

void set_registers(int registers) {
  Machine& machine = Machine::running();
  machine.require_capability(90, "setmaxnreg");
  int nothing = 0;
  warp_wide(machine, {Operation::SetRegisters, registers, 0}, nothing, [&](const auto&) {
    Warp& warp = machine.warp();
    std::vector<int>& counts =
        warp.block->warpgroups[static_cast<size_t>(warp.index / kWarpgroupWarps)].register_counts;
    if (warp.register_changes == counts.size()) counts.push_back(registers);
    if (counts[warp.register_changes++] == registers) return;
    machine.fail(fmt::format("setmaxnreg {} where another warp of the warpgroup has asked for {}",
                             registers, counts[warp.register_changes - 1]));
  });
}

void sync_block() { wait_at({Operation::SyncBlock, 0, 0}); }

void sync_threads(int id, int threads) {
  Machine& machine = Machine::running();
  if (id < 1 || id >= kNamedBarriers || threads < kWarpThreads || threads % kWarpThreads != 0 ||
      threads > machine.config().threads) {
    machine.fail(
        fmt::format("sync_threads(id {}, {} threads): ids are 1..15, threads whole warps "
                    "of the block's {}",
                    id, threads, machine.config().threads));
  }
  wait_at({Operation::SyncThreads, id, threads});
}

void sync_cluster() {
  Machine::running().require_capability(90, "sync_cluster");
  wait_at({Operation::SyncCluster, 0, 0});
}

void sync_warp() {
  Machine& machine = Machine::running();
  int nothing = 0;
  warp_wide(machine, {Operation::SyncWarp, 0, 0}, nothing, [](const auto&) {});
}

}  // namespace olivine::emulation
