// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "models/base/enum_names.h"
#include "models/numerics/format.h"

namespace olivine {

struct GpuMachine;

// MmaSync: mma.sync and mma.sp, one warp, operands in registers. Wgmma: wgmma.mma_async and its .sp
// form, four warps, B in shared memory.
enum class TensorOp : uint8_t { MmaSync, Wgmma };
inline constexpr std::array kTensorOpNames = {EnumName<TensorOp>{TensorOp::MmaSync, "mma"},
                                              EnumName<TensorOp>{TensorOp::Wgmma, "wgmma"}};

// One tensor instruction. Extents in dense elements; `format` is what the multipliers see (Ovp4,
// Ovp8: mmaovp). Pattern::TwoFour: the first operand is compressed.
struct TensorInstruction {
  TensorOp op = TensorOp::MmaSync;
  int m = 16;
  int n = 8;
  int k = 16;
  Format format = Format::Fp16;
  Pattern pattern = Pattern::Dense;
  bool a_in_registers = false;  // of wgmma: the RS form

  bool operator==(const TensorInstruction&) const = default;
};

// "mma.m16n8k32.int8", "mma.sp.m16n8k64.int8", "wgmma.m64n256k16.fp16.ss",
// "wgmma.sp.m64n256k64.int8.rs".
[[nodiscard]] std::string name_of(const TensorInstruction& instruction);

// What one instruction costs. Cycles of the SM clock. An mma occupies the tensor core of one
// sub-core for `interval`; a wgmma occupies those of all four.
struct InstructionCost {
  double interval_cycles = 0;  // between two independent ones; at least `math_cycles`
  double math_cycles = 0;      // the multipliers' part of it, at the rate of the data sheet
  // From issue to the next instruction that adds to the same accumulators, nothing in between. A
  // wgmma follows without a gap (Luo et al., arXiv 2402.13499: 128 cycles at n = 256).
  double latency_cycles = 0;
  double shared_bytes = 0;  // read from shared memory by the instruction itself (wgmma)
};

// mma: multiply-accumulates over the rate of a sub-core's tensor core, over the part of that rate
// mma reaches (TensorConfig). wgmma: the largest of the multipliers' time, the time to read B, and
// of the SS form A, through the SM's shared-memory port, and TensorConfig's floor. 2:4 halves the
// multiplications and A, not B. The rule reproduces Luo et al.'s 128 and 144 cycles.
// Contract: refuse_instruction() has no reason.
[[nodiscard]] InstructionCost instruction_cost(const GpuMachine& machine,
                                               const TensorInstruction& instruction);

// Why this machine cannot execute it, with the nearest legal choice; nothing when it can. Extents
// and formats are those of the PTX ISA (sections on mma, mma.sp and wgmma.mma_async): k of 32
// bytes, or of 16 (mma), twice that for 2:4; m = 16, or 8 for integers of 16 bytes (half used from
// sm_80 on), or 64 (wgmma). n = 8, or for wgmma multiples of 8 to 256, integers above 32 multiples
// of 16. What a compiler emulates counts as missing: int4 mma (some 190 instructions) and fp8 mma
// (converts to fp16) on Hopper.
[[nodiscard]] std::optional<std::string> refuse_instruction(const GpuMachine& machine,
                                                            const TensorInstruction& instruction);

// The instruction the machine's fastest kernels use for an executed format: wgmma from shared
// memory where there is one, n the largest legal up to `max_n` (8 at least), else mma of the
// longest k. Nothing where the machine has none.
[[nodiscard]] std::optional<TensorInstruction> best_instruction(const GpuMachine& machine,
                                                                Format format, Pattern pattern,
                                                                int max_n);

}  // namespace olivine
