// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/tensor_core/instruction.h"

namespace olivine {

// The loop of a tensor-core microbenchmark. An iteration issues one instruction for every chain:
// an accumulator of its own, so that chains do not wait for each other. The defaults are the loop
// of Sun et al. (TPDS'23, arXiv 2206.02874; mma between two reads of the clock, __syncwarp at the
// end of an iteration), which nvcc unrolls four times.
struct IssueLoop {
  int warps = 1;  // of the SM, dealt to its sub-cores in turn; a wgmma takes four
  int chains = 1;
  int iterations = 1024;
  int unrolled = 4;  // iterations between two branches
  // From the branch, which waits until the tensor core has taken the instruction before it, to the
  // next instruction. Ours: fitted to the eleven throughputs at 4 and 8 warps of Sun et al.
  double branch_cycles = 11;
};

// One sub-core that runs the loop with mma or mma.sp: a scheduler that issues one instruction a
// cycle, to the tensor core, from the next warp in turn whose accumulator has arrived; and a tensor
// core that takes one every `interval_cycles` and returns it `latency_cycles` later. Published
// intervals and latencies are means, hence fractions: an instruction starts within its cycle.
class MmaSubCore {
 public:
  // `warps`: of this sub-core. Only the unit's own constants of `cost` are used.
  MmaSubCore(const InstructionCost& cost, const IssueLoop& loop, int warps);

  // One clock cycle. False once every warp has left the loop.
  bool step();

  // When the last result arrived.
  [[nodiscard]] double end_cycle() const { return end_; }

 private:
  struct Warp {
    std::vector<double> accumulator_ready;  // by chain
    size_t chain = 0;                       // of the next instruction
    int iteration = 0;
    double can_issue = 0;  // the branch is done
  };

  [[nodiscard]] double earliest(const Warp& warp) const;
  [[nodiscard]] Warp* pick();
  void issue(Warp& warp);

  InstructionCost cost_;
  IssueLoop loop_;
  std::vector<Warp> warps_;
  size_t last_ = 0;       // warp that issued last
  double core_free_ = 0;  // the tensor core takes another instruction
  double cycle_ = 0;
  double end_ = 0;
};

// The tensor cores of one SM on wgmma: warpgroups issue without waiting, the SM's shared-memory
// port reads the operands of the two oldest instructions, and the four tensor cores together
// multiply the oldest as its operands arrive. Accumulations of one chain follow without a gap, so
// chains make no difference.
class WgmmaUnit {
 public:
  // `count`: instructions of all warpgroups.
  WgmmaUnit(const GpuMachine& machine, const InstructionCost& cost, int64_t count);

  // One clock cycle. False once every instruction is done.
  bool step();
  [[nodiscard]] double end_cycle() const { return end_; }

 private:
  struct InFlight {
    double bytes_left = 0;
    double math_left_cycles = 0;
    bool has_started = false;
  };

  void issue();
  void fetch();
  void multiply();
  [[nodiscard]] double math_possible(const InFlight& instruction) const;

  InstructionCost cost_;
  double port_bytes_per_clk_;
  double min_cycles_;
  int64_t to_issue_;
  std::deque<InFlight> in_flight_;
  double next_start_ = 0;  // of multiplying, by the floor of small instructions
  double cycle_ = 0;
  double end_ = 0;
};

struct IssueTiming {
  double cycles = 0;
  int64_t instructions = 0;
  double cycles_per_iteration = 0;
  double macs_per_clk = 0;  // of the SM, dense equivalents
};

// Steps the loop on one SM. Contract: the machine has the instruction; at least one warp, chain and
// iteration; for wgmma a multiple of four warps.
[[nodiscard]] IssueTiming run_loop(const GpuMachine& machine, const TensorInstruction& instruction,
                                   const IssueLoop& loop);

}  // namespace olivine
