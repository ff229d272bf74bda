// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/sub_core.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/base/rng.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr double kStartUp = 0.002;  // of 1024 iterations: filling and draining the pipelines

// A unit of its own: 8 cycles an instruction, 24 to its result.
constexpr InstructionCost kUnit = {.interval_cycles = 8, .math_cycles = 8, .latency_cycles = 24};

double sub_core_cycles(const InstructionCost& cost, const IssueLoop& loop, int warps) {
  MmaSubCore sub_core{cost, loop, warps};
  while (sub_core.step()) {
  }
  return sub_core.end_cycle();
}

double wgmma_cycles(const GpuMachine& machine, const InstructionCost& cost, int64_t count) {
  WgmmaUnit unit{machine, cost, count};
  while (unit.step()) {
  }
  return unit.end_cycle();
}

TEST(SubCore, AChainWaitsForEveryResult) {
  EXPECT_DOUBLE_EQ(sub_core_cycles(kUnit, {.iterations = 1}, 1), 24);
  EXPECT_DOUBLE_EQ(sub_core_cycles(kUnit, {.iterations = 100}, 1), 100 * 24);
}

// Chains start 8 cycles apart; the next iteration follows when the first has its result.
TEST(SubCore, ChainsOverlapUntilTheTensorCoreIsFull) {
  const auto cycles = [](int chains) {
    return sub_core_cycles(kUnit, {.chains = chains, .iterations = 100, .unrolled = 1000}, 1);
  };
  EXPECT_DOUBLE_EQ(cycles(2), 99 * 24 + 8 + 24);
  EXPECT_DOUBLE_EQ(cycles(3), 99 * 24 + 16 + 24);
  EXPECT_DOUBLE_EQ(cycles(4), 99 * 32 + 24 + 24);  // four intervals exceed the latency
}

// The branch starts when the tensor core has taken the last instruction of the iteration.
TEST(SubCore, TheBranchHoldsUpALoneWarp) {
  const auto cycles = [](int chains, double branch_cycles) {
    return sub_core_cycles(
        kUnit, {.chains = chains, .iterations = 10, .unrolled = 1, .branch_cycles = branch_cycles},
        1);
  };
  EXPECT_DOUBLE_EQ(cycles(1, 16), 9 * 24 + 24);  // 8 + 16: hidden behind the latency
  EXPECT_DOUBLE_EQ(cycles(1, 17), 9 * 25 + 24);
  EXPECT_DOUBLE_EQ(cycles(3, 11), 9 * (3 * 8 + 11) + 16 + 24);
}

TEST(SubCore, OtherWarpsFillWhatABranchLeaves) {
  const IssueLoop loop = {.chains = 3, .iterations = 1000, .unrolled = 1};
  const double alone = sub_core_cycles(kUnit, loop, 1);
  EXPECT_NEAR(alone, 1000 * (3 * 8 + 11.0), alone * kStartUp);
  for (const int warps : {3, 4, 7}) {
    SCOPED_TRACE(warps);
    const double cycles = sub_core_cycles(kUnit, loop, warps);
    EXPECT_NEAR(cycles, warps * 1000 * 3 * 8.0, cycles * kStartUp);
  }
}

TEST(SubCore, AWholeNumberOfCyclesIsNoLimit) {
  constexpr InstructionCost kFraction = {
      .interval_cycles = 8.65, .math_cycles = 8, .latency_cycles = 24.7};
  EXPECT_NEAR(sub_core_cycles(kFraction, {.iterations = 1000}, 1), 24700, 1e-6);
  EXPECT_NEAR(sub_core_cycles(kFraction, {.chains = 2, .iterations = 1000}, 4), 69200, 50);
}

