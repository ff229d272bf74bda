// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/sim/platform/random_platform.h"

#include <string>

#include "models/analytic/array_timing.h"
#include "models/base/rng.h"
#include "sim/platform/job.h"
#include "sim/platform/platform_config.h"
#include "sim/systolic/layer_placement.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine::testing {

PlatformConfig make_platform(size_t accelerators, AcceleratorModel model, int64_t bytes_per_cycle,
                             int64_t latency_cycles) {
  PlatformConfig platform;
  platform.name = "test";
  PlatformMemory& memory = platform.memories.emplace_back();
  memory.name = "dram";
  memory.dram.bytes_per_cycle = bytes_per_cycle;
  memory.dram.latency_cycles = latency_cycles;
  platform.bus.bytes_per_cycle = 2 * bytes_per_cycle;
  platform.bus.packet_bytes = 4 * bytes_per_cycle;
  for (size_t i = 0; i < accelerators; ++i) {
    PlatformAccelerator& accelerator = platform.accelerators.emplace_back();
    accelerator.name = "acc" + std::to_string(i);
    accelerator.model = model;
    accelerator.memory = memory.name;
  }
  return platform;
}

LayerPlacement place_apart(size_t index) {
  constexpr uint64_t kEach = uint64_t{1} << 24;
  const uint64_t base = index * 4 * kEach;
  return {base, base + kEach, base + 2 * kEach, base + 3 * kEach};
}

Job make_job(const RandomLayer& layer, size_t index, size_t accelerator) {
  Job job;
  job.name = "job" + std::to_string(index);
  job.layer = index;
  job.accelerator = accelerator;
  job.plan.kind = LayerKind::Linear;
  job.plan.work = layer.work;
  job.plan.geometry = layer.geometry;
  job.plan.tiling = layer.tiling;
  const GemmShape& shape = layer.work.shape;
  job.slice = {{0, shape.batch}, {0, shape.m}, {0, shape.n}};
  job.placement = place_apart(index);
  return job;
}

RandomLayer memory_bound_layer(int64_t m, int64_t n, int64_t k) {
  RandomLayer layer;
  layer.machine.name = "machine";
  layer.machine.array.rows = 64;
  layer.machine.array.cols = 64;
  layer.work = {{m, n, k, 1}, parse_scheme("w8a8-int8"), {}};
  layer.geometry = make_geometry(layer.machine, layer.work.scheme);
  layer.tiling = {{32, 32, k}, kLoopOrders[0]};
  return layer;
}

RandomLayer random_fed_layer(Rng& rng, LayerRanges ranges) {
  ranges.compressed_share = 0;
  for (;;) {
    RandomLayer layer = random_layer(rng, ranges);
    if (layer.machine.dram.model != DramModel::Ideal) return layer;
  }
}

}  // namespace olivine::testing
