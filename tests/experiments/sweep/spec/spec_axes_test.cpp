// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"
#include "tests/experiments/sweep/spec/spec_text.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// The one problem of one axis, without its place.
std::string axis_problem(const std::string& value) {
  const auto problems = problems_of(spec_with("  array.rows: " + value));
  const std::string place = fmt::format("s.yaml:{}: axes.array.rows", kAxisLine);
  if (problems.size() != 1) return fmt::format("{} problems: {}", problems.size(), problems);
  EXPECT_THAT(problems[0], StartsWith(place));
  return problems[0].substr(place.size());
}

// The values of the one axis, joined.
std::string values_of(const std::string& value) {
  const SweepSpec spec = parse_spec(spec_with("  array.rows: " + value), "s.yaml");
  std::vector<std::string> texts;
  for (const auto& texts_of_keys : spec.axes.at(0).values) {
    texts.push_back(fmt::format("{}", fmt::join(texts_of_keys, "+")));
  }
  return fmt::format("{}", fmt::join(texts, " "));
}

TEST(SpecAxes, KeepListsAsTheyAreWritten) {
  EXPECT_EQ(values_of("[8, 16]"), "8 16");
  EXPECT_EQ(values_of("[064, 64, 64KiB, 'a b', 1e3]"), "064 64 64KiB a b 1e3");
  EXPECT_EQ(values_of("[5]"), "5");
}

TEST(SpecAxes, StepFromEndToEnd) {
  EXPECT_EQ(values_of("{from: 8, to: 32, step: 8}"), "8 16 24 32");
  EXPECT_EQ(values_of("{from: 3, to: -3, step: -2}"), "3 1 -1 -3");
  EXPECT_EQ(values_of("{from: 7, to: 7, step: 5}"), "7");
  EXPECT_EQ(values_of("{from: 0, to: 6, step: 3}"), "0 3 6");
  EXPECT_EQ(values_of("{from: 1e3, to: 3e3, step: 1e3}"), "1000 2000 3000");
}

// In binary 0.1 + 2 * 0.1 is 0.30000000000000004, and -1 + 10 * 0.1 is not 0.
TEST(SpecAxes, StepInDecimal) {
  EXPECT_EQ(values_of("{from: 0.1, to: 0.5, step: 0.1}"), "0.1 0.2 0.3 0.4 0.5");
  EXPECT_EQ(values_of("{from: -0.2, to: 0.1, step: 0.1}"), "-0.2 -0.1 0 0.1");
  EXPECT_EQ(values_of("{from: 1e-9, to: 3e-9, step: 1e-9}"), "1e-09 2e-09 3e-09");
}

TEST(SpecAxes, MultiplyFromEndToEnd) {
  EXPECT_EQ(values_of("{from: 16, to: 256, factor: 2}"), "16 32 64 128 256");
  EXPECT_EQ(values_of("{from: 256, to: 64, factor: 0.5}"), "256 128 64");
  EXPECT_EQ(values_of("{from: 1, to: 1000000, factor: 100}"), "1 100 10000 1000000");
  EXPECT_EQ(values_of("{from: 1, to: 1.331, factor: 1.1}"), "1 1.1 1.21 1.331");
  EXPECT_EQ(values_of("{from: -1, to: -8, factor: 2}"), "-1 -2 -4 -8");
  EXPECT_EQ(values_of("{from: 5, to: 5, factor: 3}"), "5");
}

