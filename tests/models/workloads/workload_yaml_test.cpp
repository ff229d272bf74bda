// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/workload_yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// One block with the given layer lines (each without its "- "); the first stands on line 11.
std::string file_with(const std::vector<std::string>& layers, const std::string& repeat = "") {
  std::string text =
      "name: test_net\n"
      "description: a test\n"
      "params:\n"
      "  batch: 4\n"
      "  seq: 6\n"
      "derived:\n"
      "  tokens: batch * seq\n"
      "blocks:\n";
  text += repeat.empty() ? "  - name: body\n" : "  - {name: body, repeat: " + repeat + ",\n";
  text += repeat.empty() ? "    layers:\n" : "    layers: [\n";
  for (const std::string& layer : layers) {
    text += repeat.empty() ? "      - " + layer + "\n" : "      " + layer + ",\n";
  }
  return text + (repeat.empty() ? "" : "    ]}\n");
}

std::vector<std::string> problems_of(const std::string& text,
                                     const ParamOverrides& overrides = {}) {
  try {
    (void)parse_workload(text, "net.yaml", overrides);
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

std::vector<std::string> layer_problems(const std::string& layer) {
  return problems_of(file_with({layer}));
}

constexpr const char* kLinear = "{name: up, kind: linear, m: tokens, n: 8, k: 5 * 2}";

TEST(WorkloadYaml, ReadsEveryKind) {
  const Workload workload = parse_workload(
      file_with({kLinear, "{name: qk, kind: attention, batch: batch, m: seq, n: seq, k: 3}",
                 "{name: lm_head, kind: head, m: tokens, n: 100, k: 8}",
                 "{name: stem, kind: conv2d, conv: {n: batch, h: 9, w: 11, c: 3, r: 3, s: 5, "
                 "filters: 7, stride: 2, pad: 1}}",
                 "{name: dw, kind: depthwise_conv2d, conv: {h: 9, w: 11, c: 3, r: 3, s: 5, "
                 "stride_h: 2, pad_w: 2}}",
                 "{name: softmax, kind: vector, elems: tokens * 8, ops: softmax_ops + 1}"}),
      "net.yaml");
  EXPECT_EQ(workload.name, "test_net");
  EXPECT_EQ(workload.description, "a test");
  EXPECT_EQ(workload.params, (std::map<std::string, int64_t>{{"batch", 4}, {"seq", 6}}));
  ASSERT_THAT(workload.layers, SizeIs(6));
  EXPECT_EQ(workload.layers[0].name, "body.up");
  EXPECT_EQ(workload.layers[0].kind, LayerKind::Linear);
  EXPECT_EQ(workload.layers[0].gemm, (GemmShape{4 * 6, 8, 10, 1}));
  EXPECT_EQ(workload.layers[1].gemm, (GemmShape{6, 6, 3, 4}));
  EXPECT_EQ(workload.layers[2].kind, LayerKind::Head);
  // p = (9 + 2 - 3)/2 + 1 = 5, q = (11 + 2 - 5)/2 + 1 = 5
  EXPECT_EQ(workload.layers[3].conv, (ConvShape{4, 9, 11, 3, 3, 5, 7, 2, 2, 1, 1, 5, 5}));
  EXPECT_EQ(workload.layers[3].gemm, (GemmShape{4 * 5 * 5, 7, 3 * 5 * 3, 1}));
  // p = (9 - 3)/2 + 1 = 4, q = (11 + 4 - 5)/1 + 1 = 11
  EXPECT_EQ(workload.layers[4].conv, (ConvShape{1, 9, 11, 3, 3, 5, 3, 2, 1, 0, 2, 4, 11}));
  EXPECT_EQ(workload.layers[4].gemm, (GemmShape{4 * 11, 1, 3 * 5, 3}));
  EXPECT_EQ(workload.layers[5].vector_elems, 4 * 6 * 8);
  EXPECT_EQ(workload.layers[5].vector_ops, 6 + 1);
}

TEST(WorkloadYaml, RepeatedBlocksAreNumbered) {
  const auto names = [](const std::string& repeat) {
    std::vector<std::string> result;
    const std::string text =
        file_with({kLinear, "{name: gelu, kind: vector, elems: 2, ops: 1}"}, repeat);
    for (const Layer& layer : parse_workload(text, "net.yaml").layers) result.push_back(layer.name);
    return result;
  };
  EXPECT_THAT(names(""), ElementsAre("body.up", "body.gelu"));
  EXPECT_THAT(names("1"), ElementsAre("body.0.up", "body.0.gelu"));
  EXPECT_THAT(names("seq / 3"),
              ElementsAre("body.0.up", "body.0.gelu", "body.1.up", "body.1.gelu"));
}

TEST(WorkloadYaml, OverridesReachDerivedNames) {
  const Workload workload =
      parse_workload(file_with({kLinear}), "net.yaml", {{"batch", "10"}, {"seq", " 3 "}});
  EXPECT_EQ(workload.layers[0].gemm.m, 10 * 3);
  EXPECT_EQ(workload.params.at("batch"), 10);
}

TEST(WorkloadYaml, OverridesBad) {
  EXPECT_THAT(problems_of(file_with({kLinear}), {{"batsh", "1"}, {"seq", "0"}}),
              ElementsAre("net.yaml: batsh = 1: no such parameter; did you mean 'batch'?",
                          "net.yaml: seq = 0: must be an integer 1..2147483648"));
  // Derived names are the network's, not the user's.
  EXPECT_THAT(problems_of(file_with({kLinear}), {{"tokens", "1"}}),
              ElementsAre(HasSubstr("tokens = 1: no such parameter")));
}

TEST(WorkloadYaml, LayerKeysBad) {
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: 1, n: 8, kk: 1, k: 2}"),
              ElementsAre("net.yaml:11: layer 'up': kk = 1: unknown key; did you mean 'k'?"));
  EXPECT_THAT(layer_problems("{name: up, kind: linea, m: 1, n: 8, k: 2}"),
              ElementsAre("net.yaml:11: layer 'up': kind = linea: must be "
                          "linear|attention|head|conv2d|depthwise_conv2d|vector"));
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: 1, n: 8}"),
              ElementsAre("net.yaml:11: layer 'up': k: is missing (kind linear needs m, n, k)"));
  EXPECT_THAT(layer_problems("{name: up, kind: vector, elems: 3, ops: 1, m: 5}"),
              ElementsAre("net.yaml:11: layer 'up': m: is not used by kind vector"));
  EXPECT_THAT(layer_problems("{kind: linear, m: 1, n: 8, k: 2}"),
              ElementsAre("net.yaml:11: name: is missing"));
  EXPECT_THAT(layer_problems("{name: up, m: 1, n: 8, k: 2}"),
              ElementsAre("net.yaml:11: layer 'up': kind: is missing"));
  EXPECT_THAT(layer_problems("{name: a b, kind: linear, m: 1, n: 8, k: 2}"),
              ElementsAre(HasSubstr("name = a b: must be 1..64 letters")));
  EXPECT_THAT(layer_problems("{name: c, kind: conv2d, conv.h: 3, conv: {h: 3, w: 3, c: 1, r: 1, "
                             "s: 1, filters: 1}}"),
              ElementsAre(HasSubstr("conv.h: appears twice")));
  EXPECT_THAT(layer_problems("just text"), ElementsAre(HasSubstr("net.yaml:11: must be a map")));
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: [1], n: 8, k: ~}"),
              ElementsAre(HasSubstr("m: must be one value"), HasSubstr("k: has no value")));
}

