// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>

#include <set>

#include "experiments/sweep/space/base_machine.h"
#include "experiments/sweep/space/point_hash.h"
#include "models/base/config_table.h"
#include "tests/experiments/sweep/space/design_space.h"

namespace olivine::sweep {
namespace {

constexpr char kTop[] = "name: test\nobjectives: [time_s]\n";

std::string hash_of_first(const std::string& text) { return first_point(text).hash.hex(); }

// A sweep over something that changes no result, so that all else can be fixed.
std::string hash_of_machine(const std::string& machine, const std::string& set = "") {
  const std::string fixed = set.empty() ? "" : "set: {" + set + "}\n";
  return hash_of_first(kTop + ("machine: " + machine) +
                       "\nworkload: bert_base\nscheme: w8a8-int8\n" + fixed +
                       "axes: {free.none: [1]}\n");
}

TEST(PointHash, IsXxh3OfTheText) {
  // The reference implementation's XXH3_128bits of nothing, seed 0.
  EXPECT_EQ(hash_of("").hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(PointHash, ShardsByItsFirstBytes) {
  PointHash hash;
  hash.bytes[7] = 10;
  hash.bytes[15] = 1;  // not looked at
  EXPECT_EQ(hash.shard(1), 0U);
  EXPECT_EQ(hash.shard(7), 10U % 7);
  hash.bytes[0] = 0x80;
  EXPECT_EQ(hash.shard(1000), ((uint64_t{1} << 63) + 10) % 1000);
}

TEST(PointHash, IsTheSameHoweverAKeyIsGiven) {
  const FileFolder folder;
  const std::string file = folder.write(
      "m.yaml",
      replaced(source_text("models/machines/systolic/edge_16x16.yaml"), "rows: 16", "rows: 12"));
  const std::string rest = "workload: bert_base\nscheme: w4a4-ovp\n";
  const std::set<std::string> hashes = {
      hash_of_first(kTop + rest + "machine: edge_16x16\naxes: {array.rows: [12, 16]}\n"),
      hash_of_first(kTop + rest +
                    "machine: edge_16x16\nset: {array.rows: 12}\naxes: {array.cols: [16]}\n"),
      hash_of_first(kTop + rest +
                    "machine: edge_16x16\nset: {array.rows: \"= array.cols / 4 * 3\"}\n"
                    "axes: {array.cols: [16]}\n"),
      hash_of_first(kTop + rest + "machine: " + file + "\naxes: {array.cols: [16]}\n"),
      hash_of_first(kTop + rest + "axes: {machine: [" + file + "], array.cols: [16]}\n"),
      hash_of_first(kTop + rest +
                    "machine: olive_64x64\naxes: {both: {link: [array.rows, array.cols], values: "
                    "[[12, 16]]}}\nset: {array.dataflow: os}\n")};
  // The last one is of another machine; the others are one point.
  EXPECT_EQ(hashes.size(), 2U);
}

TEST(PointHash, IsTheSameHoweverAValueIsWritten) {
  const auto hash = [](const std::string& setting) {
    return hash_of_machine("edge_16x16", setting);
  };
  EXPECT_EQ(hash("memory.weight_buffer: 64KiB"), hash("memory.weight_buffer: 65536"));
  EXPECT_EQ(hash("memory.weight_buffer: 64KiB"), hash("memory.weight_buffer: \"= 2 * 32KiB\""));
  EXPECT_EQ(hash("clock: 0.5GHz"), hash("clock: \"= 1e9 / 2\""));
  EXPECT_EQ(hash("clock: 500MHz"), hash("clock: \"= 500000000\""));
  EXPECT_EQ(hash("mapper.slack_pct: 0"), hash("mapper.slack_pct: -0"));
  EXPECT_EQ(hash("array.ovp_decoders: true"), hash("array.ovp_decoders: \"= 2 > 1\""));
  EXPECT_NE(hash("clock: 500MHz"), hash("clock: 501MHz"));
}

TEST(PointHash, IsTheSameHoweverWorkloadAndSchemeAreGiven) {
  const std::string rest = "machine: edge_16x16\n";
  const std::set<std::string> hashes = {
      hash_of_first(kTop + rest +
                    "workload: bert_base\nscheme: w4a4-ovp\n"
                    "axes: {workload.seq: [16, 32]}\n"),
      hash_of_first(kTop + rest +
                    "workload: bert_base\nset: {workload.seq: 16}\n"
                    "axes: {scheme: [w4a4-ovp]}\n"),
      hash_of_first(kTop + rest +
                    "scheme: w4a4-ovp\nset: {workload.seq: \"= 4 * 4\"}\n"
                    "axes: {workload: [bert_base, gpt2_xl]}\n"),
      hash_of_first(kTop + rest +
                    "scheme: w4a4-ovp\nworkload: bert_base\n"
                    "layers: [linear, attention, head, vector]\n"
                    "axes: {workload.seq: [16]}\n")};
  EXPECT_EQ(hashes.size(), 1U);
}

TEST(PointHash, CoversEveryKeyOfAMachine) {
  // A legal value of each kind of key; the first that the table takes and that is another is used.
  const std::vector<std::string> values = {
      "1",      "0.5",   "2",     "8",    "64KiB", "512KiB", "1GHz", "3GHz", "true", "false", "is",
      "serial", "float", "ideal", "hbm2", "fcfs",  "closed", "100",  "4096", "3GiB", "1e12",  "0"};
  for (const std::string machine : {"edge_16x16", "a100_sxm"}) {
    const BaseMachine base{machine};
    const std::string usual = hash_of_machine(machine);
    std::set<std::string> hashes{usual};
    size_t keys = 0;
    for (const MachineKey& key : base.keys()) {
      const bool is_free_text = key.name == "array.pe" || key.name == "memory.sram" ||
                                key.name == "dram.device" || key.name == "hbm.device" ||
                                key.name == kEnergyTableKey || key.name == kCalibrationKey;
      if (is_free_text) continue;  // must be in the energy table: below
      const auto other = std::find_if(values.begin(), values.end(), [&](const auto& value) {
        const KeyReading reading = base.read(key.name, value);
        return reading.value && *reading.value != key.value;
      });
      ASSERT_NE(other, values.end()) << key.name;
      // On an axis: a point that breaks a rule of the machine has a hash too.
      const std::string hash = hash_of_first(kTop + ("machine: " + std::string{machine}) +
                                             "\nworkload: bert_base\nscheme: w8a8-int8\naxes: {" +
                                             key.name + ": [" + *other + "], free.none: [1]}\n");
      EXPECT_TRUE(hashes.insert(hash).second) << key.name << " = " << *other;
      ++keys;
    }
    EXPECT_GT(keys, 25U) << machine;
  }
  for (const std::string set :
       {"array.pe: int8", "memory.sram: itrs-hp", "dram.device: ddr4", "energy.table: rtl_22nm"}) {
    EXPECT_NE(hash_of_machine("edge_16x16", set), hash_of_machine("edge_16x16")) << set;
  }
  EXPECT_NE(hash_of_machine("a100_sxm", "calibration: \"\""), hash_of_machine("a100_sxm"));
  EXPECT_NE(hash_of_machine("a100_sxm", "energy.table: gpu_4nm, hbm.device: hbm3"),
            hash_of_machine("a100_sxm", "hbm.device: hbm2e"));
}

TEST(PointHash, DoesNotCoverWhatChangesNoResult) {
  const FileFolder folder;
  std::string text = source_text("models/machines/systolic/edge_16x16.yaml");
  text = replaced(text, "name: edge_16x16", "name: another");
  text += "# a comment\n";
  EXPECT_EQ(hash_of_machine(folder.write("x/other.yaml", text)), hash_of_machine("edge_16x16"));
}

TEST(PointHash, CoversTheContentsOfEnergyTables) {
  const FileFolder folder;
  const auto hash = [&](const std::string& name, const std::string& text) {
    return hash_of_machine("edge_16x16", "energy.table: " + folder.write(name, text));
  };
  const std::string shipped = source_text("models/energy/tables/systolic_22nm.yaml");
  const std::string usual = hash_of_machine("edge_16x16", "energy.table: systolic_22nm");
  EXPECT_EQ(hash("a.yaml", shipped), usual);
  EXPECT_EQ(hash("b.yaml", "# a comment\n" + replaced(shipped, "name: systolic_22nm", "name: t")),
            usual);
  EXPECT_NE(hash("sram.yaml", replaced(shipped, "read_pj: 2.2287", "read_pj: 2.2288")), usual);
  const std::string based = "name: t\ndescription: d\nbase: systolic_22nm\n";
  EXPECT_EQ(hash("c.yaml", based), usual);
  EXPECT_NE(hash("d.yaml",
                 based + "sources: {ours: a guess}\nentries:\n  - {name: vector.op.energy, value: "
                         "123, unit: pJ, source: ours, boundary: device}\n"),
            usual);
}

// A library that was fitted to the machine runs before others.
TEST(PointHash, CoversWhetherACalibrationIsOfTheMachine) {
  const FileFolder folder;
  const std::string gpu = source_text("models/machines/gpu/a100_sxm.yaml");
  const auto hash = [&](const std::string& name) {
    return hash_of_machine(
        folder.write("g.yaml", replaced(gpu, "name: a100_sxm", "name: " + name)));
  };
  EXPECT_EQ(hash("a100_sxm"), hash_of_machine("a100_sxm"));
  EXPECT_NE(hash("a100_copy"), hash_of_machine("a100_sxm"));
  EXPECT_EQ(hash("a100_copy"), hash("a100_other"));
}

TEST(PointHash, CoversTheContentsOfWorkloads) {
  const FileFolder folder;
  const auto hash = [&](const std::string& text) {
    return hash_of_first(
        kTop +
        ("machine: edge_16x16\nscheme: w4a4-ovp\nworkload: " + folder.write("w.yaml", text)) +
        "\naxes: {free.none: [1]}\n");
  };
  const std::string usual =
      "name: w\nparams: {n: 8, batch: 2}\n"
      "blocks: [{name: b, layers: [{name: g, kind: linear, m: 64, n: n, k: 64}]}]\n";
  EXPECT_EQ(hash(usual), hash(replaced(usual, "name: w", "name: another\ndescription: text")));
  EXPECT_EQ(hash(usual), hash(replaced(usual, "n: n", "n: 2 * 4")));
  EXPECT_NE(hash(usual), hash(replaced(usual, "m: 64", "m: 65")));
  EXPECT_NE(hash(usual), hash(replaced(usual, "linear", "head")));
  // Throughput is per input.
  EXPECT_NE(hash(usual), hash(replaced(usual, "batch: 2", "batch: 3")));
  const std::string conv =
      "name: w\nblocks: [{name: b, layers: [{name: g, kind: conv2d, conv: {h: 8, w: 8, c: 16, r: "
      "3, s: 3, "
      "filters: 8, pad: 1}}]}]\n";
  // An ifmap with other borders and the same GEMM.
  EXPECT_NE(hash(conv), hash(replaced(conv, "h: 8, w: 8, c: 16, r: 3, s: 3, filters: 8, pad: 1",
                                      "h: 10, w: 10, c: 16, r: 3, s: 3, filters: 8, pad: 0")));
}

TEST(PointHash, CoversFreeVariables) {
  const auto hash = [](const std::string& rest) { return hash_of_first(kArrayTop + rest); };
  EXPECT_EQ(hash("axes: {free.x: [3, 4]}"), hash("set: {free.x: 3}\naxes: {array.rows: [16]}"));
  EXPECT_NE(hash("axes: {free.x: [3, 4]}"), hash("axes: {free.x: [4]}"));
  EXPECT_EQ(hash("set: {free.y: \"= free.x\"}\naxes: {free.x: [3]}"), hash("axes: {free.x: [3]}"));
}

TEST(PointHash, DiffersBetweenPointsOfASpace) {
  const auto space = space_of(
      "name: test\nobjectives: [time_s]\nset: {memory.output_buffer: \"= free.x * 4KiB\"}\n"
      "axes:\n  machine: [edge_16x16, olive_64x64, tpu_like_128x128]\n  workload: [bert_base, "
      "gpt2_xl]\n  scheme: [w8a8-int8, w4a4-int4]\n  array.cols: [8, 16, 1024]\n  workload.seq: "
      "[16, "
      "32]\n  free.x: [1, 2]\n");
  std::set<PointHash> hashes;
  uint64_t problems = 0;
  std::array<uint64_t, 3> shards{};
  for (const DesignPoint& point : points_of(*space)) {
    EXPECT_TRUE(hashes.insert(point.hash).second);
    if (point.inputs == nullptr) ++problems;
    ++shards.at(point.hash.shard(3));
  }
  EXPECT_EQ(hashes.size(), 3U * 2 * 2 * 3 * 2 * 2);
  EXPECT_GT(problems, 0U);  // 1024 columns take 8 KiB
  for (const uint64_t count : shards) EXPECT_GT(count, hashes.size() / 6);
}

class BaseDigest : public testing::Test {
 protected:
  [[nodiscard]] std::string digest(const std::string& text) const {
    return space_of(text)->header().base_digest;
  }
  [[nodiscard]] std::string array(const std::string& rest) const {
    return digest(kArrayTop + rest);
  }
  FileFolder folder_;
};

TEST_F(BaseDigest, StaysWhileAxesAndFormulasChange) {
  const std::string usual = array("axes: {array.rows: [4, 8]}");
  EXPECT_EQ(array("axes: {array.rows: [4, 8, 12]}\nconstraints: [time_s < 1]\n"
                  "search: {method: random, points: 1}\nquality: {w4a4-ovp: 1}\n"),
            usual);
}

TEST_F(BaseDigest, ChangesWithWhatIsFixed) {
  std::set<std::string> digests;
  const auto add = [&](const std::string& rest) {
    EXPECT_TRUE(digests.insert(array(rest)).second) << rest;
  };
  add("axes: {array.rows: [4]}");
  add("axes: {array.cols: [4]}");
  add("axes: {array.rows: [4], array.cols: [16]}");
  add("axes: {array.rows: [4], free.x: [1]}");
  add("axes: {array.rows: [4]}\nset: {array.cols: 8}");
  add("axes: {array.rows: [4]}\nset: {array.cols: \"= array.rows\"}");
  add("axes: {array.rows: [4]}\nset: {array.cols: \"= array.rows + 0\"}");
  add("axes: {array.rows: [4]}\nset: {free.x: 1}");
  add("axes: {array.rows: [4]}\nset: {workload.seq: 8}");
  add("axes: {array.rows: [4]}\nset: {energy.table: rtl_22nm}");
  add("axes: {array.rows: [4]}\nlayers: [linear]");
  digests.insert(
      digest(replaced(kArrayTop, "edge_16x16", "olive_64x64") + "axes: {array.rows: [4]}"));
  digests.insert(digest(replaced(kArrayTop, "bert_base", "gpt2_xl") + "axes: {array.rows: [4]}"));
  digests.insert(digest(replaced(kArrayTop, "ovp", "int4") + "axes: {array.rows: [4]}"));
  EXPECT_EQ(digests.size(), 11U + 3U);
}

TEST_F(BaseDigest, KnowsFilesByTheirContents) {
  const std::string machine = source_text("models/machines/systolic/edge_16x16.yaml");
  const auto fixed = [&](const std::string& path) {
    return digest(replaced(kArrayTop, "edge_16x16", path) + "axes: {array.rows: [4]}");
  };
  const std::string shipped = array("axes: {array.rows: [4]}");
  EXPECT_EQ(fixed(folder_.write("x/m.yaml", machine)), shipped);
  // A key that is an axis does not count.
  EXPECT_EQ(fixed(folder_.write("m.yaml", replaced(machine, "rows: 16", "rows: 3"))), shipped);
  EXPECT_NE(fixed(folder_.write("m.yaml", replaced(machine, "cols: 16", "cols: 3"))), shipped);
}

TEST_F(BaseDigest, ChangesWithFilesOnAnAxis) {
  const std::string machine = source_text("models/machines/systolic/edge_16x16.yaml");
  const auto on_axis = [&](const std::string& machines) {
    return digest(
        "name: t\nworkload: bert_base\nscheme: w8a8-int8\nobjectives: [time_s]\n"
        "axes: {machine: [" +
        machines + "]}\n");
  };
  EXPECT_EQ(on_axis("edge_16x16"), on_axis("edge_16x16, olive_64x64"));
  const std::string path = folder_.write("m.yaml", replaced(machine, "cols: 16", "cols: 8"));
  const std::string first = on_axis(path + ", olive_64x64");
  EXPECT_EQ(first, on_axis(path + ", edge_16x16"));
  EXPECT_EQ(folder_.write("m.yaml", replaced(machine, "cols: 16", "cols: 12")), path);
  EXPECT_NE(on_axis(path + ", olive_64x64"), first);
}

}  // namespace
}  // namespace olivine::sweep
