// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/kernel_resources.h"

#include <algorithm>

#include "models/base/error.h"
#include "sim/tensor_core/kernel.h"

namespace olivine {
namespace {

constexpr int64_t kWarpThreads = 32;
constexpr int64_t kWarpgroupWarps = 4;
constexpr int64_t kOverheadRegisters = 40;
// A register of every thread of a warp.
constexpr int64_t kWarpRegisterBits = 32 * kWarpThreads;

TileOperand operand_of(const GemmKernel& kernel, Format format, Pattern pattern,
                       DecodePlace decode) {
  const bool is_decoded = decode == DecodePlace::PrePass;
  return {is_decoded ? kernel.instruction.format : format, pattern, decode, 0};
}

int64_t tile_bytes(const TileOperand& operand, int64_t k) {
  return static_cast<int64_t>(
      operand_bytes(operand.stored, operand.pattern, operand.rows, k).count());
}

// Bits of `rows` rows of one k step; of 2:4 half the elements, and 4 bits for each group of four.
int64_t step_bits(int64_t rows, int64_t k, int64_t bits, Pattern pattern) {
  const int64_t dense = rows * k * bits;
  return pattern == Pattern::Dense ? dense : dense / 2 + rows * k;
}

// Registers that a warp's share of one k step takes.
int64_t step_registers(const TileOperand& operand, int64_t rows, int64_t k, Format format) {
  return ceil_div(step_bits(rows, k, info(format).bits, operand.pattern), kWarpRegisterBits);
}

struct FragmentRegisters {
  int64_t fragments = 0;
  int64_t codes = 0;

