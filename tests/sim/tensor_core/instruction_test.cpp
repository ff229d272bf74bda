// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/instruction.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/machines/gpu.h"

namespace olivine {
namespace {

// The structs' defaults: 2048 fp16 and 4096 int8 macs a clock, wgmma.
GpuMachine hopper() {
  GpuMachine machine;
  machine.name = "hopper";
  return machine;
}

GpuMachine ampere() {
  GpuMachine machine;
  machine.name = "ampere";
  machine.tensor.fp16_macs_per_clk = 1024;
  machine.tensor.fp8_macs_per_clk = 0;
  machine.tensor.int8_macs_per_clk = 2048;
  machine.tensor.int4_macs_per_clk = 4096;
  machine.tensor.has_wgmma = false;
  machine.tensor.mma_sync_rate = 1;
  machine.tensor.mma_sync_int4_rate = 0.925;
  machine.tensor.mma_sp_rate = 1;
  machine.tensor.mma_sp_half_k_rate = 0.64;
  return machine;
}

GpuMachine turing() {
  GpuMachine machine = ampere();
  machine.name = "turing";
  machine.tensor.fp16_macs_per_clk = 512;
  machine.tensor.int8_macs_per_clk = 1024;
  machine.tensor.int4_macs_per_clk = 2048;
  machine.tensor.has_bf16 = false;
  machine.tensor.has_sparse = false;
  machine.tensor.mma_k_bytes = 16;
  machine.tensor.mma_sync_int4_rate = 1;
  return machine;
}

TensorInstruction mma(int k, Format format, Pattern pattern = Pattern::Dense) {
  return {.op = TensorOp::MmaSync, .m = 16, .n = 8, .k = k, .format = format, .pattern = pattern};
}

TensorInstruction wgmma(int n, int k, Format format, Pattern pattern = Pattern::Dense) {
  return {.op = TensorOp::Wgmma, .m = 64, .n = n, .k = k, .format = format, .pattern = pattern};
}

TensorInstruction from_registers(TensorInstruction instruction) {
  instruction.a_in_registers = true;
  return instruction;
}

double interval(const GpuMachine& machine, const TensorInstruction& instruction) {
  EXPECT_EQ(refuse_instruction(machine, instruction), std::nullopt);
  return instruction_cost(machine, instruction).interval_cycles;
}

TEST(Instruction, IsNamedAsPtxNamesIt) {
  EXPECT_EQ(name_of(mma(32, Format::Int8)), "mma.m16n8k32.int8");
  EXPECT_EQ(name_of(mma(64, Format::Int8, Pattern::TwoFour)), "mma.sp.m16n8k64.int8");
  EXPECT_EQ(name_of(wgmma(256, 16, Format::Fp16)), "wgmma.m64n256k16.fp16.ss");
  EXPECT_EQ(name_of(from_registers(wgmma(256, 64, Format::Int8, Pattern::TwoFour))),
            "wgmma.sp.m64n256k64.int8.rs");
}

// m x n x k over the macs a clock of a sub-core's tensor core.
TEST(Instruction, MmaOccupiesASubCoreForItsMacsOverTheRate) {
  const GpuMachine a100 = ampere();
  EXPECT_DOUBLE_EQ(interval(a100, mma(16, Format::Fp16)), 16 * 8 * 16 / (1024 / 4.0));
  EXPECT_DOUBLE_EQ(interval(a100, mma(16, Format::Bf16)), 8);
  EXPECT_DOUBLE_EQ(interval(a100, mma(8, Format::Fp16)), 4);
  EXPECT_DOUBLE_EQ(interval(a100, mma(32, Format::Int8)), 16 * 8 * 32 / (2048 / 4.0));
  EXPECT_DOUBLE_EQ(interval(a100, mma(16, Format::Int8)), 4);
  EXPECT_DOUBLE_EQ(interval(a100, mma(64, Format::Int4)), 8 / 0.925);
  EXPECT_DOUBLE_EQ(interval(hopper(), mma(16, Format::Fp16)), 4 / 0.667);
  EXPECT_DOUBLE_EQ(instruction_cost(hopper(), mma(16, Format::Fp16)).math_cycles, 4);
}

TEST(Instruction, SparseMmaMultipliesHalfAndIsSlowWithHalfK) {
  const GpuMachine a100 = ampere();
  EXPECT_DOUBLE_EQ(interval(a100, mma(32, Format::Fp16, Pattern::TwoFour)), 8);
  EXPECT_DOUBLE_EQ(interval(a100, mma(64, Format::Int8, Pattern::TwoFour)), 8);
  EXPECT_DOUBLE_EQ(interval(a100, mma(16, Format::Fp16, Pattern::TwoFour)), 4 / 0.64);
  EXPECT_DOUBLE_EQ(interval(a100, mma(32, Format::Int8, Pattern::TwoFour)), 4 / 0.64);
  EXPECT_DOUBLE_EQ(interval(hopper(), mma(64, Format::Int8, Pattern::TwoFour)), 4 / 0.5);
}

TEST(Instruction, MmaOfHalfKReturnsEarlier) {
  const GpuMachine a100 = ampere();
  const TensorConfig& tensor = a100.tensor;
  const auto latency = [&](const TensorInstruction& instruction) {
    return instruction_cost(a100, instruction).latency_cycles;
  };
  EXPECT_DOUBLE_EQ(latency(mma(16, Format::Fp16)), tensor.mma_latency_cycles);
  EXPECT_DOUBLE_EQ(latency(mma(8, Format::Fp16)), tensor.mma_half_k_latency_cycles);
  EXPECT_DOUBLE_EQ(latency(mma(16, Format::Fp16, Pattern::TwoFour)),
                   tensor.mma_half_k_latency_cycles);
  EXPECT_DOUBLE_EQ(latency(mma(64, Format::Int4)), tensor.mma_int4_latency_cycles);
  EXPECT_DOUBLE_EQ(instruction_cost(turing(), mma(8, Format::Fp16)).latency_cycles,
                   turing().tensor.mma_latency_cycles);
}

// Turing's tensor core has 8 rows of integers; from sm_80 on there are 16, and 8-row instructions
// leave half of them idle.
TEST(Instruction, EightRowsAreWholeOnTuringAndHalfOnAmpere) {
  TensorInstruction eight = mma(16, Format::Int8);
  eight.m = 8;
  EXPECT_DOUBLE_EQ(interval(turing(), eight), 8 * 8 * 16 / (1024 / 4.0));
  EXPECT_DOUBLE_EQ(interval(ampere(), eight), 16 * 8 * 16 / (2048 / 4.0));
  EXPECT_EQ(refuse_instruction(turing(), mma(16, Format::Int8)),
            "mma.m16n8k16.int8: turing has no such extents; the nearest is mma.m8n8k16.int8");
  EXPECT_EQ(refuse_instruction(turing(), mma(16, Format::Fp16)),
            "mma.m16n8k16.fp16: turing has no such extents; the nearest is mma.m16n8k8.fp16");
}

// max(m x n x k / rate, (A + B bytes) / 128, floor); A 64 x 32 bytes, B n x 32 bytes. In closed
// form max(n / 2, 16 [SS] + n / 4).
TEST(Instruction, DenseWgmmaIsTheSlowerOfMultipliersAndSharedMemory) {
  const GpuMachine h100 = hopper();
  const double floor = h100.tensor.wgmma_min_cycles;
  for (int n = 8; n <= 256; n += 8) {
    SCOPED_TRACE(n);
    const double shared = interval(h100, wgmma(n, 16, Format::Fp16));
    EXPECT_DOUBLE_EQ(shared, std::max(n / 2.0, 16 + n / 4.0));
    const double registers = interval(h100, from_registers(wgmma(n, 16, Format::Bf16)));
    EXPECT_DOUBLE_EQ(registers, std::max(n / 2.0, floor));
    if (refuse_instruction(h100, wgmma(n, 32, Format::Int8))) continue;
    EXPECT_DOUBLE_EQ(interval(h100, wgmma(n, 32, Format::Int8)), shared);
  }
}

// The compressed A has the bytes of a dense one, B twice: max(n / 2, 16 [SS] + n / 2).
TEST(Instruction, SparseWgmmaWaitsForSharedMemoryAtEveryN) {
  const GpuMachine h100 = hopper();
  for (int n = 64; n <= 256; n += 64) {
    SCOPED_TRACE(n);
    const TensorInstruction sparse = wgmma(n, 64, Format::Int8, Pattern::TwoFour);
    EXPECT_DOUBLE_EQ(interval(h100, sparse), 16 + n / 2.0);
    EXPECT_DOUBLE_EQ(interval(h100, from_registers(sparse)), n / 2.0);
    EXPECT_DOUBLE_EQ(instruction_cost(h100, sparse).math_cycles, n / 2.0);
    EXPECT_DOUBLE_EQ(instruction_cost(h100, sparse).shared_bytes, 64 * 32 + n * 64);
  }
}

TEST(Instruction, WgmmaOfIntegersHasNoFineStepsAboveThirtyTwo) {
  const GpuMachine h100 = hopper();
  for (int n = -4; n <= 272; n += 4) {
    SCOPED_TRACE(n);
    const bool is_multiple = n >= 8 && n <= 256 && n % 8 == 0;
    const bool is_integer_n = is_multiple && (n <= 32 || n % 16 == 0);
    EXPECT_EQ(!refuse_instruction(h100, wgmma(n, 16, Format::Fp16)), is_multiple);
    EXPECT_EQ(!refuse_instruction(h100, wgmma(n, 32, Format::Fp8)), is_multiple);
    EXPECT_EQ(!refuse_instruction(h100, wgmma(n, 32, Format::Int8)), is_integer_n);
  }
}

TEST(Instruction, RefusedExtentsNameTheNearestLegalOnes) {
  const GpuMachine h100 = hopper();
  const auto nearest = [&](const TensorInstruction& instruction) {
    const std::string reason = refuse_instruction(h100, instruction).value_or("");
    return reason.substr(std::min(reason.size(), reason.rfind(' ') + 1));
  };
  EXPECT_EQ(nearest(wgmma(0, 16, Format::Fp16)), "wgmma.m64n8k16.fp16.ss");
  EXPECT_EQ(nearest(wgmma(264, 16, Format::Fp16)), "wgmma.m64n256k16.fp16.ss");
  EXPECT_EQ(nearest(wgmma(40, 32, Format::Int8)), "wgmma.m64n48k32.int8.ss");
  EXPECT_EQ(nearest(wgmma(256, 16, Format::Int8)), "wgmma.m64n256k32.int8.ss");
  EXPECT_EQ(nearest(mma(7, Format::Fp16)), "mma.m16n8k8.fp16");
  EXPECT_EQ(nearest(mma(128, Format::Int8)), "mma.m16n8k32.int8");
  TensorInstruction wide = mma(16, Format::Fp16);
  wide.n = 16;
  EXPECT_EQ(nearest(wide), "mma.m16n8k16.fp16");
}

TEST(Instruction, WhatTheMachineLacksIsRefusedWithTheNearestInstruction) {
  EXPECT_EQ(refuse_instruction(hopper(), mma(64, Format::Int4)),
            "mma.m16n8k64.int4: hopper has no int4 tensor instruction; the nearest is "
            "wgmma.m64n8k32.int8.ss");
  EXPECT_EQ(refuse_instruction(hopper(), mma(32, Format::Fp8)),
            "mma.m16n8k32.fp8: hopper emulates fp8 mma by fp16 ones; use wgmma");
  EXPECT_EQ(refuse_instruction(ampere(), mma(32, Format::Fp8)),
            "mma.m16n8k32.fp8: ampere has no fp8 tensor instruction; the nearest is "
            "mma.m16n8k16.fp16");
  EXPECT_EQ(refuse_instruction(ampere(), wgmma(256, 16, Format::Fp16)),
            "wgmma.m64n256k16.fp16.ss: ampere has no wgmma; use mma");
  EXPECT_EQ(refuse_instruction(turing(), mma(16, Format::Bf16)),
            "mma.m16n8k16.bf16: turing has no bf16 tensor instruction; the nearest is "
            "mma.m16n8k8.fp16");
  EXPECT_EQ(refuse_instruction(turing(), mma(16, Format::Fp16, Pattern::TwoFour)),
            "mma.sp.m16n8k16.fp16: turing has no 2:4 instruction; use a dense one");
  EXPECT_EQ(refuse_instruction(ampere(), mma(64, Format::Ovp4)),
            "mma.m16n8k64.ovp4: ampere has no ovp4 tensor instruction; the nearest is "
            "mma.m16n8k32.int8");
}

TEST(Instruction, OvpRunsOnInt4MultipliersWhereThereAreSome) {
  GpuMachine a100 = ampere();
  GpuMachine h100 = hopper();
  for (GpuMachine* machine : {&a100, &h100}) machine->tensor.has_ovp = true;
  EXPECT_DOUBLE_EQ(interval(a100, mma(64, Format::Ovp4)), interval(a100, mma(64, Format::Int4)));
  EXPECT_DOUBLE_EQ(interval(a100, mma(32, Format::Ovp8)), interval(a100, mma(32, Format::Int8)));
  // Without them, a 64-deep wgmma takes two 32-deep ones of int8; its operands have 4 bits.
  const InstructionCost ovp = instruction_cost(h100, wgmma(256, 64, Format::Ovp4f));
  const InstructionCost int8 = instruction_cost(h100, wgmma(256, 32, Format::Int8));
  EXPECT_DOUBLE_EQ(ovp.interval_cycles, 2 * int8.interval_cycles);
  EXPECT_DOUBLE_EQ(ovp.shared_bytes, int8.shared_bytes);
}

TEST(Instruction, TheBestIsTheWidestWgmmaOrTheLongestMma) {
  const auto best = [](const GpuMachine& machine, Format format, Pattern pattern, int max_n) {
    const auto instruction = best_instruction(machine, format, pattern, max_n);
    return instruction ? name_of(*instruction) : "none";
  };
  const Pattern dense = Pattern::Dense;
  EXPECT_EQ(best(hopper(), Format::Int8, dense, 1000), "wgmma.m64n256k32.int8.ss");
  EXPECT_EQ(best(hopper(), Format::Int8, dense, 47), "wgmma.m64n32k32.int8.ss");
  EXPECT_EQ(best(hopper(), Format::Fp16, dense, 47), "wgmma.m64n40k16.fp16.ss");
  EXPECT_EQ(best(hopper(), Format::Fp16, dense, 1), "wgmma.m64n8k16.fp16.ss");
  EXPECT_EQ(best(hopper(), Format::Bf16, Pattern::TwoFour, 256), "wgmma.sp.m64n256k32.bf16.ss");
  EXPECT_EQ(best(hopper(), Format::Int4, dense, 256), "none");
  EXPECT_EQ(best(ampere(), Format::Int4, dense, 256), "mma.m16n8k64.int4");
  EXPECT_EQ(best(ampere(), Format::Int8, Pattern::TwoFour, 256), "mma.sp.m16n8k64.int8");
  EXPECT_EQ(best(turing(), Format::Int8, dense, 256), "mma.m8n8k16.int8");
  EXPECT_EQ(best(turing(), Format::Fp16, Pattern::TwoFour, 256), "none");
}

TEST(Instruction, ShippedMachinesHaveTheInstructionsOfTheirKind) {
  const auto best = [](const char* machine, Format format) {
    const auto instruction = best_instruction(load_gpu(machine), format, Pattern::Dense, 256);
    return instruction ? name_of(*instruction) : "none";
  };
  EXPECT_EQ(best("rtx2080ti", Format::Fp16), "mma.m16n8k8.fp16");
  EXPECT_EQ(best("rtx2080ti", Format::Int4), "mma.m8n8k32.int4");
  EXPECT_EQ(best("rtx2080ti", Format::Bf16), "none");
  EXPECT_EQ(best("rtx2080ti", Format::Ovp4), "none");
  EXPECT_EQ(best("rtx2080ti_mmaovp", Format::Ovp4), "mma.m8n8k32.ovp4");
  EXPECT_EQ(best("a100_sxm", Format::Int4), "mma.m16n8k64.int4");
  EXPECT_EQ(best("a100_sxm", Format::Fp8), "none");
  EXPECT_EQ(best("h100_sxm", Format::Int4), "none");
  EXPECT_EQ(best("h200_sxm", Format::Fp8), "wgmma.m64n256k32.fp8.ss");
  EXPECT_EQ(best("h100_sxm_mmaovp", Format::Ovp4), "wgmma.m64n256k64.ovp4.ss");
}

// What is found is legal.
TEST(Instruction, TheBestIsNeverRefused) {
  GpuMachine h100 = hopper();
  h100.tensor.has_ovp = true;
  for (const GpuMachine& machine : {hopper(), h100, ampere(), turing()}) {
    for (const Format format : {Format::Fp16, Format::Bf16, Format::Fp8, Format::Int8, Format::Int4,
                                Format::Ovp4, Format::Ovp4f, Format::Ovp8}) {
      for (const Pattern pattern : {Pattern::Dense, Pattern::TwoFour}) {
        for (int max_n = 0; max_n <= 264; ++max_n) {
          const auto best = best_instruction(machine, format, pattern, max_n);
          if (!best) continue;
          ASSERT_EQ(refuse_instruction(machine, *best), std::nullopt);
          ASSERT_LE(best->n, std::max(max_n, 8));
        }
      }
    }
  }
}

}  // namespace
}  // namespace olivine
