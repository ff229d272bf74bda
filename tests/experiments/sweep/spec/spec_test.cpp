// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/spec.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "experiments/sweep/spec/metrics.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/yaml_file.h"
#include "models/workloads/workload.h"
#include "tests/experiments/sweep/spec/spec_text.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Spec, ReadsEveryPart) {
  const std::string text = R"(name: all-of.it_1
description: one of everything
machine: olive_64x64
workload: bert_base
layers: [linear, conv2d]
set:
  dram.latency_cycles: 50
  memory: {sram: itrs-lop}
  array.cols: = array.rows * free.ratio
axes:
  scheme: [w4a4-ovp, w8a8-int8]
  array.rows: {from: 8, to: 32, factor: 2}
  free.ratio: [1, 2]
  buffers:
    link: [memory.activation_buffer, memory.weight_buffer]
    values: [[16KiB, 32KiB], [32KiB, 64KiB]]
constraints:
  - area_um2 < 1e6
  - array.cols <= 32
objectives:
  - time_s
  - throughput_per_s
  - quality
  - {name: cost, value: area_um2 * 2, goal: max}
  - {name: plain, value: energy_pj}
group_by: [scheme, memory.weight_buffer]
quality: {w4a4-ovp: 0.5, w8a8-int8: -1}
search: {method: nsga2, points: 30, population: 10, mutation: 0.25, crossover: 1, seed: 9}
)";
  const SweepSpec spec = parse_spec(text, "s.yaml");
  EXPECT_EQ(spec.source, "s.yaml");
  EXPECT_EQ(spec.text, text);
  EXPECT_EQ(spec.name, "all-of.it_1");
  EXPECT_EQ(spec.description, "one of everything");
  EXPECT_EQ(spec.machine, "olive_64x64");
  EXPECT_EQ(spec.workload, "bert_base");
  EXPECT_EQ(spec.scheme, "");
  EXPECT_THAT(spec.kinds, ElementsAre(LayerKind::Linear, LayerKind::Conv2d));

  EXPECT_EQ(spec.place_of("machine"), "s.yaml:3");
  EXPECT_EQ(spec.place_of("group_by"), "s.yaml:26");
  EXPECT_EQ(spec.place_of("objectives.cost"), "s.yaml:24");
  EXPECT_EQ(spec.place_of("scheme"), "s.yaml");

  ASSERT_THAT(spec.settings, SizeIs(3));
  EXPECT_EQ(spec.settings[0].key, "dram.latency_cycles");
  EXPECT_EQ(spec.settings[0].text, "50");
  EXPECT_EQ(spec.settings[0].place, "s.yaml:7");
  EXPECT_FALSE(spec.settings[0].formula.has_value());
  EXPECT_EQ(spec.settings[1].key, "memory.sram");
  EXPECT_EQ(spec.settings[2].text, "");
  EXPECT_EQ(spec.settings[2].formula.value().text(), "array.rows * free.ratio");

  ASSERT_THAT(spec.axes, SizeIs(4));
  EXPECT_EQ(spec.axes[0].name, "scheme");
  EXPECT_EQ(spec.axes[0].place, "s.yaml:11");
  EXPECT_THAT(spec.axes[0].keys, ElementsAre("scheme"));
  EXPECT_THAT(spec.axes[1].values,
              ElementsAre(ElementsAre("8"), ElementsAre("16"), ElementsAre("32")));
  EXPECT_EQ(spec.axes[3].name, "buffers");
  EXPECT_THAT(spec.axes[3].keys, ElementsAre("memory.activation_buffer", "memory.weight_buffer"));
  EXPECT_THAT(spec.axes[3].values,
              ElementsAre(ElementsAre("16KiB", "32KiB"), ElementsAre("32KiB", "64KiB")));

  ASSERT_THAT(spec.constraints, SizeIs(2));
  EXPECT_EQ(spec.constraints[1].formula.text(), "array.cols <= 32");
  EXPECT_EQ(spec.constraints[1].place, "s.yaml:19");
  EXPECT_THAT(spec.group_by, ElementsAre("scheme", "memory.weight_buffer"));
  EXPECT_EQ(spec.quality, (std::map<std::string, double>{{"w4a4-ovp", 0.5}, {"w8a8-int8", -1}}));
}

TEST(Spec, TakesGoalsFromTheTableOrTheMap) {
  const SweepSpec spec = parse_spec(
      "name: x\nmachine: m\nworkload: w\naxes: {scheme: [a]}\nquality: {w4a4-ovp: 1}\n"
      "objectives: [time_s, throughput_per_s, quality, {name: c, value: 2 * pes, goal: max},"
      " {name: d, value: macs}]",
      "s.yaml");
  std::vector<std::string> seen;
  for (const Objective& objective : spec.objectives) {
    seen.push_back(fmt::format("{} {} {}", objective.name, objective.formula.text(),
                               name_of<Goal>(kGoalNames, objective.goal)));
  }
  EXPECT_THAT(seen, ElementsAre("time_s time_s min", "throughput_per_s throughput_per_s max",
                                "quality quality max", "c 2 * pes max", "d macs min"));
}

TEST(Spec, KnowsEveryMetricAsAnObjective) {
  for (const MetricInfo& metric : kMetrics) {
    const SweepSpec spec =
        parse_spec(fmt::format("name: x\nmachine: m\nworkload: w\naxes: {{scheme: [a]}}\n"
                               "objectives: [{}]",
                               metric.name),
                   "s.yaml");
    EXPECT_EQ(spec.objectives.at(0).goal, metric.goal) << metric.name;
    EXPECT_THAT(spec.objectives.at(0).formula.names(), ElementsAre(metric.name));
  }
}

