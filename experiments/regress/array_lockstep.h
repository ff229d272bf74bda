// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "experiments/regress/array_probe.h"
#include "experiments/regress/bench.h"
#include "sim/systolic/pe_array.h"

namespace olivine::regress {

// An RTL array and the model's, stepped with the same borders; compares every register of every
// PE and the results at the bottom in every cycle.
class ArrayLockstep {
 public:
  // `block` is the top module: its parameters give the size, its ports are the contract's.
  ArrayLockstep(BenchContext& context, std::string_view block);

  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] size_t cols() const { return cols_; }
  [[nodiscard]] PeVariant variant() const { return variant_; }
  // A border of this array, all zero.
  [[nodiscard]] ArrayBorder make_border() const { return {rows_, cols_, variant_.is_sparse}; }

  // Brings every register to zero, also those without a reset, then resets once more while flags
  // stand at the border: the array must be as a new model.
  [[nodiscard]] std::optional<Divergence> restart();
  // One cycle. Contract: a border of make_border()'s shape that follows the protocol of folds.
  [[nodiscard]] std::optional<Divergence> step(const ArrayBorder& border);

 private:
  void write(const ArrayBorder& border) const;
  void clear_registers();
  // The edge, in both.
  void advance(const ArrayBorder& border);
  [[nodiscard]] std::optional<Divergence> compare_leaving() const;
  [[nodiscard]] std::optional<Divergence> compare_bottom(size_t col, int32_t expected) const;
  // With block and cycle: `edges` were counted since the cycle it happened in.
  [[nodiscard]] Divergence located(Divergence divergence, int64_t edges) const;

  BenchContext* context_;
  std::string_view block_;
  size_t rows_;
  size_t cols_;
  PeVariant variant_;
  ArrayProbe probe_;
  std::unique_ptr<PeArray> reference_;
  std::vector<size_t> drain_;  // os, by column: number of this cycle's shift, 0 while idle
  const RtlSignal* left_port_;
  const RtlSignal* first_port_;
  const RtlSignal* last_port_;
  const RtlSignal* top_port_;
  const RtlSignal* position_port_;
  const RtlSignal* capture_port_;
  const RtlSignal* bottom_port_;
  const RtlSignal* valid_port_;
};

}  // namespace olivine::regress
