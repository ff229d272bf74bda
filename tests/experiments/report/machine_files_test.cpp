// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// The machine file of a point, through olivine run, gives what the sweep stored: to the last bit.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/report/page_data.h"
#include "tests/experiments/cli/cli_process.h"
#include "tests/experiments/report/sweep_page.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;
using support::CliResult;
using support::run_cli;
using support::ScratchFolder;
using testing::HasSubstr;

class MachineFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("net.yaml",
                  "name: net\n"
                  "params: {batch: 1, width: 48}\n"
                  "blocks:\n"
                  "  - name: block\n"
                  "    layers:\n"
                  "      - {name: gemm, kind: linear, m: 64 * batch, n: width, k: 100}\n"
                  "      - {name: head, kind: head, m: batch, n: width, k: 40}\n");
  }

  // Runs the spec, then every so many of its points by their machine files.
  void expect_points_run(const std::string& spec, size_t step, size_t least) {
    folder_.write("sweep.yaml", spec);
    const std::string database = folder_.path("a.db");
    const CliResult swept =
        run_cli(fmt::format("sweep run {} --db {}", folder_.path("sweep.yaml"), database));
    ASSERT_EQ(swept.status, 0) << swept.err;
    const Json data = Json::parse(sweep_data(database).dump());
    ASSERT_TRUE(data["machine_files"].is_object()) << data["machine_files_problem"];
    const std::vector<double> times = measure_of(data, "time_s");
    const std::vector<double> energies = measure_of(data, "energy_pj");
    ASSERT_GE(times.size(), least);
    const MachineFileReader files{data};
    // A folder of its own: paths inside must work from there.
    std::filesystem::create_directory(folder_.path("elsewhere"));
    const std::string file = folder_.path("elsewhere/point.yaml");
    for (size_t row = 0; row < times.size(); row += step) {
      folder_.write("elsewhere/point.yaml", files.yaml(row));
      std::vector<std::string> words = files.command(row, file);
      words.emplace_back("--json");
      const CliResult result = run_cli(words);
      ASSERT_EQ(result.status, 0) << result.err << files.yaml(row);
      const nlohmann::json total = result.json().at("total");
      EXPECT_EQ(total.at("time_s").get<double>(), times[row]) << files.yaml(row);
      EXPECT_EQ(total.at("energy_pj").at("total").get<double>(), energies[row]) << files.yaml(row);
    }
  }

  ScratchFolder folder_;
};

TEST_F(MachineFiles, OfArraysRunToTheStoredNumbers) {
  expect_points_run(fmt::format("name: arrays\n"
                                "machine: edge_16x16\n"
                                "workload: {}\n"
                                "layers: [linear]\n"
                                "set:\n"
                                "  clock: 300MHz\n"
                                "  workload.width: 56\n"
                                "  memory.output_buffer: = memory.activation_buffer / 2\n"
                                "  array.cols: = array.rows * 2\n"
                                "  mapper.slack_pct: = array.rows / 3\n"
                                "  array.decoder_latency_cycles: = 1 + (array.rows % 3)\n"
                                "axes:\n"
                                "  scheme: [w4a4-ovp, w8a8-int8]\n"
                                "  array.rows: {{from: 4, to: 12, step: 4}}\n"
                                "  shape:\n"
                                "    link: [array.dataflow, memory.activation_buffer]\n"
                                "    values: [[ws, 8KiB], [os, 16KiB]]\n"
                                "  workload.batch: [1, 3]\n"
                                "objectives: [time_s, energy_pj]\n",
                                folder_.path("net.yaml")),
                    1, 24);
}

TEST_F(MachineFiles, OfSeveralMachinesAndOwnFilesRunToTheStoredNumbers) {
  const CliResult dumped =
      run_cli("run --machine olive_64x64 --dump-config -o " + folder_.path("mine.yaml"));
  ASSERT_EQ(dumped.status, 0) << dumped.err;
  expect_points_run(fmt::format("name: several\n"
                                "scheme: w4a4-ovp\n"
                                "axes:\n"
                                "  machine: [edge_16x16, {}]\n"
                                "  workload: [{}, bert_base]\n"
                                "  clock: {{from: 0.1GHz, to: 0.7GHz, step: 0.3GHz}}\n"
                                "objectives: [time_s, energy_pj]\n",
                                folder_.path("mine.yaml"), folder_.path("net.yaml")),
                    1, 12);
}

TEST_F(MachineFiles, OfGpusRunToTheStoredNumbers) {
  expect_points_run(fmt::format("name: gpus\n"
                                "workload: {}\n"
                                "axes:\n"
                                "  machine: [h100_sxm, a100_sxm]\n"
                                "  scheme: [w8a8-int8, w16a16-bf16]\n"
                                "  power.limit_w: [150, 300]\n"
                                "  workload.batch: [1, 64]\n"
                                "objectives: [time_s, energy_pj]\n",
                                folder_.path("net.yaml")),
                    3, 16);
}

TEST_F(MachineFiles, AreMissingWithTheReasonWhereTheSpecsFilesAreGone) {
  folder_.write("sweep.yaml", fmt::format("name: gone\n"
                                          "machine: edge_16x16\n"
                                          "workload: {}\n"
                                          "scheme: w4a4-ovp\n"
                                          "axes: {{array.rows: [4, 8]}}\n"
                                          "objectives: [time_s]\n",
                                          folder_.path("net.yaml")));
  const std::string database = folder_.path("a.db");
  ASSERT_EQ(
      run_cli(fmt::format("sweep run {} --db {}", folder_.path("sweep.yaml"), database)).status, 0);
  folder_.write("net.yaml",
                "name: net\nblocks:\n  - name: block\n    layers:\n"
                "      - {name: gemm, kind: linear, m: 8, n: 8, k: 8}\n");
  Json data = sweep_data(database);
  EXPECT_TRUE(data["machine_files"].is_null());
  EXPECT_THAT(data["machine_files_problem"].get<std::string>(), HasSubstr("have changed"));
  std::filesystem::remove(folder_.path("net.yaml"));
  data = sweep_data(database);
  EXPECT_TRUE(data["machine_files"].is_null());
  EXPECT_THAT(data["machine_files_problem"].get<std::string>(), HasSubstr("net.yaml"));
  EXPECT_EQ(data["counts"]["feasible"], 2) << "all else is there";
}

}  // namespace
}  // namespace olivine::report
