// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/run_layer.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"
#include "models/machines/machine.h"
#include "sim/memory/dma_engine.h"
#include "sim/systolic/layer_execution.h"

namespace olivine {
namespace {

constexpr int64_t kProgressCycles = 1 << 16;
constexpr int64_t kPatienceCycles = 1'000'000;
constexpr int64_t kBankedPacketBytes = 256;

// Notices that nothing moves: no fold in the array, no packet sent, no response on its way.
class Watchdog {
 public:
  explicit Watchdog(int64_t begin) : last_move_(begin) {}

  void look(LayerExecution& layer, int64_t now) {
    const DmaEngine& dma = layer.dma();
    const bool is_moving = layer.in_flight() != 0 || dma.stats().packets != packets_ ||
                           dma.outstanding() != outstanding_ || dma.busy_until() > now;
    packets_ = dma.stats().packets;
    outstanding_ = dma.outstanding();
    if (is_moving) last_move_ = now;
    if (now - last_move_ > kPatienceCycles) {
      throw NoProgress{fmt::format("no progress since cycle {}: {}", last_move_, layer.describe())};
    }
  }

 private:
  int64_t last_move_;
  uint64_t packets_ = 0;
  size_t outstanding_ = 0;
};

}  // namespace

const LayerTiming& run_layer(LayerExecution& layer, DirectPort& port, int64_t begin,
                             const LayerProgress& progress) {
  Watchdog watchdog{begin};
  int64_t next_progress = begin + kProgressCycles;
  for (int64_t now = begin; !layer.is_finished();) {
    port.deliver(layer, now);
    if (layer.is_finished()) break;
    int64_t next = layer.tick(now);
    // What the memory answered at once may let the layer go on.
    if (port.deliver(layer, now)) next = now + 1;
    watchdog.look(layer, now);
    if (progress && now >= next_progress) {
      progress(static_cast<uint64_t>(now - begin));
      next_progress = now + kProgressCycles;
    }
    next = std::min(next, port.next_event());
    if (next == kNever && !layer.is_finished()) {
      throw NoProgress{
          fmt::format("nothing left to wait for in cycle {}: {}", now, layer.describe())};
    }
    now = std::max(next, now + 1);
  }
  return layer.timing();
}

DmaConfig lone_dma(const DramConfig& dram) {
  DmaConfig config;
  config.expanded_elems_per_cycle = dram.decompressor.elements_per_cycle;
  config.expand_latency_cycles = dram.decompressor.latency_cycles;
  if (dram.model == DramModel::Banked) config.packet_bytes = kBankedPacketBytes;
  return config;
}

}  // namespace olivine
