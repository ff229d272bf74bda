// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

double sum_of_parts(const json& object) {
  double sum = 0;
  for (const auto& [name, value] : object.items()) {
    if (name != "total") sum += value.get<double>();
  }
  return sum;
}

// Laws that hold for a layer and for the total.
void check_figures(const json& figures, const json& config) {
  const double time_s = figures["time_s"].get<double>();
  EXPECT_GT(time_s, 0);
  EXPECT_NEAR(sum_of_parts(figures["waterfall_s"]), time_s, 1e-6 * time_s);
  const double pj = figures["energy_pj"]["total"].get<double>();
  EXPECT_NEAR(sum_of_parts(figures["energy_pj"]), pj, 1e-9 * pj);
  EXPECT_NEAR(figures["power_w"].get<double>(), pj / 1e12 / time_s, 1e-6 * pj / 1e12 / time_s);
  EXPECT_LE(figures["clock_hz"].get<double>(),
            config["power.max_clock"].get<double>() * (1 + 1e-9));
  EXPECT_GE(figures["clock_hz"].get<double>(), config["power.min_clock"].get<double>());
  double largest = 0;
  for (const auto& [part, seconds] : figures["waterfall_s"].items()) {
    largest = std::max(largest, seconds.get<double>());
  }
  EXPECT_EQ(figures["waterfall_s"][figures["limiter"].get<std::string>()].get<double>(), largest);
}

class GpuRunLaws : public testing::TestWithParam<std::string> {};

TEST_P(GpuRunLaws, Hold) {
  const CliResult run = run_cli(GetParam() + " --json");
  ASSERT_EQ(run.status, 0) << run.err;
  const json result = run.json();
  EXPECT_EQ(result["schema"], "olivine.run/1");
  double time_s = 0, pj = 0, hbm_bytes = 0;
  uint64_t macs = 0;
  bool is_calibrated = true;
  for (const json& layer : result["layers"]) {
    SCOPED_TRACE(layer["name"]);
    check_figures(layer, result["config"]);
    EXPECT_EQ(layer["macs"].get<uint64_t>(),
              layer["m"].get<uint64_t>() * layer["n"].get<uint64_t>() * layer["k"].get<uint64_t>() *
                  layer["batch"].get<uint64_t>());
    EXPECT_FALSE(layer["kernel"].get<std::string>().empty());
    const bool has_library = !layer["library"].get<std::string>().empty();
    EXPECT_EQ(has_library, layer["kind"] != "vector" && layer["kind"] != "depthwise_conv2d");
    if (has_library) is_calibrated = is_calibrated && layer["calibrated"].get<bool>();
    time_s += layer["time_s"].get<double>();
    pj += layer["energy_pj"]["total"].get<double>();
    hbm_bytes += layer["hbm_bytes"].get<double>();
    macs += layer["macs"].get<uint64_t>();
  }
  const json& total = result["total"];
  check_figures(total, result["config"]);
  EXPECT_NEAR(total["time_s"].get<double>(), time_s, 1e-9 * time_s);
  EXPECT_NEAR(total["energy_pj"]["total"].get<double>(), pj, 1e-9 * pj);
  EXPECT_NEAR(total["hbm_bytes"].get<double>(), hbm_bytes, 1e-9 * hbm_bytes);
  EXPECT_EQ(total["macs"].get<uint64_t>(), macs);
  // stderr says what is not calibrated, and nothing else.
  for (const std::string& line : lines_of(run.err)) EXPECT_THAT(line, HasSubstr("not calibrated"));
  EXPECT_EQ(run.err.empty(), is_calibrated);
}

