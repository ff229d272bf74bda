// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "sim/systolic/stream_accelerator.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {

class DirectPort;
class StreamEngine;
struct PackedMatrix;

namespace testing {

// A GEMM layer, its operands and result, and the accelerator to run it on. Who makes or copies one
// includes models/numerics/packed.h.
struct StreamLayer {
  RandomLayer layer;
  AcceleratorLimits limits;
  std::vector<PackedMatrix> activations, weights;  // by batch element
  std::vector<int32_t> expected;                   // [batch][m][n]
};

std::string describe(const StreamLayer& stream);

// Depths are often the smallest that can be built, and small otherwise: most tiles are cut.
AcceleratorLimits random_limits(Rng& rng, int64_t rows, int64_t cols);

// Draws operands for the layer's shape and scheme, and computes what they give.
void add_operands(Rng& rng, StreamLayer& stream);

StreamLayer random_stream_layer(Rng& rng, const AcceleratorLimits& limits,
                                const LayerRanges& ranges);

// What a layer gave on one core.
struct StreamRun {
  LayerTiming timing;
  std::vector<int32_t> outputs;

  bool operator==(const StreamRun&) const = default;
};

// Everything a StreamEngine needs around it: memory, scratchpads that fill as tiles arrive.
class StreamHarness {
 public:
  // Contract: stream and core outlive the harness.
  StreamHarness(const StreamLayer& stream, AcceleratorCore& core, int64_t begin = 0);
  ~StreamHarness();

  StreamRun run();
  [[nodiscard]] StreamEngine& engine();
  [[nodiscard]] DirectPort& port();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing
}  // namespace olivine
