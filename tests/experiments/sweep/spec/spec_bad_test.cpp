// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/experiments/sweep/spec/spec_text.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// The one problem of what follows a good axis, without its place.
std::string rest_problem(const std::string& rest) {
  const auto problems = problems_of(spec_with("  array.rows: [8, 16]", rest));
  const std::string place = fmt::format("s.yaml:{}: ", kAxisLine + 1);
  if (problems.size() != 1) return fmt::format("{} problems: {}", problems.size(), problems);
  EXPECT_THAT(problems[0], StartsWith(place));
  return problems[0].substr(place.size());
}

TEST(SpecBad, HasEverythingItNeeds) {
  EXPECT_THAT(problems_of("description: x"),
              ElementsAre("s.yaml:1: name: is missing", "s.yaml:1: axes: is missing",
                          "s.yaml:1: machine: is missing: give it, or an axis of this name",
                          "s.yaml:1: workload: is missing: give it, or an axis of this name",
                          "s.yaml:1: scheme: is missing: give it, or an axis of this name",
                          "s.yaml:1: objectives: is missing"));
  EXPECT_THAT(problems_of("[1, 2]"), ElementsAre("s.yaml:1: must be a map of keys and values"));
  EXPECT_THAT(problems_of(""), ElementsAre("s.yaml: empty document"));
  EXPECT_THAT(problems_of("name: ["), ElementsAre(StartsWith("s.yaml:1: ")));
}

TEST(SpecBad, NamesAreTold) {
  for (const char* name : {"a b", "a/b", "\u00e4", "'a\"'"}) {
    const auto problems =
        problems_of(fmt::format("name: {}\nmachine: m\nworkload: w\naxes: {{scheme: [a]}}\n"
                                "objectives: [time_s]",
                                name));
    EXPECT_THAT(problems, ElementsAre(HasSubstr("must be 1..64 letters, digits, '_', '-' or '.'")))
        << name;
  }
}

TEST(SpecBad, AxesAreAMapOfSome) {
  for (const char* axes : {"axes:", "axes: {}", "axes: []", "axes: 8"}) {
    EXPECT_THAT(problems_of(fmt::format("name: x\nmachine: m\nworkload: w\nscheme: s\n"
                                        "objectives: [time_s]\n{}",
                                        axes)),
                ElementsAre("s.yaml:6: axes: must be a map of 1..64 parameters and their values"))
        << axes;
  }
}

TEST(SpecBad, UnknownKeysAreToldWithTheNearest) {
  EXPECT_EQ(rest_problem("objective: [time_s]"),
            "objective: unknown key; did you mean 'objectives'?");
  EXPECT_EQ(rest_problem("zzz: 1"), "zzz: unknown key");
  EXPECT_EQ(rest_problem("search: {method: random, ponts: 3}"),
            "search.ponts: unknown key; did you mean 'points'?");
}

TEST(SpecBad, EveryProblemIsToldAtItsLine) {
  EXPECT_THAT(problems_of("name: a b\n"
                          "machin: olive_64x64\n"
                          "workload: w\n"
                          "layers: [conv]\n"
                          "axes:\n"
                          "  scheme: []\n"
                          "  array.rows: {from: 1, to: 4, step: 2}\n"
                          "constraints: ['a +']\n"
                          "objectives: [tim_s]\n"
                          "group_by: [schem]\n"
                          "search: {method: exhaustive, points: 3}\n"),
              ElementsAre(StartsWith("s.yaml:2: machin: unknown key; did you mean 'machine'?"),
                          StartsWith("s.yaml:1: name = a b: must be"),
                          StartsWith("s.yaml:4: layers: 'conv': must be linear|attention|"),
                          StartsWith("s.yaml:6: axes.scheme: must be a list"),
                          StartsWith("s.yaml:7: axes.array.rows: to = 4"),
                          StartsWith("s.yaml:1: machine: is missing"),
                          StartsWith("s.yaml:8: constraints: 'a +': ends where"),
                          StartsWith("s.yaml:9: objectives: 'tim_s': must be a metric"),
                          StartsWith("s.yaml:10: group_by: 'schem': must be the key of an axis; "
                                     "did you mean 'scheme'?"),
                          StartsWith("s.yaml:11: search.points: is not used by exhaustive")));
}