INSTANTIATE_TEST_SUITE_P(
    Runs, GpuRunLaws,
    testing::Values("run -m h100_sxm -w bert_base -s w8a8-int8",
                    "run -m h100_sxm -w bert_base -s w16a16-bf16",
                    "run -m a100_sxm -w resnet50 -s w8a8-int8-2:4",
                    "run -m h200_sxm -w opt_6_7b_decode -s w4a16-int4",
                    "run -m rtx2080ti -w mobilenet_v2 -s w4a4-int4 --set workload.batch=1",
                    "run -m h100_sxm_mmaovp -w swin_tiny -s w4a4-ovp",
                    "run -m h100_sxm -g 1x1x1 -s w8a8-fp8",
                    "run -m a100_sxm -g 127x1009x31x5 -s w4a4-ovp"));

TEST(GpuRun, ObeysOverrides) {
  const auto time_s = [](const std::string& options) {
    return run_cli("run -m h100_sxm -g 4096x4096x4096 -s w16a16-bf16 --json " + options)
        .json()["total"]["time_s"]
        .get<double>();
  };
  EXPECT_GT(time_s("--set sm.count=64"), time_s(""));
  EXPECT_GT(time_s("--set power.limit_w=300"), time_s(""));
  EXPECT_LE(time_s("--set hbm.bytes_per_s=1e13"), time_s(""));
}

TEST(GpuRun, RunsOneKernelOrOneLibrary) {
  const json kernels = run_cli("list kernels -m a100_sxm -s w8a8-int8 --json").json();
  const json& kernel = kernels.back();
  const std::string line =
      fmt::format("run -m a100_sxm -g 512x512x512 -s w8a8-int8 --library {} --kernel {} --json",
                  kernel["library"].get<std::string>(), kernel["name"].get<std::string>());
  const CliResult run = run_cli(line);
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.json()["layers"][0]["kernel"], kernel["name"]);
  EXPECT_EQ(run.json()["layers"][0]["library"], kernel["library"]);
  EXPECT_EQ(run.json()["config"]["kernel"], kernel["name"]);
}

// The library's own tile takes as long when a user asks for it.
TEST(GpuRun, RunsATileOfTheUsersOwn) {
  const std::string line = "run -m h100_sxm -g 4096x4096x4096 -s w16a16-bf16 --json ";
  const json listed = run_cli(line + "--kernel wgmma_128x256x64_s4").json();
  const CliResult run = run_cli(line + "--tile 128x256x64");
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("note: kernels of --tile are not calibrated"));
  const json own = run.json();
  EXPECT_EQ(own["layers"][0]["kernel"], "custom_wgmma.m64n256k16.bf16.ss_128x256x64_s4");
  EXPECT_EQ(own["layers"][0]["calibrated"], false);
  EXPECT_EQ(own["total"], listed["total"]);
  EXPECT_EQ(own["config"]["tile"], "128x256x64");
  EXPECT_EQ(own["config"]["stages"], "most");
}

// The dumped file is the machine: it gives the same figures, and dumps as itself.
TEST(GpuRun, DumpsAMachineThatRunsTheSame) {
  const ScratchFolder folder;
  const std::string path = folder.path("my.yaml");
  const std::string set = " --set sm.count=77 --set power.voltage_slope=0.123456789";
  ASSERT_EQ(run_cli("run -m a100_sxm --dump-config -o " + path + set).status, 0);
  EXPECT_THAT(read_text(path), HasSubstr("kind: gpu"));
  EXPECT_EQ(run_cli("run -m " + path + " --dump-config").out, read_text(path));
  const std::string rest = " -g 512x512x512 -s w16a16-fp16 --json";
  const json from_file = run_cli("run -m " + path + rest).json();
  const json from_options = run_cli("run -m a100_sxm" + set + rest).json();
  EXPECT_EQ(from_file["total"], from_options["total"]);
  EXPECT_EQ(from_file["config"], from_options["config"]);
}

