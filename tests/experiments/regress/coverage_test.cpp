// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "experiments/regress/coverage_report.h"
#include "models/base/error.h"

namespace olivine::regress {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A line of a coverage.dat; Verilator separates fields by \1 and name from value by \2.
std::string dat_line(const std::string& file, const std::string& place, const std::string& page,
                     const std::string& name, const std::string& lines, const std::string& instance,
                     int count) {
  std::string key = "\1f\2" + file + "\1l\2" + place + "\1n\0023\1page\2" + page + "\1o\2" + name;
  if (!lines.empty()) key += "\1S\2" + lines;
  key += "\1h\2" + instance;
  return "C '" + key + "' " + std::to_string(count) + "\n";
}

const std::vector<std::string> kFiles = {"pe/pe.sv", "pe/pe_mac.sv"};

const RtlTree& tree() {
  static const RtlTree tree{std::vector<RtlFile>{
      {"pe/pe.sv", "module pe;\n  always_comb begin\n    a = b;\n    if (c) a = d;\n  end\n"},
      {"pe/pe_mac.sv", "module pe_mac;\n  logic x;\n"}}};
  return tree;
}

// pe.sv: lines 2-3 ran, the branch in line 4 only as else; bit q[1] never toggled.
CoverageCounts sample_counts() {
  const std::string pe = "some/where/rtl/pe/pe.sv";
  const std::string dat = "# SystemC::Coverage-3\n" +
                          dat_line(pe, "2", "v_line/pe", "block", "2-3", "TOP.a", 7) +
                          dat_line(pe, "4", "v_line/pe", "if", "4", "TOP.a", 0) +
                          dat_line(pe, "4", "v_line/pe", "else", "4", "TOP.a", 7) +
                          dat_line(pe, "2", "v_toggle/pe", "q[0]", "", "TOP.a", 0) +
                          dat_line(pe, "2", "v_toggle/pe", "q[1]", "", "TOP.a", 0) +
                          dat_line(pe, "2", "v_toggle/pe", "q[0]", "", "TOP.b", 3) +
                          dat_line("pe/pe_mac.sv", "2", "v_line/pe_mac", "block", "2", "TOP", 1) +
                          dat_line("x/verilated_std.sv", "9", "v_line/std", "block", "9", "TOP", 0);
  CoverageCounts counts;
  add_coverage(dat, "a.dat", counts);
  return counts;
}

TEST(CoverageCounts, AddUpAndSurviveAFile) {
  CoverageCounts counts = sample_counts();
  const std::string text = coverage_text(counts);
  CoverageCounts again;
  add_coverage(text, "b.dat", again);
  EXPECT_EQ(again, counts);
  add_coverage(text, "b.dat", again);
  for (const auto& [key, count] : counts) EXPECT_EQ(again.at(key), 2 * count);
}

TEST(CoverageCounts, RefuseWhatIsNone) {
  CoverageCounts counts;
  for (const char* bad : {"C 'x'\n", "C 'x' y\n", "C 'x' -1\n", "D 'x' 1\n", "C '"}) {
    EXPECT_THROW(add_coverage(std::string{"# head\n"} + bad, "a.dat", counts), ConfigError) << bad;
  }
}

TEST(CoveragePoints, AreMergedOverInstancesWhereverTheTreeWas) {
  const Coverage coverage = merge_points(sample_counts(), kFiles);
  EXPECT_EQ(coverage.size(), 6u);  // not that of the unknown file; q[0] once
  const CoveragePoint bit{"pe/pe.sv", 2, 3, PointKind::Toggle, "q[0]"};
  EXPECT_EQ(coverage.at(bit).count, 3u);
  const CoveragePoint block{"pe/pe.sv", 2, 3, PointKind::Line, "block"};
  EXPECT_THAT(coverage.at(block).lines, ElementsAre(2, 3));
}

TEST(CoverageReport, NamesHolesAndCounts) {
  const auto report = make_coverage_report(merge_points(sample_counts(), kFiles), tree(), {});
  const FileCoverage& pe = report.files.at("pe/pe.sv");
  EXPECT_EQ(pe.lines.hit, 2u);  // 2 and 3; 4 is run only in part
  EXPECT_EQ(pe.lines.total, 3u);
  EXPECT_EQ(pe.toggles.hit, 1u);
  EXPECT_EQ(pe.toggles.total, 2u);
  EXPECT_EQ(report.total.lines.total, 4u);
  EXPECT_DOUBLE_EQ(report.total.lines.percent(), 75.0);
  EXPECT_EQ(holes_text(report),
            "pe/pe.sv:4: never run: if (c) a = d;\npe/pe.sv:2: never toggled: q[1]\n");
}

TEST(CoverageReport, SubtractsWaivedHolesAndFindsStaleWaivers) {
  const auto waivers = parse_waivers(
      "# comment\n\npe/pe.sv | line | if (c) a* | c is tied low\n"
      "*/pe.sv | toggle | q[*] | reserved\npe/pe.sv | toggle | r | gone\n",
      "waivers.txt");
  const auto report = make_coverage_report(merge_points(sample_counts(), kFiles), tree(), waivers);
  EXPECT_EQ(report.files.at("pe/pe.sv").lines.total, 2u);
  EXPECT_EQ(report.files.at("pe/pe.sv").lines.waived, 1u);
  EXPECT_DOUBLE_EQ(report.total.lines.percent(), 100.0);
  EXPECT_DOUBLE_EQ(report.total.toggles.percent(), 100.0);
  EXPECT_EQ(report.total.toggles.hit, 1u);  // the waived bit did not become a hit
  ASSERT_EQ(report.stale.size(), 1u);
  EXPECT_EQ(report.stale[0].line_number, 5);
  EXPECT_THAT(holes_text(report), HasSubstr("q[1]  (waived: reserved)"));
}

TEST(Waivers, AreRefusedWithTheLine) {
  try {
    (void)parse_waivers("a | line | b\nx | branch | y | z\na | line | b || c | d\n", "w.txt");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre(HasSubstr("w.txt:1: "), HasSubstr("w.txt:2: ")));
  }
  EXPECT_EQ(parse_waivers("a | line | b || c | d", "w.txt")[0].pattern, "b || c");
}

TEST(Waivers, MatchStars) {
  EXPECT_TRUE(matches("a*c*", "abbc"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("q[3]", "q[3]"));
  EXPECT_FALSE(matches("q[3]", "q[31]"));
  EXPECT_FALSE(matches("a*c", "abcd"));
}

TEST(Lcov, HasLinesAndBits) {
  const std::string text = lcov_text(merge_points(sample_counts(), kFiles), "/rtl");
  EXPECT_THAT(text, HasSubstr("SF:/rtl/pe/pe.sv\nBRDA:2,0,0,3\nBRDA:2,0,1,0\nBRF:2\nBRH:1\n"
                              "DA:2,7\nDA:3,7\nDA:4,0\nLF:3\nLH:2\nend_of_record\n"));
}

}  // namespace
}  // namespace olivine::regress
