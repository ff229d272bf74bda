// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/wgmma.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/emulator/backend.h"
#include "kernels/emulator/fragments.h"
#include "kernels/emulator/products.h"
#include "kernels/emulator/thread_barrier.h"
#include "kernels/emulator/wgmma_accumulators.h"
#include "kernels/emulator/wgmma_operands.h"

namespace olivine::emulation {
namespace {

constexpr int kGroupRows = kWarpgroupWarps * kMmaM;  // of D
constexpr int kMaxN = 256;

Warpgroup& group_of(const Warp& warp) {
  return warp.block->warpgroups[static_cast<size_t>(warp.index / kWarpgroupWarps)];
}

// The four warps of the group that `warp` is in.
Warp* first_warp(const Warp& warp) {
  return warp.block->warps.data() + warp.index / kWarpgroupWarps * kWarpgroupWarps;
}

// A with its zeros, 64 rows of k bytes.
void read_a(const Machine& machine, Block& block, const WgmmaOp& op, int k, int8_t* a) {
  std::array<int8_t, size_t{kGroupRows} * kABytes> kept;
  const WgmmaInstruction& instruction = op.instruction;
  int8_t* stored = instruction.is_sparse ? kept.data() : a;
  if (!instruction.has_a_registers) {
    read_wgmma_tile(machine, block, instruction.a, kGroupRows, kABytes, "A's descriptor", stored);
  }
  for (int warp = 0; warp < kWarpgroupWarps; ++warp) {
    const int thread = warp * kWarpThreads;
    int8_t* rows = stored + warp * kMmaM * kABytes;
    if (instruction.has_a_registers) a_from_registers(op.a_registers.data() + thread * 4, rows);
    if (!instruction.is_sparse) continue;
    expand_kept(rows, op.metadata.data() + warp * kMetadataWords, kMmaM, k, a + warp * kMmaM * k);
  }
}

void multiply(const Machine& machine, Block& block, const WgmmaOp& op) {
  const WgmmaInstruction& instruction = op.instruction;
  const int k = instruction.is_sparse ? kSparseK : kABytes;
  std::array<int8_t, size_t{kGroupRows} * kSparseK> a;
  std::array<int8_t, size_t{kMaxN} * kSparseK> b;
  read_a(machine, block, op, k, a.data());
  read_wgmma_tile(machine, block, instruction.b, instruction.n, k, "B's descriptor", b.data());
  Products products{kGroupRows, instruction.n, k, a.data(), b.data(), {}};
  for (size_t warp = 0; warp < kWarpgroupWarps; ++warp) {
    std::vector<int32_t>& tile = op.accumulators[warp]->tile;
    if (!instruction.accumulates) std::fill(tile.begin(), tile.end(), 0);
    products.c[warp] = tile.data();
  }
  add_products(products);
}

// The oldest wgmma takes effect. Contract: all four warps have issued it.
void finish_first(Machine& machine, Block& block, Warp* warps) {
  Warpgroup& group = group_of(*warps);
  multiply(machine, block, group.ops.front());
  for (int i = 0; i < kWarpgroupWarps; ++i) {
    give_back_accumulators(machine, warps[i],
                           group.ops.front().accumulators[static_cast<size_t>(i)]);
  }
  group.ops.pop_front();
  ++group.done;
  for (int i = 0; i < kWarpgroupWarps; ++i) {
    WgmmaWarp& wgmma = warps[i].wgmma;
    if (wgmma.waits_for == 0 || wgmma.waits_for > group.done) continue;
    wgmma.waited = wgmma.waits_for;
    wgmma.waits_for = 0;
    machine.wake_all(warps[i]);
  }
}

bool is_ready(const Warpgroup& group) {
  return !group.ops.empty() && group.ops.front().warps == kWarpgroupWarps;
}

// What warps wait for takes effect as far as it is issued.
void finish_awaited(Machine& machine, Block& block, Warp* warps) {
  const auto is_awaited = [&] {
    return std::any_of(warps, warps + kWarpgroupWarps,
                       [](const Warp& warp) { return warp.wgmma.waits_for != 0; });
  };
  while (is_ready(group_of(*warps)) && is_awaited()) finish_first(machine, block, warps);
}

// The place of the running warp's next wgmma in its group's queue.
WgmmaOp& join_op(Machine& machine, const WgmmaInstruction& mine) {
  Warp& warp = machine.warp();
  Warpgroup& group = group_of(warp);
  const auto position = static_cast<size_t>(warp.wgmma.issued - group.done);
  if (position == group.ops.size()) group.ops.emplace_back().instruction = mine;
  WgmmaOp& op = group.ops[position];
  if (op.instruction != mine) {
    machine.fail(
        fmt::format("wgmma {} of this warp differs from that of the other warps of its "
                    "warpgroup (n {} and {}, descriptors or scale of D)",
                    warp.wgmma.issued, mine.n, op.instruction.n));
  }
  return op;
}

void require_issuable(const Machine& machine) {
  const Warp& warp = machine.warp();
  const int first = warp.index / kWarpgroupWarps * kWarpgroupWarps;
  if (first + kWarpgroupWarps > static_cast<int>(warp.block->warps.size())) {
    machine.fail(fmt::format("wgmma in a warpgroup of {} warps",
                             static_cast<int>(warp.block->warps.size()) - first));
  }
  if (!warp.wgmma.is_fenced) machine.fail("wgmma without a wgmma_fence() before it");
}

using WgmmaLanes = std::array<WgmmaArguments*, kWarpThreads>;

void issue(Machine& machine, const WgmmaLanes& lanes) {
  require_issuable(machine);
  Warp& warp = machine.warp();
  const auto place = static_cast<size_t>(warp.index % kWarpgroupWarps);
  const WgmmaInstruction& mine = lanes[0]->instruction;
  WgmmaOp& op = join_op(machine, mine);
  std::array<int32_t*, kWarpThreads> registers;
  std::array<uint32_t, kWarpThreads> metadata;
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    if (lanes[lane]->instruction != mine) {
      machine.fail(fmt::format("wgmma: lanes 0 and {} differ in descriptors or scale of D", lane));
    }
    const size_t thread = place * kWarpThreads + lane;
    std::memcpy(op.a_registers.data() + thread * 4, lanes[lane]->a_registers, sizeof(uint32_t[4]));
    metadata[lane] = lanes[lane]->metadata;
    registers[lane] = lanes[lane]->d;
  }
  if (mine.is_sparse) {
    metadata_from_registers(machine, metadata.data(), "wgmma_sp_s8",
                            op.metadata.data() + place * kMetadataWords);
  }
  op.accumulators[place] = take_accumulators(machine, registers, mine.n, mine.accumulates);
  ++op.warps;
  ++warp.wgmma.issued;
  Warp* warps = first_warp(warp);
  finish_awaited(machine, *warp.block, warps);
  while (is_ready(group_of(warp)) && machine.rng().chance(machine.mood().copies_at_issue)) {
    finish_first(machine, *warp.block, warps);
  }
}

void begin_waiting(Machine& machine, int pending) {
  Warp& warp = machine.warp();
  WgmmaWarp& wgmma = warp.wgmma;
  uint64_t target = wgmma.waited;
  while (wgmma.groups.size() > static_cast<size_t>(pending)) {
    target = wgmma.groups.front();
    wgmma.groups.pop_front();
  }
  if (target <= group_of(warp).done) {
    wgmma.waited = target;
    return;
  }
  wgmma.waits_for = target;
  finish_awaited(machine, *warp.block, first_warp(warp));
}

void require_wgmma(const Machine& machine) { machine.require_capability(90, "wgmma"); }

}  // namespace