TEST(GpuRun, WritesTheSameFiguresAsCsv) {
  const std::string line = "run -m h100_sxm -w deit_tiny -s w8a8-int8 --set workload.batch=1 ";
  const json result = run_cli(line + "--json").json();
  const std::vector<std::string> rows = lines_of(run_cli(line + "--csv").out);
  ASSERT_EQ(rows.size(), 1 + result["layers"].size() + 1);  // header, layers, total
  const auto fields = [](const std::string& row) {
    return std::count(row.begin(), row.end(), ',');
  };
  for (const std::string& row : rows) EXPECT_EQ(fields(row), fields(rows[0])) << row;
  const std::string total = fmt::format(",{},{},", result["total"]["time_s"].get<double>(),
                                        result["total"]["limiter"].get<std::string>());
  EXPECT_THAT(rows.back(), HasSubstr(total));
}

TEST(GpuRun, ShowsKernelsAsATable) {
  const std::string line = "run -m h100_sxm -w bert_base -s w4a16-int4";
  const CliResult plain = run_cli(line);
  EXPECT_THAT(plain.out, HasSubstr("\nencoder.*.query x12 "));
  EXPECT_THAT(plain.out, HasSubstr("elementwise"));
  EXPECT_THAT(plain.out, HasSubstr("\nsimulated "));
  EXPECT_THAT(plain.out, Not(HasSubstr("w16a16-fp16")));
  EXPECT_THAT(run_cli(line + " --verbose").out, HasSubstr("w16a16-fp16"));  // of attention
}

// explain derives the energy from counts and exits 1 where parts do not add up.
TEST(GpuExplain, AddsUpForEveryKindOfLayer) {
  const std::map<std::string, std::string> lines = {
      {"gemm", "-m h100_sxm -g 4096x4096x4096 -s w16a16-bf16"},
      {"tiny", "-m a100_sxm -g 1x1x1 -s w8a8-int8"},
      {"decode", "-m h200_sxm -g 8x4096x4096 -s w4a4-ovp"},
      {"mmaovp", "-m h100_sxm_mmaovp -g 512x512x512 -s w4a4-ovp"},
      {"vector", "-m h100_sxm -w bert_base -l encoder.0.softmax -s w8a8-int8"},
      {"depthwise", "-m a100_sxm -w mobilenet_v2 -l bottleneck1_first.depthwise -s w8a8-int8"}};
  for (const auto& [name, options] : lines) {
    SCOPED_TRACE(name);
    const CliResult result = run_cli("explain " + options + " --json");
    ASSERT_EQ(result.status, 0) << result.err;
    const json explained = result.json();
    EXPECT_EQ(explained["schema"], "olivine.explain/1");
    double pj = 0;
    for (const json& action : explained["actions"]) {
      pj += action["count"].get<double>() * action["pj"].get<double>();
    }
    const double total = explained["figures"]["energy_pj"]["total"].get<double>();
    EXPECT_NEAR(pj, total, 1e-6 * total);
  }
}

TEST(GpuExplain, GivesTheFiguresOfRun) {
  const json run = run_cli("run -m a100_sxm -w bert_base -s w8a8-int8 --json").json();
  for (const size_t index : {size_t{0}, size_t{1}, size_t{4}, run["layers"].size() - 1}) {
    const json& layer = run["layers"][index];
    const json explained =
        run_cli({"explain", "-m", "a100_sxm", "-w", "bert_base", "-s", "w8a8-int8", "--layer",
                 layer["name"].get<std::string>(), "--json"})
            .json();
    for (const auto& [name, value] : explained["figures"].items()) EXPECT_EQ(layer[name], value);
    for (const auto& [name, value] : explained["executed"].items()) EXPECT_EQ(layer[name], value);
  }
}

TEST(GpuExplain, OrdersTheMenuByTime) {
  const json explained =
      run_cli("explain -m h100_sxm -g 2048x2048x2048 -s w16a16-bf16 --json").json();
  const json& menu = explained["menu"];
  ASSERT_GT(menu.size(), 5u);
  for (size_t i = 1; i < menu.size(); ++i) {
    EXPECT_GE(menu[i]["time_s"].get<double>(), menu[i - 1]["time_s"].get<double>());
  }
  EXPECT_EQ(explained["kernel"]["kernel"], explained["executed"]["kernel"]);
  EXPECT_GE(explained["occupancy"]["ctas_per_sm"].get<int>(), 1);
}

