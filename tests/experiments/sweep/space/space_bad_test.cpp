// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gmock/gmock.h>

#include "models/base/gemm_shape.h"
#include "tests/experiments/sweep/space/design_space.h"

namespace olivine::sweep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> array_problems(const std::string& rest) {
  return space_problems(kArrayTop + rest);  // `rest` begins at line 6
}

TEST(SpaceBad, ReportsAllAtTheirLines) {
  EXPECT_THAT(
      array_problems("set:\n  array.colums: 8\n  dram.model: banked\n  workload.sq: 3\n"
                     "  array.dataflow: xs\naxes:\n  array.rows: [4, 0, 4096]\n  array.pes: [1]\n"
                     "  memory.weight_buffer: [64KiB, 65536]\n  memory.sram: [itrs-lop, itrs-lob]\n"
                     "  workload.batch: [1, 0]\nconstraints:\n  - array.row < 3\n  - pes < 3\n"),
      ElementsAre(
          "s.yaml:12: array.rows = 0: must be 1..1024",
          "s.yaml:12: array.rows = 4096: must be 1..1024",
          "s.yaml:13: array.pes: no such parameter; did you mean 'array.pe'?",
          "s.yaml:14: axes.memory.weight_buffer: 64KiB and 65536 are the same value",
          "s.yaml:16: workload.batch = 0: must be an integer 1.." + std::to_string(kMaxExtent),
          "s.yaml:7: array.colums: no such parameter; did you mean 'array.cols'?",
          "s.yaml:8: dram.model = banked: has no closed form: must be ideal|bandwidth",
          "s.yaml:9: workload.sq: workload bert_base has no such parameter; did you mean "
          "'workload.seq'?",
          "s.yaml:10: array.dataflow = xs: must be ws|os|is",
          "s.yaml:15: memory.sram = itrs-lob: not in the energy table; did you mean 'itrs-lop'? "
          "(legal: itrs-hp, itrs-lop, itrs-lstp)",
          "s.yaml:18: constraints: array.row: no parameter or result has this name; did you mean "
          "'array.rows'?"));
}

TEST(SpaceBad, NamesTheNearestMachineWorkloadAndScheme) {
  EXPECT_THAT(space_problems("name: t\nobjectives: [time_s]\nmachine: olive_64\n"
                             "axes:\n  workload: [bert_base, bert_bse]\n  scheme: [w4a4-ovq]\n"),
              ElementsAre(AllOf(StartsWith("s.yaml: machine = olive_64: unknown machine"),
                                HasSubstr("did you mean 'olive_64x64'?")),
                          AllOf(StartsWith("s.yaml:5: workload = bert_bse: "),
                                HasSubstr("did you mean 'bert_base'?")),
                          AllOf(StartsWith("s.yaml:6: "), HasSubstr("did you mean 'w4a4-ovp'?"))));
}

TEST(SpaceBad, NamesFilesThatCannotBeRead) {
  const FileFolder folder;
  const std::string machine = folder.write("m.yaml", "name: m\narray: {rows: 0}\n");
  EXPECT_THAT(
      space_problems("name: t\nobjectives: [time_s]\nscheme: w4a4-ovp\nworkload: nope.yaml\n"
                     "axes:\n  machine: [edge_16x16, " +
                     machine + "]\n"),
      ElementsAre("s.yaml:6: " + machine + ":2: array.rows = 0: must be 1..1024",
                  AllOf(StartsWith("s.yaml: nope.yaml: "))));
  EXPECT_THAT(array_problems("axes:\n  energy.table: [systolic_22nm, gpu_4nm, nope]\n"),
              ElementsAre(HasSubstr("s.yaml:7: energy.table = gpu_4nm: describes gpu machines"),
                          AllOf(HasSubstr("s.yaml:7: energy.table = nope: unknown table"))));
}

