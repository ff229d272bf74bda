// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>

#include "models/analytic/layer_timing.h"

namespace olivine {

class DirectPort;
class LayerExecution;
class MemoryPort;
struct DmaConfig;

// Called now and then with the cycles done.
using LayerProgress = std::function<void(uint64_t cycles)>;

// Runs a layer that is alone on a memory from cycle `begin` to its end. Throws NoProgress with the
// state of every unit when nothing moves for a million cycles.
const LayerTiming& run_layer(LayerExecution& layer, DirectPort& port, int64_t begin = 0,
                             const LayerProgress& progress = {});

// How the DMA engine of a layer that is alone on such a memory cuts its transfers: not at all for
// `bandwidth`, which serves one at a time; into packets that fit a controller's queue for `banked`.
// With the machine's decompressor.
[[nodiscard]] DmaConfig lone_dma(const DramConfig& dram);

}  // namespace olivine