TEST(GpuExplain, ExplainsATileOfTheUsersOwn) {
  const CliResult result =
      run_cli("explain -m h100_sxm -g 512x512x512 -s w8a8-int8 --tile 64x64x128 --stages 3 --json");
  ASSERT_EQ(result.status, 0) << result.err;
  const json kernel = result.json()["kernel"];
  EXPECT_EQ(kernel["kernel"], "custom_wgmma.m64n64k32.int8.ss_64x64x128_s3");
  EXPECT_EQ(kernel["stages"], 3);
  EXPECT_EQ(kernel["math_warps"], 4);
  EXPECT_EQ(result.json()["executed"]["kernel"], kernel["kernel"]);
}

TEST(GpuExplain, ReadsAsAWaterfall) {
  const CliResult result = run_cli("explain -m h100_sxm -g 4096x4096x4096 -s w16a16-bf16");
  ASSERT_EQ(result.status, 0);
  size_t at = 0;
  for (const char* part :
       {"Waterfall of the time", "\n  tensor ", "##", "\n  launch ", "\n  total ", "Kernel",
        "waves", "Runners-up", "Traffic", "HBM", "Clock and power", "Energy", "Simulated"}) {
    at = result.out.find(part, at);
    ASSERT_NE(at, std::string::npos) << part << "\n" << result.out;
  }
  EXPECT_THAT(run_cli("explain -m h100_sxm -w bert_base -s w4a16-int4 -l encoder.*.qk").out,
              HasSubstr("w4a16-int4, runs in w16a16-fp16"));
}

TEST(GpuList, ShowsMachinesOfBothKinds) {
  const json machines = run_cli("list machines --json").json();
  std::map<std::string, int> kinds;
  for (const json& machine : machines) ++kinds[machine["kind"].get<std::string>()];
  EXPECT_GE(kinds["systolic"], 6);
  EXPECT_GE(kinds["gpu"], 5);
}

TEST(GpuList, ShowsKernelsThatFitAnSm) {
  const CliResult table = run_cli("list kernels -m h100_sxm -s w16a16-bf16");
  EXPECT_THAT(table.out, HasSubstr("wgmma.m64n256k16.bf16"));
  size_t listed = 0;
  for (const char* machine : {"rtx2080ti", "a100_sxm", "h100_sxm", "h100_sxm_mmaovp"}) {
    for (const char* scheme : {"w16a16-fp16", "w8a8-int8", "w4a4-ovp", "w4a16-int4"}) {
      for (const json& kernel :
           run_cli(fmt::format("list kernels -m {} -s {} --json", machine, scheme)).json()) {
        ++listed;
        if (kernel["tile"] == "none") continue;
        EXPECT_GE(kernel["ctas_per_sm"].get<int>(), 1) << kernel;
      }
    }
  }
  EXPECT_GE(listed, 100u);
}

TEST(GpuList, SaysWhichSchemesOneMachineRuns) {
  const std::string table = run_cli("list schemes -m h100_sxm").out;
  EXPECT_THAT(table, HasSubstr("none: h100_sxm has no instruction"));
  const auto runs_sparse = [](const std::string& options) {
    for (const json& scheme : run_cli("list schemes -m rtx2080ti --json" + options).json()) {
      if (scheme["name"] == "w8a8-int8-2:4") return !scheme["machines"].empty();
    }
    return false;
  };
  EXPECT_FALSE(runs_sparse(""));
  EXPECT_TRUE(runs_sparse(" --set tensor.sparse=true"));
}

TEST(GpuList, KeysNameBothKinds) {
  EXPECT_THAT(run_cli("list keys").out, HasSubstr("\npower.limit_w "));
  EXPECT_THAT(run_cli("list keys --markdown").out, HasSubstr("\n## GPU\n"));
}

}  // namespace
}  // namespace olivine::support
