// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/instruction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "models/base/error.h"
#include "models/machines/gpu.h"

namespace olivine {
namespace {

constexpr int kMmaRows = 16;     // of a tensor core from sm_80 on
constexpr int kHalfMmaRows = 8;  // integers of Turing
constexpr int kMmaColumns = 8;
constexpr int kWgmmaRows = 64;
constexpr int kWgmmaMaxColumns = 256;
constexpr int kWgmmaFineColumns = 32;  // up to here integers have every multiple of 8
constexpr int kWgmmaKBytes = 32;
constexpr int kHalfKBytes = 16;

bool is_sparse(const TensorInstruction& instruction) {
  return instruction.pattern == Pattern::TwoFour;
}

bool is_wgmma(const TensorInstruction& instruction) { return instruction.op == TensorOp::Wgmma; }

// mmaovp's decoders stand in front of 4-bit multipliers where the machine has them (OliVe section
// 4), else in front of those for int8, which every decoded 4-bit value fits.
bool runs_on_int4(const TensorConfig& tensor, Format format) {
  const bool is_four_bit =
      format == Format::Int4 || format == Format::Ovp4 || format == Format::Ovp4f;
  return is_four_bit && tensor.int4_macs_per_clk > 0;
}

// Dense multiply-accumulates of an SM a clock; 0: no instruction.
int64_t dense_macs_per_clk(const TensorConfig& tensor, Format format) {
  switch (format) {
    case Format::Fp16:
      return tensor.fp16_macs_per_clk;
    case Format::Bf16:
      return tensor.has_bf16 ? tensor.fp16_macs_per_clk : 0;
    case Format::Fp8:
      return tensor.fp8_macs_per_clk;
    case Format::Int8:
      return tensor.int8_macs_per_clk;
    case Format::Int4:
      return tensor.int4_macs_per_clk;
    case Format::Ovp4:
    case Format::Ovp4f:
      if (!tensor.has_ovp) return 0;
      return runs_on_int4(tensor, format) ? tensor.int4_macs_per_clk : tensor.int8_macs_per_clk;
    case Format::Ovp8:
      return tensor.has_ovp ? tensor.int8_macs_per_clk : 0;
  }
  OLV_CHECK(false, "format {}", static_cast<int>(format));
}

// Dense elements of k in `bytes` of the first operand's stored row.
int dense_k(const TensorInstruction& instruction, int64_t bytes) {
  const int64_t stored = bytes * 8 / info(instruction.format).bits;
  return static_cast<int>(is_sparse(instruction) ? 2 * stored : stored);
}

bool has_half_k(const TensorConfig& tensor, const TensorInstruction& instruction) {
  return !is_wgmma(instruction) && tensor.mma_k_bytes > kHalfKBytes &&
         instruction.k == dense_k(instruction, kHalfKBytes);
}

// Turing's integer instructions have 8 rows, and they are all its tensor core has.
bool has_eight_rows(const TensorConfig& tensor, const TensorInstruction& instruction) {
  return tensor.mma_k_bytes == kHalfKBytes && info(instruction.format).is_integer;
}

bool is_legal_n(const TensorInstruction& instruction, int n) {
  if (!is_wgmma(instruction)) return n == kMmaColumns;
  if (n < 8 || n > kWgmmaMaxColumns) return false;
  const bool is_fine = !info(instruction.format).is_integer || n <= kWgmmaFineColumns;
  return n % (is_fine ? 8 : 16) == 0;
}

// `instruction` with the nearest extents the machine has for its format and pattern.
TensorInstruction nearest_extents(const TensorConfig& tensor, TensorInstruction instruction) {
  const int64_t longest = is_wgmma(instruction) ? kWgmmaKBytes : tensor.mma_k_bytes;
  const int full = dense_k(instruction, longest);
  const int half = dense_k(instruction, kHalfKBytes);
  const bool is_half_nearer = std::abs(instruction.k - half) < std::abs(instruction.k - full);
  instruction.k = !is_wgmma(instruction) && is_half_nearer ? half : full;
  if (is_wgmma(instruction)) {
    instruction.m = kWgmmaRows;
  } else {
    // From sm_80 on, 8 rows are left where they are legal: dense integers with half the longest k.
    const bool is_eight_legal = info(instruction.format).is_integer && !is_sparse(instruction) &&
                                instruction.m == kHalfMmaRows && instruction.k == half;
    instruction.m = has_eight_rows(tensor, instruction) || is_eight_legal ? kHalfMmaRows : kMmaRows;
  }
  int nearest = kMmaColumns;
  for (int n = 8; n <= kWgmmaMaxColumns; n += 8) {
    if (!is_legal_n(instruction, n)) continue;
    // The larger of two equally near ones: it covers what was asked for.
    if (std::abs(n - instruction.n) <= std::abs(nearest - instruction.n)) nearest = n;
  }
  instruction.n = nearest;
  return instruction;
}

// Formats that lose nothing, or least, of what `format` holds; best first.
std::vector<Format> substitutes(Format format) {
  switch (format) {
    case Format::Bf16:
    case Format::Fp8:
      return {Format::Fp16};
    case Format::Fp16:
      return {Format::Bf16};
    case Format::Int4:
    case Format::Ovp4:
    case Format::Ovp4f:
    case Format::Ovp8:
    case Format::Int8:
      return {Format::Int8, Format::Fp16};
  }
  OLV_CHECK(false, "format {}", static_cast<int>(format));
}

std::string nearest_format_text(const GpuMachine& machine, const TensorInstruction& instruction) {
  for (const Format format : substitutes(instruction.format)) {
    const auto best = best_instruction(machine, format, instruction.pattern, instruction.n);
    if (best) return fmt::format("; the nearest is {}", name_of(*best));
  }
  return "";
}

// Why the machine has no such kind of instruction, whatever the extents.
std::optional<std::string> refuse_kind(const GpuMachine& machine,
                                       const TensorInstruction& instruction) {
  const TensorConfig& tensor = machine.tensor;
  const std::string_view format = name_of(instruction.format);
  if (is_wgmma(instruction) && !tensor.has_wgmma) {
    return fmt::format("{} has no wgmma; use mma", machine.name);
  }
  if (is_sparse(instruction) && !tensor.has_sparse) {
    return fmt::format("{} has no 2:4 instruction; use a dense one", machine.name);
  }
  if (dense_macs_per_clk(tensor, instruction.format) == 0) {
    return fmt::format("{} has no {} tensor instruction{}", machine.name, format,
                       nearest_format_text(machine, instruction));
  }
  if (is_wgmma(instruction) && instruction.format == Format::Int4) {
    return fmt::format("wgmma has no int4 form{}", nearest_format_text(machine, instruction));
  }
  if (!is_wgmma(instruction) && instruction.format == Format::Fp8 && tensor.has_wgmma) {
    return fmt::format("{} emulates fp8 mma by fp16 ones; use wgmma", machine.name);
  }
  return std::nullopt;
}

InstructionCost mma_cost(const GpuMachine& machine, const TensorInstruction& instruction) {
  const TensorConfig& tensor = machine.tensor;
  const bool is_int4 = runs_on_int4(tensor, instruction.format);
  const bool is_half_k = has_half_k(tensor, instruction);
  // From sm_80 on, a tensor core has 16 rows: 8-row instructions leave half of it idle.
  const int rows = has_eight_rows(tensor, instruction) ? instruction.m : kMmaRows;
  const double macs = static_cast<double>(int64_t{rows} * instruction.n * instruction.k);
  double rate = static_cast<double>(dense_macs_per_clk(tensor, instruction.format)) /
                static_cast<double>(machine.sm.sub_cores);
  double reached = is_int4 ? tensor.mma_sync_int4_rate : tensor.mma_sync_rate;
  if (is_sparse(instruction)) {
    rate *= 2;
    reached = is_half_k ? tensor.mma_sp_half_k_rate : tensor.mma_sp_rate;
  }
  InstructionCost cost;
  cost.math_cycles = macs / rate;
  cost.interval_cycles = cost.math_cycles / reached;
  cost.latency_cycles = is_half_k ? tensor.mma_half_k_latency_cycles
                        : is_int4 ? tensor.mma_int4_latency_cycles
                                  : tensor.mma_latency_cycles;
  // A chain cannot be quicker than the unit takes instructions.
  cost.latency_cycles = std::max(cost.latency_cycles, cost.interval_cycles);
  return cost;
}

InstructionCost wgmma_cost(const GpuMachine& machine, const TensorInstruction& instruction) {
  const TensorConfig& tensor = machine.tensor;
  const double bytes_per_elem = info(instruction.format).bits / 8.0;
  const double stored_k = is_sparse(instruction) ? instruction.k / 2.0 : instruction.k;
  const double a_bytes = instruction.a_in_registers ? 0 : instruction.m * stored_k * bytes_per_elem;
  const double b_bytes = bytes_per_elem * instruction.k * instruction.n;
  InstructionCost cost;
  cost.shared_bytes = a_bytes + b_bytes;
  cost.math_cycles = instruction.m * instruction.n * stored_k /
                     static_cast<double>(dense_macs_per_clk(tensor, instruction.format));
  const double port_cycles =
      cost.shared_bytes / static_cast<double>(machine.sm.shared_bytes_per_clk);
  cost.interval_cycles = std::max({cost.math_cycles, port_cycles, tensor.wgmma_min_cycles});
  cost.latency_cycles = cost.interval_cycles;
  return cost;
}

}  // namespace

std::string name_of(const TensorInstruction& instruction) {
  const bool is_wide = is_wgmma(instruction);
  return fmt::format("{}{}.m{}n{}k{}.{}{}",
                     name_of(std::span<const EnumName<TensorOp>>{kTensorOpNames}, instruction.op),
                     is_sparse(instruction) ? ".sp" : "", instruction.m, instruction.n,
                     instruction.k, name_of(instruction.format),
                     !is_wide                     ? ""
                     : instruction.a_in_registers ? ".rs"
                                                  : ".ss");
}

InstructionCost instruction_cost(const GpuMachine& machine, const TensorInstruction& instruction) {
  return is_wgmma(instruction) ? wgmma_cost(machine, instruction) : mma_cost(machine, instruction);
}

std::optional<std::string> refuse_instruction(const GpuMachine& machine,
                                              const TensorInstruction& instruction) {
  if (auto reason = refuse_kind(machine, instruction)) {
    return fmt::format("{}: {}", name_of(instruction), *reason);
  }
  const TensorInstruction nearest = nearest_extents(machine.tensor, instruction);
  if (nearest == instruction) return std::nullopt;
  return fmt::format("{}: {} has no such extents; the nearest is {}", name_of(instruction),
                     machine.name, name_of(nearest));
}

std::optional<TensorInstruction> best_instruction(const GpuMachine& machine, Format format,
                                                  Pattern pattern, int max_n) {
  const TensorConfig& tensor = machine.tensor;
  TensorInstruction instruction;
  instruction.format = format;
  instruction.pattern = pattern;
  for (const TensorOp op : {TensorOp::Wgmma, TensorOp::MmaSync}) {
    instruction.op = op;
    if (dense_macs_per_clk(tensor, format) == 0 || refuse_kind(machine, instruction)) continue;
    instruction.k = dense_k(instruction, op == TensorOp::Wgmma ? kWgmmaKBytes : tensor.mma_k_bytes);
    instruction.n = std::clamp(max_n, kMmaColumns, kWgmmaMaxColumns);
    while (!is_legal_n(instruction, instruction.n)) --instruction.n;
    return nearest_extents(tensor, instruction);
  }
  return std::nullopt;
}

}  // namespace olivine
