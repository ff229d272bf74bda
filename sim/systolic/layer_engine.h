// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/analytic/layer_timing.h"
#include "models/numerics/packed.h"
#include "models/workloads/conv.h"

namespace olivine {

class ArrayDriver;
class DmaEngine;

// Decoded operands of a layer, as many slices an element as it takes lanes on the array. GEMM: one
// matrix of each a batch element. Convolution: one ifmap (a row a pixel, a column a channel);
// weights as for the GEMM it is lowered to.
struct LayerOperands {
  std::vector<DecodedMatrix> activations;
  std::vector<DecodedMatrix> weights;
  std::optional<ConvAddressing> addressing;
};

// One layer, cycle by cycle: tiles are fetched by the DMA engine, folds start when their operands
// are resident and the array is free, PEs compute real values. Follows the contract of
// models/analytic/layer_timing.h by state, not by its recurrence; the two must agree exactly. Of
// the formulas only the length of a fold's flush is shared (a test of its own pins it); decoder and
// output registers are a constant added to a tile's results.
class LayerEngine {
 public:
  // Contract: operands match work and outlive the engine; the tiling fits the scratchpads.
  LayerEngine(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
              const Tiling& tiling, const LayerOperands& operands);
  ~LayerEngine();

  // One clock cycle. False when the layer is finished (nothing was done).
  bool step();

  // Steps to the end; `progress` (if any) is called now and then with the cycles done. Throws
  // NoProgress when nothing moves for a million cycles, with the state of every unit.
  using Progress = std::function<void(uint64_t cycles)>;
  const LayerTiming& run(const Progress& progress = {});

  [[nodiscard]] int64_t cycle() const;
  [[nodiscard]] const LayerTiming& timing() const;  // valid when finished
  // [batch][m][n], valid when finished.
  [[nodiscard]] std::span<const int32_t> outputs() const;
  // The units as the last cycle left them.
  [[nodiscard]] const ArrayDriver& driver() const;
  [[nodiscard]] const DmaEngine& dma() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine
