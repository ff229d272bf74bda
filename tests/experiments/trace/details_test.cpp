// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "experiments/trace/trace_options.h"

namespace olivine::trace {
namespace {

constexpr Detail kFold = Detail::Fold;
constexpr Detail kTile = Detail::Tile;
constexpr Detail kLayer = Detail::Layer;

// Two distinct layers, three times in all; slices by fold, tile and layer.
const std::vector<SliceCounts> kCounts = {{100, 20, 2}, {60, 30, 3}};
const std::vector<size_t> kLayers = {0, 1, 0};

DetailChoice choose(uint64_t max_slices) {
  TraceOptions options;
  options.max_slices = max_slices;
  return choose_details(options, kCounts, kLayers);
}

TEST(Details, AreFoldsWhereThereIsRoom) {
  const DetailChoice choice = choose(100 + 60 + 100);
  EXPECT_EQ(choice.of_layer, (std::vector{kFold, kFold, kFold}));
  EXPECT_EQ(choice.summary.slices, 260u);
  EXPECT_FALSE(choice.summary.is_reduced);
}

TEST(Details, OfTheFirstOfEqualLayersAreFinest) {
  const DetailChoice choice = choose(100 + 60 + 20);
  EXPECT_EQ(choice.of_layer, (std::vector{kFold, kFold, kTile}));
  EXPECT_EQ(choice.summary.slices, 180u);
  EXPECT_TRUE(choice.summary.is_reduced);
  EXPECT_EQ(choice.summary.layers, (std::array<uint64_t, 3>{2, 1, 0}));
}

TEST(Details, FallToTilesThenToLayers) {
  EXPECT_EQ(choose(60 + 2 + 20).of_layer, (std::vector{kTile, kFold, kLayer}));
  EXPECT_EQ(choose(60 + 2 + 2).of_layer, (std::vector{kLayer, kFold, kLayer}));
  EXPECT_EQ(choose(30 + 2 + 2).of_layer, (std::vector{kLayer, kTile, kLayer}));
}

TEST(Details, AreLayersAloneWhereEvenThoseAreTooMany) {
  const DetailChoice choice = choose(1);
  EXPECT_EQ(choice.of_layer, (std::vector{kLayer, kLayer, kLayer}));
  EXPECT_EQ(choice.summary.slices, 7u);
  EXPECT_TRUE(choice.summary.is_reduced);
}

TEST(Details, AreWhatWasAskedForBeyondAnyBound) {
  TraceOptions options;
  options.max_slices = 1;
  options.detail = kTile;
  const DetailChoice choice = choose_details(options, kCounts, kLayers);
  EXPECT_EQ(choice.of_layer, (std::vector{kTile, kTile, kTile}));
  EXPECT_EQ(choice.summary.slices, 70u);
  EXPECT_FALSE(choice.summary.is_reduced);
}

}  // namespace
}  // namespace olivine::trace