TEST(Spec, SearchesExhaustivelyUnlessTold) {
  const SweepSpec spec = parse_spec(spec_with("  array.rows: [8]"), "s.yaml");
  EXPECT_EQ(spec.search.method, Method::Exhaustive);
  EXPECT_THAT(spec.kinds, IsEmpty());
  EXPECT_THAT(spec.constraints, IsEmpty());
}

TEST(Spec, ReadsSearches) {
  const auto search_of = [](const std::string& search) {
    return parse_spec(spec_with("  array.rows: [8]", "search: " + search), "s.yaml").search;
  };
  EXPECT_EQ(search_of("{}").method, Method::Exhaustive);
  EXPECT_EQ(search_of("{method: random}").method, Method::Random);
  EXPECT_EQ(search_of("{method: random}").points, SearchSpec{}.points);
  EXPECT_EQ(search_of("{method: latin_hypercube, points: 1000000000000}").points,
            1'000'000'000'000u);
  const SearchSpec nsga2 = search_of(
      "{method: nsga2, points: 1, population: 4, seed: 9223372036854775807, mutation: 0}");
  EXPECT_EQ(nsga2.method, Method::Nsga2);
  EXPECT_EQ(nsga2.points, 1u);
  EXPECT_EQ(nsga2.population, 4u);
  EXPECT_EQ(nsga2.seed, (uint64_t{1} << 63) - 1);
  EXPECT_EQ(nsga2.mutation, 0.0);
  EXPECT_EQ(nsga2.crossover, SearchSpec{}.crossover);
  EXPECT_EQ(search_of("{method: nsga2}").mutation, std::nullopt);
}

TEST(Spec, IsReadFromAFile) {
  const std::string path = testing::TempDir() + "spec_test_sweep.yaml";
  std::ofstream{path} << spec_with("  array.rows: [8]");
  const SweepSpec spec = load_spec(path);
  EXPECT_EQ(spec.source, path);
  EXPECT_EQ(spec.text, spec_with("  array.rows: [8]"));
  EXPECT_EQ(spec.axes.at(0).place, path + ":7");
  std::filesystem::remove(path);
  EXPECT_THROW(static_cast<void>(load_spec(path)), ConfigError);
}

const std::filesystem::path kExamples =
    std::filesystem::path{OLV_SOURCE_DIR} / "experiments/sweep/examples";

uint64_t combinations(const SweepSpec& spec) {
  uint64_t product = 1;
  for (const SpecAxis& axis : spec.axes) product *= axis.values.size();
  return product;
}

std::string guide() {
  return read_text_file(std::filesystem::path{OLV_SOURCE_DIR} / "docs/sweep.md", kMaxYamlBytes);
}

TEST(SpecExamples, AreAsLargeAsTheySay) {
  const SweepSpec exhaustive = load_spec(kExamples / "bert_base.yaml");
  EXPECT_EQ(combinations(exhaustive), 4u * 3 * 6 * 6 * 6);
  EXPECT_THAT(exhaustive.text, HasSubstr(fmt::format("{} comb", combinations(exhaustive))));
  const SweepSpec search = load_spec(kExamples / "search.yaml");
  EXPECT_EQ(combinations(search), 3u * 32 * 32 * 6 * 6);
  EXPECT_THAT(search.text, HasSubstr(fmt::format("{} comb", combinations(search))));
  EXPECT_EQ(search.search.method, Method::Nsga2);
  EXPECT_THAT(guide(), HasSubstr(fmt::format("{} combinations", combinations(exhaustive))));
  EXPECT_THAT(guide(), HasSubstr(fmt::format("a space of {}", combinations(search))));
}

// Parts of a spec are completed by what else it needs.
TEST(SpecExamples, OfTheGuideAreRead) {
  const std::string text = guide();
  const std::string opening = "```yaml\n";
  size_t count = 0;
  for (size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    std::string block = "\n" + text.substr(at, text.find("```", at) - at);
    const auto has = [&block](const char* key) { return block.find(key) != std::string::npos; };
    if (!has("\nname:")) block += "name: x\nmachine: m\nworkload: w\n";
    if (!has("\naxes:")) block += "axes: {scheme: [w4a4-ovp]}\n";
    if (!has("scheme:")) block += "scheme: w4a4-ovp\n";
    if (!has("\nobjectives:")) block += "objectives: [time_s]\n";
    EXPECT_NO_THROW(static_cast<void>(parse_spec(block, "guide"))) << block;
    ++count;
  }
  EXPECT_GE(count, 6u);
}

// Examples with bytes changed, dropped and doubled: a spec or problems, never anything else.
TEST(Spec, SurvivesDamage) {
  constexpr uint64_t kSeed = 5;
  Rng rng{kSeed};
  for (const char* file : {"bert_base.yaml", "search.yaml"}) {
    const std::string text = read_text_file(kExamples / file, kMaxYamlBytes);
    for (int round = 0; round < 1000; ++round) {
      std::string damaged = text;
      for (int64_t i = rng.uniform(1, 6); i > 0; --i) {
        const auto at =
            static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(damaged.size()) - 1));
        const auto length = static_cast<size_t>(rng.uniform(0, 12));
        const auto byte = static_cast<char>(rng.uniform(0, 255));
        if (rng.uniform(0, 1) == 0) damaged.insert(at, damaged.substr(at, length));
        if (rng.uniform(0, 1) == 0) damaged[at] = byte;
        if (rng.uniform(0, 1) == 0) damaged.erase(at, length);
      }
      try {
        const SweepSpec spec = parse_spec(damaged, file);
        EXPECT_FALSE(spec.axes.empty() || spec.objectives.empty()) << "seed " << kSeed;
      } catch (const ConfigError& error) {
        EXPECT_FALSE(error.problems().empty());
      }
    }
  }
}

}  // namespace
}  // namespace olivine::sweep