TEST(SpecBad, AParameterIsGivenOnce) {
  EXPECT_THAT(problems_of(spec_with("  scheme: [w8a8-int8]")),
              ElementsAre("s.yaml:7: scheme: is given twice, first at s.yaml:4"));
  EXPECT_THAT(problems_of(spec_with("  clock: [1GHz]", "set: {clock: 2GHz}")),
              ElementsAre("s.yaml:7: clock: is given twice, first at s.yaml:8"));
  EXPECT_THAT(problems_of(spec_with("  clock: [1GHz]\n"
                                    "  both: {link: [array.rows, clock], values: [[8, 1GHz]]}")),
              ElementsAre("s.yaml:8: clock: is given twice, first at s.yaml:7"));
  EXPECT_EQ(rest_problem("set: {dram.channels: 2, dram: {channels: 1}}"),
            "dram.channels: is given twice, first at s.yaml:8");
  EXPECT_EQ(rest_problem("set: {scheme: w4a4-ovp}"),
            "set.scheme: belongs at the top of the file, or is an axis");
}

TEST(SpecBad, SettingsAreTold) {
  EXPECT_EQ(rest_problem("set: {clock: }"), "clock: has no value");
  EXPECT_EQ(rest_problem("set: {clock: [1]}"), "clock: must be one value, not a list");
  EXPECT_EQ(rest_problem("set: 3"), "must be a map of keys and values");
  EXPECT_EQ(rest_problem("set: {clock: = 2 *}"), "set.clock: '2 *': ends where a value is needed");
  EXPECT_EQ(rest_problem("set: {free.: 1}"),
            "free.: must be free. and letters, digits, '_' or '.'");
  EXPECT_EQ(rest_problem("set: {free.a-b: 1}"),
            "free.a-b: must be free. and letters, digits, '_' or '.'");
}

TEST(SpecBad, LayersAreTold) {
  EXPECT_EQ(rest_problem("layers: linear"), "layers: must be a list of 1..6 values");
  EXPECT_EQ(rest_problem("layers: []"), "layers: must be a list of 1..6 values");
  EXPECT_EQ(rest_problem("layers: [linear, linear]"), "layers: 'linear' appears twice");
}

TEST(SpecBad, ConstraintsAreTold) {
  EXPECT_EQ(rest_problem("constraints: a < 1"), "constraints: must be a list of 1..256 values");
  EXPECT_EQ(rest_problem("constraints: [{a: 1}]"), "constraints: must be one value");
  EXPECT_EQ(rest_problem("constraints: [a = 1]"),
            "constraints: 'a = 1': unexpected '= 1'; did you mean '=='?");
  EXPECT_EQ(rest_problem("constraints: [1 < 2]"),
            "constraints: '1 < 2': must use a parameter or a metric");
  std::string list = "[pes > 0";
  for (int i = 1; i < 257; ++i) list += fmt::format(", pes > {}", i);
  EXPECT_EQ(rest_problem("constraints: " + list + "]"),
            "constraints: 257 values: must be at most 256");
}

// The one problem of a spec with these objectives, without its place.
std::string objectives_problem(const std::string& objectives) {
  const auto problems = problems_of(
      "name: x\nmachine: m\nworkload: w\naxes: {scheme: [a]}\nobjectives: " + objectives);
  if (problems.size() != 1) return fmt::format("{} problems: {}", problems.size(), problems);
  EXPECT_THAT(problems[0], StartsWith("s.yaml:5: objectives"));
  return problems[0].substr(std::string{"s.yaml:5: objectives"}.size());
}

TEST(SpecBad, ObjectivesAreTold) {
  EXPECT_EQ(objectives_problem("time_s"), ": must be a list of 1..16 values");
  EXPECT_EQ(objectives_problem("[]"), ": must be a list of 1..16 values");
  EXPECT_EQ(objectives_problem("[[time_s]]"), ": must be one value");
  EXPECT_EQ(objectives_problem("[time]"),
            ": 'time': must be a metric or {name, value: formula, goal}; did you mean 'time_s'?");
  EXPECT_EQ(objectives_problem("[energy_pj * time_s / 3]"),
            ": 'energy_pj * time_s / 3': must be a metric or {name, value: formula, goal}");
  EXPECT_EQ(objectives_problem("[time_s, time_s]"), ": 'time_s' appears twice");
  EXPECT_EQ(objectives_problem("[{value: pes}]"), ": name is missing");
  EXPECT_EQ(objectives_problem("[{name: a}]"), ": value is missing");
  EXPECT_EQ(objectives_problem("[{name: a b, value: pes}]"),
            ": name = a b: must be 1..64 letters, digits, '_', '-' or '.'");
  EXPECT_EQ(objectives_problem("[{name: a, value: pes, goal: less}]"),
            ": goal = less: must be min|max");
  EXPECT_EQ(objectives_problem("[{name: a, value: pes, gaol: min}]"),
            ".gaol: unknown key; did you mean 'goal'?");
  EXPECT_EQ(objectives_problem("[{name: a, value: pes +}]"),
            ": 'pes +': ends where a value is needed");
  EXPECT_EQ(objectives_problem("[{name: a, value: 3}]"), ": '3': must use a parameter or a metric");
  EXPECT_EQ(objectives_problem("[{name: time_s, value: cycles}]"),
            ": name = time_s: is a metric's: must be another");
  EXPECT_EQ(objectives_problem("[{name: time_s, value: time_s, goal: max}]"), "0 problems: []");
  std::string list = "[time_s";
  for (int i = 1; i < 17; ++i) list += fmt::format(", {{name: a{}, value: pes}}", i);
  EXPECT_EQ(objectives_problem(list + "]"), ": 17 values: must be at most 16");
}