TEST(WorkloadYaml, ExtentsBad) {
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: 0, n: 8, k: 2}"),
              ElementsAre("net.yaml:11: layer 'up': m = 0: must be 1..2147483648"));
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: seq - 7, n: 8, k: 2}"),
              ElementsAre("net.yaml:11: layer 'up': m = -1: must be 1..2147483648 (from "
                          "'seq - 7')"));
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: toekns, n: 8, k: seq / 4}"),
              ElementsAre("net.yaml:11: layer 'up': m = toekns: unknown name 'toekns'; did you "
                          "mean 'tokens'?",
                          "net.yaml:11: layer 'up': k = seq / 4: 6 is not a multiple of 4"));
  EXPECT_THAT(layer_problems("{name: up, kind: linear, m: 2147483648, n: 8388609, k: 1}"),
              ElementsAre(HasSubstr("must be at most 18014398509481984 MACs")));
  EXPECT_THAT(layer_problems("{name: c, kind: conv2d, conv: {h: 4, w: 3, c: 1, r: 3, s: 5, "
                             "filters: 2}}"),
              ElementsAre("net.yaml:11: layer 'c': filter width = 5: must be at most the padded "
                          "ifmap width = 3"));
  EXPECT_THAT(layer_problems("{name: c, kind: conv2d, conv: {h: 4, w: 3, c: 1, r: 1, s: 1, "
                             "filters: 2, stride: 1, stride_h: 2}}"),
              ElementsAre(HasSubstr("conv.stride and conv.stride_h exclude each other")));
  EXPECT_THAT(layer_problems("{name: v, kind: vector, elems: 17592186044417, ops: 1025}"),
              ElementsAre(HasSubstr("elems = 17592186044417: must be 1..17592186044416"),
                          HasSubstr("ops = 1025: must be 1..1024")));
}

