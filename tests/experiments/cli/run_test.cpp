// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
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

const std::vector<std::string> kCounts = {"macs",          "cycles", "array_cycles",
                                          "vector_cycles", "folds",  "tiles"};

double sum_of_parts(const json& object) {
  double sum = 0;
  for (const auto& [name, value] : object.items()) {
    if (name != "total") sum += value.get<double>();
  }
  return sum;
}

// Laws that hold for a layer and for the total.
void check_figures(const json& figures, double clock_hz) {
  EXPECT_EQ(figures["cycles"].get<uint64_t>(),
            figures["array_cycles"].get<uint64_t>() + figures["vector_cycles"].get<uint64_t>() +
                figures["stall_cycles"]["total"].get<uint64_t>());
  EXPECT_EQ(figures["stall_cycles"]["total"].get<double>(), sum_of_parts(figures["stall_cycles"]));
  EXPECT_EQ(figures["dram_bytes"]["total"].get<double>(), sum_of_parts(figures["dram_bytes"]));
  const double pj = figures["energy_pj"]["total"].get<double>();
  EXPECT_NEAR(sum_of_parts(figures["energy_pj"]), pj, 1e-9 * pj);
  EXPECT_DOUBLE_EQ(figures["time_s"].get<double>(), figures["cycles"].get<double>() / clock_hz);
  EXPECT_GE(figures["utilization"].get<double>(), 0.0);
  EXPECT_LE(figures["utilization"].get<double>(), 1.0);
}

void check_laws(const json& result) {
  const double clock_hz = result["config"]["clock"].get<double>();
  std::map<std::string, uint64_t> sums;
  double pj = 0;
  for (const json& layer : result["layers"]) {
    SCOPED_TRACE(layer["name"]);
    check_figures(layer, clock_hz);
    const uint64_t macs = layer["m"].get<uint64_t>() * layer["n"].get<uint64_t>() *
                          layer["k"].get<uint64_t>() * layer["batch"].get<uint64_t>();
    EXPECT_EQ(layer["macs"].get<uint64_t>(), macs);
    for (const std::string& name : kCounts) sums[name] += layer[name].get<uint64_t>();
    for (const auto& [name, value] : layer["stall_cycles"].items()) {
      sums["stall." + name] += value.get<uint64_t>();
    }
    for (const auto& [name, value] : layer["dram_bytes"].items()) {
      sums["dram." + name] += value.get<uint64_t>();
    }
    pj += layer["energy_pj"]["total"].get<double>();
  }
  const json& total = result["total"];
  check_figures(total, clock_hz);
  for (const std::string& name : kCounts) EXPECT_EQ(total[name].get<uint64_t>(), sums[name]);
  for (const auto& [name, value] : total["stall_cycles"].items()) {
    EXPECT_EQ(value.get<uint64_t>(), sums["stall." + name]) << name;
  }
  for (const auto& [name, value] : total["dram_bytes"].items()) {
    EXPECT_EQ(value.get<uint64_t>(), sums["dram." + name]) << name;
  }
  EXPECT_NEAR(total["energy_pj"]["total"].get<double>(), pj, 1e-9 * pj);
  EXPECT_NEAR(total["area_um2"]["total"].get<double>(), sum_of_parts(total["area_um2"]), 1e-3);
}

class RunLaws : public testing::TestWithParam<std::string> {};

TEST_P(RunLaws, Hold) {
  const CliResult result = run_cli(GetParam() + " --json");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  check_laws(result.json());
}

INSTANTIATE_TEST_SUITE_P(
    Runs, RunLaws,
    testing::Values("run -m olive_64x64 -w bert_base -s w4a4-ovp",
                    "run -m olive_64x64 -w bert_base -s w8a8-int8-2:4 --dataflow ws",
                    "run -m adafloat_32x28 -w deit_tiny -s w8a8-fp8",
                    "run -m tpu_like_128x128 -w resnet50 -s w8a8-int8",
                    "run -m edge_16x16 -w mobilenet_v2 -s w4a8-ovp --pipelining serial",
                    "run -m edge_16x16 -w llama_7b_decode -s w4a4-int4 --dataflow is",
                    "run -m edge_16x16 -w bert_base -s w4a4-ovp --dram ideal",
                    "run -m edge_16x16 -g 1x1x1 -s w4a4-ovp",
                    "run -m edge_16x16 -g 37x41x43x3 -s w8a8-ovp-2:4"));

TEST(Run, HasTheContractOfTheSchema) {
  const json result =
      run_cli("run --machine olive_64x64 --workload bert_base --scheme w4a4-ovp --json").json();
  EXPECT_EQ(result["schema"], "olivine.run/1");
  EXPECT_EQ(result["machine"], "olive_64x64");
  EXPECT_EQ(result["workload"], "bert_base");
  EXPECT_EQ(result["scheme"], "w4a4-ovp");
  for (const char* key :
       {"array.rows", "array.cols", "array.dataflow", "array.pipelining",
        "array.decoder_latency_cycles", "array.output_latency_cycles", "clock",
        "memory.activation_buffer", "memory.weight_buffer", "memory.output_buffer", "dram.model",
        "dram.bytes_per_cycle", "engine", "seed", "layers", "workload.batch", "workload.seq"}) {
    EXPECT_TRUE(result["config"].contains(key)) << key;
  }
  for (const char* key :
       {"olivine_version", "git_revision", "compiler", "build_type", "date_utc", "host_cpu"}) {
    EXPECT_TRUE(result["provenance"][key].is_string()) << key;
  }
  EXPECT_EQ(result["provenance"].dump().find('/' + std::string{"home"}), std::string::npos);
  const json& query = result["layers"][1];
  EXPECT_EQ(query["name"], "encoder.0.query");
  EXPECT_EQ(query["kind"], "linear");
  EXPECT_EQ(query["m"], 64 * 128);  // batch x sequence
  EXPECT_EQ(query["n"], 768);
  EXPECT_EQ(query["k"], 768);
  EXPECT_EQ(query["batch"], 1);
  EXPECT_EQ(query["scheme"]["weights"], "ovp4");
  EXPECT_TRUE(query["tiling"]["order"].is_string());
}