TEST(WgmmaUnit, TakesTheSlowerOfPortAndMultipliers) {
  GpuMachine machine;
  machine.sm.shared_bytes_per_clk = 128;
  machine.tensor.wgmma_min_cycles = 13.5;
  struct Case {
    double bytes, math, interval;
  };
  for (const Case c : {Case{6144, 32, 48}, Case{6144, 48, 48}, Case{6144, 64, 64},
                       Case{0, 128, 128}, Case{0, 4, 13.5}, Case{2304, 4, 18}}) {
    SCOPED_TRACE(c.math);
    const InstructionCost cost = {.math_cycles = c.math, .shared_bytes = c.bytes};
    EXPECT_NEAR(wgmma_cycles(machine, cost, 1000) / 1000, c.interval, c.interval * kStartUp);
  }
}

TEST(WgmmaUnit, OneInstructionTakesBothOneAfterTheOtherAtMost) {
  const GpuMachine machine;
  const double port = 18432.0 / static_cast<double>(machine.sm.shared_bytes_per_clk);
  const double cycles = wgmma_cycles(machine, {.math_cycles = 128, .shared_bytes = 18432}, 1);
  EXPECT_GT(cycles, std::max(port, 128.0) - 1);  // the last operands arrive within a cycle
  EXPECT_LE(cycles, port + 128.0);
}

// The steady state of the stepped units is the cost that kernels are timed with.
TEST(RunLoop, SteadyStateIsTheInstructionsCost) {
  constexpr uint64_t kSeed = 20240501;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 60; ++i) {
    GpuMachine machine;
    machine.tensor.mma_sync_rate = 0.5 + 0.05 * static_cast<double>(rng.uniform(0, 10));
    machine.sm.shared_bytes_per_clk = rng.chance(0.5) ? 64 : 128;
    TensorInstruction instruction;
    instruction.format = rng.chance(0.5) ? Format::Fp16 : Format::Int8;
    instruction.pattern = rng.chance(0.5) ? Pattern::Dense : Pattern::TwoFour;
    instruction.op = rng.chance(0.5) ? TensorOp::MmaSync : TensorOp::Wgmma;
    const int longest = (instruction.format == Format::Int8 ? 32 : 16) *
                        (instruction.pattern == Pattern::Dense ? 1 : 2);
    instruction.k = longest;
    if (instruction.op == TensorOp::Wgmma) {
      instruction.m = 64;
      instruction.n = 16 * static_cast<int>(rng.uniform(1, 16));
      instruction.a_in_registers = rng.chance(0.5);
    }
    SCOPED_TRACE(name_of(instruction));
    ASSERT_EQ(refuse_instruction(machine, instruction), std::nullopt);
    const InstructionCost cost = instruction_cost(machine, instruction);
    const IssueTiming timing =
        run_loop(machine, instruction, {.warps = 16, .chains = 4, .iterations = 256});
    const double units = instruction.op == TensorOp::Wgmma ? 1 : 4;
    const double interval = timing.cycles * units / static_cast<double>(timing.instructions);
    EXPECT_NEAR(interval, cost.interval_cycles, cost.interval_cycles * 4 * kStartUp);
    const IssueTiming chain =
        run_loop(machine, instruction, {.warps = instruction.op == TensorOp::Wgmma ? 4 : 1});
    EXPECT_NEAR(chain.cycles_per_iteration, cost.latency_cycles, cost.latency_cycles * kStartUp);
  }
}

// Five warps on four sub-cores: the fullest decides.
TEST(RunLoop, DealsWarpsToSubCores) {
  const GpuMachine machine;
  const TensorInstruction instruction;
  const IssueLoop loop = {.chains = 4, .iterations = 100};
  const auto cycles = [&](int warps) {
    IssueLoop dealt = loop;
    dealt.warps = warps;
    return run_loop(machine, instruction, dealt).cycles;
  };
  EXPECT_DOUBLE_EQ(cycles(1), cycles(4));
  EXPECT_DOUBLE_EQ(cycles(5), cycles(8));
  EXPECT_GT(cycles(5), cycles(4));
}

}  // namespace
}  // namespace olivine