TEST(SpaceBad, RefusesKeysOfTheOtherKind) {
  EXPECT_THAT(space_problems(std::string{kGpuTop} +
                             "set:\n  memory.sram: itrs-lop\naxes:\n  array.rows: [4]\n"
                             "constraints:\n  - array.cols > 3\n  - area_um2 < 3\n"),
              ElementsAre("s.yaml:9: array.rows: machine a100_sxm (gpu) has no such key",
                          "s.yaml:7: memory.sram: machine a100_sxm (gpu) has no such key",
                          "s.yaml:11: constraints: array.cols: machine a100_sxm (gpu) has no such "
                          "key",
                          "s.yaml:12: constraints: area_um2: machine a100_sxm is a GPU and has "
                          "none"));
  EXPECT_THAT(
      space_problems("name: t\nobjectives: [time_s]\nscheme: w8a8-int8\nworkload: bert_base\n"
                     "axes:\n  machine: [edge_16x16, a100_sxm]\n  array.rows: [4]\n"),
      ElementsAre("s.yaml:7: array.rows: machine a100_sxm (gpu) has no such key"));
}

TEST(SpaceBad, RefusesTextsOfAMachine) {
  EXPECT_THAT(array_problems("axes:\n  name: [a, b]\nset: {source: x}\n"),
              ElementsAre(HasSubstr("s.yaml:7: name: no such parameter"),
                          HasSubstr("s.yaml:8: source: no such parameter")));
}

TEST(SpaceBad, RefusesParametersThatAWorkloadDoesNotHave) {
  const FileFolder folder;
  const std::string path = folder.write(
      "w.yaml",
      "name: w\nblocks: [{name: b, layers: [{name: g, kind: head, m: 8, n: 8, k: 8}]}]\n");
  const std::string top = "name: t\nobjectives: [time_s]\nscheme: w8a8-int8\nmachine: edge_16x16\n";
  EXPECT_THAT(
      space_problems(top + "axes:\n  workload: [bert_base, " + path + "]\n  workload.seq: [8]\n"),
      ElementsAre(HasSubstr("s.yaml:7: workload.seq: workload w has no such parameter")));
  EXPECT_THAT(
      space_problems(top + "layers: [linear]\naxes:\n  workload: [bert_base, " + path + "]\n"),
      ElementsAre("s.yaml:7: workload = " + path + ": has no layer of the chosen kinds"));
}

TEST(SpaceBad, RefusesFormulasOverWhatIsNotKnownYet) {
  EXPECT_THAT(array_problems("set:\n  array.cols: \"= memory.output_buffer / 1KiB\"\n"
                             "  memory.output_buffer: 8KiB\n  free.x: \"= time_s\"\n"
                             "  free.y: \"= free.z\"\n  energy.table: \"= 'rtl_22nm'\"\n"
                             "axes: {array.rows: [4]}\n"),
              ElementsAre("s.yaml:7: set.array.cols: memory.output_buffer: is set further below",
                          "s.yaml:9: set.free.x: time_s: a setting is computed before results are",
                          HasSubstr("s.yaml:10: set.free.y: free.z: no parameter or result"),
                          "s.yaml:11: energy.table: names a file: cannot be computed"));
}

TEST(SpaceBad, RefusesBankedMemory) {
  const FileFolder folder;
  const std::string path =
      folder.write("m.yaml", replaced(source_text("models/machines/systolic/edge_16x16.yaml"),
                                      "model: bandwidth", "model: banked"));
  const std::string top = replaced(kArrayTop, "edge_16x16", path);
  EXPECT_THAT(space_problems(top + "axes: {array.rows: [4]}\n"),
              ElementsAre("s.yaml: machine m: dram.model = banked: has no closed form: set it to "
                          "ideal|bandwidth"));
  EXPECT_THAT(space_problems(top + "axes:\n  dram.model: [ideal, banked]\n"),
              ElementsAre(HasSubstr("s.yaml:7: dram.model = banked: has no closed form")));
  EXPECT_THAT(space_problems(top + "axes: {dram.model: [ideal]}\n"), ElementsAre());
  EXPECT_THAT(space_problems(top + "set: {dram.model: ideal}\naxes: {array.rows: [4]}\n"),
              ElementsAre());
  const auto space = space_of(top + "set: {dram.model: \"= 'banked'\"}\naxes: {array.rows: [4]}\n");
  EXPECT_THAT(space->resolve(0)->problem, HasSubstr("dram.model = banked: has no closed form"));
}

