// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/trace/trace_writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/experiments/trace/trace_file.h"

namespace olivine::trace {
namespace {

using support::checked_trace;
using support::TraceFile;
using ::testing::Contains;
using ::testing::HasSubstr;

nlohmann::ordered_json metadata(uint64_t slices) {
  return {{"schema", "olivine.trace/1"}, {"slices", slices}};
}

TEST(TraceWriter, WritesWhatIsReadBack) {
  std::string text;
  TraceWriter writer{[&](std::string_view part) { text += part; }, metadata(2)};
  const int process = writer.add_process("a \"b\" \xff");
  const Track track = writer.add_track(process, "array");
  const Counter counter = writer.add_counter(process, "DRAM", {"read", "write"});
  writer.slice(track, {"outer", "array", "good", 0, 10}, Args{}.add("tile", 3).add("m", "0..7"));
  writer.slice(track, {"inner", "array", "", 2, 4});
  writer.sample(counter, 0, {1.0, 0.0});
  writer.sample(counter, 5, {7.0, 7.0});
  writer.sample(counter, 5, {0.1, 0.0});  // replaces
  writer.sample(counter, 6, {0.1, 0.0});  // changes nothing
  writer.sample(counter, 9, {0.0, 0.0});
  writer.finish();
  const TraceFile file = checked_trace(text);
  const std::string name = "a \"b\" \xef\xbf\xbd";  // what is no UTF-8 is replaced
  const auto& slices = file.tracks.at({name, "array"});
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0].name, "outer");
  EXPECT_EQ(slices[0].args, nlohmann::json({{"tile", 3}, {"m", "0..7"}}));
  EXPECT_EQ(slices[1].until, 4);
  const auto& samples = file.counters.at({name, "DRAM/read"});
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[1].at, 5);
  EXPECT_EQ(samples[1].value, 0.1);
  EXPECT_EQ(samples[2].at, 9);
}

TEST(TraceWriter, HandsOverWhatItHasBeforeTheEnd) {
  size_t parts = 0;
  TraceWriter writer{[&](std::string_view) { ++parts; }, metadata(0)};
  const Track track = writer.add_track(writer.add_process("p"), "t");
  for (int64_t i = 0; i < 5000; ++i) writer.slice(track, {"s", "array", "", i, i + 1});
  EXPECT_GT(parts, 1u);
}

TEST(TraceWriterBad, CounterMustNotGoBack) {
  TraceWriter writer{[](std::string_view) {}, metadata(0)};
  const Counter counter = writer.add_counter(writer.add_process("p"), "c", {"v"});
  writer.sample(counter, 5, {1.0});
  EXPECT_DEATH(writer.sample(counter, 4, {1.0}), "a sample of 4 after 5");
}

// The checker that all other tests rely on.
class TraceChecker : public ::testing::Test {
 protected:
  static std::vector<std::string> problems_of(const std::string& events, int slices) {
    std::vector<std::string> problems;
    (void)support::read_trace(
        fmt::format(R"({{"otherData":{{"schema":"olivine.trace/1","slices":{}}},"traceEvents":[
{{"ph":"M","pid":1,"tid":0,"name":"process_name","args":{{"name":"p"}}}},
{{"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{{"name":"t"}}}}{}]}})",
                    slices, events),
        problems);
    return problems;
  }
  static std::string slice(int from, int cycles) {
    return fmt::format(R"(,{{"ph":"X","pid":1,"tid":1,"ts":{},"dur":{},"name":"n","cat":"c"}})",
                       from, cycles);
  }
};

TEST_F(TraceChecker, AcceptsNestingAndRefusesOverlap) {
  EXPECT_THAT(problems_of(slice(0, 5) + slice(5, 5) + slice(6, 2), 3), ::testing::IsEmpty());
  EXPECT_THAT(problems_of(slice(0, 5) + slice(4, 5), 2), Contains(HasSubstr("overlaps")));
}

TEST_F(TraceChecker, RefusesBrokenEvents) {
  EXPECT_THAT(problems_of(slice(0, 0), 1), Contains(HasSubstr("empty slice")));
  EXPECT_THAT(problems_of(slice(-1, 1), 0), Contains(HasSubstr("ts is missing or wrong")));
  EXPECT_THAT(problems_of(slice(0, 1), 2), Contains("slices miscounted"));
  EXPECT_THAT(problems_of(R"(,{"ph":"X","pid":1,"tid":2,"ts":0,"dur":1,"name":"n","cat":"c"})", 0),
              Contains(HasSubstr("row without name")));
  EXPECT_THAT(
      problems_of(
          R"(,{"ph":"X","pid":1,"tid":1,"ts":0,"dur":1,"name":"n","cat":"c","cname":"pink"})", 1),
      Contains(HasSubstr("unknown colour")));
  const auto sample = [](int at) {
    return fmt::format(R"(,{{"ph":"C","pid":1,"ts":{},"name":"c","args":{{"v":1}}}})", at);
  };
  EXPECT_THAT(problems_of(sample(4) + sample(3), 0), Contains(HasSubstr("back in time")));
  std::vector<std::string> problems;
  (void)support::read_trace("{", problems);
  EXPECT_THAT(problems, Contains("no JSON object"));
}

}  // namespace
}  // namespace olivine::trace
