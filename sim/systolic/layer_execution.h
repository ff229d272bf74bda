// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/analytic/layer_timing.h"

namespace olivine {

class DmaEngine;
struct MemoryResponse;

// One layer on its way through an accelerator, whatever models the array. Cycles are absolute;
// timing() counts from the cycle in which the layer began.
class LayerExecution {
 public:
  LayerExecution() = default;
  virtual ~LayerExecution() = default;
  LayerExecution(const LayerExecution&) = delete;
  LayerExecution& operator=(const LayerExecution&) = delete;

  // Everything that happens in cycle `now`, packets of the DMA engine included. Responses that are
  // known by then have been given to respond(). Returns the next cycle > now in which it wants to
  // be called; kNever: not before another response. Contract: `now` rises; no cycle that was asked
  // for is left out; not called once finished.
  virtual int64_t tick(int64_t now) = 0;

  // The memory's answer to a packet, before or after the tick of the cycle in which it became
  // known. It may be what the layer's end was waiting for.
  void respond(const MemoryResponse& response);

  // Nothing is left to be done in later cycles: end() is known, and lies ahead of the cycle in
  // which it became known.
  [[nodiscard]] virtual bool is_finished() const = 0;
  // Contract, here and below: is_finished().
  [[nodiscard]] virtual int64_t end() const = 0;
  [[nodiscard]] virtual const LayerTiming& timing() const = 0;
  // [batch][m][n]; empty where no values are computed.
  [[nodiscard]] virtual std::span<const int32_t> outputs() const { return {}; }

  [[nodiscard]] virtual DmaEngine& dma() = 0;
  // Folds in the array, for progress and traces; tiles, if no folds are modelled.
  [[nodiscard]] virtual int64_t in_flight() const = 0;
  // One line: what every unit is doing.
  [[nodiscard]] virtual std::string describe() const = 0;

 protected:
  // Finishes the layer if everything its end depends on is known.
  virtual void settle() = 0;
};

}  // namespace olivine
