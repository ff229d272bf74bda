// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>

#include "models/machines/machine.h"

namespace olivine {
class PeArray;
struct ArrayBorder;
}  // namespace olivine

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
  ~ArrayRun();

  // Steps one cycle. Returns false once all folds are out.
  bool step();
  // The border of the cycle stepped last, and the array after it.
  [[nodiscard]] const ArrayBorder& border() const;
  [[nodiscard]] const PeArray& array() const;
  [[nodiscard]] const ArrayWorkload& workload() const { return workload_; }
  // Cycles in which one PE multiplies.
  [[nodiscard]] int64_t active_cycles() const { return workload_.folds * workload_.stream_cycles; }

 private:
  struct State;

  ArrayWorkload workload_;
  std::unique_ptr<State> state_;
};

}  // namespace olivine::synth
