// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/experiments/cli/cli_process.h"

// Compressed weights through the command line: every engine, the results, explain.
namespace olivine::support {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kMachine =
    " -m edge_16x16 -s w8a8-int8 --set dram.bytes_per_cycle=4 --set "
    "decompressor.elements_per_cycle=8 ";
const std::string kGemm = "-g 12x40x100 ";

json run_json(const std::string& options) {
  const CliResult result = run_cli("run" + kMachine + options + " --json");
  EXPECT_EQ(result.status, 0) << result.err;
  return json::parse(result.out);
}

// The stepped engine compares its outputs, its cycles and bytes with the closed form or the events.
TEST(WeightDensityCli, EveryEngineAgrees) {
  const json closed = run_json(kGemm + "--weight-density 0.5");
  for (const char* engine : {"event", "cycle"}) {
    const json other = run_json(kGemm + "--weight-density 0.5 --engine " + engine);
    EXPECT_EQ(other["total"], closed["total"]) << engine;
  }
  const json events = run_json(kGemm + "--weight-density 0.5 --dram banked");
  const json stepped = run_json(kGemm + "--weight-density 0.5 --dram banked --engine cycle");
  EXPECT_EQ(stepped["total"], events["total"]);
}

// One tile: 40 rows of 100 bits and 50 bytes, each row in whole bytes.
TEST(WeightDensityCli, ResultsSayWhatWasCompressed) {
  const json dense = run_json(kGemm);
  EXPECT_EQ(dense["config"]["weight_density"], 1.0);
  EXPECT_EQ(dense["total"]["dram_bytes"]["weights"], 40 * 100);
  EXPECT_EQ(run_json(kGemm + "--weight-density 1.000")["total"], dense["total"]);

  const json sparse = run_json(kGemm + "--weight-density 0.5 --tile 12x40x100");
  EXPECT_EQ(sparse["config"]["weight_density"], 0.5);
  EXPECT_EQ(sparse["config"]["decompressor.elements_per_cycle"], 8);
  EXPECT_EQ(sparse["layers"][0]["weight_density"], 0.5);
  EXPECT_EQ(sparse["total"]["dram_bytes"]["weights"], 40 * (13 + 50));
  EXPECT_EQ(sparse["total"]["array_cycles"],
            run_json(kGemm + "--tile 12x40x100")["total"]["array_cycles"]);

  const CliResult table = run_cli("run" + kMachine + kGemm + "--weight-density 0.5");
  EXPECT_THAT(table.out, HasSubstr("w8a8-int8 with weights of density 0.5"));
  EXPECT_THAT(run_cli("run" + kMachine + kGemm).out, Not(HasSubstr("density")));
}

// Attention multiplies activations: nothing of it is compressed.
TEST(WeightDensityCli, AttentionStaysDense) {
  const json result = run_json(
      "-w deit_tiny --layers attention,linear --weight-density 0.25 --set "
      "memory.weight_buffer=64KiB");
  bool has_both[2] = {false, false};
  for (const json& layer : result["layers"]) {
    const bool is_attention = layer["kind"] == "attention";
    has_both[is_attention ? 1 : 0] = true;
    EXPECT_EQ(layer["weight_density"], is_attention ? 1.0 : 0.25) << layer["name"];
  }
  EXPECT_TRUE(has_both[0] && has_both[1]);
}

TEST(WeightDensityCli, ExplainShowsTheDecompressor) {
  const std::string options = kMachine + "-g 1x400x96 --tile 1x400x96 --weight-density 0.25";
  const std::string slow = options + " --set memory.weight_buffer=128KiB";
  const CliResult text = run_cli("explain" + slow);
  EXPECT_EQ(text.status, 0) << text.err;
  // 400 rows of 12 B of bits and 24 B of values; 38,400 elements at 8 a cycle.
  EXPECT_THAT(text.out,
              HasSubstr("weights of density 0.25: a tile is 14.1 KiB in DRAM; decompressor: "
                        "38,400 elements / 8 a cycle = 4,800 cycles"));
  const json explained = json::parse(run_cli("explain" + slow + " --json").out);
  EXPECT_EQ(explained["weight_density"], 0.25);
  EXPECT_EQ(explained["expanded_elems"], 400 * 96);
  EXPECT_EQ(explained["expand_cycles"], 4800);
  EXPECT_EQ(explained["traffic"][1]["tensor_bytes"], 400 * (12 + 24));
  EXPECT_EQ(explained["traffic"][1]["dram_bytes"], 400 * (12 + 24));
}

}  // namespace
}  // namespace olivine::support