TEST(WorkloadYaml, ReportsEveryProblemOfAFile) {
  const std::string text =
      "name: bad name\n"
      "descripton: x\n"
      "params: {batch: 0, 9x: 1}\n"
      "derived:\n"
      "  tokens: batch * 2\n"
      "  batch: 3\n"
      "  relu_ops: 3\n"
      "blocks:\n"
      "  - name: a\n"
      "    repeats: 2\n"
      "    layers:\n"
      "      - {name: up, kind: linear, m: tokens, n: 0, k: 1}\n"
      "  - name: a\n"
      "    repeat: 1 +\n"
      "    layers: []\n";
  EXPECT_THAT(
      problems_of(text),
      ElementsAre("net.yaml:2: descripton: unknown key; did you mean 'description'?",
                  "net.yaml:1: name = bad name: must be 1..64 letters, digits, '_', '-' or '.'",
                  "net.yaml:3: batch = 0: must be an integer 1..2147483648",
                  "net.yaml:3: 9x: must be a word of letters, digits and '_'",
                  "net.yaml:6: batch: this name is taken",
                  "net.yaml:7: relu_ops: this name is taken",
                  "net.yaml:10: repeats: unknown key; did you mean 'repeat'?",
                  "net.yaml:12: layer 'up': n = 0: must be 1..2147483648",
                  "net.yaml:13: block name = a: appears twice",
                  "net.yaml:14: repeat = 1 +: must be 1..100000: ends where a number, a name or "
                  "'(' is needed",
                  "net.yaml:15: block 'a': layers: must be a list of layers"));
}

TEST(WorkloadYaml, StopsAfterManyProblems) {
  const std::vector<std::string> layers(1000, "{kind: linear, m: 1, n: 1, k: 1}");
  EXPECT_THAT(problems_of(file_with(layers)), SizeIs(kMaxReportedProblems));
}

TEST(WorkloadYaml, BoundsTheNumberOfNames) {
  const auto with_names = [](size_t count) {  // besides batch, seq and tokens
    std::string text = file_with({kLinear});
    std::string names;
    for (size_t i = 3; i < count; ++i) names += fmt::format("  name{}: {}\n", i, i);
    return text.insert(text.find("blocks:"), names);
  };
  EXPECT_THAT(problems_of(with_names(kMaxWorkloadNames)), IsEmpty());
  EXPECT_THAT(problems_of(with_names(kMaxWorkloadNames + 1)),
              ElementsAre(HasSubstr("name1000: more than 1000 names")));
}

