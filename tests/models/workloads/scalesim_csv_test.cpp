// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/scalesim_csv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kConvHeader =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n";

std::vector<std::string> problems_of(const std::string& text) {
  try {
    (void)parse_scalesim_csv(text, "topo.csv");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(ScaleSimCsv, ReadsGemmFiles) {
  const Workload workload =
      parse_scalesim_csv("Layer, M, N, K,\nqkv, 128, 2304, 768,\nfc,1,2,3\n", "folder/topo.csv");
  EXPECT_EQ(workload.name, "topo");
  ASSERT_THAT(workload.layers, SizeIs(2));
  EXPECT_EQ(workload.layers[0].name, "qkv");
  EXPECT_EQ(workload.layers[0].kind, LayerKind::Linear);
  EXPECT_EQ(workload.layers[0].gemm, (GemmShape{128, 2304, 768, 1}));
  EXPECT_EQ(workload.layers[1].gemm, (GemmShape{1, 2, 3, 1}));
}

TEST(ScaleSimCsv, AcceptsCrLfBlankLinesAndNoFinalNewline) {
  const Workload workload =
      parse_scalesim_csv("\r\nLayer,M,N,K,\r\n\r\na,1,2,3,\r\n , ,\r\nb,4,5,6,,", "topo.csv");
  ASSERT_THAT(workload.layers, SizeIs(2));
  EXPECT_EQ(workload.layers[1].gemm, (GemmShape{4, 5, 6, 1}));
}

TEST(ScaleSimCsv, ReadsConvolutionFiles) {
  const Workload workload =
      parse_scalesim_csv(std::string{kConvHeader} +
                             "Conv1, 224, 200, 7, 5, 3, 64, 2,\nConv2, 9, 9, 3, 3, 4, 6, 1, 2,\n",
                         "topo.csv");
  ASSERT_THAT(workload.layers, SizeIs(2));
  // ceil((224 - 7 + 2)/2) = 110, ceil((200 - 5 + 2)/2) = 99
  EXPECT_EQ(workload.layers[0].conv, (ConvShape{1, 224, 200, 3, 7, 5, 64, 2, 2, 0, 0, 110, 99}));
  EXPECT_EQ(workload.layers[0].gemm, (GemmShape{110 * 99, 64, 7 * 5 * 3, 1}));
  // The second stride is the horizontal one: ceil((9 - 3 + 1)/1) = 7, ceil((9 - 3 + 2)/2) = 4
  EXPECT_EQ(workload.layers[1].conv, (ConvShape{1, 9, 9, 4, 3, 3, 6, 1, 2, 0, 0, 7, 4}));
}

TEST(ScaleSimCsv, DepthwiseLayersAreNamedDp) {
  const Workload workload = parse_scalesim_csv(
      std::string{kConvHeader} + "Conv_DP_1, 12, 12, 3, 3, 32, 1, 1,\n", "topo.csv");
  EXPECT_EQ(workload.layers[0].kind, LayerKind::DepthwiseConv2d);
  EXPECT_EQ(workload.layers[0].gemm, (GemmShape{10 * 10, 1, 9, 32}));
  EXPECT_THAT(
      problems_of(std::string{kConvHeader} + "Conv_DP_1, 12, 12, 3, 3, 32, 32, 1,\n"),
      ElementsAre("topo.csv:2: layer 'Conv_DP_1': Num Filter = 32: must be 1 in a depthwise "
                  "(DP) layer"));
}

TEST(ScaleSimCsv, ReportsEveryProblemOfAFileBad) {
  EXPECT_THAT(problems_of("Layer, M, N, K,\na, 0, 2, x,\nb, 1, 2,\n, 1, 2, 3,\nc, 1, 2, 3, 4,\n"
                          "d, 2147483648, 2147483648, 1,\n\ne, 2147483649, 1, -1\n"),
              ElementsAre("topo.csv:2: layer 'a': M = 0: must be 1..2147483648",
                          "topo.csv:2: layer 'a': K = x: must be 1..2147483648",
                          "topo.csv:3: 2 numbers after the layer name: must be 3..3",
                          "topo.csv:4: the layer name must be printable text",
                          "topo.csv:5: 4 numbers after the layer name: must be 3..3",
                          HasSubstr("topo.csv:6: layer 'd': m * n * k * batch ="),
                          "topo.csv:8: layer 'e': M = 2147483649: must be 1..2147483648",
                          "topo.csv:8: layer 'e': K = -1: must be 1..2147483648"));
  EXPECT_THAT(problems_of(std::string{kConvHeader} + "c, 4, 4, 5, 3, 1, 1, 1,\nc, 4,4,3\n"),
              ElementsAre("topo.csv:2: layer 'c': filter height = 5: must be at most the padded "
                          "ifmap height = 4",
                          "topo.csv:3: 3 numbers after the layer name: must be 7..8"));
}

TEST(ScaleSimCsv, HeaderBad) {
  EXPECT_THAT(problems_of(""), ElementsAre("topo.csv: empty file"));
  EXPECT_THAT(problems_of("\n\r\n ,, \n"), ElementsAre("topo.csv: empty file"));
  EXPECT_THAT(problems_of("Layer, M, N, K,\n"), ElementsAre(HasSubstr("no layers after")));
  EXPECT_THAT(problems_of("a, 1, 2, 3,\n"), ElementsAre(HasSubstr("topo.csv:1: header 'a, 1, 2")));
  EXPECT_THAT(problems_of("Layer\n"),
              ElementsAre(HasSubstr("topo.csv:1: header 'Layer': must be")));
  EXPECT_THAT(
      problems_of("Layer, M, K, N,\na, 1, 2, 3,\n"),
      ElementsAre("topo.csv:1: column 'K': must be 'N'", "topo.csv:1: column 'N': must be 'K'"));
  EXPECT_THAT(problems_of("Layer, M, N,\na, 1, 2,\n"),
              ElementsAre("topo.csv:1: column 'K' is missing", HasSubstr("topo.csv:2: 2 numbers")));
  EXPECT_THAT(problems_of("Layer, M, N, K, Sparsity,\na, 1, 2, 3,\n"),
              ElementsAre("topo.csv:1: column 'Sparsity': not supported"));
}

TEST(ScaleSimCsv, BoundsSizeAndProblems) {
  std::string many = "Layer, M, N, K,\n";
  for (int i = 0; i < 1000; ++i) many += "x\n";
  EXPECT_THAT(problems_of(many), SizeIs(kMaxReportedProblems));
  EXPECT_THAT(problems_of(std::string(kMaxCsvBytes + 1, '\n')),
              ElementsAre("topo.csv: 4194305 bytes: must be at most 4MiB"));

  std::string long_file = "Layer, M, N, K,\n";
  for (size_t i = 0; i < kMaxWorkloadLayers; ++i) long_file += "a,1,1,1\n";
  EXPECT_THAT(parse_scalesim_csv(long_file, "topo.csv").layers, SizeIs(kMaxWorkloadLayers));
  EXPECT_THAT(problems_of(long_file + "a,1,1,1\n"),
              ElementsAre("topo.csv:100002: more than 100000 layers"));

  std::string heavy = "Layer, M, N, K,\n";  // 2^54 MACs a layer, limit 2^60
  for (int i = 0; i < 65; ++i) heavy += "a,2147483648,8388608,1\n";
  EXPECT_THAT(problems_of(heavy), ElementsAre(HasSubstr("topo.csv:66: ")));
}

// SCALE-Sim's own lowering of 147 convolution rows: ours must give the same M, N, K.
TEST(ScaleSimCsv, LowersConvolutionsAsScaleSimDoes) {
  const std::filesystem::path path = OLV_SOURCE_DIR "/../shared/data/scalesim_golden.csv";
  std::ifstream file{path};
  if (!file) GTEST_SKIP() << "SKIPPED (no ../shared/data/scalesim_golden.csv)";
  // suite,layer,M,N,K,ifmap_h,ifmap_w,filt_h,filt_w,channels,num_filt,stride,...
  std::string line;
  size_t rows = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = split(line, ',');
    if (cells.at(0) != "conv") continue;
    const Workload workload = parse_scalesim_csv(
        fmt::format("{}{},{},{},{},{},{},{},{},\n", kConvHeader, cells.at(1), cells.at(5),
                    cells.at(6), cells.at(7), cells.at(8), cells.at(9), cells.at(10), cells.at(11)),
        "golden.csv");
    const GemmShape expected{*parse_int(cells.at(2)), *parse_int(cells.at(3)),
                             *parse_int(cells.at(4)), 1};
    ASSERT_EQ(workload.layers.at(0).gemm, expected) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 147u);
}

}  // namespace
}  // namespace olivine
