// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "models/analytic/array_timing.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/units.h"
#include "models/energy/energy_model.h"

namespace olivine {
namespace {

GemmWork work_of(int64_t m, int64_t n, int64_t k, const char* scheme = "w4a4-ovp") {
  return {{m, n, k, 1}, parse_scheme(scheme), std::nullopt};
}

Mapping map_on(const MachineConfig& machine, const GemmWork& work, MapperOptions options = {}) {
  const EnergyModel model{machine};
  return Mapper{machine, model, options}.map(work, "layer");
}

// Every tiling of the same multiples of 64 (m, n) and 8 (k), by brute force.
TEST(Mapper, NoTilingOfAFullSearchIsFaster) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.mapper.slack_pct = 0;
  machine.dram.bytes_per_cycle = 16;  // slow enough for tilings to differ
  const GemmWork work = work_of(256, 192, 320);
  const EnergyModel model{machine};
  const Mapper mapper{machine, model};
  const uint64_t chosen = mapper.map(work, "layer").timing.cycles;
  const ArrayGeometry geometry = make_geometry(machine, work.scheme);
  uint64_t searched = 0;
  for (int64_t m = 64; m <= work.shape.m; m += 64) {
    for (int64_t n = 64; n <= work.shape.n; n += 64) {
      for (int64_t k = 8; k <= work.shape.k; k += 8) {
        for (const LoopOrder& order : kLoopOrders) {
          const Tiling tiling{{m, n, k}, order};
          if (!fits(work, tiling, machine.memory)) continue;
          // Only shares the mapper may choose: the smallest multiple for its number of tiles.
          const int64_t shares = (work.shape.k + k - 1) / k;
          const int64_t even = (work.shape.k + shares - 1) / shares;
          if (k != (even + 7) / 8 * 8) continue;
          ++searched;
          EXPECT_LE(chosen, time_layer(geometry, machine.dram, work, tiling).cycles)
              << m << "x" << n << "x" << k << " " << to_string(order);
        }
      }
    }
  }
  EXPECT_GT(searched, 100u);
}

// Fewest cycles, and least energy within the slack of them, of every tiling that may be chosen,
// where weights are compressed: by a bus and by a decompressor that is the bottleneck.
TEST(Mapper, CompressedWeightsAreMappedToTheLeastEnergy) {
  constexpr double kSlack = 1.05;
  GemmWork work = work_of(256, 192, 320, "w8a8-int8");
  work.weight_density.per_mille = 300;
  for (const int64_t rate : {3, 512}) {
    SCOPED_TRACE(rate);
    MachineConfig machine = load_machine("olive_64x64");
    machine.mapper.slack_pct = 5;
    machine.dram.bytes_per_cycle = 16;
    machine.dram.decompressor.elements_per_cycle = rate;
    const EnergyModel model{machine};
    const Mapper mapper{machine, model};
    const ArrayGeometry geometry = make_geometry(machine, work.scheme);  // os: 32 x 32 elements
    std::vector<Mapping> all;
    const auto shares_of = [](int64_t extent, int64_t unit) {
      std::set<int64_t> sizes;
      for (int64_t shares = 1; shares <= extent; shares += std::max<int64_t>(1, shares / 4)) {
        sizes.insert(std::min(extent, round_up(ceil_div(extent, shares), unit)));
      }
      return sizes;
    };
    for (const int64_t m : shares_of(work.shape.m, 32)) {
      for (const int64_t n : shares_of(work.shape.n, 32)) {
        for (const int64_t k : shares_of(work.shape.k, 8)) {
          for (const LoopOrder& order : kLoopOrders) {
            const Tiling tiling{{m, n, k}, order};
            if (!fits(work, tiling, machine.memory)) continue;
            all.push_back(mapper.evaluate(geometry, work, tiling));
          }
        }
      }
    }
    uint64_t fewest = UINT64_MAX;
    for (const Mapping& mapping : all) fewest = std::min(fewest, mapping.timing.cycles);
    const auto limit = static_cast<uint64_t>(kSlack * static_cast<double>(fewest));
    double least_pj = HUGE_VAL;
    for (const Mapping& mapping : all) {
      if (mapping.timing.cycles > limit) continue;
      least_pj = std::min(least_pj, mapping.energy.total_pj());
    }
    const Mapping chosen = mapper.map(work, "layer");
    EXPECT_LE(chosen.timing.cycles, limit);
    EXPECT_DOUBLE_EQ(chosen.energy.total_pj(), least_pj);
    EXPECT_LT(chosen.timing.dram_bytes[1], chosen.timing.weight_buffer_bytes);
    EXPECT_GT(all.size(), 100u);
  }
}

TEST(Mapper, SlackBuysEnergyAndNothingElse) {
  MachineConfig machine = load_machine("olive_64x64");
  const GemmWork work = work_of(1024, 768, 768);
  machine.mapper.slack_pct = 0;
  const Mapping fastest = map_on(machine, work);
  machine.mapper.slack_pct = 5;
  const Mapping cheapest = map_on(machine, work);
  EXPECT_LE(fastest.timing.cycles, cheapest.timing.cycles);
  EXPECT_LE(static_cast<double>(cheapest.timing.cycles),
            1.05 * static_cast<double>(fastest.timing.cycles));
  EXPECT_LT(cheapest.energy.total_pj(), fastest.energy.total_pj());
}

TEST(Mapper, ChoiceFitsTheScratchpads) {
  constexpr uint64_t kSeed = 7;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 60; ++i) {
    MachineConfig machine = load_machine("edge_16x16");
    machine.memory.activation_buffer = 2048 << rng.uniform(0, 4);
    machine.memory.weight_buffer = 2048 << rng.uniform(0, 4);
    machine.memory.output_buffer = 2048 << rng.uniform(0, 4);
    machine.array.dataflow = static_cast<Dataflow>(rng.uniform(0, 2));
    const GemmWork work =
        work_of(rng.uniform(1, 300), rng.uniform(1, 300), rng.uniform(1, 300), "w8a8-int8");
    const Mapping mapping = map_on(machine, work);
    EXPECT_EQ(overflow(work, mapping.tiling, machine.memory), std::nullopt);
    EXPECT_EQ(mapping.timing,
              time_layer(make_geometry(machine, work.scheme), machine.dram, work, mapping.tiling));
  }
}

