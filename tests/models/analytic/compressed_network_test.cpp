// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/yaml_file.h"
#include "models/workloads/workload_yaml.h"

// Where compressed weights help, and where not: the table of docs/architecture.md.
namespace olivine {
namespace {

constexpr auto kWeights = static_cast<size_t>(Operand::Weights);

constexpr int64_t kBusBytes = 16;  // 8 GB/s at 500 MHz: weights of 8 bits come slower than used

struct Case {
  const char* workload;
  const char* scheme;
  int32_t per_mille;
  int64_t elements_per_cycle;
};

LayerResult run(const Case& c) {
  MachineConfig machine = load_machine("olive_64x64");
  machine.dram.bytes_per_cycle = kBusBytes;
  machine.dram.decompressor.elements_per_cycle = c.elements_per_cycle;
  PlanOptions options;
  options.kinds = {LayerKind::Linear, LayerKind::Head};
  options.weight_density.per_mille = c.per_mille;
  return evaluate(plan_network(machine, parse_scheme(c.scheme), load_workload(c.workload), options))
      .total;
}

double ratio(uint64_t a, uint64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

constexpr Case kDecodeDense{"llama_7b_decode", "w8a8-int8", 1000, 0};
constexpr Case kBertDense{"bert_base", "w8a8-int8", 1000, 0};

// Weights are all that moves in decoding: 5 of 8 bits of each are left at density 0.5.
TEST(CompressedNetwork, HalvedWeightsSpeedDecodingUpByTheBytes) {
  const LayerResult dense = run(kDecodeDense);
  const LayerResult sparse = run({"llama_7b_decode", "w8a8-int8", 500, 256});
  constexpr double kBytes = (1 + 0.5 * 8) / 8;
  EXPECT_NEAR(ratio(sparse.dram_bytes[kWeights], dense.dram_bytes[kWeights]), kBytes, 1e-6);
  // All else of the traffic, fills and ceilings: a percent.
  EXPECT_NEAR(ratio(sparse.cycles, dense.cycles), kBytes, 0.01);
  EXPECT_LT(sparse.energy.total_pj(), dense.energy.total_pj());
  // 2:4 stores as much, two 2-bit positions in four elements.
  const LayerResult two_four = run({"llama_7b_decode", "w8a8-int8-2:4", 1000, 0});
  EXPECT_EQ(two_four.dram_bytes[kWeights], sparse.dram_bytes[kWeights]);
}

// Expanding fewer elements a cycle than the dense weights would have come in on the bus is no gain.
TEST(CompressedNetwork, SlowDecompressorIsTheNewBound) {
  const uint64_t dense = run(kDecodeDense).cycles;
  EXPECT_NEAR(ratio(run({"llama_7b_decode", "w8a8-int8", 500, kBusBytes}).cycles, dense), 1, 0.01);
  EXPECT_NEAR(ratio(run({"llama_7b_decode", "w8a8-int8", 500, kBusBytes / 2}).cycles, dense), 2,
              0.02);
}

// The array is what takes time, and it computes with dense weights: 2:4 skips half of them.
TEST(CompressedNetwork, ComputeBoundLayersGainNothing) {
  const LayerResult dense = run(kBertDense);
  const LayerResult sparse = run({"bert_base", "w8a8-int8", 500, 256});
  EXPECT_NEAR(ratio(sparse.cycles, dense.cycles), 1, 0.02);
  EXPECT_LE(sparse.cycles, dense.cycles + dense.cycles / 100);  // mapper.slack_pct
  EXPECT_LT(ratio(run({"bert_base", "w8a8-int8-2:4", 1000, 0}).cycles, dense.cycles), 0.75);
}

std::string row(const std::string& name, const Case& c, const LayerResult& base) {
  const LayerResult result = run(c);
  uint64_t bytes = 0;
  for (const uint64_t operand : result.dram_bytes) bytes += operand;
  return fmt::format("| {} | {} | {:.1f} | {:.2f}x | {:.2f} | {:.1f} |", c.workload, name,
                     static_cast<double>(result.cycles) / 1e6, ratio(base.cycles, result.cycles),
                     static_cast<double>(bytes) / 1e9, result.energy.total_pj() / 1e9);
}

TEST(CompressedNetwork, TableOfTheDocumentsHolds) {
  std::vector<std::string> rows;
  for (const Case& dense : {kDecodeDense, kBertDense}) {
    const LayerResult base = run(dense);
    rows.push_back(row("dense", dense, base));
    for (const int64_t rate : {16, 32}) {
      rows.push_back(row(fmt::format("density 0.5, {} elements a cycle", rate),
                         {dense.workload, "w8a8-int8", 500, rate}, base));
    }
    rows.push_back(row("2:4", {dense.workload, "w8a8-int8-2:4", 1000, 0}, base));
  }
  const std::string text = read_text_file(OLV_SOURCE_DIR "/docs/architecture.md", size_t{1} << 20);
  const std::string table = fmt::format("{}", fmt::join(rows, "\n"));
  EXPECT_NE(text.find(table), std::string::npos) << "docs/architecture.md has not:\n" << table;
}

}  // namespace
}  // namespace olivine
