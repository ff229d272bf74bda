// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/formula.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <thread>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

// What formulas of these tests may use.
const std::map<std::string, Value>& sample_values() {
  static const std::map<std::string, Value> values = {
      {"array.rows", int64_t{64}},
      {"array.cols", int64_t{32}},
      {"clock", 5e8},
      {"scheme", std::string{"w4a4-ovp"}},
      {"flag", std::string{"true"}},
      {"zero", int64_t{0}},
      {"half", 0.5},
      {"largest", kLargest},
      {"least", kLeast},
      {"infinite", std::numeric_limits<double>::infinity()}};
  return values;
}

FormulaResult run(const std::string& text) {
  const Formula formula = Formula::parse(text);
  std::vector<Value> values;
  for (const std::string& name : formula.names()) values.push_back(sample_values().at(name));
  return formula.evaluate(values);
}

// The value as text; integers and numbers are told apart by their type.
std::string value_of(const std::string& text) {
  const FormulaResult result = run(text);
  if (!result.value) return "problem: " + result.problem;
  const char* type = std::holds_alternative<double>(*result.value) ? "real " : "";
  return type + to_text(*result.value);
}

std::string problem_of(const std::string& text) {
  const FormulaResult result = run(text);
  return result.value ? "value " + to_text(*result.value) : result.problem;
}