TEST(Mapper, SmallScratchpadsGetTilesBelowTheArray) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.memory.output_buffer = 2048;  // 256 sums in a half; the array alone makes 4096
  const Mapping mapping = map_on(machine, work_of(128, 128, 64));
  EXPECT_LE(mapping.tiling.at(Dim::M) * mapping.tiling.at(Dim::N), 256);
}

TEST(Mapper, PinnedChoiceIsKeptAndClipped) {
  const MachineConfig machine = load_machine("olive_64x64");
  const MapperOptions options{{{64, 128, 4096}}, parse_loop_order("nkm")};
  const Mapping mapping = map_on(machine, work_of(256, 256, 512), options);
  EXPECT_EQ(mapping.tiling.tile, (std::array<int64_t, 3>{64, 128, 512}));
  EXPECT_EQ(to_string(mapping.tiling.order), "nkm");
}

TEST(Mapper, IdealMemoryIsOneTile) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.dram.model = DramModel::Ideal;
  const GemmWork work = work_of(5000, 3000, 7000);
  const Mapping mapping = map_on(machine, work);
  EXPECT_EQ(mapping.timing.tiles, 1u);
  EXPECT_EQ(mapping.timing.cycles,
            array_cycles(make_geometry(machine, work.scheme), work.shape).count());
}

TEST(Mapper, TilesThatCutPairsOrGroupsAreRefusedBad) {
  const MachineConfig machine = load_machine("olive_64x64");
  struct Case {
    std::array<int64_t, 3> tile;
    const char* message;
  };
  for (const Case& c : {Case{{64, 64, 3}, "tile k = 3: must be a multiple of 8"},
                        Case{{64, 64, 60}, "tile k = 60: must be a multiple of 8"},
                        Case{{64, 33, 64}, "tile n = 33: must be a multiple of 2"}}) {
    try {
      (void)map_on(machine, work_of(64, 64, 64, "w4a4-ovp-2:4"), {c.tile, std::nullopt});
      FAIL() << c.message;
    } catch (const ShapeError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr(c.message));
    }
  }
  // The whole extent is always whole, and rows of a tile may be anything.
  EXPECT_NO_THROW((void)map_on(machine, work_of(64, 33, 13), {{{7, 33, 13}}, std::nullopt}));
}

TEST(Mapper, WhatFitsNowhereIsNamedBad) {
  const MachineConfig machine = load_machine("olive_64x64");
  const MapperOptions options{{{4096, 4096, 4096}}, std::nullopt};
  try {
    (void)map_on(machine, work_of(4096, 4096, 4096), options);
    FAIL() << "a tile of 4096x4096x4096 fitted";
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("layer layer (4096x4096x4096)"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("memory.activation_buffer"));
  }
}

}  // namespace
}  // namespace olivine
