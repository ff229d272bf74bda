// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/variation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <utility>

#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

using testing::AnyOf;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::vector<GeneAxis> kGenes = {{10, true}, {1, true}, {7, false}, {2, true}, {2, false}};

size_t differences(const Genes& a, const Genes& b) {
  size_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1u : 0u;
  return count;
}

Genes random_genes(const std::vector<GeneAxis>& axes, Rng& rng) {
  Genes genes;
  for (const GeneAxis& axis : axes) {
    genes.push_back(static_cast<uint32_t>(rng.uniform(0, static_cast<int64_t>(axis.levels) - 1)));
  }
  return genes;
}

TEST(Variation, ChangesOneAxisOfSeveralLevels) {
  const Variation variation{kGenes, 0.9, 0.5};
  Rng rng{4};
  std::vector<int> changed(kGenes.size());
  for (int i = 0; i < 4000; ++i) {
    const Genes before = random_genes(kGenes, rng);
    Genes genes = before;
    variation.mutate_one(genes, rng);
    EXPECT_EQ(differences(genes, before), 1u);
    for (size_t axis = 0; axis < genes.size(); ++axis) {
      EXPECT_LT(genes[axis], kGenes[axis].levels);
      changed[axis] += genes[axis] != before[axis] ? 1 : 0;
    }
  }
  EXPECT_EQ(changed[1], 0);
  for (const size_t axis : {0u, 2u, 3u, 4u})
    EXPECT_NEAR(changed[axis], 4000 / 4, 5 * 28);  // 5 sigma
}

TEST(Variation, MutatesAsOftenAsItIsTold) {
  Rng rng{5};
  for (const double mutation : {0.0, 0.3, 1.0}) {
    const Variation variation{kGenes, 0.9, mutation};
    double changed = 0;
    constexpr int kTimes = 4000;
    for (int i = 0; i < kTimes; ++i) {
      const Genes before = random_genes(kGenes, rng);
      Genes genes = before;
      variation.mutate(genes, rng);
      changed += static_cast<double>(differences(genes, before));
    }
    const double axes = 4;  // that can change
    EXPECT_NEAR(changed / kTimes / axes, mutation, mutation == 0.3 ? 0.02 : 0);
  }
}

TEST(Variation, StepsAlongOrderedAxesAndJumpsOnOthers) {
  const std::vector<GeneAxis> axes = {{101, true}, {101, false}};
  const Variation variation{axes, 0.9, 1.0};
  Rng rng{6};
  double ordered = 0, other = 0;
  for (int i = 0; i < 3000; ++i) {
    Genes genes{50, 50};
    variation.mutate(genes, rng);
    ordered += std::abs(static_cast<double>(genes[0]) - 50) / 3000;
    other += std::abs(static_cast<double>(genes[1]) - 50) / 3000;
  }
  // Of polynomial mutation with index 7 the mean step is 1 / 9 of the range; of a jump, a quarter.
  EXPECT_NEAR(ordered, 100. / 9, 1);
  EXPECT_NEAR(other, 100. / 4, 1);
}

TEST(Variation, CrossesInsideTheRangeAroundItsParents) {
  const Variation variation{{{201, true}}, 1.0, 0.0};
  Rng rng{7};
  double sum = 0, distance = 0;
  int crossed = 0;
  constexpr int kTimes = 4000;
  for (int i = 0; i < kTimes; ++i) {
    Genes a{80}, b{120};
    variation.cross(a, b, rng);
    EXPECT_LE(a[0], 200u);
    EXPECT_LE(b[0], 200u);
    sum += static_cast<double>(a[0] + b[0]) / 2 / kTimes;
    distance += std::abs(static_cast<double>(a[0]) - static_cast<double>(b[0])) / kTimes;
    crossed += a[0] != 80 || b[0] != 120 ? 1 : 0;
  }
  EXPECT_NEAR(sum, 100, 0.5);
  EXPECT_NEAR(distance, 40, 1);         // the mean spread is 1
  EXPECT_GT(crossed, kTimes * 4 / 10);  // half of the axes, most of them to other positions
  EXPECT_LT(crossed, kTimes * 6 / 10);
}

TEST(Variation, CrossesUnorderedAxesByExchange) {
  const Variation variation{{{50, false}, {50, false}}, 1.0, 0.0};
  Rng rng{8};
  std::map<std::pair<uint32_t, uint32_t>, int> seen;
  for (int i = 0; i < 1000; ++i) {
    Genes a{3, 4}, b{30, 40};
    variation.cross(a, b, rng);
    EXPECT_EQ(a[0] + b[0], 33u);
    EXPECT_EQ(a[1] + b[1], 44u);
    EXPECT_THAT(a[0], AnyOf(3u, 30u));
    ++seen[{a[0], a[1]}];
  }
  EXPECT_EQ(seen.size(), 4u);
  for (const auto& [genes, count] : seen) EXPECT_GT(count, 150);  // 250 each
}

TEST(Variation, LeavesParentsThatDoNotMix) {
  const Variation variation{kGenes, 0.0, 0.0};
  Rng rng{9};
  for (int i = 0; i < 100; ++i) {
    const Genes a = random_genes(kGenes, rng), b = random_genes(kGenes, rng);
    Genes child_a = a, child_b = b;
    variation.cross(child_a, child_b, rng);
    EXPECT_EQ(child_a, a);
    EXPECT_EQ(child_b, b);
  }
}

TEST(Variation, KnowsNeighbours) {
  const Variation variation{{{5, true}, {4, false}, {1, false}, {1000, false}}, 0.9, 0.1};
  Rng rng{10};
  EXPECT_THAT(variation.neighbours(0, 0, rng), UnorderedElementsAre(1));
  EXPECT_THAT(variation.neighbours(0, 2, rng), UnorderedElementsAre(1, 3));
  EXPECT_THAT(variation.neighbours(0, 4, rng), UnorderedElementsAre(3));
  EXPECT_THAT(variation.neighbours(1, 2, rng), UnorderedElementsAre(0, 1, 3));
  EXPECT_THAT(variation.neighbours(2, 0, rng), IsEmpty());
  const std::vector<uint32_t> some = variation.neighbours(3, 500, rng);
  EXPECT_EQ(some.size(), 16u);
  for (const uint32_t position : some) {
    EXPECT_NE(position, 500u);
    EXPECT_LT(position, 1000u);
  }
}

}  // namespace
}  // namespace olivine::sweep