std::string parse_problem(const std::string& text) {
  try {
    static_cast<void>(Formula::parse(text));
    return "none";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Formula, ReadsNumbersWithTheirUnits) {
  EXPECT_EQ(value_of("64"), "64");
  EXPECT_EQ(value_of("0.5"), "real 0.5");
  EXPECT_EQ(value_of("1e6"), "real 1000000");
  EXPECT_EQ(value_of("25e-1"), "real 2.5");
  EXPECT_EQ(value_of("64KiB"), fmt::format("{}", 64 * 1024));
  EXPECT_EQ(value_of("1.5MiB"), fmt::format("{}", 1024 * 1024 * 3 / 2));
  EXPECT_EQ(value_of("3B"), "3");
  EXPECT_EQ(value_of("500MHz"), "real 500000000");
  EXPECT_EQ(value_of("1e3Hz"), "real 1000");
  EXPECT_EQ(value_of("9223372036854775807"), fmt::format("{}", kLargest));
  EXPECT_EQ(value_of("9223372036854775808"), "real " + to_text(std::ldexp(1.0, 63)));
}

TEST(Formula, StaysWithIntegersWhileResultsAre) {
  EXPECT_EQ(value_of("6 / 3"), "2");
  EXPECT_EQ(value_of("1 / 2"), "real 0.5");
  EXPECT_EQ(value_of("7 * 6"), "42");
  EXPECT_EQ(value_of("7 - 9"), "-2");
  EXPECT_EQ(value_of("7 % 4"), "3");
  EXPECT_EQ(value_of("-7 % 4"), "-3");
  EXPECT_EQ(value_of("7.5 % 2"), "real 1.5");
  EXPECT_EQ(value_of("6 / 2.0"), "real 3");
  EXPECT_EQ(value_of("clock / 2"), "real 250000000");
}

TEST(Formula, LeavesIntegersWhereTheyDoNotFit) {
  EXPECT_EQ(value_of("largest + 0"), fmt::format("{}", kLargest));
  EXPECT_EQ(value_of("largest + 1"), "real " + to_text(std::ldexp(1.0, 63)));
  EXPECT_EQ(value_of("least - 1"), "real " + to_text(-std::ldexp(1.0, 63)));
  EXPECT_EQ(value_of("largest * 2"), "real " + to_text(std::ldexp(1.0, 64)));
  EXPECT_EQ(value_of("least / -1"), "real " + to_text(std::ldexp(1.0, 63)));
  EXPECT_EQ(value_of("-least"), "real " + to_text(std::ldexp(1.0, 63)));
  EXPECT_EQ(value_of("abs(least)"), "real " + to_text(std::ldexp(1.0, 63)));
  EXPECT_EQ(value_of("least % -1"), "0");
}

TEST(Formula, BindsFromOrToUnaryMinus) {
  EXPECT_EQ(value_of("2 + 3 * 4"), "14");
  EXPECT_EQ(value_of("(2 + 3) * 4"), "20");
  EXPECT_EQ(value_of("20 / 5 / 2"), "2");
  EXPECT_EQ(value_of("20 - 5 - 2"), "13");
  EXPECT_EQ(value_of("-2 * 3 + 1"), "-5");
  EXPECT_EQ(value_of("2 - -3"), "5");
  EXPECT_EQ(value_of("--3"), "3");
  EXPECT_EQ(value_of("1 + 1 == 2"), "1");
  EXPECT_EQ(value_of("not 1 == 2"), "1");
  EXPECT_EQ(value_of("not not 5"), "1");
  EXPECT_EQ(value_of("1 or 0 and 0"), "1");
  EXPECT_EQ(value_of("(1 or 0) and 0"), "0");
  EXPECT_EQ(value_of("not 0 and 0"), "0");
}

TEST(Formula, ComparesNumbers) {
  EXPECT_EQ(value_of("64 == array.rows"), "1");
  EXPECT_EQ(value_of("64 != array.rows"), "0");
  for (const auto& [symbol, less, equal, greater] :
       {std::tuple{"<", 1, 0, 0}, {"<=", 1, 1, 0}, {">", 0, 0, 1}, {">=", 0, 1, 1}}) {
    EXPECT_EQ(value_of(fmt::format("1 {} 2", symbol)), fmt::format("{}", less)) << symbol;
    EXPECT_EQ(value_of(fmt::format("2.0 {} 2", symbol)), fmt::format("{}", equal)) << symbol;
    EXPECT_EQ(value_of(fmt::format("3{}2.5", symbol)), fmt::format("{}", greater)) << symbol;
  }
  EXPECT_EQ(value_of("clock == 500MHz"), "1");
  // As doubles both would be 2^63.
  EXPECT_EQ(value_of("largest == largest - 1"), "0");
}

TEST(Formula, ComparesTexts) {
  EXPECT_EQ(value_of("scheme == \"w4a4-ovp\""), "1");
  EXPECT_EQ(value_of("scheme == 'w8a8-int8'"), "0");
  EXPECT_EQ(value_of("scheme != 'w8a8-int8'"), "1");
  EXPECT_EQ(value_of("'' == \"\""), "1");
  EXPECT_EQ(value_of("flag == true"), "1");
  EXPECT_EQ(value_of("flag == false"), "0");
  EXPECT_EQ(value_of("scheme"), "w4a4-ovp");
}

TEST(Formula, KnowsItsFunctions) {
  EXPECT_EQ(value_of("min(3, 1, 2)"), "1");
  EXPECT_EQ(value_of("max(3, 1, 4.5)"), "real 4.5");
  EXPECT_EQ(value_of("max(array.rows, array.cols)"), "64");
  EXPECT_EQ(value_of("sqrt(49)"), "7");
  EXPECT_EQ(value_of("sqrt(2)"), "real " + to_text(std::sqrt(2.0)));
  EXPECT_EQ(value_of("sqrt(0)"), "0");
  EXPECT_EQ(value_of("log2(1)"), "0");
  EXPECT_EQ(value_of("log2(array.rows)"), "6");
  EXPECT_EQ(value_of("log2(half)"), "real -1");
  EXPECT_EQ(value_of("floor(2.5)"), "2");
  EXPECT_EQ(value_of("ceil(2.5)"), "3");
  EXPECT_EQ(value_of("floor(-2.5)"), "-3");
  EXPECT_EQ(value_of("ceil(7)"), "7");
  EXPECT_EQ(value_of("floor(1e300)"), "real 1e+300");
  EXPECT_EQ(value_of("abs(-3)"), "3");
  EXPECT_EQ(value_of("abs(half - 1)"), "real 0.5");
}

TEST(Formula, LeavesTheRightSideWhereTheLeftOneDecides) {
  EXPECT_EQ(value_of("zero != 0 and 1 / zero > 2"), "0");
  EXPECT_EQ(value_of("zero == 0 or 1 / zero > 2"), "1");
  EXPECT_EQ(problem_of("zero == 0 and 1 / zero > 2"), "division by zero");
}

TEST(Formula, ListsEachNameOnceInOrderOfUse) {
  const Formula formula = Formula::parse("min(b.x, a_1) + b.x * free.k");
  EXPECT_THAT(formula.names(), ElementsAre("b.x", "a_1", "free.k"));
  EXPECT_THAT(Formula::parse("1 + log2(8)").names(), IsEmpty());
  EXPECT_THAT(Formula::parse("true == \"android\"").names(), IsEmpty());
  EXPECT_THAT(Formula::parse("android + orbit + notes").names(),
              ElementsAre("android", "orbit", "notes"));
}

TEST(Formula, KeepsItsTextWithoutBlanksAround) {
  EXPECT_EQ(Formula::parse(" a  + 1\t").text(), "a  + 1");
}

TEST(Formula, IsSharedByThreads) {
  const Formula formula = Formula::parse("a * a + b");
  constexpr int64_t kCount = 2000;
  std::array<int64_t, 2> wrong{};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&formula, &wrong, t] {
      for (int64_t i = 0; i < kCount; ++i) {
        const std::array<Value, 2> values = {i, int64_t{3}};
        const FormulaResult result = formula.evaluate(values);
        if (result.value != Value{i * i + 3}) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0));
}

