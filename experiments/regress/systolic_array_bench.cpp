// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The systolic array, as PE instances and as the loop-style twin, against sim/systolic: borders of
// whole layers as ArrayDriver makes them, and borders without any fold.
#include <fmt/format.h>

#include <array>

#include "experiments/regress/array_lockstep.h"
#include "experiments/regress/array_stimulus.h"
#include "experiments/regress/benches.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

constexpr double kRandomShare = 0.3;  // cases without folds
constexpr double kAbortShare = 0.1;   // layers that a reset ends

std::optional<Divergence> in_context(std::optional<Divergence> divergence, std::string context) {
  if (divergence) divergence->context = std::move(context);
  return divergence;
}

std::optional<Divergence> run_layer(ArrayLockstep& lockstep, Rng& rng) {
  LayerStimulus layer{lockstep.rows(), lockstep.cols(), lockstep.variant(), rng};
  ArrayBorder border = lockstep.make_border();
  const bool is_aborted = rng.chance(kAbortShare);
  while (layer.next(border)) {
    if (auto divergence = lockstep.step(border)) return in_context(divergence, layer.describe());
    if (is_aborted && rng.chance(0.05)) return std::nullopt;
  }
  OLV_CHECK(layer.is_product_right(), "{}", layer.describe());
  border.clear();
  for (size_t i = 0; i < lockstep.rows() + lockstep.cols(); ++i) {
    if (auto divergence = lockstep.step(border)) {
      return in_context(divergence, layer.describe() + ", all results out");
    }
  }
  return std::nullopt;
}

std::optional<Divergence> run_random(ArrayLockstep& lockstep, Rng& rng) {
  RandomBorders borders{lockstep.rows(), lockstep.variant(), rng};
  ArrayBorder border = lockstep.make_border();
  const auto most = static_cast<int64_t>(20 + 4 * (lockstep.rows() + lockstep.cols()));
  const int64_t cycles = rng.uniform(10, most);
  for (int64_t i = 0; i < cycles; ++i) {
    borders.next(border);
    if (auto divergence = lockstep.step(border)) {
      return in_context(divergence, fmt::format("random borders, cycle {} of {}", i, cycles));
    }
  }
  return std::nullopt;
}

std::optional<Divergence> run(BenchContext& context, std::string_view block) {
  ArrayLockstep lockstep{context, block};
  for (int64_t i = 0; i < context.cases; ++i) {
    if (auto divergence = lockstep.restart()) return divergence;
    auto divergence = context.rng.chance(kRandomShare) ? run_random(lockstep, context.rng)
                                                       : run_layer(lockstep, context.rng);
    if (divergence) return divergence;
  }
  return std::nullopt;
}

std::optional<Divergence> run_systolic_array(BenchContext& context) {
  return run(context, "systolic_array");
}

std::optional<Divergence> run_systolic_array_loop(BenchContext& context) {
  return run(context, "systolic_array_loop");
}

constexpr std::array<ParameterInfo, 4> kParameters = {{
    {"Rows", 1, 256, "rows of PEs"},
    {"Cols", 1, 256, "columns of PEs"},
    {"OutputStationary", 0, 1, "0: ws and is, 1: os"},
    {"Sparse", 0, 1, "1: buses of four and multiplexers for 2:4 weights"},
}};

Parameters size(int64_t rows, int64_t cols, int64_t os, int64_t sparse) {
  return {{"Rows", rows}, {"Cols", cols}, {"OutputStationary", os}, {"Sparse", sparse}};
}

const std::array<Parameters, 20> kVariants = {
    size(1, 1, 0, 0), size(1, 1, 1, 0), size(1, 5, 0, 0),   size(1, 5, 1, 1),   size(5, 1, 0, 1),
    size(5, 1, 1, 0), size(2, 2, 0, 0), size(2, 2, 0, 1),   size(2, 2, 1, 0),   size(2, 2, 1, 1),
    size(3, 4, 0, 0), size(3, 4, 1, 1), size(4, 3, 0, 1),   size(4, 3, 1, 0),   size(7, 5, 0, 0),
    size(7, 5, 1, 1), size(8, 8, 0, 1), size(11, 13, 1, 0), size(16, 16, 0, 0), size(16, 16, 1, 0),
};

const std::array<Parameters, 5> kLongVariants = {
    size(16, 16, 0, 1), size(16, 16, 1, 1), size(13, 11, 0, 0),
    size(1, 16, 1, 1),  size(16, 1, 0, 1),
};

const std::array<Parameters, 8> kLoopVariants = {
    size(1, 1, 0, 0), size(2, 3, 1, 0),   size(3, 4, 0, 1),   size(7, 5, 1, 1),
    size(8, 8, 1, 1), size(16, 16, 0, 1), size(16, 16, 1, 1), size(11, 13, 0, 0),
};

const std::array<Parameters, 4> kLoopLongVariants = {
    size(64, 64, 0, 0),
    size(64, 64, 0, 1),
    size(64, 64, 1, 0),
    size(64, 64, 1, 1),
};

constexpr std::array<std::string_view, 8> kPorts = {"left_i",   "left_first_i",   "left_last_i",
                                                    "top_i",    "top_position_i", "capture_i",
                                                    "bottom_o", "bottom_valid_o"};

constexpr std::array<std::string_view, 18> kWaves = {
    "left_first_i",
    "left_last_i",
    "capture_i",
    "bottom_valid_o",
    "bottom_o",
    "left_i",
    "top_i",
    "top_position_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.left_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.first_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.last_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.top_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.capture_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.hold_shift_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.above_i",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.factor",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.sum_q",
    "systolic_array.gen_row[{row}].gen_col[{col}].u_pe.hold_o",
};

}  // namespace

const BlockBench kSystolicArrayBench{
    "systolic_array",
    "systolic_array",
    "every register of every PE and the results against sim/systolic; a case is a layer or a run "
    "of random borders",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_systolic_array,
    kLongVariants};

const BlockBench kSystolicArrayLoopBench{"systolic_array_loop",
                                         "systolic_array_loop",
                                         "the simulation twin of systolic_array in the same way",
                                         kParameters,
                                         kLoopVariants,
                                         kPorts,
                                         kPorts,
                                         run_systolic_array_loop,
                                         kLoopLongVariants};

}  // namespace olivine::regress
