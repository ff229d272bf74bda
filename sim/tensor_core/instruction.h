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

// "mma.m16n8k32.int8", "wgmma.sp.m64n256k64.int8.rs".
[[nodiscard]] std::string name_of(const TensorInstruction& instruction);

// What one instruction costs. Cycles of the SM clock. An mma occupies the tensor core of one
// sub-core for `interval`; a wgmma occupies those of all four.
struct InstructionCost {
  double interval_cycles = 0;
  double latency_cycles = 0;
  double shared_bytes = 0;  // read from shared memory by the instruction itself (wgmma)
};

// gpu.md-style rules: published rates and latencies, the shared-memory rule of wgmma.
// Contract: refuse_instruction() has no reason.
[[nodiscard]] InstructionCost instruction_cost(const GpuMachine& machine,
                                               const TensorInstruction& instruction);

// Why this machine cannot execute it, with the nearest legal choice; nothing when it can.
[[nodiscard]] std::optional<std::string> refuse_instruction(const GpuMachine& machine,
                                                            const TensorInstruction& instruction);

// The instruction the machine's fastest kernels use for an executed format, N up to `max_n`.
// Nothing where the machine has none.
[[nodiscard]] std::optional<TensorInstruction> best_instruction(const GpuMachine& machine,
                                                                Format format, Pattern pattern,
                                                                int max_n);

}  // namespace olivine