// A second evaluator: sums of products of the same random numbers, by its own loop.
TEST(Formula, EqualsAnotherEvaluation) {
  constexpr uint64_t kSeed = 7;
  Rng rng{kSeed};
  for (int round = 0; round < 500; ++round) {
    std::string text;
    int64_t sum = 0;
    for (int term = 0; term < 6; ++term) {
      const int64_t a = rng.uniform(-50, 50);
      const int64_t b = rng.uniform(1, 9);
      const bool is_plus = rng.uniform(0, 1) == 1;
      text += fmt::format("{}({}) * {}", is_plus ? " + " : " - ", a, b);
      sum += (is_plus ? 1 : -1) * a * b;
    }
    EXPECT_EQ(value_of("0" + text), fmt::format("{}", sum)) << text << ", seed " << kSeed;
  }
}

TEST(FormulaBad, HasNoValue) {
  EXPECT_EQ(problem_of("1 / zero"), "division by zero");
  EXPECT_EQ(problem_of("1 % zero"), "division by zero");
  EXPECT_EQ(problem_of("1.5 / 0.0"), "division by zero");
  EXPECT_EQ(problem_of("scheme + 1"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("1 < scheme"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("scheme == 4"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("scheme < 'x'"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("-scheme"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("min(1, scheme)"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("sqrt(scheme)"), "text where a number is needed: 'w4a4-ovp'");
  EXPECT_EQ(problem_of("not flag"), "text where a condition is needed: 'true'");
  EXPECT_EQ(problem_of("flag and 1"), "text where a condition is needed: 'true'");
  EXPECT_EQ(problem_of("sqrt(-1)"), "square root of a number below 0");
  EXPECT_EQ(problem_of("log2(zero)"), "logarithm of a number not above 0");
  EXPECT_EQ(problem_of("1e300 * 1e300"), "a number that is out of range");
  EXPECT_EQ(problem_of("infinite"), "a number that is out of range");
}

TEST(FormulaBad, KeepsTheFirstProblem) {
  EXPECT_EQ(problem_of("1 / zero + scheme"), "division by zero");
  EXPECT_EQ(problem_of("scheme * 1 + 1 / zero"), "text where a number is needed: 'w4a4-ovp'");
}

struct BadText {
  std::string text;
  std::string problem;
};

class FormulaBadText : public testing::TestWithParam<BadText> {};

TEST_P(FormulaBadText, IsToldWithWhatWasWritten) {
  EXPECT_EQ(parse_problem(GetParam().text),
            fmt::format("'{}': {}", GetParam().text, GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    EveryRule, FormulaBadText,
    testing::Values(
        BadText{"", "ends where a value is needed"}, BadText{"a +", "ends where a value is needed"},
        BadText{"(a", "')' is missing"}, BadText{"min(a, b", "')' is missing"},
        BadText{"a)", "unexpected ')'"}, BadText{"(a b)", "unexpected 'b)'"},
        BadText{"a b", "unexpected 'b'"}, BadText{"* a", "unexpected '* a'"},
        BadText{"a = b", "unexpected '= b'; did you mean '=='?"},
        BadText{"a && b", "unexpected '&& b'; did you mean 'and'?"},
        BadText{"a || b", "unexpected '|| b'; did you mean 'or'?"},
        BadText{"!a", "unexpected '!a'; did you mean 'not'?"},
        BadText{"a and or b", "unexpected 'or b'"}, BadText{"1 + not 2", "unexpected 'not 2'"},
        BadText{"1 < a < 3", "comparisons do not chain; join them by 'and'"},
        BadText{"1 == a != 3", "comparisons do not chain; join them by 'and'"},
        BadText{"'ovp", "the closing ' is missing"},
        BadText{"a == \"x", "the closing \" is missing"},
        BadText{"mim(a, b)", "unknown function 'mim'; did you mean 'min'?"},
        BadText{"cosine(1)", "unknown function 'cosine'"},
        BadText{"min(a)", "min() of 1: must have two arguments or more"},
        BadText{"sqrt(a, b)", "sqrt() of 2: must have one argument"},
        BadText{"min()", "unexpected ')'"}, BadText{"min(a,)", "unexpected ')'"},
        BadText{"2x", "2x: unknown unit 'x': must be B|kB|MB|GB|KiB|MiB|GiB or Hz|kHz|MHz|GHz"},
        BadText{"1kib",
                "1kib: unknown unit 'kib': must be B|kB|MB|GB|KiB|MiB|GiB or "
                "Hz|kHz|MHz|GHz"},
        BadText{"0.3B", "0.3B is no whole number of bytes"},
        BadText{"1e999", "1e999 is out of range"}, BadText{"1e308GHz", "1e308GHz is out of range"},
        BadText{"_a", "unexpected '_a'"}, BadText{".5", "unexpected '.5'"}));

std::string repeated(std::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Formula, TakesTextUpToItsBounds) {
  EXPECT_EQ(value_of("1" + repeated("+1", 499)), "500");  // 999 characters
  EXPECT_EQ(value_of(repeated("(", 50) + "1" + repeated(")", 50)), "1");
  EXPECT_EQ(value_of(repeated("-", 50) + "1"), "1");
  EXPECT_EQ(value_of(repeated("not ", 50) + "1"), "1");
}

TEST(FormulaBad, IsTooLongOrTooDeep) {
  EXPECT_EQ(parse_problem(repeated("1", 1001)),
            "a formula of 1001 characters: must have at most 1000");
  for (const char* opener : {"(", "-", "not ", "abs("}) {
    EXPECT_THAT(parse_problem(repeated(opener, 51) + "1"), HasSubstr("nested deeper than 50"))
        << opener;
  }
}

// Random formulas out of their own words: a value or a problem, never anything else.
TEST(Formula, SurvivesAnyText) {
  constexpr uint64_t kSeed = 11;
  Rng rng{kSeed};
  const std::vector<std::string> words = {"a",   "and ", "or ", "not ", "(",     ")",    "+",
                                          "-",   "*",    "/",   "%",    "==",    "<=",   "<",
                                          ",",   "min(", "1",   "0",    "0.5",   "64K",  "KiB",
                                          "'x'", "'",    "1e9", "\x80", "log2(", "true", " "};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const int64_t count = rng.uniform(1, 12);
    for (int64_t i = 0; i < count; ++i) {
      text += words[static_cast<size_t>(rng.uniform(0, static_cast<int64_t>(words.size()) - 1))];
    }
    try {
      const Formula formula = Formula::parse(text);
      const std::vector<Value> values(formula.names().size(), int64_t{3});
      const FormulaResult result = formula.evaluate(values);
      EXPECT_NE(result.value.has_value(), !result.problem.empty()) << text << ", seed " << kSeed;
    } catch (const ConfigError& error) {
      EXPECT_FALSE(error.problems().empty());
    }
  }
}

TEST(FormulaDeathTest, WantsOneValueForEachName) {
  const Formula formula = Formula::parse("a + b");
  const std::array<Value, 1> one = {int64_t{1}};
  EXPECT_DEATH(static_cast<void>(formula.evaluate(one)), "1 values of 2 names");
  EXPECT_DEATH(static_cast<void>(Formula{}.evaluate({})), "not parsed");
}

TEST(FormulaTruth, IsOfNumbersOnly) {
  EXPECT_EQ(truth_of(int64_t{0}), false);
  EXPECT_EQ(truth_of(int64_t{-2}), true);
  EXPECT_EQ(truth_of(0.0), false);
  EXPECT_EQ(truth_of(1e-300), true);
  EXPECT_EQ(truth_of(std::string{"true"}), std::nullopt);
  EXPECT_EQ(number_of(int64_t{3}), 3.0);
  EXPECT_EQ(number_of(0.5), 0.5);
  EXPECT_EQ(number_of(std::string{"3"}), std::nullopt);
}

}  // namespace
}  // namespace olivine::sweep
