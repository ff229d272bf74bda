// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <vector>

#include "sim/systolic/accelerator_layout.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine {

// The border decoders of an accelerator: from the words of a block to what each line of the array
// receives. Inverse of AcceleratorLayout, and knows no more than the RTL does: neither the GEMM nor
// where in it a fold lies.
class FoldStreamOperands {
 public:
  // Contract: the biases are those of the paper's grids.
  FoldStreamOperands(const AcceleratorLimits& limits, const StreamFormats& formats);

  // As Fold::left of a fold that streams for `length` cycles.
  [[nodiscard]] std::vector<Slice> left(const OperandBlock& block, int64_t length) const;
  // Sets top and top_position. os: of a fold that streams for `length` cycles.
  void top(const OperandBlock& block, int64_t length, Fold& fold) const;

 private:
  // Element `select` of a pair as line 0 or 1 of a bank receives it.
  [[nodiscard]] static Slice slice_of(Format format, uint32_t pair, int64_t line, bool is_odd);
  void top_element(const OperandBlock& block, int64_t col, int64_t element, Slice& slice,
                   uint8_t* position) const;

  AcceleratorLimits limits_;
  StreamFormats formats_;
  int64_t left_lanes_;
};

}  // namespace olivine
