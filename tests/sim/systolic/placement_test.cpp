// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/placement.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

#include "sim/systolic/tile_walker.h"
#include "tests/models/analytic/random_layer.h"

namespace olivine {
namespace {

int64_t tile_bytes(const GemmWork& work, Operand operand, const TileVisit& visit) {
  switch (operand) {
    case Operand::Activations:
      return activation_tile_bytes(work, visit.m.length, visit.k.length);
    case Operand::Weights:
      return weight_dram_bytes(work, visit.n.length, visit.k.length);
    case Operand::PartialSums:
      return psum_tile_bytes(visit.m.length, visit.n.length);
    case Operand::Outputs:
      break;
  }
  return output_tile_bytes(work, visit.m.length, visit.n.length);
}

// Over every tile of a layer: the same tile always lies at the same place, different ones do not
// overlap, all begin aligned and none lies outside the footprint.
TEST(OperandLayout, TilesAreDisjointAndStayInsideTheFootprint) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (int round = 0; round < 300; ++round) {
    const testing::RandomLayer layer = testing::random_layer(rng, {});
    SCOPED_TRACE(testing::describe(layer));
    constexpr LayerPlacement kPlacement{1 << 20, 2 << 20, 3 << 20, 4 << 20};
    const OperandLayout layout{layer.work, layer.tiling, kPlacement};
    const LayerFootprint footprint = layout.footprint();
    struct Region {
      Operand operand;
      uint64_t base, bytes;
    };
    const bool spills = footprint.psums != 0;
    for (const Region& region :
         {Region{Operand::Activations, kPlacement.activations, footprint.activations},
          Region{Operand::Weights, kPlacement.weights, footprint.weights},
          Region{Operand::Outputs, kPlacement.outputs, footprint.outputs},
          Region{Operand::PartialSums, kPlacement.psums, footprint.psums}}) {
      if (region.operand == Operand::PartialSums && !spills) continue;
      std::map<uint64_t, int64_t> tiles;  // end of each by its beginning
      std::map<std::array<int64_t, 3>, uint64_t> places;
      TileWalker walker{layer.work, layer.tiling};
      while (const auto visit = walker.next()) {
        const uint64_t address = layout.address(region.operand, *visit);
        const int64_t bytes = tile_bytes(layer.work, region.operand, *visit);
        ASSERT_EQ(address % OperandLayout::kTileAlignmentBytes, 0u);
        ASSERT_GE(address, region.base);
        ASSERT_LE(address + static_cast<uint64_t>(bytes), region.base + region.bytes);
        tiles[address] = bytes;
        const bool by_m = region.operand != Operand::Weights;
        const bool by_k =
            region.operand == Operand::Activations || region.operand == Operand::Weights;
        const std::array<int64_t, 3> tile = {visit->batch, by_m ? visit->m.begin : visit->n.begin,
                                             by_k ? visit->k.begin : visit->n.begin};
        const auto [known, is_new] = places.emplace(tile, address);
        ASSERT_EQ(known->second, address);
      }
      ASSERT_EQ(tiles.size(), places.size());
      uint64_t end = 0;
      for (const auto& [address, bytes] : tiles) {
        ASSERT_GE(address, end);
        end = address + static_cast<uint64_t>(bytes);
      }
    }
  }
}

TEST(OperandLayout, PartialSumsTakeRoomOnlyWhereTheyAreSpilled) {
  GemmWork work{{8, 4, 32, 1}, parse_scheme("w4a4-ovp"), {}};
  const auto psums = [&](int64_t tile_m, int64_t tile_k, LoopOrder order) {
    return OperandLayout{work, Tiling{{tile_m, 4, tile_k}, order}}.footprint().psums;
  };
  constexpr LoopOrder kInnerK = {Dim::M, Dim::N, Dim::K};
  constexpr LoopOrder kOuterK = {Dim::K, Dim::M, Dim::N};
  EXPECT_EQ(psums(4, 16, kInnerK), 0u);
  EXPECT_EQ(psums(8, 16, kOuterK), 0u);                // one output tile: it stays
  EXPECT_EQ(psums(4, 32, kOuterK), 0u);                // k is not cut
  EXPECT_EQ(psums(4, 16, kOuterK), 2u * (4 * 4 * 4));  // two tiles of 64 B, already aligned
}

}  // namespace
}  // namespace olivine