  void add(const TileOperand& operand, int64_t rows, const TensorInstruction& instruction) {
    fragments += step_registers(operand, rows, instruction.k, instruction.format);
    if (operand.decode == DecodePlace::Mainloop) {
      codes += step_registers(operand, rows, instruction.k, operand.stored);
    }
  }
};

FragmentRegisters fragment_registers(const GemmKernel& kernel, const TileOperands& operands,
                                     const WarpGrid& grid) {
  const TensorInstruction& instruction = kernel.instruction;
  FragmentRegisters registers;
  if (instruction.op == TensorOp::MmaSync) {
    registers.add(operands.first, operands.first.rows / grid.m, instruction);
    registers.add(operands.second, operands.second.rows / grid.n, instruction);
  } else if (instruction.a_in_registers) {
    registers.add(operands.first, operands.first.rows / grid.m, instruction);
  } else if (operands.first.pattern == Pattern::TwoFour) {
    const int64_t metadata_bits = operands.first.rows / grid.m * instruction.k;
    registers.fragments = ceil_div(metadata_bits, kWarpRegisterBits);
  }
  return registers;
}

// mma: each warp stages 8 rows of fp32 sums at a time. wgmma: two buffers of 32 fp16 columns of up
// to 128 rows, which TMA stores.
int64_t epilogue_bytes(const GemmKernel& kernel, const WarpGrid& grid) {
  if (kernel.instruction.op == TensorOp::Wgmma) {
    return 2 * std::min<int64_t>(kernel.tile_m, 128) * 32 * 2;
  }
  return 8 * grid.m * kernel.tile_n * 4;
}

// wgmma reads the second operand from shared memory always, the first unless in registers.
int64_t decoded_bytes(const GemmKernel& kernel, const TileOperands& operands) {
  const TensorInstruction& instruction = kernel.instruction;
  if (instruction.op == TensorOp::MmaSync) return 0;
  const auto bytes = [&](TileOperand operand) {
    if (operand.decode != DecodePlace::Mainloop) return int64_t{0};
    operand.stored = instruction.format;
    return 2 * tile_bytes(operand, kernel.tile_k);
  };
  return (instruction.a_in_registers ? 0 : bytes(operands.first)) + bytes(operands.second);
}

WarpGrid grid_of(const GemmKernel& kernel) {
  const auto grid = warp_grid(kernel);
  OLV_CHECK(grid.has_value(), "{}: {} warps do not share {} x {}", kernel.name, kernel.math_warps,
            kernel.tile_m, kernel.tile_n);
  return *grid;
}

}  // namespace

TileOperands tile_operands(const GemmKernel& kernel, const Scheme& scheme) {
  TileOperand weights =
      operand_of(kernel, scheme.weights, scheme.weight_pattern, kernel.decode_weights);
  TileOperand activations =
      operand_of(kernel, scheme.activations, Pattern::Dense, kernel.decode_activations);
  TileOperands operands =
      kernel.swapped ? TileOperands{weights, activations} : TileOperands{activations, weights};
  operands.first.rows = kernel.tile_m;
  operands.second.rows = kernel.tile_n;
  return operands;
}

std::optional<WarpGrid> warp_grid(const GemmKernel& kernel) {
  const TensorInstruction& instruction = kernel.instruction;
  if (instruction.op == TensorOp::Wgmma) {
    const int64_t groups = kernel.math_warps / kWarpgroupWarps;
    const bool is_whole = kernel.math_warps % kWarpgroupWarps == 0 && groups > 0 &&
                          kernel.tile_m % (instruction.m * groups) == 0 &&
                          kernel.tile_n % instruction.n == 0;
    return is_whole ? std::optional{WarpGrid{kernel.math_warps, 1}} : std::nullopt;
  }
  std::optional<WarpGrid> best;
  int64_t best_sides = 0;
  for (int64_t m = 1; m <= kernel.math_warps; ++m) {
    const int64_t n = kernel.math_warps / m;
    if (m * n != kernel.math_warps || kernel.tile_m % (m * instruction.m) != 0 ||
        kernel.tile_n % (n * instruction.n) != 0) {
      continue;
    }
    const int64_t sides = kernel.tile_m / m + kernel.tile_n / n;
    if (!best || sides < best_sides) {
      best = WarpGrid{m, n};
      best_sides = sides;
    }
  }
  return best;
}

int64_t SharedMemoryUse::total(const GemmKernel& kernel) const {
  const int64_t mainloop = kernel.stages * stage + decoded;
  return kernel.schedule == Schedule::Persistent ? mainloop + epilogue
                                                 : std::max(mainloop, epilogue);
}

SharedMemoryUse shared_memory_use(const GemmKernel& kernel, const Scheme& scheme) {
  const TileOperands operands = tile_operands(kernel, scheme);
  SharedMemoryUse use;
  use.stage =
      tile_bytes(operands.first, kernel.tile_k) + tile_bytes(operands.second, kernel.tile_k);
  use.decoded = decoded_bytes(kernel, operands);
  use.epilogue = epilogue_bytes(kernel, grid_of(kernel));
  return use;
}

int64_t math_registers(const GemmKernel& kernel, const Scheme& scheme) {
  const TileOperands operands = tile_operands(kernel, scheme);
  const FragmentRegisters step = fragment_registers(kernel, operands, grid_of(kernel));
  const int64_t math_threads = kWarpThreads * kernel.math_warps;
  int64_t once = ceil_div(kernel.tile_m * kernel.tile_n, math_threads) + step.fragments +
                 step.codes + kOverheadRegisters;
  if (kernel.load == LoadPath::Registers && kernel.producer_warps == 0) {
    const int64_t stage =
        tile_bytes(operands.first, kernel.tile_k) + tile_bytes(operands.second, kernel.tile_k);
    once += ceil_div(stage, 4 * math_threads);
  }
  const int64_t twice = once + step.fragments;
  return twice <= kMaxRegisters ? twice : once;
}

int64_t launch_registers(const GemmKernel& kernel, const Scheme& scheme) {
  const int64_t math = math_registers(kernel, scheme);
  const bool has_producers =
      kernel.producer_warps > 0 && kernel.producer_warps % kWarpgroupWarps == 0;
  if (kernel.instruction.op != TensorOp::Wgmma || !has_producers) return math;
  const int64_t warps = kernel.math_warps + kernel.producer_warps;
  // setmaxnreg counts in steps of 8.
  const int64_t rounded = 8 * ceil_div(math, int64_t{8});
  return ceil_div(kernel.math_warps * rounded + kernel.producer_warps * kProducerRegisters, warps);
}

}  // namespace olivine