TEST(SpaceBad, RefusesValuesThatMakeTheSamePoints) {
  const FileFolder folder;
  const std::string machine = source_text("models/machines/systolic/edge_16x16.yaml");
  const std::string other = folder.write("other.yaml", replaced(machine, "rows: 16", "rows: 8"));
  const std::string top = "name: t\nobjectives: [time_s]\nscheme: w8a8-int8\nworkload: bert_base\n";
  const std::string axis = "axes:\n  machine: [edge_16x16, " + other + "]\n";
  EXPECT_THAT(space_problems(top + axis), ElementsAre());
  EXPECT_THAT(space_problems(top + axis + "  array.rows: [4, 8]\n"),
              ElementsAre("s.yaml:6: machine = other: makes the same points as edge_16x16"));
  EXPECT_THAT(space_problems(top + "set: {array.rows: 4}\n" + axis),
              ElementsAre("s.yaml:7: machine = other: makes the same points as edge_16x16"));

  const std::string table =
      folder.write("t.yaml", source_text("models/energy/tables/systolic_22nm.yaml"));
  EXPECT_THAT(array_problems("axes:\n  energy.table: [systolic_22nm, " + table + "]\n"),
              ElementsAre("s.yaml:7: energy.table = t: makes the same points as systolic_22nm"));

  const std::string same_name = folder.write("x/edge_16x16.yaml", machine);
  EXPECT_THAT(space_problems(top + "axes:\n  machine: [edge_16x16, " + same_name + "]\n"),
              ElementsAre("s.yaml:6: machine = " + same_name +
                          ": is called edge_16x16, as "
                          "edge_16x16 is: rename one of the files"));
}

TEST(SpaceBad, RefusesSettingsThatFailEveryPoint) {
  // A column has an output of 4 bytes in each half of its scratchpad.
  const std::string set = "set: {array.cols: 1024, memory.output_buffer: 4KiB}\n";
  EXPECT_THAT(array_problems(set + "axes: {workload.seq: [8]}\n"),
              ElementsAre(HasSubstr("s.yaml: machine edge_16x16: memory.output_buffer = 4KiB: must "
                                    "be at least 8KiB")));
  EXPECT_THAT(array_problems(set + "axes: {array.rows: [8]}\n"), ElementsAre());

  const FileFolder folder;
  const std::string path = folder.write(
      "w.yaml",
      "name: w\nparams: {n: 8}\nderived: {half: n / 2}\n"
      "blocks: [{name: b, layers: [{name: g, kind: linear, m: 64, n: half, k: 64}]}]\n");
  const std::string top = replaced(kArrayTop, "bert_base", path) + "set: {workload.n: 9}\n";
  EXPECT_THAT(space_problems(top + "axes: {array.rows: [8]}\n"),
              ElementsAre(AllOf(StartsWith("s.yaml: " + path + ":3: half = n / 2"))));
}

TEST(SpaceBad, RefusesMoreThanTwoToThe62Points) {
  std::string axes = "axes:\n";
  for (int i = 0; i < 7; ++i) {
    axes += "  free.x" + std::to_string(i) + ": {from: 1, to: 512, step: 1}\n";  // 2^9 each
  }
  EXPECT_THAT(array_problems(axes), ElementsAre("s.yaml:13: axes: more than 2^62 points"));
  EXPECT_EQ(space_of(kArrayTop + replaced(axes, "to: 512", "to: 256"))->size(), uint64_t{1} << 62);
}

}  // namespace
}  // namespace olivine::sweep
