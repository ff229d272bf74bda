// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/experiments/view/example.h"

namespace olivine::view {
namespace {

using testing::all_examples;
using testing::example_of;
using ::testing::HasSubstr;
using ::testing::Not;

using Json = nlohmann::ordered_json;

constexpr auto kWs = Dataflow::WeightStationary;
constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kOverlapped = Pipelining::Overlapped;

std::string data_text(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

std::string whole_page(const Recording& recording) {
  return page(recording, 0, static_cast<int64_t>(recording.frames.size()) - 1, 2);
}

TEST(Page, HoldsTheRecordingAndNothingToFetch) {
  const Recording recording = record(example_of(kOs, kOverlapped, 4, 4, "w4a4-ovp"));
  const std::string text = whole_page(recording);
  EXPECT_THAT(text, HasSubstr("<title>4 x 4 PEs, output stationary, overlapped</title>"));
  EXPECT_THAT(text, Not(HasSubstr("{{")));
  EXPECT_EQ(data_text(text).find('<'), std::string::npos);
  Json data = Json::parse(data_text(text));
  EXPECT_EQ(data["fps"], 2);
  data.erase("fps");
  EXPECT_EQ(data, page_data(recording, 0, static_cast<int64_t>(recording.frames.size()) - 1));
  // The only address is the name of a language.
  const std::regex address{R"(https?://[^"' )]*)"};
  for (std::sregex_iterator found{text.begin(), text.end(), address}, end; found != end; ++found) {
    EXPECT_EQ(found->str(), "http://www.w3.org/2000/svg");
  }
  for (const char* fetch : {"src=", "href=", "@import", "url(", "fetch(", "XMLHttpRequest"}) {
    EXPECT_THAT(text, Not(HasSubstr(fetch)));
  }
}

TEST(Page, HasTheRegistersOfTheRecording) {
  for (const Dataflow dataflow : {kOs, kWs}) {
    const Recording recording = record(example_of(dataflow, kOverlapped, 3, 2, "w4a4-ovp"));
    const auto last = static_cast<int64_t>(recording.frames.size()) - 1;
    const Json data = page_data(recording, 0, last);
    for (const Frame& frame : recording.frames) {
      const Json& shown = data["frames"][static_cast<size_t>(frame.cycle)];
      EXPECT_EQ(shown["cycle"], frame.cycle);
      for (size_t i = 0; i < frame.pes.size(); ++i) {
        const PeView& pe = frame.pes[i];
        const Json& registers = shown["registers"];
        EXPECT_EQ(registers["left"][i], pe.left);
        EXPECT_EQ(registers["top"][i], pe.top);
        EXPECT_EQ(registers["sum"][i], pe.registers.sum);
        EXPECT_EQ(registers["sum_of"][i], pe.sum);
        EXPECT_EQ(registers[dataflow == kOs ? "hold_of" : "active"][i],
                  dataflow == kOs ? pe.hold : pe.active);
        if (pe.left == kNone) continue;
        const Json& value = data["events"][static_cast<size_t>(pe.left)]["values"][0];
        EXPECT_EQ(value[0], pe.registers.left[0].integer);
        EXPECT_EQ(value[1], pe.registers.left[0].exponent);
      }
      const Json& border = data["border"][static_cast<size_t>(frame.cycle)];
      EXPECT_EQ(border["out"].size(), frame.outputs.size());
      EXPECT_EQ(border["left"], Json(frame.left));
    }
  }
}

// What enters and leaves is there for every cycle, so that a part shows what led to it.
TEST(Page, CanHoldAPartOfTheCycles) {
  const Recording recording = record(example_of(kOs, kOverlapped, 2, 2, "w4a4-ovp"));
  const Json data = page_data(recording, 3, 5);
  ASSERT_EQ(data["frames"].size(), 3u);
  EXPECT_EQ(data["frames"][0]["cycle"], 3);
  EXPECT_EQ(data["border"].size(), recording.frames.size());
}

TEST(Page, IsOfReasonableSize) {
  constexpr size_t kKilobyte = 1000;
  EXPECT_LT(whole_page(record(example_of(kOs, kOverlapped, 4, 4, "w4a4-ovp"))).size(),
            100 * kKilobyte);
  EXPECT_LT(whole_page(record(example_of(kWs, kOverlapped, 16, 16, "w4a4-ovp-2:4"))).size(),
            1000 * kKilobyte);
}

}  // namespace
}  // namespace olivine::view
