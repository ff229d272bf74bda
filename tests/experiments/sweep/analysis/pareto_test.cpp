// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/pareto.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Whole numbers in [low, high]: many are equal.
std::vector<Costs> random_points(size_t count, size_t objectives, std::pair<int, int> range,
                                 Rng& rng) {
  std::vector<Costs> points(count, Costs(objectives));
  for (Costs& point : points) {
    for (double& cost : point) {
      cost = static_cast<double>(rng.uniform(range.first, range.second));
    }
  }
  return points;
}

void shuffle(std::vector<Costs>& points, Rng& rng) {
  for (size_t i = points.size(); i > 1; --i) {
    const auto other = static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(i) - 1));
    std::swap(points[i - 1], points[other]);
  }
}

bool is_dominated(const Costs& point, const std::vector<Costs>& by) {
  return std::ranges::any_of(by, [&](const Costs& other) { return dominates(other, point); });
}

TEST(Dominates, NeedsOneBetterAndNoneWorse) {
  EXPECT_TRUE(dominates(Costs{1, 2}, Costs{1, 3}));
  EXPECT_TRUE(dominates(Costs{0, 2}, Costs{1, 3}));
  EXPECT_FALSE(dominates(Costs{1, 3}, Costs{1, 2}));
  EXPECT_FALSE(dominates(Costs{0, 4}, Costs{1, 3}));
  EXPECT_FALSE(dominates(Costs{1, 3}, Costs{1, 3}));
}

TEST(Front, KeepsWhatNothingDominates) {
  for (size_t objectives = 1; objectives <= 4; ++objectives) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(fmt::format("{} objectives, seed {}", objectives, seed));
      Rng rng{seed};
      const auto count = static_cast<size_t>(rng.uniform(1, 60));
      const auto points = random_points(count, objectives, {0, 9}, rng);
      Front front;
      for (size_t i = 0; i < count; ++i) {
        const std::vector<Costs> before(points.begin(),
                                        points.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_EQ(front.dominates(points[i]), is_dominated(points[i], before));
        EXPECT_EQ(front.add(points[i], i), !is_dominated(points[i], before));
      }
      std::vector<std::pair<Costs, uint64_t>> expected, found;
      for (size_t i = 0; i < count; ++i) {
        if (!is_dominated(points[i], points)) expected.emplace_back(points[i], i);
      }
      std::ranges::sort(expected);
      for (const Front::Entry& entry : front.sorted()) found.emplace_back(entry.costs, entry.id);
      EXPECT_EQ(found, expected);
      EXPECT_EQ(front.size(), expected.size());
    }
  }
}

TEST(Front, IsEmptyAtFirst) {
  const Front front;
  EXPECT_EQ(front.size(), 0u);
  EXPECT_THAT(front.sorted(), IsEmpty());
  EXPECT_FALSE(front.dominates(Costs{1, 2}));
  EXPECT_FALSE(front.dominates(Costs{1, 2, 3}));
}

TEST(Front, TakesAMillionPoints) {
  // On a line of `kEdge` points, or behind it.
  constexpr int64_t kEdge = 3000;
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  for (const size_t objectives : {size_t{2}, size_t{3}}) {
    Rng rng{kSeed};
    Front front;
    for (uint64_t i = 0; i < 1'000'000; ++i) {
      const auto x =
          static_cast<double>(i < kEdge ? static_cast<int64_t>(i) : rng.uniform(0, kEdge - 1));
      const double behind = i < kEdge ? 0 : static_cast<double>(rng.uniform(1, 100));
      Costs costs(objectives, x + behind);
      costs[1] = kEdge - x + behind;
      front.add(std::move(costs), i);
    }
    EXPECT_EQ(front.size(), static_cast<size_t>(kEdge));
  }
}

// The share of unit cells of the box [0, extent) whose lower corner a point is at or before.
double share_of_cells(const std::vector<Costs>& points, int extent) {
  const size_t axes = points[0].size();
  std::vector<double> cell(axes, 0);
  double covered = 0, all = 0;
  while (true) {
    ++all;
    covered += std::ranges::any_of(
        points, [&](const Costs& point) { return point == cell || dominates(point, cell); });
    size_t axis = 0;
    while (axis < axes && ++cell[axis] == extent) cell[axis++] = 0;
    if (axis == axes) return covered / all;
  }
}

TEST(Hypervolume, CountsTheCellsOfAGrid) {
  for (size_t axes = 1; axes <= 6; ++axes) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      SCOPED_TRACE(fmt::format("{} axes, seed {}", axes, seed));
      Rng rng{seed};
      const int extent = axes <= 3 ? 11 : 4;
      const auto count = static_cast<size_t>(rng.uniform(1, 40));
      // Some lie outside the box, on either side.
      const auto points = random_points(count, axes, {-1, extent + 1}, rng);
      const double found = hypervolume(points, Costs(axes, 0.0), Costs(axes, extent));
      EXPECT_NEAR(found, share_of_cells(points, extent), 1e-12);
    }
  }
}

double binomial(int n, int k) {
  double value = 1;
  for (int i = 1; i <= k; ++i) value = value * (n - k + i) / i;
  return value;
}

// All whole points whose coordinates add up to `sum`.
std::vector<Costs> plane(size_t axes, int sum) {
  if (axes == 1) return {{static_cast<double>(sum)}};
  std::vector<Costs> points;
  for (int first = 0; first <= sum; ++first) {
    for (Costs& rest : plane(axes - 1, sum - first)) {
      rest.push_back(first);
      points.push_back(std::move(rest));
    }
  }
  return points;
}

