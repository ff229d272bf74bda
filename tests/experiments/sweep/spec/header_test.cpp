// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/header.h"

#include <gmock/gmock.h>

#include "models/base/error.h"

namespace olivine::sweep {
namespace {

using testing::HasSubstr;

SweepHeader full_header() {
  SweepHeader header;
  header.name = "test";
  header.spec_text = "name: test\n# \"quoted\" \\ text\n";
  header.base_digest = "0123";
  header.columns = {"array.rows", "clock", "scheme"};
  header.axes = {{"array.rows", {"array.rows"}, {{int64_t{4}}, {int64_t{8}}}, true},
                 {"both", {"clock", "scheme"}, {{5e8, std::string{"a"}}, {0.1, std::string{"b"}}}}};
  header.constraints = {"pes < 100", "clock > 1MHz"};
  header.objectives = {{"time_s", Formula::parse("time_s"), Goal::Min},
                       {"x", Formula::parse("macs / pes"), Goal::Max}};
  header.group_by = {"scheme"};
  header.quality = {{"w4a4-ovp", 0.123456789012345678}};
  header.search = {Method::Nsga2, UINT64_MAX, 12345, 7, 0.75, 0.25};
  header.fixed = {{"array.cols", int64_t{16}}, {"free.x", 0.5}, {"machine", std::string{"m"}}};
  header.expected_points = 1234567890123;
  return header;
}

TEST(Header, ReadsBackWhatItWrites) {
  const SweepHeader header = full_header();
  const std::string text = to_json(header).dump();
  const SweepHeader read = header_of(nlohmann::json::parse(text));
  EXPECT_EQ(to_json(read).dump(), text);
  EXPECT_EQ(read.axes, header.axes);
  EXPECT_EQ(read.fixed, header.fixed);
  EXPECT_EQ(read.quality, header.quality);
  EXPECT_EQ(read.spec_text, header.spec_text);
  EXPECT_EQ(read.search.seed, header.search.seed);
  EXPECT_EQ(read.search.mutation, header.search.mutation);
  EXPECT_EQ(read.objectives[1].formula.names(), header.objectives[1].formula.names());
  EXPECT_EQ(read.objectives[1].goal, Goal::Max);
  EXPECT_EQ(read.expected_points, header.expected_points);
}

TEST(Header, KeepsAnAbsentMutationAbsent) {
  SweepHeader header = full_header();
  header.search.mutation.reset();
  EXPECT_FALSE(header_of(nlohmann::json::parse(to_json(header).dump())).search.mutation);
}

std::string problem_of(const nlohmann::json& json) {
  try {
    static_cast<void>(header_of(json));
    return "";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().size(), 1U);
    return error.what();
  }
}

TEST(HeaderBad, NamesWhatIsWrong) {
  const nlohmann::json json = to_json(full_header());
  EXPECT_THAT(problem_of(nlohmann::json{}), HasSubstr("header of the sweep: "));
  EXPECT_THAT(problem_of(nlohmann::json::array()), HasSubstr("header of the sweep: "));
  for (const auto& [key, value] : json.items()) {
    nlohmann::json part = json;
    part.erase(key);
    EXPECT_THAT(problem_of(part), HasSubstr(key));
    part[key] = nullptr;
    EXPECT_THAT(problem_of(part), HasSubstr("header of the sweep: ")) << key;
  }
  const auto changed = [&](const std::string& pointer, const nlohmann::json& value) {
    nlohmann::json copy = json;
    copy[nlohmann::json::json_pointer{pointer}] = value;
    return problem_of(copy);
  };
  EXPECT_THAT(changed("/schema", "olivine.sweep/2"), HasSubstr("must be olivine.sweep/1"));
  EXPECT_THAT(changed("/objectives/0/goal", "most"), HasSubstr("most: must be min|max"));
  EXPECT_THAT(changed("/objectives/0/value", "1 +"), HasSubstr("header of the sweep: "));
  EXPECT_THAT(changed("/search/method", "luck"), HasSubstr("luck: must be exhaustive|random|"));
  EXPECT_THAT(changed("/axes/0/values/0", {1, 2}), HasSubstr("axis array.rows: 2 values for 1"));
  EXPECT_THAT(changed("/axes/0/values", nlohmann::json::array()), HasSubstr("is empty"));
  EXPECT_THAT(changed("/axes/0/values/0/0", nullptr), HasSubstr("a parameter is null"));
  EXPECT_THAT(changed("/fixed/free.x", {1}), HasSubstr("a parameter is array"));
}

}  // namespace
}  // namespace olivine::sweep
