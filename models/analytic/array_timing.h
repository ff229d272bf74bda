// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/base/gemm_shape.h"
#include "models/base/units.h"
#include "models/machines/machine.h"
#include "models/numerics/format.h"

namespace olivine {

// How a GEMM falls on an array: which extent maps to rows, columns and time, and how many dense
// elements of it one fold covers. An element of s slices takes s adjacent rows (entering from the
// left) or columns (from the top), as OliVe section 4.5's 2x2 group of 4-bit PEs.
struct ArrayGeometry {
  Dataflow dataflow = Dataflow::OutputStationary;
  Pipelining pipelining = Pipelining::Overlapped;
  int64_t rows = 0;  // physical PEs
  int64_t cols = 0;
  int64_t left_lanes = 1;       // rows an element entering from the left takes
  int64_t top_lanes = 1;        // columns an element entering from the top takes
  bool is_sparse = false;       // 2:4 weights
  int64_t row_span = 0;         // dense elements of the row extent one fold covers
  int64_t col_span = 0;         // dense elements of the column extent one fold covers
  int64_t pipeline_cycles = 0;  // decoder and output registers, once a layer

  // Folds of an m x n x k tile, and cycles for which each streams.
  [[nodiscard]] int64_t folds(int64_t m, int64_t n, int64_t k) const;
  [[nodiscard]] int64_t stream_cycles(int64_t m, int64_t n, int64_t k) const;

  // Rows and columns of folds of a tile.
  [[nodiscard]] int64_t row_folds(int64_t m, int64_t k) const;
  [[nodiscard]] int64_t col_folds(int64_t m, int64_t n) const;

  [[nodiscard]] bool is_output_stationary() const { return dataflow == Dataflow::OutputStationary; }
  // From a fold's first operand at the border to its last result at the edge, less streaming.
  [[nodiscard]] int64_t flush_cycles() const {
    return rows + cols - 2 + (is_output_stationary() ? rows : 0);
  }
  // Before a fold's first operand: the preload of the stationary operand.
  [[nodiscard]] int64_t preload_cycles() const { return is_output_stationary() ? 0 : rows; }
  // From the start of one fold to the start of the next, when nothing is waited for.
  [[nodiscard]] int64_t interval(int64_t stream, int64_t next_stream) const;
};

// Throws ShapeError with the reason when the array cannot run the scheme.
[[nodiscard]] ArrayGeometry make_geometry(const MachineConfig& machine, const Scheme& scheme);

// The operands of a layer under a scheme. Both operands of attention are activations: they are
// dense and stored in the activation format.
[[nodiscard]] Scheme operand_scheme(const Scheme& scheme, bool is_attention);

// Cycles of one GEMM on the array alone, each fold mapped once with its full streamed extent
// (DESIGN section 4's table): ws, is: serial sum(2R+C+T-2), overlapped
// R + sum_{i<F} max(T_i,R) + T_F + R+C-2; os: serial sum(2R+C+T-2), overlapped
// sum_{i<F}(T_i + max(0,R-T_{i+1})) + T_F + R+C-2 + R; plus pipeline registers. 0 without folds.
[[nodiscard]] Cycles array_cycles(const ArrayGeometry& geometry, const GemmShape& shape);

// PE operations (slice products) that contribute to the result. 2:4 skips half of them.
[[nodiscard]] uint64_t useful_pe_ops(const ArrayGeometry& geometry, const GemmShape& shape);

// Useful PE operations over PE-cycles, 0..1.
[[nodiscard]] double utilization(const ArrayGeometry& geometry, uint64_t pe_ops, Cycles total);

}  // namespace olivine
