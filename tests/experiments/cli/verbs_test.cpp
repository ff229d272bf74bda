// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Help, NamesEveryCommandAndOption) {
  const CliResult overview = run_cli("--help");
  EXPECT_EQ(overview.status, 0);
  for (const char* verb : {"run", "explain", "list", "demo", "completion"}) {
    EXPECT_THAT(overview.out, HasSubstr(fmt::format("\n  {} ", verb)));
    const CliResult help = run_cli(fmt::format("{} --help", verb));
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, StartsWith(fmt::format("usage: olivine {}", verb)));
    EXPECT_THAT(help.out, HasSubstr("Example"));
  }
  EXPECT_THAT(run_cli("run --nonsense --help").out, HasSubstr("--pipelining"));
  EXPECT_THAT(run_cli("--version").out, StartsWith("olivine 0."));
}

// Every example of help.md is a command that works.
TEST(Help, ExamplesRun) {
  const ScratchFolder folder;
  int examples = 0;
  for (const char* verb : {"run", "explain", "list", "demo", "report", "view"}) {
    for (const std::string& line : lines_of(run_cli(fmt::format("{} --help", verb)).out)) {
      if (!line.starts_with("olivine ")) continue;
      if (line.find(".db ") != std::string::npos) continue;  // of a sweep, which takes a while
      std::vector<std::string> words = words_of(line.substr(8));
      for (std::string& word : words) {
        const bool is_file = word.ends_with(".json") || word.ends_with(".html");
        if (word == "my.yaml" || is_file) word = folder.path(word);
      }
      const CliResult result = run_cli(words);
      if (result.err.find("built without the charting library") != std::string::npos) continue;
      EXPECT_EQ(result.status, 0) << line << "\n" << result.err;
      ++examples;
    }
  }
  EXPECT_GE(examples, 14);
}

TEST(List, ShowsEveryKind) {
  EXPECT_THAT(run_cli("list machines").out, HasSubstr("\nolive_64x64 "));
  EXPECT_THAT(run_cli("list platforms").out, HasSubstr("\nquad_olive_32x32 "));
  EXPECT_THAT(run_cli("list workloads").out, HasSubstr("\nbert_base "));
  EXPECT_THAT(run_cli("list formats").out, HasSubstr("\novp4f "));
  EXPECT_THAT(run_cli("list keys").out, HasSubstr("\narray.rows "));
  for (const char* what : {"machines", "platforms", "workloads", "schemes", "formats", "keys"}) {
    const json list = run_cli(fmt::format("list {} --json", what)).json();
    ASSERT_FALSE(list.empty()) << what;
    for (const json& entry : list) {
      EXPECT_TRUE(entry["name"].is_string());
      EXPECT_FALSE(entry["description"].get<std::string>().empty()) << entry;
    }
  }
}

TEST(List, SchemesSayWhereTheyRunOrWhyNot) {
  for (const json& scheme : run_cli("list schemes --json").json()) {
    for (const json& machine : scheme["machines"]) {
      const CliResult result =
          run_cli(fmt::format("run -m {} -s {} -g 8x8x8", machine.get<std::string>(),
                              scheme["name"].get<std::string>()));
      EXPECT_EQ(result.status, 0) << result.err;
    }
    for (const auto& [machine, reason] : scheme["refusals"].items()) {
      // One machine of each kind is enough to compare the text with.
      if (machine != "olive_64x64" && machine != "h100_sxm") continue;
      const CliResult result = run_cli(
          fmt::format("run -m {} -s {} -g 8x8x8", machine, scheme["name"].get<std::string>()));
      EXPECT_EQ(result.status, 2);
      EXPECT_THAT(result.err, HasSubstr(reason.get<std::string>()));
    }
  }
  EXPECT_THAT(run_cli("list schemes --machine edge_16x16").out,
              HasSubstr("none: its integer PEs have no fp16 arithmetic"));
}

TEST(ConfigDocs, AreUpToDate) {
  const CliResult generated = run_cli("list keys --markdown");
  EXPECT_EQ(generated.out, read_text(OLV_SOURCE_DIR "/docs/config.md"))
      << "write it again: olivine list keys --markdown > docs/config.md";
}

TEST(Completion, IsAValidScript) {
  const CliResult result = run_cli("completion bash");
  ASSERT_EQ(result.status, 0);
  const ScratchFolder folder;
  const std::string script = folder.write("completion.bash", result.out);
  EXPECT_EQ(std::system(("bash -n " + script).c_str()), 0);
  const auto completed = [&](const std::string& words, int at) {
    const std::string out = folder.path("out");
    const std::string command = fmt::format(
        "cd {}; bash -c 'source {}; COMP_WORDS=({}); COMP_CWORD={}; _olivine; "
        "echo ${{COMPREPLY[@]}}' > {}",
        folder.path(""), script, words, at, out);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return read_text(out);
  };
  EXPECT_EQ(completed("olivine ex", 1), "explain\n");
  EXPECT_EQ(completed("olivine run --dataf", 2), "--dataflow\n");
  EXPECT_EQ(completed("olivine run --machine oliv", 3), "olive_64x64\n");
  EXPECT_EQ(completed("olivine run --machine h200", 3), "h200_sxm\n");
  EXPECT_EQ(completed("olivine list ker", 2), "kernels\n");
  EXPECT_EQ(completed("olivine run --dram b", 3), "bandwidth banked\n");
  EXPECT_EQ(completed("olivine run --partition o", 3), "output\n");
  EXPECT_EQ(completed("olivine run --platform single", 3), "single_olive_64x64\n");
}

