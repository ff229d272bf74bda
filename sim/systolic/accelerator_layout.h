// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/numerics/packed.h"
#include "sim/systolic/fold.h"

namespace olivine {

// What one fold reads of one side of the accelerator, as rtl/accelerator/accelerator.sv defines it:
// a beat is a word for every two lines, 16 bits of codes a pair; 2:4 on the left two pairs, on the
// top a byte of position nibbles above the codes.
struct OperandBlock {
  std::vector<uint32_t> words;  // [address][pair of lines]
  size_t beat_words = 1;        // pairs of lines
  bool is_odd = false;          // begins with the odd element of its first pair

  [[nodiscard]] size_t beats() const { return words.size() / beat_words; }
  [[nodiscard]] std::span<const uint32_t> beat(size_t address) const {
    return std::span{words}.subspan(address * beat_words, beat_words);
  }
};

// Lays out the packed operands of folds. Lines that a fold does not use are zero.
class AcceleratorLayout {
 public:
  // Contract: the matrices outlive the layout; `weights` is 2:4 exactly if the geometry is sparse;
  // 8-bit elements take two lanes.
  AcceleratorLayout(const ArrayGeometry& geometry, const PackedMatrix& activations,
                    const PackedMatrix& weights);

  // Of a fold its ranges and `stream` matter, no slices. Reads the matrices only inside the ranges,
  // and the pairs that they cut.
  [[nodiscard]] OperandBlock left(const Fold& fold) const;
  [[nodiscard]] OperandBlock top(const Fold& fold) const;

 private:
  // The matrix that enters at one side.
  struct Side {
    explicit Side(const PackedMatrix& packed);
    // Pair `pair` of a row: a byte (4-bit formats) or two. Zero outside the row.
    [[nodiscard]] uint32_t pair_code(int64_t row, int64_t pair) const;

    const PackedMatrix* matrix;
    bool is_8bit;
    int64_t code_stride;      // bytes of a row
    int64_t metadata_stride;  // 2:4
  };

  // Range of the fold along the rows of the matrix that enters there.
  [[nodiscard]] const Span& top_range(const Fold& fold) const;
  [[nodiscard]] uint32_t left_pair(const Fold& fold, int64_t element, int64_t address,
                                   int64_t half) const;
  [[nodiscard]] uint32_t top_pair(const Fold& fold, int64_t element, int64_t address) const;
  [[nodiscard]] uint32_t top_nibble(const Fold& fold, int64_t element, int64_t address) const;
  // Elements of the fold along k that rows or cycles stand for: kept ones where it is 2:4.
  [[nodiscard]] int64_t elements_along_k(const Fold& fold) const;

  ArrayGeometry geometry_;
  Side left_, top_;
};

}  // namespace olivine
