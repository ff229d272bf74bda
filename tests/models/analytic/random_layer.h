// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/analytic/array_timing.h"
#include "models/analytic/layer_timing.h"
#include "models/analytic/tiling.h"
#include "models/base/rng.h"
#include "models/machines/machine.h"

namespace olivine::testing {

inline constexpr std::array<std::string_view, 10> kIntegerSchemes = {
    "w8a8-int8",     "w4a4-int4",     "w4a4-ovp",     "w8a8-ovp",     "w4a8-ovp",
    "w8a8-int8-2:4", "w4a4-int4-2:4", "w4a4-ovp-2:4", "w8a8-ovp-2:4", "w4a8-ovp-2:4"};

inline const Scheme& random_scheme(Rng& rng) {
  return parse_scheme(
      kIntegerSchemes[static_cast<size_t>(rng.uniform(0, kIntegerSchemes.size() - 1))]);
}

// Upper ends of the sampled ranges; the lower ends are 1 (latencies: 0).
struct LayerRanges {
  int64_t rows = 32;
  int64_t cols = 8;
  int64_t extent = 40;
  int64_t batch = 5;
  int64_t bytes_per_cycle = 20;
  int64_t latency_cycles = 30;
  double compressed_share = 0.4;  // of dense schemes; 0 where nothing expands weights
};

// One machine, scheme, GEMM and tiling that belong together.
struct RandomLayer {
  MachineConfig machine;
  ArrayGeometry geometry;
  GemmWork work;
  Tiling tiling;
};

inline MachineConfig random_machine(Rng& rng, const LayerRanges& ranges) {
  MachineConfig machine;
  machine.name = "random";
  machine.array.rows = rng.uniform(1, ranges.rows);
  machine.array.cols = rng.uniform(1, ranges.cols);
  machine.array.pe_operand_bits = rng.chance(0.2) ? 8 : 4;
  machine.array.dataflow = static_cast<Dataflow>(rng.uniform(0, 2));
  machine.array.pipelining = static_cast<Pipelining>(rng.uniform(0, 1));
  machine.array.decoder_latency_cycles = rng.uniform(0, 3);
  machine.array.output_latency_cycles = rng.uniform(0, 2);
  machine.dram.model = static_cast<DramModel>(rng.uniform(0, 1));
  machine.dram.bytes_per_cycle = rng.uniform(1, ranges.bytes_per_cycle);
  machine.dram.latency_cycles = rng.uniform(0, ranges.latency_cycles);
  machine.dram.decompressor.elements_per_cycle = rng.uniform(1, 2 * ranges.bytes_per_cycle);
  machine.dram.decompressor.latency_cycles = rng.uniform(0, 5);
  return machine;
}

// A tile of at most `extent`, in whole `unit`s unless it is all of it.
inline int64_t random_tile(Rng& rng, int64_t extent, int64_t unit) {
  if (rng.chance(0.3)) return extent;
  const int64_t units = (rng.uniform(1, extent) + unit - 1) / unit;
  return std::min(units * unit, extent);
}

// Tiles that begin on whole bytes of every format: 2 elements of 4 bits along n (the next layer's
// k), 8 elements of 2:4 weights along k (two metadata nibbles).
inline Tiling random_tiling(Rng& rng, const GemmShape& shape) {
  Tiling tiling;
  tiling.tile = {random_tile(rng, shape.m, 1), random_tile(rng, shape.n, 2),
                 random_tile(rng, shape.k, 8)};
  tiling.order = kLoopOrders[static_cast<size_t>(rng.uniform(0, kLoopOrders.size() - 1))];
  return tiling;
}

// Extents of 1 are frequent: they are where rounding goes wrong.
inline GemmShape random_shape(Rng& rng, const LayerRanges& ranges) {
  const auto extent = [&] { return rng.chance(0.15) ? 1 : rng.uniform(1, ranges.extent); };
  GemmShape shape{extent(), extent(), extent(), 1};
  if (rng.chance(0.3)) shape.batch = rng.uniform(2, std::max<int64_t>(2, ranges.batch));
  return shape;
}

inline RandomLayer random_layer(Rng& rng, const LayerRanges& ranges) {
  for (;;) {
    const MachineConfig machine = random_machine(rng, ranges);
    const Scheme& scheme = random_scheme(rng);
    if (refusal(machine, scheme)) continue;
    const GemmShape shape = random_shape(rng, ranges);
    GemmWork work{shape, scheme, {}, {}};
    if (scheme.weight_pattern == Pattern::Dense && rng.chance(ranges.compressed_share)) {
      work.weight_density.per_mille = static_cast<int32_t>(rng.uniform(1, 999));
    }
    return {machine, make_geometry(machine, scheme), work, random_tiling(rng, shape)};
  }
}

// All of a case on one line, to be typed back into a test.
inline std::string describe(const RandomLayer& layer) {
  const ArrayConfig& array = layer.machine.array;
  const DramConfig& dram = layer.machine.dram;
  const GemmShape& shape = layer.work.shape;
  return fmt::format(
      "{} {} {}x{} of {} bits {} {} registers {}+{} dram {} {} B/cycle latency {} mxnxk {}x{}x{} "
      "batch {} "
      "tile {}x{}x{} order {} density {}/1000 expands {} a cycle latency {}",
      layer.work.scheme.name, kDataflowNames[static_cast<size_t>(array.dataflow)].name, array.rows,
      array.cols, array.pe_operand_bits,
      kPipeliningNames[static_cast<size_t>(array.pipelining)].name,
      layer.work.conv ? "conv" : "gemm", array.decoder_latency_cycles, array.output_latency_cycles,
      kDramModelNames[static_cast<size_t>(dram.model)].name, dram.bytes_per_cycle,
      dram.latency_cycles, shape.m, shape.n, shape.k, shape.batch, layer.tiling.at(Dim::M),
      layer.tiling.at(Dim::N), layer.tiling.at(Dim::K), to_string(layer.tiling.order),
      layer.work.weight_density.per_mille, dram.decompressor.elements_per_cycle,
      dram.decompressor.latency_cycles);
}

inline std::string describe(const LayerTiming& timing) {
  return fmt::format(
      "cycles {} array {} folds {} tiles {} stalls {} bytes {} psum reload {} weights "
      "written {}",
      timing.cycles, timing.array_cycles, timing.folds, timing.tiles, fmt::join(timing.stalls, "/"),
      fmt::join(timing.dram_bytes, "/"), timing.psum_reload_bytes, timing.weight_buffer_bytes);
}

}  // namespace olivine::testing
