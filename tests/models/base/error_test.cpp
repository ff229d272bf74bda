// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace olivine {
namespace {

using testing::ElementsAre;

TEST(Error, KeepsEveryProblemOnItsOwnLine) {
  const UserError error{std::vector<std::string>{"a = 1: bad", "b = 2: worse"}};
  EXPECT_THAT(error.problems(), ElementsAre("a = 1: bad", "b = 2: worse"));
  EXPECT_STREQ(error.what(), "a = 1: bad\nb = 2: worse");
}

TEST(Error, ShowsControlCharactersAndCutsLongProblems) {
  const UserError error{std::string{"a\x1b[31m\n\x7f = "} + std::string(2000, 'x')};
  EXPECT_EQ(error.problems()[0].substr(0, 16), "a\\x1b[31m\\x0a\\x7");
  EXPECT_LT(error.problems()[0].size(), 1100u);
  EXPECT_TRUE(error.problems()[0].ends_with("..."));
  EXPECT_EQ(UserError{"gr\xc3\xbc\xc3\x9f"}.problems()[0], "gr\xc3\xbc\xc3\x9f");  // UTF-8 stays
}

TEST(Error, KindsAreUserErrors) {
  EXPECT_THROW(throw ConfigError{"x"}, UserError);
  EXPECT_THROW(throw ShapeError{"x"}, UserError);
  static_assert(!std::is_base_of_v<UserError, CheckFailed>);
}

TEST(Error, ProblemsThrowAllOrNothing) {
  Problems problems;
  EXPECT_TRUE(problems.is_empty());
  EXPECT_NO_THROW(problems.throw_if_any());
  problems.add("first");
  problems.add("second");
  EXPECT_FALSE(problems.is_empty());
  try {
    problems.throw_if_any();
    FAIL() << "must throw";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(), ElementsAre("first", "second"));
  }
}

TEST(Error, CheckIsSilentWhenItHolds) {
  int evaluations = 0;
  OLV_CHECK(++evaluations == 1, "evaluations {}", evaluations);
  OLV_CHECK(evaluations == 1);
  EXPECT_EQ(evaluations, 1);
}

TEST(ErrorDeathTest, CheckPrintsExpressionAndValuesAndAborts) {
  const int credits = 3;
  EXPECT_EXIT(OLV_CHECK(credits < 2, "credits {} at cycle {}", credits, 7),
              testing::KilledBySignal(SIGABRT),
              "internal error: .*error_test.cpp:[0-9]+: credits < 2: credits 3 at cycle 7");
}

}  // namespace
}  // namespace olivine
