// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/systolic/layer_execution.h"

namespace olivine {

class AcceleratorCore;
class MemoryPort;
struct DmaConfig;
struct LayerJob;
struct PackedMatrix;

// The operand scratchpads of a layer in packed form, one of each a batch element: as large as the
// layer, filled as its tiles arrive.
struct PackedOperands {
  std::vector<const PackedMatrix*> activations, weights;
};

// One GEMM layer on an accelerator behind its streams, RTL or C++: cuts tiles to folds that fit the
// accelerator's scratchpads, lays out their operands when the tile has arrived, feeds a beat a
// cycle and side, offers a tile's first fold once all its operands are there, and adds the beats
// that leave to the outputs.
//
// Cycles are what the streams make of them: operand blocks are fed before their fold starts (and
// behind the fold before), and a tile's results are out when their last beat is. A stall is a cycle
// in which a tile's first fold waits for an operand although the array alone could have started it.
// LayerTiming::folds counts the folds that were cut; ArrayGeometry::pipeline_cycles has no meaning.
class StreamEngine final : public LayerExecution {
 public:
  // Contract: core, port, job.data and the matrices outlive the engine, and no one else uses the
  // core meanwhile; no convolution; the core's array is the geometry's, of 4-bit PEs; the tiling is
  // legal and fits.
  StreamEngine(const LayerJob& job, const PackedOperands& operands, AcceleratorCore& core,
               MemoryPort& port, const DmaConfig& dma);
  ~StreamEngine() override;

  // Throws CheckFailed when the accelerator puts out what it should not, NoProgress when folds are
  // in it and nothing has moved for a million cycles.
  int64_t tick(int64_t now) override;
  [[nodiscard]] bool is_finished() const override;
  [[nodiscard]] int64_t end() const override;
  [[nodiscard]] const LayerTiming& timing() const override;
  [[nodiscard]] std::span<const int32_t> outputs() const override;
  [[nodiscard]] DmaEngine& dma() override;
  [[nodiscard]] int64_t in_flight() const override;
  [[nodiscard]] std::string describe() const override;

 protected:
  void settle() override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace olivine
