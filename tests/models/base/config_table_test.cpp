// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/config_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace olivine {
namespace {

using testing::ElementsAre;

enum class Mode : uint8_t { Serial, Overlapped };
constexpr std::array kModeNames = {EnumName<Mode>{Mode::Serial, "serial"},
                                   EnumName<Mode>{Mode::Overlapped, "overlapped"}};

struct SampleConfig {
  int64_t rows = 16;
  int64_t buffer = 65536;
  double clock_hz = 500e6;
  double ratio = 0.25;
  Mode mode = Mode::Overlapped;
  bool has_decoder = true;
  std::string name = "sample";
};

// One row of every kind.
ConfigTable<SampleConfig> sample_table() {
  ConfigTable<SampleConfig> table;
  table
      .integer(
          "array.rows", [](auto& config) -> auto& { return config.rows; }, {1, 1024}, "PE rows",
          "rows")
      .bytes(
          "memory.buffer", [](auto& config) -> auto& { return config.buffer; }, {1024, 1 << 20},
          "scratchpad")
      .frequency(
          "clock", [](auto& config) -> auto& { return config.clock_hz; }, {1e6, 5e9}, "array clock")
      .number(
          "ratio", [](auto& config) -> auto& { return config.ratio; }, {0.0, 1.0}, "a share")
      .choice<Mode>(
          "mode", [](auto& config) -> auto& { return config.mode; }, kModeNames, "mode")
      .boolean(
          "decoder", [](auto& config) -> auto& { return config.has_decoder; }, "decoders")
      .text(
          "name", [](auto& config) -> auto& { return config.name; }, "free text");
  return table;
}

// "" when the value is taken, otherwise the problem.
std::string set(SampleConfig& config, std::string_view key, std::string_view text) {
  return sample_table().set(config, key, text).value_or("");
}

TEST(ConfigTable, SetsEveryKind) {
  SampleConfig config;
  EXPECT_EQ(set(config, "array.rows", "8"), "");
  EXPECT_EQ(set(config, "memory.buffer", "2KiB"), "");
  EXPECT_EQ(set(config, "clock", "1GHz"), "");
  EXPECT_EQ(set(config, "ratio", "0.5"), "");
  EXPECT_EQ(set(config, "mode", "serial"), "");
  EXPECT_EQ(set(config, "decoder", "false"), "");
  EXPECT_EQ(set(config, "name", "two words"), "");
  EXPECT_EQ(config.rows, 8);
  EXPECT_EQ(config.buffer, 2 * 1024);
  EXPECT_EQ(config.clock_hz, 1e9);
  EXPECT_EQ(config.ratio, 0.5);
  EXPECT_EQ(config.mode, Mode::Serial);
  EXPECT_FALSE(config.has_decoder);
  EXPECT_EQ(config.name, "two words");
}

TEST(ConfigTable, RangesIncludeTheirEnds) {
  SampleConfig config;
  EXPECT_EQ(set(config, "array.rows", "1"), "");
  EXPECT_EQ(set(config, "array.rows", "1024"), "");
  EXPECT_EQ(set(config, "array.rows", "0"), "array.rows = 0: must be 1..1024");
  EXPECT_EQ(set(config, "array.rows", "1025"), "array.rows = 1025: must be 1..1024");
  EXPECT_EQ(config.rows, 1024);  // unchanged by a problem
  EXPECT_EQ(set(config, "memory.buffer", "1023"), "memory.buffer = 1023: must be 1KiB..1MiB");
  EXPECT_EQ(set(config, "memory.buffer", "1MiB"), "");
  EXPECT_EQ(set(config, "ratio", "1"), "");
  EXPECT_EQ(set(config, "ratio", "1.0001"), "ratio = 1.0001: must be 0..1");
  EXPECT_EQ(set(config, "clock", "6GHz"), "clock = 6GHz: must be 1MHz..5GHz");
}

TEST(ConfigTable, RefusesTextOfTheWrongKind) {
  SampleConfig config;
  for (const char* bad : {"", "x", "1.5", "-1", "0x8", "99999999999999999999"}) {
    EXPECT_NE(set(config, "array.rows", bad), "") << bad;
  }
  EXPECT_EQ(set(config, "mode", "Serial"), "mode = Serial: must be serial|overlapped");
  EXPECT_EQ(set(config, "decoder", "yes"), "decoder = yes: must be true|false");
  EXPECT_NE(set(config, "ratio", "nan"), "");
}

TEST(ConfigTable, NamesTheNearestKey) {
  SampleConfig config;
  EXPECT_EQ(set(config, "array.row", "8"),
            "array.row = 8: unknown key; did you mean 'array.rows'?");
  EXPECT_EQ(set(config, "zzzzzzzzzz", "8"), "zzzzzzzzzz = 8: unknown key");
}

TEST(ConfigTable, DumpLoadsBackToTheSameStruct) {
  SampleConfig config;
  config.rows = 7;
  config.buffer = 1025;
  config.clock_hz = 123.456e6;
  config.ratio = 1.0 / 3.0;
  config.mode = Mode::Serial;
  SampleConfig copy;
  for (const auto& [key, text] : sample_table().dump(config)) EXPECT_EQ(set(copy, key, text), "");
  EXPECT_EQ(copy.rows, config.rows);
  EXPECT_EQ(copy.buffer, config.buffer);
  EXPECT_EQ(copy.clock_hz, config.clock_hz);
  EXPECT_EQ(copy.ratio, config.ratio);
  EXPECT_EQ(copy.mode, config.mode);
  EXPECT_EQ(sample_table().dump(copy), sample_table().dump(config));
}

struct OuterConfig {
  SampleConfig sample;
  int64_t base = 0;
};

TEST(ConfigTable, IncludesRowsOfAnotherTable) {
  ConfigTable<OuterConfig> table;
  table
      .address(
          "base", [](OuterConfig & config) -> auto& { return config.base; }, {0, 0xff00},
          "first address")
      .include(
          sample_table(), "memory.", [](const OuterConfig& config) { return config.sample; },
          [](OuterConfig& config, const SampleConfig& sample) { config.sample = sample; });
  EXPECT_THAT(table.keys(), ElementsAre("base", "memory.buffer"));
  OuterConfig config;
  EXPECT_EQ(table.set(config, "memory.buffer", "2KiB"), std::nullopt);
  EXPECT_EQ(table.set(config, "base", "0xff00"), std::nullopt);
  EXPECT_EQ(config.sample.buffer, 2048);
  EXPECT_EQ(table.set(config, "memory.buffer", "1B"), "memory.buffer = 1B: must be 1KiB..1MiB");
  EXPECT_EQ(table.set(config, "base", "0xff01"), "base = 0xff01: must be 0x0..0xff00");
  EXPECT_EQ(config.sample.buffer, 2048);
  EXPECT_THAT(table.dump(config),
              ElementsAre(std::pair{"base", "0xff00"}, std::pair{"memory.buffer", "2KiB"}));
  EXPECT_EQ(table.to_json(config)["memory.buffer"], 2048);
}

TEST(ConfigTable, JsonHasNumbersInBaseUnits) {
  const nlohmann::json expected = {{"array.rows", 16}, {"memory.buffer", 65536}, {"clock", 500e6},
                                   {"ratio", 0.25},    {"mode", "overlapped"},   {"decoder", true},
                                   {"name", "sample"}};
  EXPECT_EQ(sample_table().to_json(SampleConfig{}), expected);
}

TEST(ConfigTable, DocumentsEachRow) {
  const auto docs = sample_table().docs(SampleConfig{});
  ASSERT_EQ(docs.size(), sample_table().keys().size());
  EXPECT_EQ(docs[0].key, "array.rows");
  EXPECT_EQ(docs[0].unit, "rows");
  EXPECT_EQ(docs[0].legal, "1..1024");
  EXPECT_EQ(docs[0].default_value, "16");
  EXPECT_EQ(docs[0].help, "PE rows");
  EXPECT_EQ(docs[1].default_value, "64KiB");
  EXPECT_EQ(docs[4].legal, "serial|overlapped");
  EXPECT_THAT(sample_table().keys(), ElementsAre("array.rows", "memory.buffer", "clock", "ratio",
                                                 "mode", "decoder", "name"));
}

TEST(ConfigTable, EnumNamesGoBothWays) {
  const std::span<const EnumName<Mode>> names{kModeNames};
  EXPECT_EQ(name_of(names, Mode::Serial), "serial");
  EXPECT_EQ(value_of(names, "overlapped"), Mode::Overlapped);
  EXPECT_EQ(value_of(names, "other"), std::nullopt);
  EXPECT_EQ(joined_names(names), "serial|overlapped");
}

TEST(ConfigTableDeathTest, AnEnumValueWithoutANameIsABug) {
  const std::span<const EnumName<Mode>> names{kModeNames};
  EXPECT_DEATH(static_cast<void>(name_of(names, static_cast<Mode>(9))), "enum value 9 has no name");
}

}  // namespace
}  // namespace olivine