TEST(Hypervolume, TakesLargeFronts) {
  for (const auto& [axes, extent] : {std::pair{2u, 5000}, std::pair{3u, 99}, std::pair{4u, 15},
                                     std::pair{5u, 9}, std::pair{6u, 7}}) {
    const auto points = plane(axes, extent);
    SCOPED_TRACE(fmt::format("{} axes, {} points", axes, points.size()));
    // Below the plane are the cells whose coordinates add up to less than `extent`.
    double all = 1;
    for (size_t axis = 0; axis < axes; ++axis) all *= extent;
    const int dimensions = static_cast<int>(axes);
    const double below = binomial(extent - 1 + dimensions, dimensions);
    EXPECT_NEAR(hypervolume(points, Costs(axes, 0.0), Costs(axes, extent)), 1 - below / all, 1e-11);
  }
}

TEST(Hypervolume, DoesNotDependOnTheOrderOfPoints) {
  for (size_t axes = 2; axes <= 5; ++axes) {
    Rng rng{axes};
    SCOPED_TRACE(fmt::format("seed {}", axes));
    std::vector<Costs> points(50, Costs(axes));
    for (Costs& point : points) {
      for (double& cost : point) cost = rng.unit();
    }
    const double first = hypervolume(points, Costs(axes, 0.1), Costs(axes, 0.9));
    for (int i = 0; i < 5; ++i) {
      shuffle(points, rng);
      EXPECT_EQ(hypervolume(points, Costs(axes, 0.1), Costs(axes, 0.9)), first);
    }
  }
}

TEST(Hypervolume, ClipsToItsBox) {
  const Costs ideal{1, 10}, reference{3, 30};
  const auto of = [&](std::vector<Costs> points) { return hypervolume(points, ideal, reference); };
  EXPECT_EQ(of({}), 0);
  EXPECT_EQ(of({{1, 10}}), 1);
  EXPECT_EQ(of({{0, 0}}), 1);
  EXPECT_EQ(of({{3, 10}}), 0);
  EXPECT_EQ(of({{1, 31}}), 0);
  EXPECT_EQ(of({{2, 20}}), 0.5 * 0.5);
  EXPECT_EQ(of({{2, 0}, {2, 0}}), 0.5);
}

TEST(Hypervolume, LeavesOutAnAxisWithoutExtent) {
  const std::vector<Costs> points{{2, 7, 20}};
  EXPECT_EQ(hypervolume(points, Costs{1, 7, 10}, Costs{3, 7, 30}), 0.5 * 0.5);
  EXPECT_EQ(hypervolume(points, Costs{2, 7, 20}, Costs{2, 7, 20}), 1);
  EXPECT_EQ(hypervolume({}, Costs{2}, Costs{2}), 0);
}

TEST(FrontRanks, PeelsFrontAfterFront) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const auto count = static_cast<size_t>(rng.uniform(1, 50));
    auto points = random_points(count, 1 + seed % 4, {0, 7}, rng);
    for (Costs& point : points) {
      if (rng.chance(0.1)) point.clear();
    }
    std::vector<size_t> expected(count, 0), left;
    for (size_t i = 0; i < count; ++i) {
      if (!points[i].empty()) left.push_back(i);
    }
    size_t rank = 0;
    for (; !left.empty(); ++rank) {
      std::vector<size_t> behind;
      for (const size_t i : left) {
        const bool is_behind =
            std::ranges::any_of(left, [&](size_t j) { return dominates(points[j], points[i]); });
        if (is_behind) behind.push_back(i);
        expected[i] = rank;
      }
      left = std::move(behind);
    }
    for (size_t i = 0; i < count; ++i) {
      if (points[i].empty()) expected[i] = rank;
    }
    EXPECT_EQ(front_ranks(points), expected);
  }
  EXPECT_THAT(front_ranks({}), IsEmpty());
}

TEST(CrowdingDistances, AddUpTheGapsToBothSides) {
  // Ranges 8 and 10. Of (2, 6): (5 - 0) / 8 + (10 - 1) / 10; of (5, 1): (8 - 2) / 8 + (6 - 0) / 10.
  const std::vector<Costs> points{{2, 6}, {8, 0}, {0, 10}, {5, 1}};
  EXPECT_THAT(crowding_distances(points),
              ElementsAre(5. / 8 + 9. / 10, kInfinite, kInfinite, 6. / 8 + 6. / 10));
}

TEST(CrowdingDistances, OfOneOrTwoAreInfinite) {
  EXPECT_THAT(crowding_distances({}), IsEmpty());
  EXPECT_THAT(crowding_distances(std::vector<Costs>{{1, 1}}), ElementsAre(kInfinite));
  EXPECT_THAT(crowding_distances(std::vector<Costs>{{1, 1}, {1, 1}}),
              ElementsAre(kInfinite, kInfinite));
}

TEST(CrowdingDistances, IgnoreAnObjectiveInWhichAllAreEqual) {
  const std::vector<Costs> points{{4, 0}, {4, 1}, {4, 4}};
  EXPECT_THAT(crowding_distances(points), ElementsAre(kInfinite, 4. / 4, kInfinite));
}

}  // namespace
}  // namespace olivine::sweep
