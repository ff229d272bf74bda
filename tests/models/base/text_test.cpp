// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/rng.h"

namespace olivine {
namespace {

using testing::ElementsAre;

TEST(Text, EditDistanceCountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", ""), 3u);
  EXPECT_EQ(edit_distance("rows", "rows"), 0u);
  EXPECT_EQ(edit_distance("rows", "row"), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);  // k/s, e/i, +g
}

TEST(Text, NearestNameTakesTyposOnly) {
  const std::vector<std::string> names = {"array.rows", "array.cols", "clock"};
  EXPECT_EQ(nearest_name("array.row", names), "array.rows");
  EXPECT_EQ(nearest_name("clokc", names), "clock");
  EXPECT_EQ(nearest_name("temperature", names), std::nullopt);
  EXPECT_EQ(nearest_name("clock", {}), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(257, 'c'), names), std::nullopt);
  EXPECT_EQ(suggestion("clokc", names), "; did you mean 'clock'?");
  EXPECT_EQ(suggestion("temperature", names), "");
}

TEST(Text, NearestNameCompletesAStem) {
  const std::vector<std::string> names = {"bert_large_long", "bert_base_uncased", "deit"};
  EXPECT_EQ(nearest_name("bert", names), "bert_large_long");  // the shortest
  EXPECT_EQ(nearest_name("bert_base", names), "bert_base_uncased");
  EXPECT_EQ(nearest_name("be", names), std::nullopt);  // two letters say little
}
TEST(Text, NearestNameLimitIsAThirdOfTheLongerLengthAndAtLeastTwo) {
  const std::vector<std::string> names = {"abcdefghi"};       // 9 letters: limit 3
  EXPECT_EQ(nearest_name("abcdefxyz", names), names[0]);      // 3 substitutions
  EXPECT_EQ(nearest_name("abcdewxyz", names), std::nullopt);  // 4
  const std::vector<std::string> shorts = {"ws"};             // limit 2
  EXPECT_EQ(nearest_name("xy", shorts), "ws");
  EXPECT_EQ(nearest_name("xyz", shorts), std::nullopt);
}

TEST(Text, ParseIntTakesTheWholeText) {
  EXPECT_EQ(parse_int("42"), 42);
  EXPECT_EQ(parse_int(" -7 "), -7);
  EXPECT_EQ(parse_int("9223372036854775807"), INT64_MAX);
  for (const char* bad :
       {"", " ", "4x", "0x10", "1.5", "1e3", "--1", "+1", "9223372036854775808"}) {
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
  }
}

TEST(Text, ParseNumberTakesFiniteNumbersOnly) {
  EXPECT_EQ(parse_number("1.5"), 1.5);
  EXPECT_EQ(parse_number("-2e3"), -2000.0);
  for (const char* bad : {"", "nan", "inf", "-inf", "1e999", "1.5.2", "1,5"}) {
    EXPECT_EQ(parse_number(bad), std::nullopt) << bad;
  }
}

TEST(Text, ParseBytesKnowsBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("0"), 0);
  EXPECT_EQ(parse_bytes("64"), 64);
  EXPECT_EQ(parse_bytes("64KiB"), 64 * 1024);
  EXPECT_EQ(parse_bytes("64 KiB"), 64 * 1024);
  EXPECT_EQ(parse_bytes("4kB"), 4 * 1000);
  EXPECT_EQ(parse_bytes("1.5MiB"), 3 * 512 * 1024);
  EXPECT_EQ(parse_bytes("2GiB"), int64_t{2} << 30);
  EXPECT_EQ(parse_bytes("512B"), 512);
  for (const char* bad : {"", "KiB", "1.5", "0.3B", "64kib", "64K", "1e300", "1 2KiB", "nanB"}) {
    EXPECT_EQ(parse_bytes(bad), std::nullopt) << bad;
  }
}

TEST(Text, ParseAddressTakesHexDecimalAndUnits) {
  EXPECT_EQ(parse_address("0x1000"), 4096);
  EXPECT_EQ(parse_address(" 0Xff "), 255);
  EXPECT_EQ(parse_address("0x7fffffffffffffff"), INT64_MAX);
  EXPECT_EQ(parse_address("9223372036854775807"), INT64_MAX);  // beyond what parse_bytes() takes
  EXPECT_EQ(parse_address("4KiB"), 4096);
  for (const char* text : {"", "0x", "0x-1", "0x8000000000000000", "0xg", "ff", "0x10KiB", "1.5"}) {
    EXPECT_EQ(parse_address(text), std::nullopt) << text;
  }
}

TEST(Text, ParseFrequencyKnowsItsUnits) {
  EXPECT_EQ(parse_frequency("500MHz"), 500e6);
  EXPECT_EQ(parse_frequency("1.5 GHz"), 1.5e9);
  EXPECT_EQ(parse_frequency("32kHz"), 32e3);
  EXPECT_EQ(parse_frequency("10Hz"), 10.0);
  EXPECT_EQ(parse_frequency("10"), 10.0);
  for (const char* bad : {"", "Hz", "10mhz", "fast"}) {
    EXPECT_EQ(parse_frequency(bad), std::nullopt) << bad;
  }
}

TEST(Text, FormatBytesTakesTheLargestExactUnit) {
  EXPECT_EQ(format_bytes(0), "0B");
  EXPECT_EQ(format_bytes(1023), "1023B");
  EXPECT_EQ(format_bytes(1024), "1KiB");
  EXPECT_EQ(format_bytes(1025), "1025B");
  EXPECT_EQ(format_bytes(128 * 1024), "128KiB");
  EXPECT_EQ(format_bytes(int64_t{3} << 20), "3MiB");
  EXPECT_EQ(format_bytes(int64_t{1} << 30), "1GiB");
}

TEST(Text, FormatFrequencyTakesTheLargestUnit) {
  EXPECT_EQ(format_frequency(500e6), "500MHz");
  EXPECT_EQ(format_frequency(1.5e9), "1.5GHz");
  EXPECT_EQ(format_frequency(999), "999Hz");
  EXPECT_EQ(format_frequency(1000), "1kHz");
  EXPECT_EQ(format_frequency(0), "0Hz");
}

TEST(Text, FormattedBytesParseBack) {
  constexpr uint64_t kSeed = 21;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int i = 0; i < 1000; ++i) {
    const int64_t bytes = rng.uniform(0, int64_t{1} << rng.uniform(0, 50));
    EXPECT_EQ(parse_bytes(format_bytes(bytes)), bytes);
  }
}

TEST(Text, TrimAndSplit) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_THAT(split("a,b,,c", ','), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split("a,", ','), ElementsAre("a", ""));
}

}  // namespace
}  // namespace olivine
