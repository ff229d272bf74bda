// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/synth/array_run.h"
#include "sim/systolic/pe_array.h"

#include <gtest/gtest.h>

namespace olivine::synth {
namespace {

constexpr int64_t kFolds = 2;
constexpr int64_t kStream = 24;

ArrayWorkload workload(Dataflow dataflow, Format format, Pattern pattern = Pattern::Dense) {
  return {.scheme = {"test", format, format, pattern},
          .dataflow = dataflow,
          .rows = 8,
          .cols = 8,
          .folds = kFolds,
          .stream_cycles = kStream};
}

// Cycles in which PE (0, 0) meets an operand, from its first to its last.
int64_t first_flags(const ArrayWorkload& load, int64_t& cycles) {
  ArrayRun run{load};
  int64_t flags = 0;
  for (cycles = 0; run.step(); ++cycles) flags += run.border().left_first[0];
  return flags;
}

TEST(ArrayRun, StreamsItsFoldsBackToBack) {
  for (const Dataflow dataflow : {Dataflow::OutputStationary, Dataflow::WeightStationary}) {
    for (const Format format : {Format::Int4, Format::Ovp4, Format::Int8, Format::Ovp8}) {
      int64_t cycles = 0;
      EXPECT_EQ(first_flags(workload(dataflow, format), cycles), kFolds);
      // DESIGN section 4, overlapped, equal folds of at least R cycles: R + F T + R + C - 2.
      EXPECT_EQ(cycles, 8 + kFolds * kStream + 8 + 8 - 2);
    }
  }
}

TEST(ArrayRun, SparseOutputStationaryStreamsTwiceTheElementsInThatTime) {
  int64_t cycles = 0;
  const auto load = workload(Dataflow::OutputStationary, Format::Ovp4, Pattern::TwoFour);
  EXPECT_EQ(first_flags(load, cycles), kFolds);
  EXPECT_EQ(cycles, 8 + kFolds * kStream + 8 + 8 - 2);
}

TEST(ArrayRun, OperandsDependOnTheSeedOnly) {
  const auto sum = [](uint64_t seed) {
    ArrayWorkload load = workload(Dataflow::OutputStationary, Format::Ovp4);
    load.seed = seed;
    ArrayRun run{load};
    int64_t total = 0;
    while (run.step()) total += run.array().pe(3, 3).sum;
    return total;
  };
  EXPECT_EQ(sum(1), sum(1));
  EXPECT_NE(sum(1), sum(2));
}

}  // namespace
}  // namespace olivine::synth
