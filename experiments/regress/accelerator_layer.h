// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "sim/systolic/accelerator_layout.h"
#include "sim/systolic/stream_accelerator.h"

namespace olivine::regress {

// One command of the fold stream, and the block of the top stream that belongs to it.
struct AcceleratorFold {
  Fold fold;  // its ranges
  FoldCommand command;
  OperandBlock top;
  size_t left_block = 0;  // index into AcceleratorLayer::left_blocks
};

// A beat of the output stream.
struct OutputBeat {
  std::vector<int32_t> columns;  // of physical columns
  bool is_last = false;
  std::string place;  // "m 3, n 8..11"
};

// One GEMM cut to folds that fit the scratchpads, and every beat it must give.
struct AcceleratorLayer {
  Scheme scheme;
  ArrayGeometry geometry;
  GemmShape shape;
  PackedMatrix activations, weights;
  std::vector<AcceleratorFold> folds;
  std::vector<OperandBlock> left_blocks;
  std::vector<OutputBeat> beats;
  std::vector<int32_t> golden;  // [m][n]

  [[nodiscard]] std::string describe() const;
};

// Any formats, pattern, dataflow and pipelining that the array takes.
[[nodiscard]] AcceleratorLayer random_accelerator_layer(const AcceleratorLimits& limits, Rng& rng);

}  // namespace olivine::regress
