// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/mixed_scheme.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

using Layers = std::vector<std::vector<SchemeOption>>;

// The least error of all choices within the budget; infinity where none is.
double least_error(const Layers& layers, size_t layer, double budget) {
  if (layer == layers.size()) return 0.0;
  double least = std::numeric_limits<double>::infinity();
  for (const SchemeOption& option : layers[layer]) {
    if (option.cost > budget) continue;
    least = std::min(least, option.error + least_error(layers, layer + 1, budget - option.cost));
  }
  return least;
}

Layers random_layers(Rng& rng) {
  Layers layers(static_cast<size_t>(rng.uniform(1, 6)));
  for (auto& options : layers) {
    options.resize(static_cast<size_t>(rng.uniform(1, 5)));
    for (SchemeOption& option : options) {
      // Whole numbers, so that sums are exact and equal ones occur.
      option = {static_cast<double>(rng.uniform(0, 12)), static_cast<double>(rng.uniform(0, 12))};
    }
  }
  return layers;
}

TEST(MixedScheme, StaysWithinTheBudgetAndBetweenTheBoundAndTheCheapest) {
  constexpr uint64_t kSeed = 901;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  int optimal = 0;
  int solved = 0;
  for (int i = 0; i < 2000; ++i) {
    const Layers layers = random_layers(rng);
    const auto budget = static_cast<double>(rng.uniform(0, 50));
    const double best = least_error(layers, 0, budget);
    if (best == std::numeric_limits<double>::infinity()) {
      EXPECT_THROW((void)choose_mixed(layers, budget), ConfigError);
      continue;
    }
    const MixedChoice choice = choose_mixed(layers, budget);
    double cost = 0.0;
    double error = 0.0;
    double largest_step = 0.0;
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      cost += layers[layer][choice.option_of_layer[layer]].cost;
      error += layers[layer][choice.option_of_layer[layer]].error;
      for (const SchemeOption& option : layers[layer]) {
        largest_step = std::max(largest_step, option.error);
      }
    }
    EXPECT_EQ(choice.cost, cost);
    EXPECT_EQ(choice.error, error);
    EXPECT_LE(cost, budget);
    EXPECT_GE(error, best);
    constexpr double kRounding = 1e-9;  // of the blended option: sums of a dozen numbers below 100
    EXPECT_LE(choice.error_bound, best + kRounding);
    // The relaxation blends the options of one layer at most.
    EXPECT_LE(error - choice.error_bound, largest_step + kRounding);
    ++solved;
    optimal += error == best ? 1 : 0;
  }
  EXPECT_GT(solved, 1000);
  EXPECT_GT(optimal, solved * 3 / 4);
}

TEST(MixedScheme, TakesTheBestOfEveryLayerWhereTheBudgetAllows) {
  const Layers layers = {{{5, 1}, {1, 9}}, {{2, 4}, {3, 4}, {7, 0}}};
  const MixedChoice choice = choose_mixed(layers, 12.0);
  EXPECT_THAT(choice.option_of_layer, ::testing::ElementsAre(0, 2));
  EXPECT_EQ(choice.error, 1.0);
  EXPECT_EQ(choice.error_bound, 1.0);
}

TEST(MixedScheme, SaysWhatTheCheapestCost) {
  EXPECT_THAT(
      [] {
        (void)choose_mixed({{{3, 0}}, {{4, 1}, {5, 0}}}, 6.5);
      },
      ::testing::ThrowsMessage<ConfigError>(::testing::HasSubstr("cheapest schemes cost 7")));
}

TEST(MixedScheme, OfNoLayersIsEmpty) { EXPECT_TRUE(choose_mixed({}, 0.0).option_of_layer.empty()); }

}  // namespace
}  // namespace olivine
