// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "experiments/sweep/search/latin_hypercube.h"
#include "experiments/sweep/search/random_order.h"
#include "experiments/sweep/space/mixed_radix.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kLargest = uint64_t{1} << 62;

std::vector<uint64_t> all_of(const RandomOrder& order) {
  std::vector<uint64_t> values;
  for (uint64_t place = 0; place < order.count(); ++place) values.push_back(order.at(place));
  return values;
}

std::vector<uint64_t> first_numbers(uint64_t count) {
  std::vector<uint64_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), uint64_t{0});
  return numbers;
}

TEST(RandomOrder, HasEveryNumberOnce) {
  std::vector<uint64_t> counts = first_numbers(260);  // around all powers of two up to 256
  for (const uint64_t count : {1023u, 1024u, 1025u, 4093u, 65535u, 65536u, 65537u}) {
    counts.push_back(count);
  }
  for (const uint64_t count : counts) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      std::vector<uint64_t> values = all_of(RandomOrder{count, seed});
      std::ranges::sort(values);
      EXPECT_EQ(values, first_numbers(count)) << "count " << count << ", seed " << seed;
    }
  }
}

TEST(RandomOrder, ReachesAllOrdersOfFewNumbersAlike) {
  constexpr int kMean = 200;
  uint64_t factorial = 1;
  for (uint64_t count = 2; count <= 5; ++count) {
    factorial *= count;
    std::map<std::vector<uint64_t>, int> orders;
    for (uint64_t seed = 0; seed < factorial * kMean; ++seed) {
      ++orders[all_of(RandomOrder{count, seed})];
    }
    EXPECT_EQ(orders.size(), factorial);
    for (const auto& [order, times] : orders) EXPECT_NEAR(times, kMean, 5 * std::sqrt(kMean));
  }
}

TEST(RandomOrder, RepeatsWithItsSeed) {
  EXPECT_EQ(all_of(RandomOrder{1000, 3}), all_of(RandomOrder{1000, 3}));
  EXPECT_NE(all_of(RandomOrder{1000, 3}), all_of(RandomOrder{1000, 4}));
}

