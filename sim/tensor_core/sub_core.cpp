// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/sub_core.h"

#include <algorithm>

#include "models/base/error.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr int kWarpgroupWarps = 4;
constexpr size_t kFetchedWgmmas = 2;  // operands of the next arrive while one multiplies
constexpr size_t kQueuedWgmmas = 4;   // issued; deep enough never to run dry
constexpr double kTinyCycles = 1e-9;  // what rounding leaves of a finished instruction

}  // namespace

MmaSubCore::MmaSubCore(const InstructionCost& cost, const IssueLoop& loop, int warps)
    : cost_(cost), loop_(loop), warps_(static_cast<size_t>(warps)) {
  for (Warp& warp : warps_) {
    warp.accumulator_ready.assign(static_cast<size_t>(loop.chains), 0.0);
  }
}

bool MmaSubCore::step() {
  if (Warp* warp = pick()) issue(*warp);
  cycle_ += 1;
  return std::any_of(warps_.begin(), warps_.end(),
                     [&](const Warp& warp) { return warp.iteration < loop_.iterations; });
}

double MmaSubCore::earliest(const Warp& warp) const {
  return std::max({warp.can_issue, warp.accumulator_ready[warp.chain], core_free_});
}

// The first warp in turn that can issue in this cycle.
MmaSubCore::Warp* MmaSubCore::pick() {
  for (size_t i = 1; i <= warps_.size(); ++i) {
    const size_t index = (last_ + i) % warps_.size();
    Warp& warp = warps_[index];
    if (warp.iteration >= loop_.iterations || earliest(warp) > cycle_) continue;
    last_ = index;
    return &warp;
  }
  return nullptr;
}

void MmaSubCore::issue(Warp& warp) {
  const double start = std::max(earliest(warp), cycle_ - 1);
  core_free_ = start + cost_.interval_cycles;
  warp.accumulator_ready[warp.chain] = start + cost_.latency_cycles;
  end_ = std::max(end_, start + cost_.latency_cycles);
  if (++warp.chain < warp.accumulator_ready.size()) return;
  warp.chain = 0;
  ++warp.iteration;
  if (warp.iteration % loop_.unrolled == 0) warp.can_issue = core_free_ + loop_.branch_cycles;
}

WgmmaUnit::WgmmaUnit(const GpuMachine& machine, const InstructionCost& cost, int64_t count)
    : cost_(cost),
      port_bytes_per_clk_(static_cast<double>(machine.sm.shared_bytes_per_clk)),
      min_cycles_(machine.tensor.wgmma_min_cycles),
      to_issue_(count) {}

bool WgmmaUnit::step() {
  issue();
  fetch();
  multiply();
  cycle_ += 1;
  return to_issue_ > 0 || !in_flight_.empty();
}

void WgmmaUnit::issue() {
  if (to_issue_ == 0 || in_flight_.size() == kQueuedWgmmas) return;
  in_flight_.push_back({.bytes_left = cost_.shared_bytes, .math_left_cycles = cost_.math_cycles});
  --to_issue_;
}

void WgmmaUnit::fetch() {
  double budget_bytes = port_bytes_per_clk_;
  for (size_t i = 0; i < std::min(in_flight_.size(), kFetchedWgmmas); ++i) {
    const double bytes = std::min(budget_bytes, in_flight_[i].bytes_left);
    in_flight_[i].bytes_left -= bytes;
    budget_bytes -= bytes;
  }
}

// Products of the operands that have arrived and are not multiplied yet.
double WgmmaUnit::math_possible(const InFlight& instruction) const {
  const double waiting_ratio =
      cost_.shared_bytes > 0 ? instruction.bytes_left / cost_.shared_bytes : 0;
  return instruction.math_left_cycles - waiting_ratio * cost_.math_cycles;
}

void WgmmaUnit::multiply() {
  double budget = 1;  // of this cycle
  while (!in_flight_.empty()) {
    InFlight& oldest = in_flight_.front();
    if (!oldest.has_started) {
      const double now = cycle_ + 1 - budget;
      if (next_start_ >= cycle_ + 1) return;
      budget -= std::max(0.0, next_start_ - now);
      oldest.has_started = true;
      next_start_ = std::max(now, next_start_) + min_cycles_;
    }
    const double progress = std::clamp(math_possible(oldest), 0.0, budget);
    oldest.math_left_cycles -= progress;
    budget -= progress;
    if (oldest.math_left_cycles > kTinyCycles || oldest.bytes_left > 0) return;
    end_ = cycle_ + 1 - budget;
    in_flight_.pop_front();
  }
}

IssueTiming run_loop(const GpuMachine& machine, const TensorInstruction& instruction,
                     const IssueLoop& loop) {
  OLV_CHECK(loop.warps > 0 && loop.chains > 0 && loop.iterations > 0 && loop.unrolled > 0,
            "{} warps, {} chains, {} iterations", loop.warps, loop.chains, loop.iterations);
  const InstructionCost cost = instruction_cost(machine, instruction);
  IssueTiming timing;
  int64_t streams = loop.warps;
  if (instruction.op == TensorOp::Wgmma) {
    OLV_CHECK(loop.warps % kWarpgroupWarps == 0, "{} warps", loop.warps);
    streams = loop.warps / kWarpgroupWarps;
  }
  timing.instructions = streams * loop.chains * loop.iterations;
  if (instruction.op == TensorOp::Wgmma) {
    WgmmaUnit unit{machine, cost, timing.instructions};
    while (unit.step()) {
    }
    timing.cycles = unit.end_cycle();
  } else {
    const int sub_cores = static_cast<int>(machine.sm.sub_cores);
    for (int i = 0; i < std::min(sub_cores, loop.warps); ++i) {
      // Warps i, i + sub_cores, ...
      MmaSubCore sub_core{cost, loop, (loop.warps - i + sub_cores - 1) / sub_cores};
      while (sub_core.step()) {
      }
      timing.cycles = std::max(timing.cycles, sub_core.end_cycle());
    }
  }
  timing.cycles_per_iteration = timing.cycles / loop.iterations;
  const double macs = static_cast<double>(int64_t{instruction.m} * instruction.n * instruction.k);
  timing.macs_per_clk = static_cast<double>(timing.instructions) * macs / timing.cycles;
  return timing;
}

}  // namespace olivine