TEST(SpecAxes, KeepUnitsOfRanges) {
  EXPECT_EQ(values_of("{from: 64KiB, to: 256KiB, step: 96KiB}"), "64KiB 160KiB 256KiB");
  EXPECT_EQ(values_of("{from: 512KiB, to: 2MiB, factor: 2}"), "512KiB 1MiB 2MiB");
  EXPECT_EQ(values_of("{from: 4KiB, to: 9KiB, factor: 1.5}"), "4KiB 6KiB 9KiB");
  EXPECT_EQ(values_of("{from: 0, to: 2KiB, step: 1024}"), "0B 1KiB 2KiB");
  EXPECT_EQ(values_of("{from: 500MHz, to: 1.1GHz, step: 300MHz}"), "500MHz 800MHz 1.1GHz");
  EXPECT_EQ(values_of("{from: 1.1GHz, to: 1.5GHz, step: 0.1GHz}"),
            "1.1GHz 1.2GHz 1.3GHz 1.4GHz 1.5GHz");
  // 1.07 * 1e9 and 2.05 * 1e9 are no whole numbers in binary.
  EXPECT_EQ(values_of("{from: 1.07GHz, to: 2.05GHz, step: 0.49GHz}"), "1070MHz 1.56GHz 2050MHz");
}

TEST(SpecAxes, HaveManyValuesAtMost) {
  const SweepSpec spec = parse_spec(
      spec_with(fmt::format("  free.x: {{from: 1, to: {}, step: 1}}", kMaxAxisValues)), "s.yaml");
  EXPECT_THAT(spec.axes[0].values, SizeIs(kMaxAxisValues));
  EXPECT_EQ(axis_problem(fmt::format("{{from: 0, to: {}, step: 1}}", kMaxAxisValues)),
            fmt::format(": {} values: must be at most {}", kMaxAxisValues + 1, kMaxAxisValues));
  std::string list = "[0";
  for (size_t i = 1; i <= kMaxAxisValues; ++i) list += fmt::format(",{}", i);
  EXPECT_EQ(axis_problem(list + "]"),
            fmt::format(": {} values: must be at most {}", kMaxAxisValues + 1, kMaxAxisValues));
}

TEST(SpecAxes, AreAtMostSixtyFour) {
  std::string axes;
  for (size_t i = 0; i < kMaxAxes; ++i) axes += fmt::format("  free.x{}: [1, 2]\n", i);
  EXPECT_THAT(problems_of(spec_with(axes)), IsEmpty());
  EXPECT_THAT(problems_of(spec_with(axes + "  free.y: [1]")),
              ElementsAre(fmt::format("s.yaml:{}: axes: {} of them: must be at most {}", kAxisLine,
                                      kMaxAxes + 1, kMaxAxes)));
}

// Every range that is accepted has both its ends and nothing twice.
TEST(SpecAxes, HoldBothEnds) {
  constexpr uint64_t kSeed = 3;
  Rng rng{kSeed};
  for (int round = 0; round < 300; ++round) {
    const int64_t from = rng.uniform(-1000, 1000);
    const int64_t step = rng.uniform(1, 97) * (rng.uniform(0, 1) == 0 ? -1 : 1);
    const int64_t count = rng.uniform(0, 60);
    // In tenths, hundredths or whole.
    const int64_t digits = rng.uniform(0, 2);
    const auto text = [digits](int64_t number) { return fmt::format("{}e-{}", number, digits); };
    const SweepSpec spec =
        parse_spec(spec_with(fmt::format("  free.x: {{from: {}, to: {}, step: {}}}", text(from),
                                         text(from + count * step), text(step))),
                   "s.yaml");
    const auto& values = spec.axes[0].values;
    ASSERT_THAT(values, SizeIs(static_cast<size_t>(count) + 1)) << "seed " << kSeed;
    for (size_t i = 0; i < values.size(); ++i) {
      const int64_t wanted = from + static_cast<int64_t>(i) * step;
      EXPECT_EQ(std::stod(values[i][0]), std::stod(text(wanted))) << "seed " << kSeed;
    }
  }
}

