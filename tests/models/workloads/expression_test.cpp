// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/workloads/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::HasSubstr;

const NamedValues kNames = {{"batch", 64}, {"seq", 128}, {"_x9", 7}, {"refused", std::nullopt}};

int64_t value(const std::string& text) {
  const ExpressionResult result = evaluate(text, kNames);
  EXPECT_EQ(result.problem, "") << text;
  return result.value.value_or(-1);
}

std::string problem(const std::string& text) {
  const ExpressionResult result = evaluate(text, kNames);
  EXPECT_FALSE(result.value.has_value()) << text;
  return result.problem;
}

TEST(Expression, FollowsPrecedenceFromLeftToRight) {
  EXPECT_EQ(value("2 + 3 * 4"), 2 + 3 * 4);
  EXPECT_EQ(value("(2 + 3) * 4"), (2 + 3) * 4);
  EXPECT_EQ(value("20 - 5 - 3"), 20 - 5 - 3);
  EXPECT_EQ(value("64 / 4 / 2"), 64 / 4 / 2);
  EXPECT_EQ(value("\t( ( 7 ) ) "), 7);
}

TEST(Expression, ReadsNames) {
  EXPECT_EQ(value("batch * seq"), 64 * 128);
  EXPECT_EQ(value("batch*(seq-_x9)/8"), 64 * (128 - 7) / 8);
}

TEST(Expression, DivisionMustBeExactBad) {
  EXPECT_EQ(value("seq / 8"), 16);
  EXPECT_THAT(problem("seq / 7"), HasSubstr("128 is not a multiple of 7"));
  EXPECT_THAT(problem("seq / (batch - 64)"), HasSubstr("128 / 0"));
}

TEST(Expression, OverflowBad) {
  EXPECT_EQ(value("9223372036854775807"), 9223372036854775807);
  EXPECT_THAT(problem("9223372036854775808"), HasSubstr("does not fit 64 bits"));
  EXPECT_THAT(problem("9223372036854775807 + 1"), HasSubstr("does not fit 64 bits"));
  EXPECT_THAT(problem("0 - 9223372036854775807 - 2"), HasSubstr("does not fit 64 bits"));
  EXPECT_THAT(problem("4294967296 * 4294967296"), HasSubstr("does not fit 64 bits"));
  // The one quotient that leaves int64: -2^63 / -1.
  EXPECT_THAT(problem("(0 - 9223372036854775807 - 1) / (0 - 1)"),
              HasSubstr("does not fit 64 bits"));
}

TEST(Expression, MalformedTextBad) {
  EXPECT_THAT(problem(""), HasSubstr("ends where"));
  EXPECT_THAT(problem("2 +"), HasSubstr("ends where"));
  EXPECT_THAT(problem("2 3"), HasSubstr("unexpected '3'"));
  EXPECT_THAT(problem("-3"), HasSubstr("unexpected '-3'"));
  EXPECT_THAT(problem("1.5"), HasSubstr("unexpected '.5'"));
  EXPECT_THAT(problem("(2"), HasSubstr("')' is missing"));
  EXPECT_THAT(problem("2)"), HasSubstr("unexpected ')'"));
  EXPECT_THAT(problem("2 % 3"), HasSubstr("unexpected '% 3'"));
  EXPECT_THAT(problem("\xff"), HasSubstr("unexpected"));
}

TEST(Expression, UnknownNameSuggestsTheNearestBad) {
  EXPECT_THAT(problem("batsh * 2"), HasSubstr("unknown name 'batsh'; did you mean 'batch'?"));
}

TEST(Expression, RefusedNameGivesNoSecondProblem) {
  for (const char* text : {"refused", "2 / refused", "seq * (refused + 1)"}) {
    const ExpressionResult result = evaluate(text, kNames);
    EXPECT_FALSE(result.value.has_value()) << text;
    EXPECT_EQ(result.problem, "") << text;
  }
}

TEST(Expression, BoundsLengthAndNesting) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "1" + std::string(depth, ')');
  };
  EXPECT_EQ(value(nested(32)), 1);
  EXPECT_THAT(problem(nested(33)), HasSubstr("nested deeper"));
  EXPECT_EQ(value(std::string(511, ' ') + "1"), 1);
  EXPECT_THAT(problem(std::string(512, ' ') + "1"), HasSubstr("longer than 512"));
}

// Random trees printed and read back, against the value computed while building them.
struct RandomExpression {
  std::string text;
  int64_t value;
};

RandomExpression random_expression(Rng& rng, int depth) {
  if (depth == 0) {
    const int64_t leaf = rng.uniform(0, 99);
    return {std::to_string(leaf), leaf};
  }
  const RandomExpression left = random_expression(rng, depth - 1);
  const RandomExpression right = random_expression(rng, depth - 1);
  switch (rng.uniform(0, 2)) {
    case 0:
      return {"(" + left.text + "+" + right.text + ")", left.value + right.value};
    case 1:
      return {"(" + left.text + " - " + right.text + ")", left.value - right.value};
    default:
      return {left.text + " * " + right.text, left.value * right.value};
  }
}

TEST(Expression, AgreesWithRandomTrees) {
  constexpr uint64_t kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 500; ++i) {
    // Depth 3: at most 8 leaves below 100, so |value| <= 100^8 stays inside int64.
    const RandomExpression expected = random_expression(rng, static_cast<int>(rng.uniform(0, 3)));
    ASSERT_EQ(value(expected.text), expected.value) << expected.text;
  }
}

TEST(Expression, KnowsIdentifiers) {
  for (const char* text : {"a", "_", "seq_2", "Z9"}) EXPECT_TRUE(is_identifier(text)) << text;
  for (const char* text : {"", "9a", "a.b", "a b", "a-b", "\xc3\xa4"}) {
    EXPECT_FALSE(is_identifier(text)) << text;
  }
}

}  // namespace
}  // namespace olivine
