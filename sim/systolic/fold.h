// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/numerics/packed.h"

namespace olivine {

class ConvAddressing;

// The activations of one GEMM by (m, k): rows of a matrix, or an ifmap (one row a pixel, one
// column a channel) read through the addressing of a convolution. Nothing is copied.
class ActivationView {
 public:
  // Contract: the referenced objects outlive the view.
  explicit ActivationView(const DecodedMatrix& matrix) : data_(&matrix) {}
  ActivationView(const DecodedMatrix& ifmap, const ConvAddressing& addressing, int64_t batch)
      : data_(&ifmap), addressing_(&addressing), batch_(batch) {}

  // Zero for k beyond the last element (padding of a 2:4 group) and for convolution padding.
  [[nodiscard]] Slice at(int64_t m, int64_t k, int64_t slice) const {
    if (addressing_ != nullptr) return at_pixel(m, k, slice);
    return k < data_->columns ? data_->at(m, k, static_cast<int>(slice)) : Slice{};
  }

 private:
  [[nodiscard]] Slice at_pixel(int64_t m, int64_t k, int64_t slice) const;

  const DecodedMatrix* data_;
  const ConvAddressing* addressing_ = nullptr;
  int64_t batch_ = 0;
};

// One fold: the region of the GEMM it computes and what the array's borders will carry.
struct Fold {
  int64_t batch = 0;
  Span m, n, k;
  int64_t stream = 0;  // T
  // [row * bus + lane][t]: what row `row` receives t cycles after the fold's first operand.
  std::shared_ptr<const std::vector<Slice>> left;
  // os: [col][t] operands from the top and, for 2:4, their positions.
  // ws, is: [row][col] stationary operands and positions.
  std::vector<Slice> top;
  std::vector<uint8_t> top_position;
};

// Ranges of the fold `index` of a tile, without operands: folds along the rows outermost, so that
// consecutive folds share what streams from the left.
// Contract: 0 <= index < geometry.folds(m.length, n.length, k.length).
[[nodiscard]] Fold make_fold(const ArrayGeometry& geometry, int64_t batch, Span m, Span n, Span k,
                             int64_t index);

// Whether the same operands enter from the left: they do not depend on the columns' range.
[[nodiscard]] bool shares_left(const ArrayGeometry& geometry, const Fold& a, const Fold& b);

// The int32 results of a layer, [batch][m][n]. Partial sums of the folds along k, and of column
// slices, meet here; additions wrap around.
class OutputGrid {
 public:
  explicit OutputGrid(const GemmShape& shape)
      : m_(shape.m), n_(shape.n), values_(static_cast<size_t>(shape.batch * shape.m * shape.n)) {}

  // Elements from one m to the next are `row_pitch` apart, from one n to the next 1.
  [[nodiscard]] int32_t* at(int64_t batch, int64_t m, int64_t n) {
    return values_.data() + (batch * m_ + m) * n_ + n;
  }
  [[nodiscard]] int64_t row_pitch() const { return n_; }
  [[nodiscard]] std::span<const int32_t> values() const { return values_; }

 private:
  int64_t m_;
  int64_t n_;
  std::vector<int32_t> values_;
};

// Cuts a tile into folds as make_fold() and lays out their operands.
class FoldBuilder {
 public:
  // Contract: views and weights outlive the builder; weights are dense or 2:4 as the geometry.
  FoldBuilder(const ArrayGeometry& geometry, ActivationView activations,
              const DecodedMatrix& weights, int64_t batch)
      : geometry_(geometry), activations_(activations), weights_(&weights), batch_(batch) {}

  // Contract: 0 <= index < geometry.folds(m.length, n.length, k.length), here and below.
  [[nodiscard]] Fold build(Span m, Span n, Span k, int64_t index);
  // ws, is: only what comes from the top, before the fold starts; only what streams from the left.
  [[nodiscard]] Fold stationary(Span m, Span n, Span k, int64_t index) const;
  [[nodiscard]] Fold streamed(Span m, Span n, Span k, int64_t index);

 private:
  void fill_left(const Fold& fold, std::vector<Slice>& left) const;
  void fill_top(Fold& fold) const;
  [[nodiscard]] Slice weight(int64_t n, int64_t column, int64_t slice) const {
    return column < weights_->columns ? weights_->at(n, column, static_cast<int>(slice)) : Slice{};
  }
  [[nodiscard]] uint8_t position(int64_t n, int64_t column) const {
    if (column >= weights_->columns) return 0;
    return weights_->position[static_cast<size_t>(n * weights_->columns + column)];
  }

  ArrayGeometry geometry_;
  ActivationView activations_;
  const DecodedMatrix* weights_;
  int64_t batch_;
  Fold shared_;  // the last fold's ranges and left block
};

}  // namespace olivine
