// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/systolic/layer_execution.h"
#include "sim/systolic/run_layer.h"

namespace olivine {

class ArrayDriver;
class MemoryPort;
struct DmaConfig;
struct LayerJob;
struct LayerOperands;

// One layer, cycle by cycle: tiles are fetched by the DMA engine, folds start when their operands
// are resident and the array is free, PEs compute real values. Follows the contract of
// models/analytic/layer_timing.h by state, not by its recurrence; the two must agree exactly. Of
// the formulas only the length of a fold's flush is shared (a test of its own pins it); decoder and
// output registers are a constant added to a tile's results.
class LayerEngine final : public LayerExecution {
 public:
  // Contract: operands match the job and outlive the engine, as do port and job.data; the tiling
  // fits the scratchpads.
  LayerEngine(const LayerJob& job, const LayerOperands& operands, MemoryPort& port,
              const DmaConfig& dma);
  // A layer alone on `ideal` or `bandwidth` memory of its own, from cycle 0.
  LayerEngine(const ArrayGeometry& geometry, const DramConfig& dram, const GemmWork& work,
              const Tiling& tiling, const LayerOperands& operands);
  ~LayerEngine() override;

  int64_t tick(int64_t now) override;
  [[nodiscard]] bool is_finished() const override;
  [[nodiscard]] int64_t end() const override;
  // Before the end: stalls, folds and bytes so far.
  [[nodiscard]] const LayerTiming& timing() const override;
  [[nodiscard]] std::span<const int32_t> outputs() const override;
  [[nodiscard]] DmaEngine& dma() override;
  [[nodiscard]] int64_t in_flight() const override;
  [[nodiscard]] std::string describe() const override;

  // Contract: made by the second constructor. Steps to the end, as run_layer().
  const LayerTiming& run(const LayerProgress& progress = {});

  // The array as the last cycle left it.
  [[nodiscard]] const ArrayDriver& driver() const;

 protected:
  void settle() override;

 private:
  struct OwnMemory;
  class Impl;
  std::unique_ptr<OwnMemory> own_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine
