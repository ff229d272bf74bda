// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/liberty.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/base/yaml_file.h"
#include "sim/cosim/liberty_function.h"
#include "sim/cosim/liberty_syntax.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;

const std::string& mini_text() {
  static const std::string kText =
      read_text_file(OLV_SOURCE_DIR "/tests/sim/cosim/mini.lib", size_t{1} << 20);
  return kText;
}

std::string replaced(std::string_view from, std::string_view to) {
  std::string text = mini_text();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string problem_of(const std::string& text) {
  try {
    const LibertyLibrary library = parse_liberty(text, "m.lib");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Liberty, ReadsCellsPinsAndFlipFlops) {
  const LibertyLibrary library = parse_liberty(mini_text(), "m.lib");
  EXPECT_EQ(library.name, "mini");
  EXPECT_DOUBLE_EQ(library.voltage, 2);
  EXPECT_EQ(library.cells.size(), 6u);
  const LibertyCell* dff = library.find("DFFSR");
  ASSERT_NE(dff, nullptr);
  ASSERT_TRUE(dff->flip_flop.has_value());
  EXPECT_EQ(dff->flip_flop->clear, "(!R)");
  EXPECT_TRUE(dff->flip_flop->is_low_when_both);
  EXPECT_DOUBLE_EQ(dff->area_um2, 20);
  EXPECT_EQ(dff->find("Q")->direction, LibertyPin::Direction::Output);
  EXPECT_DOUBLE_EQ(dff->find("D")->capacitance_pf, 0.05);
  EXPECT_TRUE(library.find("DLATCH")->is_latch);
  EXPECT_EQ(library.find("NAND9"), nullptr);
}

TEST(Liberty, TablesAreLinearBetweenPointsAndConstantOutside) {
  const LibertyLibrary library = parse_liberty(mini_text(), "m.lib");
  const LibertyTable& rise = library.find("INV")->find("Y")->powers[0].rise_pj;
  EXPECT_DOUBLE_EQ(rise.at(0, 0.1), 0.1);
  EXPECT_DOUBLE_EQ(rise.at(1, 0.2), 1.3);
  EXPECT_DOUBLE_EQ(rise.at(0, 0.15), (0.1 + 0.3) / 2);
  EXPECT_DOUBLE_EQ(rise.at(0.25, 0.15), 0.75 * (0.1 + 0.3) / 2 + 0.25 * (1.1 + 1.3) / 2);
  EXPECT_DOUBLE_EQ(rise.at(9, 9), 1.3);
  EXPECT_DOUBLE_EQ(rise.at(-1, 0), 0.1);
}

TEST(Liberty, SlewMayBeTheFirstIndex) {
  std::string text =
      replaced("variable_1 : total_output_net_capacitance", "variable_1 : input_net_transition");
  const size_t at = text.find("variable_2 : input_transition_time");
  text.replace(at, 34, "variable_2 : total_output_net_capacitance");
  const LibertyLibrary library = parse_liberty(text, "m.lib");
  const LibertyTable& rise = library.find("INV")->find("Y")->powers[0].rise_pj;
  // values[slew][load] now: slews 0 and 1, loads 0.1 and 0.2.
  EXPECT_DOUBLE_EQ(rise.at(0.2, 0), 0.3);
  EXPECT_DOUBLE_EQ(rise.at(0.1, 1), 1.1);
}

TEST(Liberty, UnitsAreConverted) {
  std::string text = replaced("(1, pf)", "(10, ff)");
  const LibertyLibrary library = parse_liberty(text, "m.lib");
  const LibertyPin* pin = library.find("INV")->find("A");
  EXPECT_DOUBLE_EQ(pin->capacitance_pf, 0.01 * 10 * 1e-3);
  // Energy = capacitance unit x V^2: the same factor; loads too.
  const LibertyTable& rise = library.find("INV")->find("Y")->powers[0].rise_pj;
  EXPECT_DOUBLE_EQ(rise.at(1 * 10 * 1e-3, 0.2), 1.3 * 10 * 1e-3);
  EXPECT_DOUBLE_EQ(parse_liberty(replaced("\"1nW\"", "\"1pW\""), "m.lib").find("INV")->leakage_nw,
                   0.5e-3);
}

TEST(Liberty, DefectsAreReportedWithTheirLineBad) {
  struct Case {
    std::string_view from, to;
    std::string problem;
  };
  const std::vector<Case> cases = {
      {"\"1nW\"", "\"1W\"", "m.lib:7: leakage_power_unit = 1W: must be 1mW|1uW|1nW|1pW"},
      {"(1, pf)", "(1, mf)", "m.lib:8: capacitive_load_unit = mf: must be pf|ff"},
      {"nom_voltage : 2.0;", "", "m.lib:4: has no nom_voltage above 0"},
      {"area : 2;", "area : two;", "m.lib:21: area = two: must be a number"},
      {"capacitance : 0.01", "capacitance : nan", "m.lib:23: capacitance = nan: must be a number"},
      {"\"0.1, 0.3\", ", "", "m.lib:29: 2 values: must be 2 x 2"},
      {"0.1, 0.2\");\n  }\n  power", "0.2, 0.1\");\n  }\n  power", "m.lib:29: index_2 must rise"},
      {"rise_power(by_load_and_slew)", "rise_power(nothing)",
       "m.lib:29: no power_lut_template nothing"},
      {"variable_2 : input_transition_time", "variable_2 : weather",
       "m.lib:12: variable_2 = weather: must be the output load or the input slew"},
      {"cell (AOI21)", "cell (INV)", "m.lib:34: cell INV appears twice"},
      {"pin(B)", "pin(A)", "m.lib:38: cell AOI21: pin A appears twice"},
      {"next_state : \"D\"; ", "", "m.lib:52: ff has no next_state or clocked_on"},
      {"library(mini) {", "library(mini) {{", "m.lib:4: expected a name, found '{'"},
      {"2 C. */", "2 C.", "m.lib:3: this comment does not end"},
      {"\"IQN\"; }\n  }\n  cell (DFFSR)", "\"IQN; }\n  }\n  cell (DFFSR)",
       "m.lib:68: this string does not end"},
      {"library(mini)", "cell(mini)", "m.lib:4: must be a library, not cell"}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.problem);
    EXPECT_THAT(problem_of(replaced(c.from, c.to)), HasSubstr(c.problem));
  }
  EXPECT_THAT(problem_of(""), HasSubstr("m.lib:1: expected a name"));
  EXPECT_THAT(problem_of("library(x) { "), HasSubstr("library { is never closed"));
  EXPECT_THAT(problem_of("library(x) { }"), HasSubstr("capacitive_load_unit must be"));
}

TEST(Liberty, DeepNestingBad) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "a(){";
  EXPECT_THAT(problem_of(text), HasSubstr("nested deeper than 32"));
}

TEST(Liberty, DamagedTextIsRefusedOrLoads) {
  const uint64_t seed = 5;
  Rng rng{seed};
  int refused = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(fmt::format("seed {} trial {}", seed, trial));
    std::string text = mini_text();
    const auto at = static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(text.size()) - 1));
    text[at] = static_cast<char>(rng.uniform(1, 255));
    if (rng.chance(0.2)) text.resize(at);
    if (!problem_of(text).empty()) ++refused;
  }
  EXPECT_GT(refused, 500);
}

TEST(LibertyFunction, TruthTablesFollowTheOperators) {
  const std::vector<std::string> abc = {"A", "B", "C"};
  const auto table = [&](std::string_view function) {
    return truth_table(function, abc, "here") & 0xFF;
  };
  // Bit i: A = i & 1, B = i & 2, C = i & 4.
  EXPECT_EQ(table("A"), 0xAAu);
  EXPECT_EQ(table("!B"), 0xFFu & ~0xCCu);
  EXPECT_EQ(table("C'"), 0x0Fu);
  EXPECT_EQ(table("A B"), 0xAAu & 0xCCu);
  EXPECT_EQ(table("A*B+C"), (0xAAu & 0xCCu) | 0xF0u);
  EXPECT_EQ(table("A*(B|C)"), 0xAAu & (0xCCu | 0xF0u));
  EXPECT_EQ(table("A ^ B C"), (0xAAu ^ 0xCCu) & 0xF0u);  // ^ binds tighter than and
  EXPECT_EQ(table("!(A B)'"), 0xAAu & 0xCCu);
  EXPECT_EQ(table("(!((A B)+C))"), 0xFFu & ~((0xAAu & 0xCCu) | 0xF0u));
  EXPECT_EQ(table("1"), 0xFFu);
  EXPECT_EQ(table("A & 0"), 0u);
}

TEST(LibertyFunction, NonsenseBadNamesThePlaceAndTheFunction) {
  const std::vector<std::string> ab = {"A", "B"};
  const auto problem = [&](const std::string& function) -> std::string {
    try {
      return std::to_string(truth_table(function, ab, "m.lib:7: cell X"));
    } catch (const ConfigError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(problem("A Z"), HasSubstr("m.lib:7: cell X: function \"A Z\": Z is not one of A, B"));
  EXPECT_THAT(problem("(A"), HasSubstr("a ')' is missing"));
  EXPECT_THAT(problem("A +"), HasSubstr("ends too early"));
  EXPECT_THAT(problem("A )"), HasSubstr("unexpected ')'"));
  EXPECT_THAT(problem(""), HasSubstr("ends too early"));
  EXPECT_THAT(problem(std::string(100, '(')), HasSubstr("too many parentheses"));
}

}  // namespace
}  // namespace olivine
