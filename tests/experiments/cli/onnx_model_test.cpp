// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// ONNX models where the command line takes a workload.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/experiments/cli/cli_process.h"
#include "tests/models/checkpoint/onnx/graph_builder.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using test::GraphBuilder;
using testing::HasSubstr;

// Two layers of 20 x 30 and 30 x 10 with a Relu in between, on "batch" rows.
GraphBuilder network() {
  GraphBuilder graph;
  graph.named_input("x", {"batch", "features"}).floats("w", {20, 30}).floats("v", {30, 10});
  graph.node("MatMul", {"x", "w"}, {"h"}, {}, "", "/up/MatMul");
  graph.node("Relu", {"h"}, {"r"}, {}, "", "/act/Relu");
  graph.node("MatMul", {"r", "v"}, {"y"}, {}, "", "/down/MatMul");
  return graph;
}

class OnnxModelFolder : public testing::Test {
 protected:
  [[nodiscard]] std::string model() const {
    return folder_.write("network.onnx", network().model().text());
  }
  // The spec of a sweep over the model; `more` are further lines of its axes and keys.
  [[nodiscard]] std::string spec(const std::string& more) const {
    return folder_.write("sweep.yaml", fmt::format("name: rows\n"
                                                   "machine: edge_16x16\n"
                                                   "workload: {}\n"
                                                   "scheme: w4a4-ovp\n"
                                                   "objectives: [time_s]\n"
                                                   "{}",
                                                   model(), more));
  }
  [[nodiscard]] CliResult sweep(const std::string& more, const std::string& database) const {
    return run_cli(fmt::format("sweep run {} --db {}", spec(more), folder_.path(database)));
  }

  ScratchFolder folder_;
};

TEST_F(OnnxModelFolder, RunsWithItsExtentsSet) {
  const CliResult result =
      run_cli(fmt::format("run --machine edge_16x16 --workload {} --scheme w4a4-ovp --json "
                          "--set workload.batch=7 --set workload.features=20",
                          model()));
  ASSERT_EQ(result.status, 0) << result.err;
  const json layers = result.json()["layers"];
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0]["name"], "up");
  EXPECT_EQ(layers[0]["macs"], 7 * 20 * 30);
  EXPECT_EQ(layers[1]["name"], "act.Relu");
  EXPECT_EQ(layers[2]["name"], "down");
  EXPECT_EQ(layers[2]["macs"], 7 * 30 * 10);
}

TEST_F(OnnxModelFolder, AsksForExtentsBad) {
  const CliResult result =
      run_cli(fmt::format("run --machine edge_16x16 --workload {} --scheme w4a4-ovp", model()));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("network.onnx: extents without a number: batch, features: "
                                    "give each as workload.NAME"));
}

TEST_F(OnnxModelFolder, NamesWhatIsNotSupportedBad) {
  const std::string path = folder_.write(
      "odd.onnx", network().node("Einsum", {"y", "y"}, {"z"}, {}, "", "/e").model().text());
  const CliResult result =
      run_cli(fmt::format("run --machine edge_16x16 --workload {} --scheme w4a4-ovp", path));
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("odd.onnx: node '/e': operator Einsum: is not supported"));
  EXPECT_THAT(result.err, HasSubstr("supported operators: Abs, Add"));
}

TEST_F(OnnxModelFolder, IsSweptOverItsExtents) {
  const CliResult result = sweep(
      "set: {workload.features: 20}\naxes: {workload.batch: [1, 2, 64], array.rows: [8, 16]}\n",
      "a.db");
  ASSERT_EQ(result.status, 0) << result.err;
  const CliResult rows = run_cli("sweep export " + folder_.path("a.db"));
  ASSERT_EQ(rows.status, 0) << rows.err;
  EXPECT_EQ(lines_of(rows.out).size(), 1u + 3 * 2);
  for (const int64_t batch : {1, 2, 64}) {  // MACs are a column
    EXPECT_THAT(rows.out, HasSubstr(fmt::format(",{},", batch * (20 * 30 + 30 * 10))));
  }
}

TEST_F(OnnxModelFolder, IsNotSweptWithoutAnExtentBad) {
  const CliResult result = sweep("axes: {workload.batch: [1, 2]}\n", "b.db");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("extents without a number: features"));
}

}  // namespace
}  // namespace olivine::support