void finish_some_wgmma(Machine& machine, const Thread& thread) {
  const Warp& warp = *thread.warp;
  if (is_ready(group_of(warp))) finish_first(machine, *warp.block, first_warp(warp));
}

void require_no_wgmma(const Machine& machine, const Thread& thread) {
  const WgmmaWarp& wgmma = thread.warp->wgmma;
  if (wgmma.issued == wgmma.waited) return;
  machine.fail(fmt::format("ends without wgmma_wait() for the last {} wgmma of its warp",
                           wgmma.issued - wgmma.waited));
}

void wgmma_fence() {
  Machine& machine = Machine::running();
  require_wgmma(machine);
  int nothing = 0;
  warp_wide(machine, {Operation::WgmmaFence, 0, 0}, nothing, [&](const auto&) {
    machine.warp().wgmma.is_fenced = true;
    machine.warp().wgmma.results.clear();
  });
}

void wgmma_commit() {
  Machine& machine = Machine::running();
  require_wgmma(machine);
  int nothing = 0;
  warp_wide(machine, {Operation::WgmmaCommit, 0, 0}, nothing, [&](const auto&) {
    machine.warp().wgmma.groups.push_back(machine.warp().wgmma.issued);
  });
}

void wgmma_wait(int pending) {
  Machine& machine = Machine::running();
  require_wgmma(machine);
  const Waiting operation{Operation::WgmmaWait, pending, 0};
  int nothing = 0;
  if (!enter_warp_wide(machine, operation, &nothing)) return;
  Thread& thread = machine.thread();
  machine.begin_wait(operation);
  begin_waiting(machine, pending);
  if (machine.warp().wgmma.waits_for == 0) leave_warp_wide(machine);
  machine.warp().arrived = 0;
  if (!thread.is_runnable) machine.suspend();
}

void wgmma(WgmmaArguments arguments) {
  Machine& machine = Machine::running();
  require_wgmma(machine);
  warp_wide(machine, {Operation::Wgmma, arguments.instruction.n, 0}, arguments,
            [&](const WgmmaLanes& lanes) { issue(machine, lanes); });
}

}  // namespace olivine::emulation