// A number does not tell the next one, nor its place its value: counts of pairs by cell of a grid
// are as of chance, by the mean and deviation of chi-square.
TEST(RandomOrder, LooksRandom) {
  constexpr size_t kSide = 20;
  constexpr double kCells = kSide * kSide;
  for (const uint64_t count : {1'000'003u, 500'009u, 1u << 19}) {  // of 20, 19 and 19 bits
    SCOPED_TRACE(fmt::format("count {}", count));
    const RandomOrder order{count, 3};
    std::array<double, kSide * kSide> place_and_value{}, successive{};  // counts by cell
    const auto part = [&](uint64_t number) { return static_cast<size_t>(number * kSide / count); };
    uint64_t before = order.at(count - 1);
    for (uint64_t place = 0; place < count; ++place) {
      const uint64_t value = order.at(place);
      ++place_and_value[part(place) * kSide + part(value)];
      ++successive[part(before) * kSide + part(value)];
      before = value;
    }
    for (const auto& cells : {place_and_value, successive}) {
      double chi_square = 0;
      const double mean = static_cast<double>(count) / kCells;
      for (const double pairs : cells) chi_square += (pairs - mean) * (pairs - mean) / mean;
      // Both sums of every row and column are fixed: (side - 1)^2 degrees of freedom.
      const double freedom = (kSide - 1.0) * (kSide - 1.0);
      EXPECT_NEAR(chi_square, freedom, 5 * std::sqrt(2 * freedom));
    }
  }
}

TEST(RandomOrder, TakesTheLargestSpaces) {
  for (const uint64_t count : {kLargest, kLargest - 1, kLargest / 2 + 1, kLargest / 2}) {
    const RandomOrder order{count, 9};
    std::set<uint64_t> values;
    for (uint64_t i = 0; i < 1000; ++i) {
      for (const uint64_t place : {i, count - 1 - i}) {
        values.insert(order.at(place));
        EXPECT_LT(order.at(place), count);
      }
    }
    EXPECT_EQ(values.size(), 2000u);
    EXPECT_LT(*values.begin(), count / 100);  // 2000 numbers of all sizes
    EXPECT_GT(*values.rbegin(), count - count / 100);
  }
}

TEST(MixedRadix, CountsTheLastAxisFastest) {
  const MixedRadix radix{{2, 3, 5}};
  EXPECT_EQ(radix.size(), 2u * 3 * 5);
  EXPECT_EQ(radix.index_of({0, 0, 1}), 1u);
  EXPECT_EQ(radix.index_of({1, 2, 4}), 29u);
  EXPECT_THAT(radix.positions(7), ElementsAre(0, 1, 2));  // 0 * 15 + 1 * 5 + 2
  for (uint64_t index = 0; index < radix.size(); ++index) {
    EXPECT_EQ(radix.index_of(radix.positions(index)), index);
  }
}

TEST(LatinHypercube, UsesEveryStratumOnce) {
  for (const uint64_t samples : {1u, 2u, 7u, 64u, 1000u}) {
    const LatinHypercube design{samples, {samples, samples}, 5};
    std::vector<uint64_t> first, second;
    for (uint64_t i = 0; i < samples; ++i) {
      first.push_back(design.at(i)[0]);
      second.push_back(design.at(i)[1]);
    }
    if (samples >= 7) {
      EXPECT_NE(first, second);
    }
    std::ranges::sort(first);
    std::ranges::sort(second);
    EXPECT_EQ(first, first_numbers(samples));
    EXPECT_EQ(second, first_numbers(samples));
  }
}

TEST(LatinHypercube, HasEveryLevelEquallyOften) {
  for (const uint64_t samples : {1u, 5u, 16u, 17u, 100u, 101u}) {
    for (const uint64_t levels : {1u, 2u, 3u, 16u, 97u, 1000u}) {
      std::vector<uint64_t> counts(levels);
      const LatinHypercube design{samples, {3, levels}, 2};
      for (uint64_t i = 0; i < samples; ++i) ++counts[design.at(i)[1]];
      const auto [least, most] = std::ranges::minmax(counts);
      EXPECT_EQ(least, samples / levels);
      EXPECT_EQ(most, (samples + levels - 1) / levels);
    }
  }
}

TEST(LatinHypercube, TakesTheLevelAtTheMiddleOfAStratum) {
  EXPECT_THAT(LatinHypercube(1, {9}, 1).at(0), ElementsAre(4));
  const LatinHypercube two{2, {8}, 1};
  EXPECT_EQ(two.at(0)[0] + two.at(1)[0], 2u + 6);
}

TEST(LatinHypercube, TakesManySamplesOfManyLevels) {
  constexpr uint64_t kSamples = 1'000'000'000'000;
  constexpr uint64_t kLevels = 100'000;
  const LatinHypercube design{kSamples, {kLevels}, 1};
  std::set<uint32_t> seen;
  for (uint64_t i = 0; i < 1000; ++i) seen.insert(design.at(kSamples - 1 - i)[0]);
  EXPECT_GT(seen.size(), 900u);  // of 1000 draws of 1e5 levels, 5 coincide on average
  EXPECT_LT(*seen.rbegin(), kLevels);
}

Axis axis_of(size_t levels) {
  Axis axis;
  for (size_t i = 0; i < levels; ++i) axis.values.push_back({static_cast<int64_t>(i)});
  return axis;
}

std::vector<Axis> axes_of(const std::vector<size_t>& levels) {
  std::vector<Axis> axes;
  for (const size_t count : levels) axes.push_back(axis_of(count));
  return axes;
}

SearchSpec spec_of(Method method, uint64_t points, uint64_t seed = 1) {
  SearchSpec spec;
  spec.method = method;
  spec.points = points;
  spec.seed = seed;
  return spec;
}

std::vector<PointIndex> points_of(Search& search, size_t limit) {
  std::vector<PointIndex> points;
  while (!search.is_over()) {
    const std::vector<PointIndex> asked = search.ask(limit);
    EXPECT_FALSE(asked.empty());
    EXPECT_LE(asked.size(), limit);
    points.insert(points.end(), asked.begin(), asked.end());
  }
  EXPECT_THAT(search.ask(limit), IsEmpty());
  return points;
}

TEST(Search, ExhaustiveGoesThroughTheSpaceInOrder) {
  const auto search = make_search(spec_of(Method::Exhaustive, 3), axes_of({2, 3, 5}));
  EXPECT_EQ(search->budget(), 30u);
  EXPECT_FALSE(search->needs_answers());
  EXPECT_EQ(points_of(*search, 7), first_numbers(30));
}

TEST(Search, RandomRepeatsNoPoint) {
  for (const uint64_t points : {1u, 29u, 30u, 31u, 1000u}) {
    const auto search = make_search(spec_of(Method::Random, points), axes_of({2, 3, 5}));
    const uint64_t expected = std::min<uint64_t>(points, 30);
    EXPECT_EQ(search->budget(), expected);
    const std::vector<PointIndex> asked = points_of(*search, 4);
    const std::set<PointIndex> different(asked.begin(), asked.end());
    EXPECT_EQ(asked.size(), expected);
    EXPECT_EQ(different.size(), expected);
    EXPECT_LT(*different.rbegin(), 30u);
  }
}

TEST(Search, LatinHypercubeUsesLevelsEvenly) {
  const MixedRadix radix{{4, 8, 50}};
  const auto search = make_search(spec_of(Method::LatinHypercube, 200), axes_of({4, 8, 50}));
  EXPECT_EQ(search->budget(), 200u);
  std::array<std::map<uint32_t, int>, 3> counts;
  for (const PointIndex index : points_of(*search, 33)) {
    const std::vector<uint32_t> positions = radix.positions(index);
    for (size_t axis = 0; axis < counts.size(); ++axis) ++counts[axis][positions[axis]];
  }
  for (size_t axis = 0; axis < counts.size(); ++axis) {
    EXPECT_EQ(counts[axis].size(), radix.levels()[axis]);
    for (const auto& [level, count] : counts[axis]) {
      EXPECT_EQ(count, 200 / static_cast<int>(radix.levels()[axis]));
    }
  }
}

TEST(Search, LatinHypercubeTakesNoMoreSamplesThanPoints) {
  const auto search = make_search(spec_of(Method::LatinHypercube, 1000), axes_of({2, 3}));
  EXPECT_EQ(points_of(*search, 10).size(), 6u);
}

TEST(Search, DoesNotDependOnThePortionsOfAsking) {
  for (const Method method : {Method::Exhaustive, Method::Random, Method::LatinHypercube}) {
    const auto axes = axes_of({5, 6, 7});
    const SearchSpec spec = spec_of(method, 100);
    EXPECT_EQ(points_of(*make_search(spec, axes), 1), points_of(*make_search(spec, axes), 1000));
  }
}

TEST(Search, DependsOnTheSeed) {
  for (const Method method : {Method::Random, Method::LatinHypercube}) {
    const auto axes = axes_of({5, 6, 7});
    EXPECT_NE(points_of(*make_search(spec_of(method, 100, 1), axes), 100),
              points_of(*make_search(spec_of(method, 100, 2), axes), 100));
  }
}

TEST(Search, SamplesAMillionPointsOfAHugeSpace) {
  const std::vector<Axis> axes(12, axis_of(35));  // 35^12 = 3.4e18 points, below 2^62
  for (const Method method : {Method::Random, Method::LatinHypercube}) {
    const auto search = make_search(spec_of(method, 1'000'000), axes);
    uint64_t count = 0;
    PointIndex largest = 0;
    while (!search->is_over()) {
      for (const PointIndex index : search->ask(4096)) {
        ++count;
        largest = std::max(largest, index);
      }
    }
    EXPECT_EQ(count, 1'000'000u);
    const double size = std::pow(35., 12);
    EXPECT_NEAR(static_cast<double>(largest), size, size / 1000);
  }
}

}  // namespace
}  // namespace olivine::sweep
