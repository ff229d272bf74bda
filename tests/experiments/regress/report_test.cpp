// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "experiments/regress/junit.h"
#include "experiments/regress/wave.h"
#include "tests/experiments/regress/fake_model.h"

namespace olivine::regress {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::array<std::string_view, 3> kWaves = {"count_o", "top.row[{row}].pe[{col}].sum_q",
                                                    "top.lane[{lane}]"};
const BlockBench kBench{"array", "array", "", {}, {}, {}, kWaves, nullptr};

Failure divergence_failure() {
  Divergence divergence{123, "pe", 2, 3, {}, "count_o", "<5>", "\"7\" & 8", "ws, fold 3"};
  return {FailureKind::Divergence, 17, 4, divergence, ""};
}

const Target kTarget{&kBench, {{"Rows", 4}, {"Cols", 5}}, {1, 20}, 4};

TEST(Report, NamesPlaceAndReplay) {
  TargetResult result;
  result.failure = divergence_failure();
  result.evidence = {"work/a b.fst", "work/a b.gtkw", ""};
  const std::string text = failure_text(kTarget, result, "--rtl 'my tree'");
  for (const char* part :
       {"FAILED array Cols=5 Rows=4, seed 17", "cycle 123, pe, row 2, column 3", "count_o", "<5>",
        "\"7\" & 8", "ws, fold 3",
        "olivine regress --block array --set Cols=5 --set Rows=4 --seeds 17 --cases 4 "
        "--rtl 'my tree' --wave\n",
        "work/a b.fst", "gtkwave 'work/a b.gtkw'"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Report, QuotesWordsForTheShell) {
  EXPECT_EQ(shell_word("rtl/my-tree_2.0"), "rtl/my-tree_2.0");
  EXPECT_EQ(shell_word("my tree"), "'my tree'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Report, JsonHasEveryFigure) {
  TargetResult result;
  result.add({1, 100, 50, 0.5, {}});
  SeedResult failed{17, 10, 5, 0.5, divergence_failure()};
  result.add(failed);
  const auto json = results_json({&kTarget, 1}, {&result, 1}, "")[0];
  EXPECT_EQ(json["block"], "array");
  EXPECT_EQ(json["parameters"]["Rows"], 4);
  EXPECT_EQ(json["seeds_run"], 2);
  EXPECT_EQ(json["cycles"], 110);
  EXPECT_EQ(json["checks"], 55);
  EXPECT_EQ(json["is_passed"], false);
  EXPECT_EQ(json["failure"]["divergence"]["row"], 2);
  EXPECT_FALSE(json["failure"]["divergence"].contains("lane"));
  EXPECT_THAT(json["failure"]["replay"].get<std::string>(), HasSubstr("--seeds 17"));
}

TEST(Report, OfTheSmallestSeedStays) {
  TargetResult result;
  for (const uint64_t seed : {30u, 12u, 19u}) {
    SeedResult failed{seed, 1, 1, 0.0, divergence_failure()};
    failed.failure->seed = seed;
    result.add(failed);
  }
  EXPECT_EQ(result.failure->seed, 12u);
}

TEST(SeedResults, SurviveThePipe) {
  SeedResult result{17, 1234, 99, 0.25, divergence_failure()};
  result.failure->divergence->context = "two\nlines \xFF";
  const std::string line = to_line(result);
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  const SeedResult again = parse_seed_result(line);
  EXPECT_EQ(again.cycles, 1234);
  EXPECT_EQ(again.failure->cases, 4);
  EXPECT_EQ(again.failure->divergence->row, 2);
  EXPECT_EQ(again.failure->divergence->lane, std::nullopt);
  EXPECT_EQ(again.failure->divergence->got, "\"7\" & 8");
  EXPECT_FALSE(parse_seed_result(to_line({1, 2, 3, 0.5, {}})).failure);
}

TEST(ExitStatus, IsThatOfTheWorstFailure) {
  const auto status = [](const std::vector<FailureKind>& kinds) {
    std::vector<TargetResult> results(1);
    for (const FailureKind kind : kinds) {
      results.emplace_back().failure = Failure{kind, 1, 1, {}, ""};
    }
    return exit_status(results);
  };
  using enum FailureKind;
  EXPECT_EQ(status({}), 0);
  EXPECT_EQ(status({Error}), 2);
  EXPECT_EQ(status({NoProgress}), 3);
  EXPECT_EQ(status({NoProgress, Error}), 3);
  EXPECT_EQ(status({NoProgress, Divergence}), 1);
  EXPECT_EQ(status({Assertion}), 1);
  EXPECT_EQ(status({Crash}), 1);
  EXPECT_EQ(status({Silence, NoProgress}), 1);
}

TEST(Junit, EscapesWhatXmlForbids) {
  EXPECT_EQ(xml_text("a<b>&\"'\x01\x7F\n"), "a&lt;b&gt;&amp;&quot;&apos;??\n");
}

TEST(Junit, HasACaseATarget) {
  std::vector<Target> targets(4, kTarget);
  std::vector<TargetResult> results(4);
  for (TargetResult& result : results) result.seeds = 20;
  results[1].failure = divergence_failure();
  results[2].failure = Failure{FailureKind::Crash, 3, 1, {}, "killed by signal 11"};
  results[3].seeds = 7;  // interrupted
  const std::string xml = junit_xml(targets, results, "");
  EXPECT_THAT(xml, HasSubstr("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("name=\"array Cols=5 Rows=4 seeds 1..20\""));
  EXPECT_THAT(xml, HasSubstr("expected &lt;5&gt;, got &quot;7&quot; &amp; 8"));
  EXPECT_THAT(xml, HasSubstr("<error message=\"crash: killed by signal 11\" type=\"crash\">"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"7 of 20 seeds ran\"/>"));
}

TEST(Wave, SaveFileShowsTheDivergingPlace) {
  const support::FakeCounter model{0};
  const Divergence divergence = *divergence_failure().divergence;
  const std::string text = save_file_text("/tmp/a.fst", wave_signals(kBench, divergence, model),
                                          divergence.cycle - 50, divergence);
  EXPECT_THAT(text, HasSubstr("[dumpfile] \"/tmp/a.fst\"\n"));
  EXPECT_THAT(text, HasSubstr("[timestart] 206\n"));  // 2 * (123 - 20)
  EXPECT_THAT(text, HasSubstr("*-4.000000 247 -1"));  // edge of cycle 123: 2 * 123 + 1
  EXPECT_THAT(text, HasSubstr("@28\nTOP.clk_i\n"));
  EXPECT_THAT(text, HasSubstr("@22\nTOP.count_o[7:0]\n"));
  EXPECT_THAT(text, HasSubstr("TOP.top.row[2].pe[3].sum_q\n"));
  EXPECT_THAT(text, Not(HasSubstr("lane")));  // the divergence has none
  EXPECT_EQ(text.find("TOP.count_o"), text.rfind("TOP.count_o"));
}

}  // namespace
}  // namespace olivine::regress
