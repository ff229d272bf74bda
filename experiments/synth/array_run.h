// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

#include "models/machines/machine.h"
#include "sim/systolic/array_driver.h"

namespace olivine::synth {

// What an array of which PEs runs: `folds` consecutive folds that fill it, each streaming for
// `stream_cycles`, overlapped.
struct ArrayWorkload {
  Scheme scheme;
  Dataflow dataflow = Dataflow::OutputStationary;
  int64_t rows = 64;
  int64_t cols = 64;
  int64_t pe_operand_bits = 4;
  int64_t folds = 3;
  int64_t stream_cycles = 512;
  uint64_t seed = 1;
};

// The cycle-stepped model under that workload, on synthetic operands: bell-shaped normals, and
// outliers in 1 % of the pairs of OVP formats (models/numerics/random_operand.h).
class ArrayRun {
 public:
  explicit ArrayRun(const ArrayWorkload& workload);

  // Steps one cycle. Returns false once all folds are out.
  bool step();
  // The border of the cycle stepped last, and the array after it.
  [[nodiscard]] const ArrayBorder& border() const { return driver_.border(); }
  [[nodiscard]] const PeArray& array() const { return driver_.array(); }
  [[nodiscard]] const ArrayWorkload& workload() const { return workload_; }
  // Cycles in which one PE multiplies.
  [[nodiscard]] int64_t active_cycles() const { return workload_.folds * workload_.stream_cycles; }

 private:
  void start_what_may();
  Fold build() { return builder_.build({0, shape_.m}, {0, shape_.n}, {0, shape_.k}, built_++); }

  ArrayWorkload workload_;
  ArrayGeometry geometry_;
  GemmShape shape_;
  DecodedMatrix activations_;
  DecodedMatrix weights_;
  OutputGrid outputs_;
  ArrayDriver driver_;
  FoldBuilder builder_;
  int64_t built_ = 0;
  int64_t started_ = 0;
  int64_t done_ = 0;
  int64_t now_ = 0;
};

}  // namespace olivine::synth
