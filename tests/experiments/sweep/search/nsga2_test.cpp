// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/search/nsga2.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "tests/experiments/sweep/search/design_problems.h"

namespace olivine::sweep {
namespace {

using testing::IsEmpty;

// All costs of a problem, and the best and worst of its feasible points and of those on the front.
struct Exhausted {
  MixedRadix radix;
  std::vector<Costs> costs{};  // by index
  uint64_t feasible = 0;
  Front front{};
  Costs ideal{}, reference{}, nadir{};
};

void raise(Costs& worst, const Costs& costs) {
  if (worst.empty()) worst = costs;
  for (size_t i = 0; i < costs.size(); ++i) worst[i] = std::max(worst[i], costs[i]);
}

Exhausted exhaust(const DesignProblem& problem) {
  Exhausted all{.radix = problem.radix()};
  for (PointIndex index = 0; index < all.radix.size(); ++index) {
    const Costs& costs = all.costs.emplace_back(problem.costs(all.radix.positions(index)));
    if (costs.empty()) continue;
    if (all.feasible++ == 0) all.ideal = costs;
    for (size_t i = 0; i < costs.size(); ++i) all.ideal[i] = std::min(all.ideal[i], costs[i]);
    raise(all.reference, costs);
    all.front.add(costs, index);
  }
  for (const Front::Entry& entry : all.front.sorted()) raise(all.nadir, entry.costs);
  return all;
}

double hypervolume_of(const Front& front, const Costs& ideal, const Costs& reference) {
  std::vector<Costs> costs;
  for (const Front::Entry& entry : front.sorted()) costs.push_back(entry.costs);
  return hypervolume(costs, ideal, reference);
}

SearchSpec nsga2_spec(uint64_t points, uint64_t seed) {
  SearchSpec spec;
  spec.method = Method::Nsga2;
  spec.points = points;
  spec.seed = seed;
  return spec;
}

// How to run a search: nothing of it may change what is asked for.
struct Talk {
  size_t limit = 64;
  bool tells_at_once = true;  // else one by one
  bool tells_backwards = false;
};

// Asks until the search waits, then tells all. Returns what was asked for, by generation.
std::vector<std::vector<PointIndex>> run(Search& search, const std::vector<Costs>& costs,
                                         const Talk& talk = {}) {
  std::vector<std::vector<PointIndex>> generations;
  while (!search.is_over()) {
    std::vector<PointIndex>& asked = generations.emplace_back();
    while (true) {
      const std::vector<PointIndex> more = search.ask(talk.limit);
      EXPECT_LE(more.size(), talk.limit);
      if (more.empty()) break;
      asked.insert(asked.end(), more.begin(), more.end());
    }
    std::vector<Answer> answers;
    for (const PointIndex index : asked) answers.push_back({index, costs[index]});
    if (talk.tells_backwards) std::ranges::reverse(answers);
    if (talk.tells_at_once) {
      search.tell(answers);
    } else {
      for (const Answer& answer : answers) search.tell({&answer, 1});
    }
  }
  EXPECT_THAT(search.ask(1), IsEmpty());
  return generations;
}

std::vector<PointIndex> joined(const std::vector<std::vector<PointIndex>>& generations) {
  std::vector<PointIndex> points;
  for (const auto& generation : generations) {
    points.insert(points.end(), generation.begin(), generation.end());
  }
  return points;
}

// Small, mixed, partly infeasible, in two objectives.
DesignProblem small_problem(size_t levels) {
  return {.name = "small",
          .axes = {test_axis(levels, true), test_axis(levels, false), test_axis(1, true)},
          .costs = [](const std::vector<uint32_t>& at) -> Costs {
            if ((at[0] + at[1]) % 4 == 3) return {};
            return {at[0] + 2.0 * (at[1] % 3), 10.0 - at[0] + at[1] % 5};
          }};
}

TEST(Nsga2, AsksForDifferentPointsUpToItsBudget) {
  for (const size_t levels : {1u, 2u, 7u, 20u}) {
    const Exhausted all = exhaust(small_problem(levels));
    const uint64_t size = levels * levels;
    for (const uint64_t points : {uint64_t{1}, size / 2 + 1, size, size + 1}) {
      for (uint64_t seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(fmt::format("{} of {} points, seed {}", points, size, seed));
        const auto search = make_search(nsga2_spec(points, seed), small_problem(levels).axes);
        const uint64_t budget = std::min(points, size);
        EXPECT_EQ(search->budget(), budget);
        EXPECT_TRUE(search->needs_answers());
        const auto asked = joined(run(*search, all.costs));
        EXPECT_EQ(asked.size(), budget);
        EXPECT_EQ((std::set<PointIndex>(asked.begin(), asked.end()).size()), budget);
        EXPECT_LT(std::ranges::max(asked), size);
      }
    }
  }
}

TEST(Nsga2, DoesNotDependOnHowItIsAsked) {
  const DesignProblem problem = small_problem(30);
  const Exhausted all = exhaust(problem);
  const auto asked = [&](uint64_t seed, const Talk& talk) {
    return joined(run(*make_search(nsga2_spec(400, seed), problem.axes), all.costs, talk));
  };
  const auto expected = asked(1, {});
  EXPECT_EQ(asked(1, {}), expected);
  EXPECT_EQ(asked(1, {.limit = 1}), expected);
  EXPECT_EQ(asked(1, {.limit = 1000}), expected);
  EXPECT_EQ(asked(1, {.tells_at_once = false}), expected);
  EXPECT_EQ(asked(1, {.tells_backwards = true}), expected);
  EXPECT_NE(asked(2, {}), expected);
}

TEST(Nsga2, WaitsForTheAnswersOfAGeneration) {
  const DesignProblem problem = small_problem(30);
  const Exhausted all = exhaust(problem);
  const auto search = make_search(nsga2_spec(400, 1), problem.axes);
  const std::vector<PointIndex> first = search->ask(1000);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_THAT(search->ask(1000), IsEmpty());
    EXPECT_FALSE(search->is_over());
    const Answer answer{first[i], all.costs[first[i]]};
    search->tell({&answer, 1});
  }
  EXPECT_EQ(search->ask(1000).size(), first.size());
}

TEST(Nsga2, BeginsWithALatinHypercube) {
  std::vector<Axis> axes(3, test_axis(50, true));  // one level a sample
  const auto search = make_search(nsga2_spec(2000, 3), axes);
  const MixedRadix radix{{50, 50, 50}};
  std::array<std::set<uint32_t>, 3> seen;
  const std::vector<PointIndex> first = search->ask(1000);
  ASSERT_EQ(first.size(), 50u);  // 2000 points last for 40 generations
  for (const PointIndex index : first) {
    for (size_t axis = 0; axis < 3; ++axis) seen[axis].insert(radix.positions(index)[axis]);
  }
  for (const auto& levels : seen) EXPECT_EQ(levels.size(), 50u);
}

TEST(Nsga2, ScalesItsPopulationToTheBudget) {
  const std::vector<Axis> axes(3, test_axis(50, true));
  const auto first_generation = [&](uint64_t points, uint64_t population) {
    SearchSpec spec = nsga2_spec(points, 1);
    spec.population = population;
    return make_search(spec, axes)->ask(1'000'000).size();
  };
  EXPECT_EQ(first_generation(10'000, 100), 100u);
  EXPECT_EQ(first_generation(40 * 100, 100), 100u);
  EXPECT_EQ(first_generation(40 * 99, 100), 99u);
  EXPECT_EQ(first_generation(100, 100), 16u);
  EXPECT_EQ(first_generation(100, 8), 8u);
  EXPECT_EQ(first_generation(5, 100), 5u);
}

TEST(Nsga2, AsksForNeighboursOfTheFront) {
  // One point of an unordered space is good, so nothing but its neighbours is better than chance.
  const std::vector<Axis> axes(4, test_axis(16, false));
  const MixedRadix radix{std::vector<uint64_t>(4, 16)};
  std::vector<Costs> costs(radix.size(), Costs{1, 1});
  SearchSpec spec = nsga2_spec(2000, 1);
  const std::vector<PointIndex> first = make_search(spec, axes)->ask(1000);
  const PointIndex best = first.back();
  costs[best] = {0, 0};
  const auto asked = joined(run(*make_search(spec, axes), costs));
  const std::set<PointIndex> seen(asked.begin(), asked.end());
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    std::vector<uint32_t> positions = radix.positions(best);
    for (positions[axis] = 0; positions[axis] < 16; ++positions[axis]) {
      EXPECT_TRUE(seen.contains(radix.index_of(positions)));
    }
  }
}

TEST(Nsga2, AsksAtRandomWhileNothingIsFeasible) {
  const std::vector<Axis> axes(3, test_axis(50, true));
  const MixedRadix radix{std::vector<uint64_t>(3, 50)};
  const auto generations =
      run(*make_search(nsga2_spec(5000, 1), axes), std::vector<Costs>(radix.size()));
  std::set<PointIndex> near;  // the first generation: children would be there
  for (const PointIndex index : generations.front()) {
    for (size_t axis = 0; axis < axes.size(); ++axis) {
      auto at = radix.positions(index);
      for (at[axis] = 0; at[axis] < 50; ++at[axis]) near.insert(radix.index_of(at));
    }
  }
  const auto asked = joined(generations);
  const auto found = std::ranges::count_if(asked.begin() + 100, asked.end(),
                                           [&](PointIndex index) { return near.contains(index); });
  const double share = static_cast<double>(near.size()) / static_cast<double>(radix.size());
  const double mean = 4900 * share;
  EXPECT_NEAR(static_cast<double>(found), mean, 5 * std::sqrt(mean));
}

TEST(Nsga2, LearnsWhereNothingIsFeasible) {
  const DesignProblem problem = roofline_problem(3, true);
  const Exhausted all = exhaust(problem);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto asked = joined(run(*make_search(nsga2_spec(5000, seed), problem.axes), all.costs));
    const auto wasted =
        std::ranges::count_if(asked, [&](PointIndex index) { return all.costs[index].empty(); });
    const double by_chance =
        1 - static_cast<double>(all.feasible) / static_cast<double>(all.radix.size());
    EXPECT_LT(static_cast<double>(wasted) / 5000, by_chance / 2);
  }
}

// 98 % of the hypervolume of the whole space within 5 % of its points. A box up to the worst point
// is nearly full whatever one does, so that the same is asked for in the box of the front.
TEST(Nsga2, FindsTheFrontWithFewPoints) {
  for (const DesignProblem& problem :
       {zdt3_problem(), dtlz2_problem(), roofline_problem(2, false), roofline_problem(3, false),
        roofline_problem(2, true), roofline_problem(3, true)}) {
    const Exhausted all = exhaust(problem);
    ASSERT_GE(all.radix.size(), 100'000u);
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(fmt::format("{}, {} objectives, seed {}", problem.name, all.ideal.size(), seed));
      const SearchSpec spec = nsga2_spec(all.radix.size() / 20, seed);
      Front front;
      for (const PointIndex index : joined(run(*make_search(spec, problem.axes), all.costs))) {
        if (!all.costs[index].empty()) front.add(all.costs[index], index);
      }
      for (const Costs& reference : {all.reference, all.nadir}) {
        EXPECT_GE(hypervolume_of(front, all.ideal, reference),
                  0.98 * hypervolume_of(all.front, all.ideal, reference));
      }
    }
  }
}

}  // namespace
}  // namespace olivine::sweep