TEST(WorkloadYaml, StructureBad) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("empty document")));
  EXPECT_THAT(problems_of("- 1\n"), ElementsAre("net.yaml:1: must be a map of keys and values"));
  EXPECT_THAT(problems_of("name: x\n"), ElementsAre("net.yaml:1: blocks: is missing"));
  EXPECT_THAT(problems_of("name: [x]\nblocks: 3\n"),
              ElementsAre("net.yaml:1: name: must be text",
                          "net.yaml:1: name = : must be 1..64 letters, digits, '_', '-' or '.'",
                          "net.yaml:2: blocks: must be a list of blocks"));
  EXPECT_THAT(problems_of("name: x\nblocks: [3]\n"),
              ElementsAre("net.yaml:2: a block must be a map of name, repeat, layers"));
  EXPECT_THAT(problems_of("name: x\nparams: 3\nblocks: [{name: b}]\n"),
              ElementsAre(HasSubstr("net.yaml:2: must be a map"),
                          "net.yaml:3: block 'b': layers: must be a list of layers"));
  EXPECT_THAT(problems_of("name: x\nblocks: [}\n"), ElementsAre(HasSubstr("net.yaml:2: ")));
  EXPECT_THAT(problems_of(file_with({kLinear, kLinear})),
              ElementsAre("net.yaml:12: layer 'up': appears twice in block 'body'"));
}

TEST(WorkloadYaml, BoundsTheNumberOfLayers) {
  const std::vector<std::string> two = {kLinear,
                                        "{name: down, kind: linear, m: tokens, n: 10, k: 8}"};
  EXPECT_THAT(parse_workload(file_with(two, "50000"), "net.yaml").layers, SizeIs(100000));
  EXPECT_THAT(problems_of(file_with(two, "50001")),
              ElementsAre(HasSubstr("100002 layers so far: must be at most 100000")));
  EXPECT_THAT(problems_of(file_with(two, "100001")),
              ElementsAre(HasSubstr("repeat = 100001: must be 1..100000")));
}

// Layers of the largest legal size: 2^54 MACs each, so 2^6 of them reach the limit of 2^60.
TEST(WorkloadYaml, BoundsTheWorkOfAllLayers) {
  const std::string largest = "{name: x, kind: linear, m: 2147483648, n: 8388608, k: 1}";
  EXPECT_THAT(parse_workload(file_with({largest}, "64"), "net.yaml").layers, SizeIs(64));
  EXPECT_THAT(problems_of(file_with({largest}, "65")),
              ElementsAre(HasSubstr("must be at most 1152921504606846976")));
}

TEST(WorkloadYaml, UnknownNameSuggestsTheNearestBad) {
  try {
    (void)load_workload("bert_bas");
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("workload = bert_bas: no shipped workload has this name; did you mean "
                            "'bert_base'?"));
  }
  EXPECT_THROW((void)load_workload(""), ConfigError);
}

class WorkloadFile : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string test = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::temp_directory_path() / ("olivine_workload_file_" + test);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream{path, std::ios::binary} << text;
    return path.string();
  }

  std::filesystem::path folder_;
};

TEST_F(WorkloadFile, LoadsYamlAndCsvByPath) {
  const std::string yaml = write("own.yaml", file_with({kLinear}));
  EXPECT_EQ(load_workload(yaml, {{"batch", "2"}}).layers.at(0).gemm.m, 2 * 6);
  const std::string csv = write("own.csv", "Layer, M, N, K,\nfc, 1, 2, 3,\n");
  EXPECT_EQ(load_workload(csv).layers.at(0).gemm, (GemmShape{1, 2, 3, 1}));
  EXPECT_EQ(load_workload(csv).name, "own");
}

TEST_F(WorkloadFile, PathsBad) {
  const std::string missing = (folder_ / "missing.yaml").string();
  for (const std::string& path : {missing, (folder_ / "missing.csv").string(), folder_.string()}) {
    try {
      (void)load_workload(path);
      ADD_FAILURE() << path << " accepted";
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.problems(), ElementsAre(path + ": no such file"));
    }
  }
  const std::string csv = write("own.csv", "Layer, M, N, K,\nfc, 1, 2, 3,\n");
  try {
    (void)load_workload(csv, {{"batch", "2"}});
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre(HasSubstr("batch = 2: a SCALE-Sim topology has no")));
  }
  const std::string empty = write("empty.yaml", "");
  EXPECT_THROW((void)load_workload(empty), ConfigError);
}

}  // namespace
}  // namespace olivine