TEST(Run, CountsLayersAndMacs) {
  // Twelve encoders with four 768 x 768 projections and two 768 x 3072 feed-forward layers, the
  // pooler and the classifier: 8192 * 12 * (4 * 768 * 768 + 2 * 768 * 3072) + 64 * 768 * 770.
  const json result =
      run_cli("run -m olive_64x64 -w bert_base -s w4a4-ovp --layers linear --json").json();
  EXPECT_EQ(result["layers"].size(), 12u * 6 + 2);
  const uint64_t encoders = uint64_t{8192} * 12 * (4 * 768 * 768 + 2 * 768 * 3072);
  EXPECT_EQ(result["total"]["macs"], encoders + 64 * 768 * 770);
  EXPECT_EQ(result["total"]["vector_cycles"], 0);
  EXPECT_EQ(result["config"]["layers"], json::array({"linear"}));
}

TEST(Run, KeepsAttentionDense) {
  const json result =
      run_cli("run -m olive_64x64 -w bert_base -s w4a8-ovp-2:4 --layers attention --json").json();
  EXPECT_EQ(result["layers"].size(), 12u * 2);
  const json& operands = result["layers"][0]["scheme"];
  EXPECT_EQ(operands["weights"], "ovp8");
  EXPECT_EQ(operands["weight_pattern"], "dense");
}

TEST(Run, OverridesReachMachineAndWorkload) {
  const json result = run_cli(
                          "run -m edge_16x16 -w bert_base -s w8a8-int8 --set workload.batch=3 "
                          "--set array.rows=32 --set memory.weight_buffer=64KiB --set clock=1GHz "
                          "--json")
                          .json();
  EXPECT_EQ(result["config"]["workload.batch"], 3);
  EXPECT_EQ(result["config"]["array.rows"], 32);
  EXPECT_EQ(result["config"]["memory.weight_buffer"], 64 * 1024);
  EXPECT_EQ(result["config"]["clock"], 1e9);
  EXPECT_EQ(result["layers"][1]["m"], 3 * 128);
}

TEST(Run, HonoursTileAndOrder) {
  const json result =
      run_cli("run -m edge_16x16 -g 64x48x100 -s w4a4-ovp --tile 32x16x40 --order knm --json")
          .json();
  EXPECT_EQ(result["layers"][0]["tiling"],
            json({{"m", 32}, {"n", 16}, {"k", 40}, {"order", "knm"}}));
  EXPECT_EQ(result["total"]["tiles"], 2 * 3 * 3);  // ceil(64/32) ceil(48/16) ceil(100/40)
  EXPECT_EQ(result["config"]["tile"], json::array({32, 16, 40}));
}

TEST(Run, ReadsScaleSimTopologies) {
  const ScratchFolder folder;
  const std::string file = folder.write("tiny.csv", "Layer, M, N, K,\nfirst, 8, 9, 10,\n");
  const json result =
      run_cli({"run", "-m", "edge_16x16", "-w", file, "-s", "w8a8-int8", "--json"}).json();
  EXPECT_EQ(result["workload"], "tiny");
  EXPECT_EQ(result["layers"][0]["name"], "first");
  EXPECT_EQ(result["total"]["macs"], 8 * 9 * 10);
}

TEST(Run, TheSameCommandGivesTheSameResult) {
  const std::string line = "run -m edge_16x16 -g 33x17x29 -s w4a4-ovp --engine cycle --json";
  json first = run_cli(line).json();
  json second = run_cli(line).json();
  first["provenance"].erase("date_utc");
  second["provenance"].erase("date_utc");
  EXPECT_EQ(first, second);
}

TEST(Run, TakesATransformersConfiguration) {
  const ScratchFolder folder;
  const std::string config = folder.write(
      "config.json",
      R"({"model_type": "bert", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
          "intermediate_size": 20, "vocab_size": 29, "max_position_embeddings": 11,
          "type_vocab_size": 2, "pad_token_id": 0, "layer_norm_eps": 1e-12,
          "hidden_act": "gelu"})");
  const auto run = [&](const std::string& params) {
    return run_cli(
        "run --machine edge_16x16 --scheme w8a8-int8 --json --layers linear --workload " + config +
        params);
  };
  const CliResult result = run(" --set workload.batch=2 --set workload.seq=5");
  ASSERT_EQ(result.status, 0) << result.err;
  // Two blocks of four 12 x 12 products, 12 x 20 and 20 x 12, of 10 tokens.
  EXPECT_EQ(result.json()["total"]["macs"], 2 * 10 * (4 * 12 * 12 + 2 * 12 * 20));
  EXPECT_EQ(run(" --set workload.sequence=5").status, 2);
  EXPECT_EQ(run(" --set workload.batch=0").status, 2);
}

}  // namespace
}  // namespace olivine::support
