// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/json_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace olivine::measure {
namespace {

using testing::HasSubstr;

template <class T>
std::string scalar_text(const T& value) {
  JsonWriter json;
  json.value(value);
  return json.text();
}

TEST(JsonWriter, WritesNestedObjectsAndArraysInTheOrderGiven) {
  JsonWriter json;
  json.begin_object();
  json.member("b", 1);
  json.key("a");
  json.begin_array();
  json.value("x");
  json.begin_object();
  json.end_object();
  json.end_array();
  json.member("c", std::vector<double>{0.5, 2});
  json.member("d", std::vector<std::string>{});
  json.end_object();
  EXPECT_EQ(json.text(), R"({
  "b": 1,
  "a": [
    "x",
    {}
  ],
  "c": [
    0.5,
    2
  ],
  "d": []
}
)");
}

TEST(JsonWriter, WritesMissingValuesAsNull) {
  JsonWriter json;
  json.begin_object();
  json.member("a", std::optional<double>{});
  json.member("b", std::optional<int>{7});
  json.member("c", true);
  json.end_object();
  EXPECT_EQ(json.text(), "{\n  \"a\": null,\n  \"b\": 7,\n  \"c\": true\n}\n");
}

TEST(JsonWriter, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(scalar_text("a\"b\\c\nd\te\x01\x7f"), "\"a\\\"b\\\\c\\nd\\te\\u0001\\u007f\"\n");
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(scalar_text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"\n");
  // A lone continuation, a cut sequence, an overlong slash, a surrogate, beyond the last one.
  for (const char* bad : {"\x80", "\xE2\x82", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const std::string text = scalar_text(bad);
    EXPECT_THAT(text, HasSubstr("\xEF\xBF\xBD")) << testing::PrintToString(bad);
    EXPECT_FALSE(nlohmann::json::parse(text, nullptr, false).is_discarded());
  }
}

TEST(JsonWriter, WritesNumbersThatReadBackToTheSameBits) {
  for (const double number :
       {0.1, -1.0 / 3, 6.02214076e23, 5e-324, std::numeric_limits<double>::max()}) {
    EXPECT_EQ(nlohmann::json::parse(scalar_text(number)).get<double>(), number);
  }
  EXPECT_EQ(scalar_text(std::numeric_limits<uint64_t>::max()), "18446744073709551615\n");
  EXPECT_EQ(scalar_text(std::numeric_limits<int64_t>::min()), "-9223372036854775808\n");
}

TEST(JsonWriter, RefusesInfinitiesAndNanWithTheirPlaceBad) {
  for (const double number : {std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity(), std::nan("")}) {
    JsonWriter json;
    json.begin_object();
    json.key("results");
    json.begin_array();
    json.begin_object();
    try {
      json.member("time_us", number);
      FAIL() << number;
    } catch (const std::domain_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("results.time_us = "));
    }
  }
}

}  // namespace
}  // namespace olivine::measure
