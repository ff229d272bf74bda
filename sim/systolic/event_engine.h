// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "sim/systolic/layer_execution.h"

namespace olivine {

class MemoryPort;
struct DmaConfig;
struct LayerJob;

// One layer, tile by tile: when a tile starts follows from the tile before and from when its
// operands arrived, by the closed form of a fold's interval (models/analytic/array_timing.h); when
// they arrive is the memory's affair. So it is exact with any memory model, and sleeps between
// packets. Computes no values.
class EventEngine final : public LayerExecution {
 public:
  // Contract: port and job.data outlive the engine; the tiling is legal and fits.
  EventEngine(const LayerJob& job, MemoryPort& port, const DmaConfig& dma);
  ~EventEngine() override;

  int64_t tick(int64_t now) override;
  [[nodiscard]] bool is_finished() const override;
  [[nodiscard]] int64_t end() const override;
  [[nodiscard]] const LayerTiming& timing() const override;
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