// explain derives cycles and energy by itself and exits 1 where they differ from the model.
TEST(Explain, AddsUpForEveryDataflowAndShape) {
  for (const char* dataflow : {"ws", "os", "is"}) {
    for (const char* pipelining : {"serial", "overlapped"}) {
      for (const char* gemm : {"1x1x1", "15x17x200", "64x48x1000", "300x7x5x4"}) {
        const std::string line =
            fmt::format("explain -m edge_16x16 -s w4a8-ovp --dataflow {} --pipelining {} -g {}",
                        dataflow, pipelining, gemm);
        SCOPED_TRACE(line);
        const CliResult result = run_cli(line + " --json");
        ASSERT_EQ(result.status, 0) << result.err;
        const json explained = result.json();
        EXPECT_EQ(explained["schema"], "olivine.explain/1");
        EXPECT_EQ(explained["array"]["total_cycles"], explained["figures"]["array_cycles"]);
        uint64_t folds = 0;
        for (const json& group : explained["array"]["folds"])
          folds += group["folds"].get<uint64_t>();
        EXPECT_EQ(folds, explained["figures"]["folds"].get<uint64_t>());
        double pj = 0;
        for (const json& action : explained["actions"]) {
          pj += action["count"].get<double>() * action["pj"].get<double>();
        }
        const double total = explained["figures"]["energy_pj"]["total"].get<double>();
        EXPECT_NEAR(pj, total, 1e-9 * total);
      }
    }
  }
}

TEST(Explain, GivesTheFiguresOfRun) {
  const json run = run_cli("run -m olive_64x64 -w resnet50 -s w4a4-ovp-2:4 --json").json();
  for (const size_t index : {size_t{0}, run["layers"].size() / 2, run["layers"].size() - 1}) {
    const json& layer = run["layers"][index];
    const json explained =
        run_cli({"explain", "-m", "olive_64x64", "-w", "resnet50", "-s", "w4a4-ovp-2:4", "--layer",
                 layer["name"].get<std::string>(), "--json"})
            .json();
    for (const auto& [name, value] : explained["figures"].items()) EXPECT_EQ(layer[name], value);
  }
}

TEST(Explain, ReadsAsSteps) {
  const CliResult result = run_cli("explain -m edge_16x16 -g 64x48x100 -s w8a8-int8");
  ASSERT_EQ(result.status, 0);
  for (const char* part : {"Geometry", "Array cycles", "Tiling", "Stall cycles by cause",
                           "DRAM traffic", "Energy", "Simulated", "bound by"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  // Repeated layers go by the name that the table of run shows.
  EXPECT_THAT(run_cli("explain -m edge_16x16 -w bert_base -s w8a8-int8 -l encoder.*.softmax").out,
              HasSubstr("Vector unit"));
}

TEST(Demo, ComparesAndChecks) {
  const CliResult result = run_cli("demo");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Simulated"));
  for (const char* machine : {"adafloat_32x28", "olaccel_16x18", "ant_64x64", "olive_64x64"}) {
    EXPECT_THAT(result.out, HasSubstr(fmt::format("\n{} ", machine)));
  }
  // Four schemes on the network, and the ten integer schemes of edge_16x16 on one layer: five
  // dense, each also with 2:4 weights.
  size_t checked = 0;
  for (const std::string& line : lines_of(result.out)) checked += line.ends_with("  yes") ? 1u : 0u;
  EXPECT_EQ(checked, 4u + 10u);
}

std::string with_separators(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

// The rows of the executed network: all its layers, the cycles that run gives, every output.
TEST(Demo, ExecutesBertBase) {
  constexpr uint64_t kSeq = 128, kHidden = 768, kFeedForward = 3072, kHeads = 12;
  constexpr uint64_t kLayers = 12 * (4 + 2 + 2) + 2;  // encoders, pooler and classifier
  // Of each distinct layer once: a projection, ffn_up, ffn_down, QK^T, PV, pooler, classifier.
  constexpr uint64_t kDistinct = 7;
  constexpr uint64_t kOutputs = kSeq * (kHidden + kFeedForward + kHidden) + kHeads * kSeq * kSeq +
                                kSeq * kHidden + kHidden + 2;
  const std::vector<std::string> lines = lines_of(run_cli("demo").out);
  for (const char* scheme : {"w8a8-int8", "w4a4-ovp", "w8a8-int8-2:4", "w4a4-ovp-2:4"}) {
    const json run = run_cli(fmt::format("run -m olive_64x64 -w bert_base --set workload.batch=1 "
                                         "--layers linear,attention -s {} --json",
                                         scheme))
                         .json();
    const std::string cycles = with_separators(run["total"]["cycles"].get<uint64_t>());
    const std::vector<std::string> expected = {scheme,
                                               std::to_string(kLayers),
                                               std::to_string(kDistinct),
                                               cycles,
                                               cycles,
                                               with_separators(kOutputs),
                                               "yes"};
    const auto is_row = [&](const std::string& line) { return words_of(line) == expected; };
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_row), 1) << scheme << " " << cycles;
  }
}

// The demo's speed-up is the ratio of two runs.
TEST(Demo, AgreesWithRun) {
  const auto cycles = [](const std::string& machine, const std::string& scheme) {
    return run_cli(
               fmt::format("run -m {} -s {} -w bert_base --layers linear --json", machine, scheme))
        .json()["total"]["cycles"]
        .get<double>();
  };
  const double speed_up =
      cycles("adafloat_32x28", "w8a8-fp8") / cycles("olive_64x64", "w4a4-ovp");  // equal clocks
  for (const std::string& line : lines_of(run_cli("demo").out)) {
    if (!line.starts_with("olive_64x64     w4a4-ovp ")) continue;
    EXPECT_THAT(line, HasSubstr(fmt::format(" {:.2f}x ", speed_up)));
    return;
  }
  FAIL() << "no row of olive_64x64 w4a4-ovp";
}

}  // namespace
}  // namespace olivine::support