TEST(SpecBad, QualityIsTold) {
  const std::string missing =
      "s.yaml:1: quality: is missing: a map of schemes and numbers, for the metric of this name";
  const std::string axes = "name: x\nmachine: m\nworkload: w\naxes: {scheme: [w4a4-ovp]}\n";
  EXPECT_THAT(problems_of(axes + "objectives: [quality]"), ElementsAre(missing));
  EXPECT_THAT(problems_of(axes + "objectives: [{name: a, value: 1 - quality}]"),
              ElementsAre(missing));
  EXPECT_THAT(problems_of(axes + "objectives: [time_s]\nconstraints: [quality > 1]"),
              ElementsAre(missing));
  EXPECT_EQ(rest_problem("quality: 3"), "quality: must be a map of schemes and numbers");
  EXPECT_EQ(rest_problem("quality: {w4a4-ovp: high}"), "quality.w4a4-ovp = high: must be a number");
  EXPECT_EQ(rest_problem("quality: {w4a4-opv: 1}"),
            "quality: scheme = w4a4-opv: unknown scheme; did you mean 'w4a4-ovp'?");
}

TEST(SpecBad, GroupsAreTold) {
  EXPECT_EQ(rest_problem("group_by: array.rows"), "group_by: must be a list of 1..64 values");
  EXPECT_EQ(rest_problem("group_by: [array.row]"),
            "group_by: 'array.row': must be the key of an axis; did you mean 'array.rows'?");
  EXPECT_EQ(rest_problem("group_by: [scheme]"), "group_by: 'scheme': must be the key of an axis");
  EXPECT_EQ(rest_problem("group_by: [array.rows, array.rows]"),
            "group_by: 'array.rows' appears twice");
}

TEST(SpecBad, SearchIsTold) {
  EXPECT_EQ(rest_problem("search: random"), "search: must be a map of method and its settings");
  EXPECT_EQ(rest_problem("search: {method: nsga}"),
            "search.method = nsga: must be exhaustive|random|latin_hypercube|nsga2");
  EXPECT_EQ(rest_problem("search: {seed: 3}"),
            "search.seed: is not used by exhaustive; only by random, latin_hypercube, nsga2");
  EXPECT_EQ(rest_problem("search: {method: random, population: 8}"),
            "search.population: is not used by random; only by nsga2");
  for (const auto& [setting, legal] : std::vector<std::pair<std::string, std::string>>{
           {"points = 0", "1..1000000000000"},
           {"points = 1000000000001", "1..1000000000000"},
           {"points = 1.5", "1..1000000000000"},
           {"population = 3", "4..100000"},
           {"population = 100001", "4..100000"},
           {"seed = -1", "0..9223372036854775807"},
           {"seed = 9223372036854775808", "0..9223372036854775807"},
           {"crossover = 1.01", "0..1"},
           {"mutation = -0.01", "0..1"},
           {"mutation = often", "0..1"}}) {
    const size_t blank = setting.find(' ');
    EXPECT_EQ(rest_problem(fmt::format("search: {{method: nsga2, {}: {}}}",
                                       setting.substr(0, blank), setting.substr(blank + 3))),
              fmt::format("search.{}: must be {}", setting, legal));
  }
}

TEST(SpecBad, PrintsAHundredProblemsAtMost) {
  std::string text;
  for (int i = 0; i < 150; ++i) text += fmt::format("zzzzz{}: 1\n", i);
  const auto problems = problems_of(spec_with("  array.rows: [8]", text));
  ASSERT_THAT(problems, SizeIs(101));
  EXPECT_EQ(problems.back(), "s.yaml: and 50 problems more");
}

}  // namespace
}  // namespace olivine::sweep
