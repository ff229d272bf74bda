// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/mutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "models/base/error.h"

namespace olivine::regress {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const char* const kPe = R"(// a + b is no code
module pe #(
  parameter int unsigned Rows = 4
) (
  input  logic [3:0] left_i,  // & neither
  output logic [7:0] sum_o
);

  localparam logic [3:0] Identifier = 4'b1000;
  logic [7:0] sum_d, sum_q;
  assign sum_d = left_i == Identifier ? sum_q : sum_q + {4'd0, left_i};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) sum_q <= '0;
    else if (enable_i && (mode_i < 4'd9)) sum_q <= sum_d << 2;
  end
  pe_mac #(.HasAssertions(Rows == 4)) u_pe_mac (
    .left_i(left_i),
    .top_i (top_i),
    .sum_o (sum_o)
  );
  `ASSERT(SumIsSmall, sum_q + 8'd1 <
          8'd100)
  assign flag = olv_pkg::is_zero(sum_q);
endmodule
)";
const char* const kPackage = R"(package olv_pkg;
  localparam int unsigned Width = 4;
  function automatic logic is_zero(input logic [7:0] x);
    is_zero = (x == 8'd0);
  endfunction
  function automatic logic is_one(input logic [7:0] x);
    is_one = (x == 8'd1);
  endfunction
endpackage
)";

RtlTree sample_tree() {
  return RtlTree{std::vector<RtlFile>{
      {"common/olv_pkg.sv", kPackage},
      {"pe/pe.sv", kPe},
      {"pe/pe_mac.sv", "module pe_mac (\n);\n  assign a = olv_pkg::Width;\nendmodule\n"},
      {"array/array.sv", "module array (\n);\n  pe u_pe (.*);\nendmodule\n"},
      {"x/alone.sv", "module alone (\n);\n  assign a = b & c;\nendmodule\n"}}};
}

std::vector<std::string> changes_of(const std::string& before) {
  std::vector<std::string> changes;
  for (const Mutant& mutant : all_mutants(sample_tree())) {
    if (mutant.before == before) changes.push_back(mutant.after);
  }
  return changes;
}

TEST(RtlText, HasNoCommentsAndStringsInItsCode) {
  EXPECT_EQ(code_of("a // b\nc /* d\n e */ f \"g // h\" i"),
            "a     \nc     \n      f \"      \" i");
}

TEST(RtlTree, KnowsWhoUsesWhom) {
  const RtlTree tree = sample_tree();
  const auto depths = tree.depths_below("array");
  EXPECT_EQ(depths.at("array"), 0);
  EXPECT_EQ(depths.at("pe"), 1);
  EXPECT_EQ(depths.at("pe_mac"), 2);
  EXPECT_EQ(depths.at("olv_pkg::is_zero"), 2);
  EXPECT_FALSE(depths.contains("olv_pkg::is_one"));
  EXPECT_FALSE(depths.contains("alone"));
  EXPECT_EQ(tree.place_of("pe"), "pe/pe.sv:2");
  EXPECT_EQ(tree.place_of("nothing"), "");
}

TEST(Mutants, AreSlipsOfTheHand) {
  EXPECT_THAT(changes_of("localparam logic [3:0] Identifier = 4'b1000;"),
              ElementsAre("localparam logic [3:0] Identifier = 4'b1001;"));
  const auto sum =
      changes_of("assign sum_d = left_i == Identifier ? sum_q : sum_q + {4'd0, left_i};");
  for (const char* part : {"left_i != Identifier", "sum_q - {", "{4'd1, left_i}"}) {
    EXPECT_THAT(sum, Contains(HasSubstr(part)));
  }
  const auto enable = changes_of("else if (enable_i && (mode_i < 4'd9)) sum_q <= sum_d << 2;");
  for (const char* part : {"if (1'b1) sum_q", "if (1'b0) sum_q", "enable_i || (", "mode_i <= 4'd9",
                           "4'd10", "sum_d >> 2", "(!(enable_i && (mode_i < 4'd9)))"}) {
    EXPECT_THAT(enable, Contains(HasSubstr(part)));
  }
  const auto reset = changes_of("if (!rst_ni) sum_q <= '0;");
  for (const char* part : {"if (rst_ni)", "if (1'b0)", "sum_q <= '1"}) {
    EXPECT_THAT(reset, Contains(HasSubstr(part)));
  }
  EXPECT_THAT(changes_of(".left_i(left_i), .top_i (top_i),"),
              ElementsAre(".left_i(top_i), .top_i (left_i),"));
}

// Comments, ports, assertions and what shapes the design stay; an input is not swapped with an
// output.
TEST(Mutants, LeaveTheRestAlone) {
  for (const Mutant& mutant : all_mutants(sample_tree())) {
    for (const char* untouched : {"//", "input", "ASSERT", "8'd100", "parameter", "localparam int",
                                  "function", ".sum_o", "HasAssertions"}) {
      EXPECT_THAT(mutant.before, Not(HasSubstr(untouched)));
    }
  }
}

TEST(Mutants, ChangeOnlyTheirPlace) {
  const RtlTree tree = sample_tree();
  std::set<std::string> texts;
  for (const Mutant& mutant : all_mutants(tree)) {
    const auto file = std::ranges::find(tree.files(), mutant.file, &RtlFile::path);
    const std::string changed = mutated_text(file->text, mutant);
    EXPECT_NE(changed, file->text);
    EXPECT_TRUE(texts.insert(changed).second) << mutant.after;
    EXPECT_EQ(changed.substr(0, mutant.offset), file->text.substr(0, mutant.offset));
    EXPECT_TRUE(changed.ends_with(file->text.substr(mutant.offset + mutant.length_bytes)));
  }
}

TEST(Mutants, OfPackagesBelongToFunctions) {
  std::set<std::string> modules;
  for (const Mutant& mutant : all_mutants(sample_tree())) modules.insert(mutant.module);
  EXPECT_THAT(modules, ElementsAre("alone", "olv_pkg::is_one", "olv_pkg::is_zero", "pe"));
}

TEST(MutationOrder, IsFixedByItsSeedAndTakesModulesInTurn) {
  const auto mutants = all_mutants(sample_tree());
  const auto numbers = [&](uint64_t seed) {
    std::vector<size_t> list;
    for (const Mutant& mutant : mutation_order(mutants, seed)) list.push_back(mutant.number);
    return list;
  };
  EXPECT_EQ(numbers(1), numbers(1));
  EXPECT_NE(numbers(1), numbers(2));
  EXPECT_EQ(numbers(3).size(), mutants.size());
  std::set<std::string> first;
  const auto order = mutation_order(mutants, 1);
  for (size_t i = 0; i < 4; ++i) first.insert(order[i].module);
  EXPECT_EQ(first.size(), 4u);
}

TEST(MutantTests, AreNearestAndSmallestFirst) {
  const std::array<Parameters, 3> variants = {Parameters{{"Rows", 8}, {"Cols", 8}},
                                              Parameters{{"Rows", 2}, {"Cols", 2}},
                                              Parameters{{"Rows", 64}, {"Cols", 64}}};
  const std::array<BlockBench, 3> benches = {
      BlockBench{"array", "array", "", {}, variants, {}, {}, nullptr},
      BlockBench{"alone", "alone", "", {}, {}, {}, {}, nullptr},
      BlockBench{"pe", "pe", "", {}, {}, {}, {}, nullptr}};
  const auto tests = tests_of("pe_mac", sample_tree(), benches);
  ASSERT_EQ(tests.size(), 3u);  // not 64 x 64
  EXPECT_EQ(tests[0].bench->block, "pe");
  EXPECT_EQ(tests[1].parameters, variants[1]);
  EXPECT_EQ(tests[2].parameters, variants[0]);
}

TEST(Equivalents, AreReadAndMatched) {
  const auto list = parse_equivalents(
      "# why not\nfile: x/alone.sv\nline: assign a = b & c;\nas:   assign a = b | c;\n"
      "why:  b and c are equal\n",
      "list.txt");
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].line_number, 2);
  const auto mutants = all_mutants(sample_tree());
  EXPECT_EQ(std::ranges::count_if(mutants, [&](const Mutant& m) { return is_same(list[0], m); }),
            1);
  EXPECT_THROW((void)parse_equivalents("line: x\n", "list.txt"), ConfigError);
  EXPECT_THROW((void)parse_equivalents("file: x\nline: y\n", "list.txt"), ConfigError);
}

}  // namespace
}  // namespace olivine::regress
