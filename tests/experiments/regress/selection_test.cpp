// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "experiments/regress/regression.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::optional<Divergence> run_nothing(BenchContext&) { return std::nullopt; }

constexpr std::array<ParameterInfo, 2> kParameters = {
    {{"Rows", 1, 64, "rows"}, {"Cols", 1, 64, "columns"}}};
const std::array<Parameters, 2> kVariants = {Parameters{{"Rows", 2}, {"Cols", 2}},
                                             Parameters{{"Rows", 3}, {"Cols", 5}}};
const std::array<Parameters, 1> kLongVariants = {Parameters{{"Rows", 64}, {"Cols", 64}}};

const std::array<BlockBench, 2> kBenches = {
    BlockBench{"array", "array", "", kParameters, kVariants, {}, {}, run_nothing, kLongVariants},
    BlockBench{"decoder", "decoder", "", {}, {}, {}, {}, run_nothing}};

std::vector<std::string> names_of(const std::vector<Target>& targets) {
  std::vector<std::string> names;
  for (const Target& target : targets) names.push_back(name_of(target));
  return names;
}

std::vector<std::string> problems_of(const Selection& selection) {
  try {
    (void)choose_targets(kBenches, selection);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(Seeds, AreOneOrARange) {
  EXPECT_EQ(parse_seeds("17")->first, 17u);
  EXPECT_EQ(parse_seeds("17")->last, 17u);
  EXPECT_EQ(parse_seeds("3..9")->count(), 7u);
  EXPECT_EQ(to_string(*parse_seeds("3..9")), "3..9");
  EXPECT_EQ(parse_seeds("0..999999")->count(), kMaxSeeds);
  for (const char* bad : {"", "x", "-1", "9..3", "3..", "..3", "3.9", "1..2..3", "0..1000000"}) {
    EXPECT_FALSE(parse_seeds(bad)) << bad;
  }
}

TEST(Targets, AreAllVariantsOfAllBlocks) {
  EXPECT_THAT(names_of(choose_targets(kBenches, {})),
              ElementsAre("array Cols=2 Rows=2", "array Cols=5 Rows=3", "decoder"));
}

TEST(Targets, OfTheLongRegressionAreMore) {
  Selection selection;
  selection.is_long = true;
  const auto targets = choose_targets(kBenches, selection);
  EXPECT_THAT(names_of(targets), testing::Contains("array Cols=64 Rows=64"));
  EXPECT_GT(targets[0].seeds.count(), choose_targets(kBenches, {})[0].seeds.count());
}

// Settings stand in place of the variants' own values; variants that become equal are one.
TEST(Targets, TakeSettings) {
  Selection selection{{"array"}, {"Rows=4"}, SeedRange{5, 6}, 3, false};
  auto targets = choose_targets(kBenches, selection);
  EXPECT_THAT(names_of(targets), ElementsAre("array Cols=2 Rows=4", "array Cols=5 Rows=4"));
  EXPECT_EQ(to_string(targets[0].seeds), "5..6");
  EXPECT_EQ(targets[0].cases, 3);
  selection.settings.emplace_back("Cols=7");
  EXPECT_THAT(names_of(choose_targets(kBenches, selection)), ElementsAre("array Cols=7 Rows=4"));
}

TEST(Targets, RefuseEveryBadWordAtOnce) {
  EXPECT_THAT(problems_of({{"arry"}, {}, {}, {}, false}),
              ElementsAre("--block arry: unknown block; did you mean 'array'?"));
  EXPECT_THAT(problems_of({{"array"}, {"Row=4", "Cols=65", "Cols", "=3", "Rows=x"}, {}, {}, false}),
              testing::UnorderedElementsAre(
                  "--set Row=4: array has no such parameter; did you mean 'Rows'?",
                  "--set Cols = 65: array: must be 1..64", "--set Cols: must be PARAMETER=VALUE",
                  "--set =3: must be PARAMETER=VALUE", "--set Rows = x: array: must be 1..64"));
  EXPECT_THAT(problems_of({{"array"}, {"Rows=4", "Rows=4"}, {}, {}, false}),
              ElementsAre(HasSubstr("Rows is set twice")));
  EXPECT_THAT(problems_of({{"decoder"}, {"Rows=4"}, {}, {}, false}),
              ElementsAre(HasSubstr("decoder has no such parameter")));
}

// Every seed of every target in exactly one item, in ascending order.
TEST(WorkItems, CoverEverySeedOnce) {
  for (const uint64_t count : {1u, 9u, 10u, 11u, 23u}) {
    Selection selection;
    selection.seeds = SeedRange{100, 100 + count - 1};
    const auto targets = choose_targets(kBenches, selection);
    std::vector<std::set<uint64_t>> seen(targets.size());
    for (const WorkItem& item : divide(targets)) {
      for (uint64_t i = 0; i < item.seeds.count(); ++i) {
        const uint64_t seed = item.seeds.first + i;
        EXPECT_TRUE(seen[item.target].empty() || seed > *seen[item.target].rbegin());
        EXPECT_TRUE(seen[item.target].insert(seed).second);
      }
    }
    for (const auto& seeds : seen) EXPECT_THAT(seeds, SizeIs(count));
  }
}

}  // namespace
}  // namespace olivine::regress
