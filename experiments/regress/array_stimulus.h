// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/regress/array_probe.h"
#include "models/base/rng.h"
#include "models/numerics/packed.h"
#include "sim/systolic/pe_array.h"

namespace olivine::regress {

// Any 9 bits, with zero and the extremes of both fields more often than chance.
[[nodiscard]] Slice random_slice(Rng& rng);
// A well-formed operand; sometimes one byte throughout: all zero, most negative, most positive.
[[nodiscard]] PackedMatrix random_operand(Format format, Pattern pattern, int64_t rows, int64_t k,
                                          Rng& rng);

// A random layer on an array of this size: scheme, dataflow, pipelining, extents, operands. The
// real ArrayDriver makes the borders; preloads and starts wait at random where they need not.
class LayerStimulus {
 public:
  LayerStimulus(size_t rows, size_t cols, PeVariant variant, Rng& rng);
  ~LayerStimulus();

  // Writes the next cycle's border. False: every result has left, nothing was written.
  [[nodiscard]] bool next(ArrayBorder& border);
  // "ws overlapped, w4a8-ovp-2:4, 5x9x16, fold 3 of 7": the fold started last.
  [[nodiscard]] std::string describe() const;
  // Whether the driver's results are those of the golden GEMM. Contract: next() was false.
  [[nodiscard]] bool is_product_right() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Borders that belong to no fold: any operand and any flag in any cycle, save what the protocol
// forbids. ws: a swap without a capture before it, a capture over an operand not yet swapped in.
// os: a last flag while the row's hold register is in use.
class RandomBorders {
 public:
  RandomBorders(size_t rows, PeVariant variant, Rng& rng);
  void next(ArrayBorder& border);

 private:
  void next_flags(ArrayBorder& border);

  Rng* rng_;
  PeVariant variant_;
  double flag_;               // chance of a flag a row and cycle
  std::vector<bool> loaded_;  // ws, by row of column 0
  size_t drain_ = 0;          // os: number of column 0's shift in this cycle
};

}  // namespace olivine::regress