TEST(SpecAxesBad, ListsAreTold) {
  EXPECT_THAT(axis_problem("8"), StartsWith(": must be [a, b], {from, to, step}, {from"));
  EXPECT_THAT(axis_problem("~"), StartsWith(": must be [a, b], "));
  EXPECT_EQ(axis_problem("[]"), ": must be a list of 1..100000 values");
  EXPECT_EQ(axis_problem("[8, [9]]"), ": must be one value");
  EXPECT_EQ(axis_problem("[8, ~]"), ": must be one value");
  EXPECT_EQ(axis_problem("[8, '']"), ": must be one value");
  EXPECT_EQ(axis_problem("[8, 16, 8]"), ": 8 appears twice, first at s.yaml:7");
  EXPECT_THAT(problems_of(spec_with("  array.rows:\n    - 8\n    - 16\n    - 8")),
              ElementsAre("s.yaml:10: axes.array.rows: 8 appears twice, first at s.yaml:8"));
}

TEST(SpecAxesBad, RangesThatMissTheirEndAreTold) {
  EXPECT_EQ(axis_problem("{from: 16, to: 100, step: 16}"),
            ": to = 100: no value of the range; the nearest ends are 96 and 112");
  EXPECT_EQ(axis_problem("{from: 0.1, to: 0.55, step: 0.1}"),
            ": to = 0.55: no value of the range; the nearest ends are 0.5 and 0.6");
  EXPECT_EQ(axis_problem("{from: 16, to: 250, factor: 2}"),
            ": to = 250: no value of the range; the nearest ends are 128 and 256");
  EXPECT_EQ(axis_problem("{from: 256, to: 20, factor: 0.5}"),
            ": to = 20: no value of the range; the nearest ends are 32 and 16");
  EXPECT_EQ(axis_problem("{from: 64KiB, to: 1000KiB, factor: 2}"),
            ": to = 1000KiB: no value of the range; the nearest ends are 512KiB and 1MiB");
  EXPECT_EQ(axis_problem("{from: 500MHz, to: 1GHz, step: 200MHz}"),
            ": to = 1GHz: no value of the range; the nearest ends are 900MHz and 1.1GHz");
}

TEST(SpecAxesBad, RangesThatLeadAwayAreTold) {
  EXPECT_EQ(axis_problem("{from: 8, to: 64, step: -8}"), ": step = -8: must lead from 8 to 64");
  EXPECT_EQ(axis_problem("{from: 64, to: 8, step: 8}"), ": step = 8: must lead from 64 to 8");
  EXPECT_EQ(axis_problem("{from: 8, to: 8, step: 0}"), ": step = 0: must lead from 8 to 8");
  for (const char* factor : {"0.5", "1", "0", "-2", "2KiB"}) {
    EXPECT_EQ(axis_problem(fmt::format("{{from: 8, to: 64, factor: {}}}", factor)),
              fmt::format(": factor = {}: must lead from 8 to 64", factor));
  }
  EXPECT_EQ(axis_problem("{from: 64, to: 8, factor: 2}"), ": factor = 2: must lead from 64 to 8");
  EXPECT_EQ(axis_problem("{from: 0, to: 8, factor: 2}"), ": factor = 2: must lead from 0 to 8");
  EXPECT_EQ(axis_problem("{from: -8, to: 8, factor: 2}"), ": factor = 2: must lead from -8 to 8");
}

TEST(SpecAxesBad, RangesOfOtherFormsAreTold) {
  EXPECT_EQ(axis_problem("{from: 8, to: 64}"), ": a range has from, to and one of step and factor");
  EXPECT_EQ(axis_problem("{from: 8, to: 64, step: 8, factor: 2}"),
            ": a range has from, to and one of step and factor");
  EXPECT_EQ(axis_problem("{to: 64, step: 8}"), ": from is missing");
  EXPECT_EQ(axis_problem("{from: 8, step: 8}"), ": to is missing");
  EXPECT_EQ(axis_problem("{from: 8, to: 64, stop: 8}"), ".stop: unknown key; did you mean 'step'?");
  EXPECT_EQ(axis_problem("{from: [8], to: 64, step: 8}"), ".from: must be one value");
  EXPECT_EQ(axis_problem("{from: a, to: 64, step: 8}"),
            ": from = a: must be a number, a byte size or a frequency");
  EXPECT_EQ(axis_problem("{from: 8, to: 1e308GHz, step: 8}"),
            ": to = 1e308GHz: must be a number, a byte size or a frequency");
  EXPECT_EQ(axis_problem("{from: 0.5B, to: 8, step: 8}"),
            ": from = 0.5B: must be a number, a byte size or a frequency");
  EXPECT_EQ(axis_problem("{from: 8B, to: 64MHz, step: 8}"), ": mixes byte sizes and frequencies");
  EXPECT_EQ(axis_problem("{from: 1B, to: 4B, step: 1.5}"),
            ": has values that are no whole number of bytes");
}

