// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/shape_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/workloads/workload_yaml.h"

namespace olivine::measure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> problems_of(const std::string& text) {
  try {
    static_cast<void>(parse_shapes(text, "shapes.csv"));
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

TEST(ShapeList, ReadsExtentsAndNames) {
  EXPECT_THAT(parse_shapes("# a comment\n1,2,3\n\n 16 , 4096 , 64 , query \n", "f"),
              ElementsAre(NamedShape{"1x2x3", 1, 2, 3}, NamedShape{"query", 16, 4096, 64}));
}

TEST(ShapeList, ReadsLinesThatEndAsOnWindows) {
  EXPECT_THAT(parse_shapes("1,2,3,a\r\n4,5,6\r\n", "f"),
              ElementsAre(NamedShape{"a", 1, 2, 3}, NamedShape{"4x5x6", 4, 5, 6}));
}

TEST(ShapeList, NamesEveryProblemWithItsLineBad) {
  EXPECT_THAT(problems_of("1,2,3\n0,2,x\n1,2\n1,2,3,a,b\n"),
              ElementsAre("shapes.csv:2: m = 0: must be 1..1048576",
                          "shapes.csv:2: k = x: must be 1..1048576",
                          "shapes.csv:3: line = 1,2: must be m,n,k or m,n,k,name",
                          "shapes.csv:4: line = 1,2,3,a,b: must be m,n,k or m,n,k,name"));
}

TEST(ShapeList, TakesExtentsUpToItsLimitBad) {
  EXPECT_EQ(parse_shapes("1048576,1,1", "f").front().m, kMaxMeasuredExtent);
  EXPECT_THAT(problems_of("1,1048577,1"),
              ElementsAre("shapes.csv:1: n = 1048577: must be 1..1048576"));
  EXPECT_THAT(problems_of("-1,1,99999999999999999999"),
              ElementsAre("shapes.csv:1: m = -1: must be 1..1048576",
                          "shapes.csv:1: k = 99999999999999999999: must be 1..1048576"));
}

TEST(ShapeList, RefusesAFileWithoutShapesBad) {
  EXPECT_THAT(problems_of("# nothing\n"), ElementsAre("shapes.csv: no shape in it"));
  EXPECT_THAT(problems_of(""), ElementsAre("shapes.csv: no shape in it"));
}

TEST(ShapeList, LoadsAFileAndNamesOneThatCannotBeReadBad) {
  const std::string path = testing::TempDir() + "shapes_of_test.csv";
  std::ofstream{path} << "7,8,9,layer\n";
  EXPECT_THAT(load_shapes(path), ElementsAre(NamedShape{"layer", 7, 8, 9}));
  std::ofstream{path}.flush();
  for (const std::string& bad : {path, std::string{"/does/not/exist.csv"}, testing::TempDir()}) {
    EXPECT_THROW(static_cast<void>(load_shapes(bad)), ConfigError) << bad;
  }
}

TEST(ShapeList, ReadsExtentsOfOneGemmBad) {
  EXPECT_EQ(parse_extents("33x65x129", "--gemm"), (NamedShape{"33x65x129", 33, 65, 129}));
  for (const char* bad : {"33x65", "33x65x129x2", "33x65xk", "0x1x1", ""}) {
    try {
      static_cast<void>(parse_extents(bad, "--gemm"));
      FAIL() << bad;
    } catch (const ConfigError& error) {
      EXPECT_THAT(error.what(), HasSubstr(std::string{"--gemm = "} + bad));
    }
  }
}

// "opt_6_7b decoder.0.ffn_up": the layer of that workload has the same weights.
TEST(ShapeList, OfNetworksHasTheWeightsOfShippedWorkloads) {
  const auto shapes = load_shapes(OLV_SOURCE_DIR "/kernels/measure/network_shapes.csv");
  EXPECT_GE(shapes.size(), 10U);
  for (const NamedShape& shape : shapes) {
    const std::vector<std::string> words = split(shape.name, ' ');
    ASSERT_EQ(words.size(), 2U) << shape.name;
    const Workload workload = load_workload(words[0]);
    const auto layer = std::find_if(workload.layers.begin(), workload.layers.end(),
                                    [&](const Layer& one) { return one.name == words[1]; });
    ASSERT_NE(layer, workload.layers.end()) << shape.name;
    EXPECT_EQ(layer->gemm.n, shape.n) << shape.name;
    EXPECT_EQ(layer->gemm.k, shape.k) << shape.name;
  }
}

TEST(ShapeList, KeepsTheFirstOfEqualShapes) {
  EXPECT_THAT(without_repeats({{"a", 1, 2, 3}, {"b", 1, 2, 4}, {"c", 1, 2, 3}}),
              ElementsAre(NamedShape{"a", 1, 2, 3}, NamedShape{"b", 1, 2, 4}));
}

}  // namespace
}  // namespace olivine::measure
