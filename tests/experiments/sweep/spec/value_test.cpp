// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "models/base/rng.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

TEST(Value, WritesWholeNumbersInPlainDigits) {
  EXPECT_EQ(to_text(int64_t{64}), "64");
  EXPECT_EQ(to_text(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_text(5e8), "500000000");
  EXPECT_EQ(to_text(-1e5), "-100000");
  EXPECT_EQ(to_text(0.0), "0");
  EXPECT_EQ(to_text(1e16 - 2), "9999999999999998");
  EXPECT_EQ(to_text(1e16), "1e+16");
  EXPECT_EQ(to_text(1e300), "1e+300");
}

TEST(Value, WritesFractionsAsShortAsTheyReadBack) {
  EXPECT_EQ(to_text(0.1), "0.1");
  EXPECT_EQ(to_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(to_text(1.5e-12), "1.5e-12");
}

TEST(Value, ReadsEveryNumberBackToTheSameBits) {
  constexpr uint64_t kSeed = 20;
  Rng rng{kSeed};
  for (int i = 0; i < 20000; ++i) {
    // Any bits, and whole numbers of any size up to 2^62.
    const auto bits = rng.next();
    const double number =
        i % 2 == 0 ? std::bit_cast<double>(bits) : static_cast<double>(bits >> (2 + i % 60));
    if (!std::isfinite(number)) continue;
    const auto back = parse_number(to_text(number));
    ASSERT_TRUE(back.has_value()) << to_text(number) << ", seed " << kSeed;
    EXPECT_EQ(std::bit_cast<uint64_t>(*back), std::bit_cast<uint64_t>(number))
        << to_text(number) << ", seed " << kSeed;
  }
}

TEST(Value, LeavesTextAlone) { EXPECT_EQ(to_text(std::string{"w4a4-ovp"}), "w4a4-ovp"); }

TEST(Value, KeepsItsTypeInJson) {
  for (const Value& value : {Value{int64_t{-3}}, Value{5e8}, Value{std::string{"os"}}}) {
    EXPECT_EQ(value_of(to_json(value)), value) << to_text(value);
    EXPECT_EQ(value_of(nlohmann::json::parse(to_json(value).dump())), value) << to_text(value);
  }
  EXPECT_TRUE(to_json(int64_t{1}).is_number_integer());
  EXPECT_TRUE(to_json(1.0).is_number_float());
}

TEST(Value, ReadsBooleansAsTexts) {
  EXPECT_EQ(value_of(nlohmann::json(true)), Value{std::string{"true"}});
  EXPECT_EQ(value_of(nlohmann::json(false)), Value{std::string{"false"}});
}

TEST(Value, ReadsIntegersBeyondItsOwnAsNumbers) {
  constexpr auto kLargest = std::numeric_limits<int64_t>::max();
  const auto above = static_cast<uint64_t>(kLargest) + 1;  // 2^63
  EXPECT_EQ(value_of(nlohmann::json(static_cast<uint64_t>(kLargest))), Value{kLargest});
  EXPECT_EQ(value_of(nlohmann::json(above)), Value{std::ldexp(1.0, 63)});
}

TEST(ValueDeathTest, TakesNoListOrNull) {
  EXPECT_DEATH(static_cast<void>(value_of(nlohmann::json::array())), "not array");
  EXPECT_DEATH(static_cast<void>(value_of(nlohmann::json())), "not null");
}

}  // namespace
}  // namespace olivine::sweep