TEST(SpecAxesBad, RangesOfTooManyDigitsAreTold) {
  EXPECT_EQ(axis_problem("{from: 1234567890123456, to: 5, step: 1}"),
            ": from = 1234567890123456: must have at most 15 digits");
  EXPECT_EQ(axis_problem("{from: 1e-300, to: 1e300, step: 1}"),
            ": from, to and step differ by more than 18 digits");
  EXPECT_EQ(axis_problem("{from: 1, to: 9, factor: 1.0000001}"),
            ": to = 9: values have more than 18 digits before it");
  EXPECT_EQ(axis_problem("{from: 1, to: 1e308, factor: 1e200}"),
            ": to = 1e308: no value of the range; the nearest ends are 1e+200 and inf");
  EXPECT_EQ(axis_problem("{from: 1, to: 1e-308, factor: 1e-200}"),
            ": to = 1e-308: no value of the range; the nearest ends are 1e-200 and 0");
}

TEST(SpecAxesBad, LinksAreTold) {
  const auto problem = [](const std::string& value) {
    const auto problems = problems_of(spec_with("  both: " + value));
    return problems.size() == 1 ? problems[0] : fmt::format("{}", problems);
  };
  EXPECT_EQ(problem("{link: [a, b]}"), "s.yaml:7: axes.both: values is missing");
  EXPECT_EQ(problem("{values: [[1, 2]]}"), "s.yaml:7: axes.both: link is missing");
  EXPECT_EQ(problem("{link: [a], values: [[1]]}"),
            "s.yaml:7: axes.both.link: must have two keys or more");
  EXPECT_EQ(problem("{link: a, values: [[1]]}"),
            "s.yaml:7: axes.both.link: must be a list of 1..64 values");
  EXPECT_EQ(problem("{link: [a, [b]], values: [[1, 2]]}"),
            "s.yaml:7: axes.both.link: must be one value");
  EXPECT_EQ(problem("{link: [a, b], values: []}"),
            "s.yaml:7: axes.both.values: must be a list of 1..100000 values");
  for (const char* row : {"[1]", "[1, 2, 3]", "1", "{x: 1}"}) {
    EXPECT_EQ(problem(fmt::format("{{link: [a, b], values: [[1, 2], {}]}}", row)),
              "s.yaml:7: axes.both.values: must be lists of 2 values, one a key")
        << row;
  }
  EXPECT_EQ(problem("{link: [a, b], values: [[1, ~]]}"),
            "s.yaml:7: axes.both.values: must be one value");
  EXPECT_EQ(problem("{link: [a, b], values: [[1, 2], [2, 1], [1, 2]]}"),
            "s.yaml:7: axes.both: 1, 2 appears twice, first at s.yaml:7");
  EXPECT_EQ(problem("{link: [a, b], values: [[1, 2]], step: 3}"),
            "s.yaml:7: axes.both.step: unknown key");
  EXPECT_EQ(problem("{link: [a, a], values: [[1, 2]]}"),
            "s.yaml:7: a: is given twice, first at s.yaml:7");
  EXPECT_THAT(problems_of(spec_with("  'both of': {link: [a, b], values: [[1, 2]]}")),
              ElementsAre(HasSubstr("axes.both of: must be 1..64 letters")));
}

}  // namespace
}  // namespace olivine::sweep
