// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/packed_column.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/rng.h"
#include "tests/experiments/report/sweep_page.h"

namespace olivine::report {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void expect_same_bits(const std::vector<double>& numbers) {
  const nlohmann::ordered_json packed =
      nlohmann::ordered_json::parse(packed_numbers(numbers).dump());
  const std::vector<double> read = unpacked(packed);
  ASSERT_EQ(read.size(), numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (std::isnan(numbers[i])) {
      EXPECT_TRUE(std::isnan(read[i])) << i;
    } else {
      EXPECT_EQ(std::bit_cast<uint64_t>(read[i]), std::bit_cast<uint64_t>(numbers[i])) << i;
    }
  }
}

std::vector<double> random_numbers(size_t count, bool is_whole) {
  Rng rng{11};
  std::vector<double> numbers;
  for (size_t i = 0; i < count; ++i) {
    const double number = static_cast<double>(rng.next() >> 33U);
    numbers.push_back(is_whole ? number : std::sqrt(number) * 1e-9);
  }
  return numbers;
}

TEST(PackedColumn, GivesEveryNumberBackToTheBit) {
  expect_same_bits({});
  expect_same_bits({0.1});
  expect_same_bits({1, 2, 3, 255, 256, 65535, 65536, 4294967295});
  expect_same_bits({kNone, 0.1, 0.2, 0.1 + 0.2, 0.3, -0.0, 0.0, kNone});
  expect_same_bits(std::vector<double>(1000, 42.5));
  expect_same_bits(random_numbers(1000, false));
  expect_same_bits(random_numbers(1000, true));
  std::vector<double> with_gaps = random_numbers(1000, true);
  with_gaps[500] = kNone;
  expect_same_bits(with_gaps);
}

TEST(PackedColumn, PicksTheSmallestType) {
  const std::vector<double> wide = random_numbers(1000, false);
  EXPECT_EQ(packed_numbers(wide)["type"], "f64");
  EXPECT_EQ(packed_numbers(random_numbers(1000, true))["type"], "u32");
  std::vector<double> few;
  for (size_t i = 0; i < 1000; ++i) few.push_back(wide[i % 10]);
  EXPECT_EQ(packed_numbers(few)["type"], "u8");
  EXPECT_EQ(packed_numbers(few)["values"].size(), 10u);
  EXPECT_EQ(packed_positions(std::vector<uint32_t>{0, 255})["type"], "u8");
  EXPECT_EQ(packed_positions(std::vector<uint32_t>{0, 256})["type"], "u16");
  EXPECT_EQ(packed_positions(std::vector<uint32_t>{0, 65536})["type"], "u32");
}

TEST(PackedColumn, WritesBase64AsInRfc4648) {
  const auto data = [](std::vector<uint32_t> bytes) { return packed_positions(bytes)["data"]; };
  EXPECT_EQ(data({}), "");
  EXPECT_EQ(data({'f'}), "Zg==");
  EXPECT_EQ(data({'f', 'o'}), "Zm8=");
  EXPECT_EQ(data({'f', 'o', 'o'}), "Zm9v");
  EXPECT_EQ(data({'f', 'o', 'o', 'b'}), "Zm9vYg==");
}

}  // namespace
}  // namespace olivine::report
