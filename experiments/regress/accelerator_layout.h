// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/numerics/packed.h"
#include "sim/systolic/fold.h"

namespace olivine::regress {

// What one fold reads of one side of the accelerator, as rtl/accelerator/accelerator.sv defines it:
// a beat is a word for every two lines, 16 bits of codes a pair; 2:4 on the left two pairs, on the
// top a byte of position nibbles above the codes.
struct OperandBlock {
  std::vector<std::vector<uint32_t>> beats;  // [address][pair of lines]
  bool is_odd = false;                       // begins with the odd element of its first pair
};

// Lays out the packed operands of folds. Lines that a fold does not use are zero.
class AcceleratorLayout {
 public:
  // Contract: the matrices outlive the layout; `weights` is 2:4 exactly if the geometry is sparse.
  AcceleratorLayout(const ArrayGeometry& geometry, const PackedMatrix& activations,
                    const PackedMatrix& weights)
      : geometry_(geometry), activations_(&activations), weights_(&weights) {}

  [[nodiscard]] OperandBlock left(const Fold& fold) const;
  [[nodiscard]] OperandBlock top(const Fold& fold) const;
  [[nodiscard]] const PackedMatrix& left_matrix() const;
  [[nodiscard]] const PackedMatrix& top_matrix() const;

 private:
  // Range of the fold along the rows of the matrix that enters there.
  [[nodiscard]] const Span& top_range(const Fold& fold) const;
  [[nodiscard]] uint32_t left_pair(const Fold& fold, int64_t element, int64_t address,
                                   int64_t half) const;
  [[nodiscard]] uint32_t top_pair(const Fold& fold, int64_t element, int64_t address) const;
  [[nodiscard]] uint32_t top_nibble(const Fold& fold, int64_t element, int64_t address) const;
  // Elements of the fold along k that rows or cycles stand for: kept ones where it is 2:4.
  [[nodiscard]] int64_t elements_along_k(const Fold& fold) const;

  ArrayGeometry geometry_;
  const PackedMatrix* activations_;
  const PackedMatrix* weights_;
};

}  // namespace olivine::regress
