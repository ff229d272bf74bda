// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/page.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

// Pages are long: a failure that printed one would hide what failed.
bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

class ReportPage : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_charts()) GTEST_SKIP() << "built without the charting library";
  }
};

// What the page's scripts would read.
Json data_of(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="data">)";
  const size_t begin = page.find(open) + open.size();
  return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

TEST_F(ReportPage, HoldsItsDataWhateverItSays) {
  const Json data = {{"title", "</title></script><img src=x onerror=alert(1)>"},
                     {"markers", "{{scripts}} {{data}} {{nothing}}"},
                     {"comment", "<!-- <script"}};
  const std::string page = page_html(Kind::Run, data);
  EXPECT_EQ(data_of(page), data);
  EXPECT_FALSE(has(page, "<img src=x"));
  EXPECT_TRUE(has(page, "&lt;/title&gt;&lt;/script&gt;&lt;img"));
}

TEST_F(ReportPage, ReplacesBytesThatAreNoText) {
  const std::string page = page_html(Kind::Run, {{"title", "a\xff"}});
  EXPECT_EQ(data_of(page)["title"], "a\xef\xbf\xbd");
}

// Whatever a page needs is in it: nothing is fetched.
TEST_F(ReportPage, OfEveryKindIsWhole) {
  for (const auto& kind : kKindNames) {
    const std::string page = page_html(kind.value, {{"title", "t"}});
    EXPECT_FALSE(has(page, "{{")) << kind.name;
    EXPECT_FALSE(has(page, "<script src=")) << kind.name;
    EXPECT_FALSE(has(page, "rel=\"stylesheet\"")) << kind.name;
    EXPECT_TRUE(has(page, "Licensed to the Apache Software Foundation")) << kind.name;
    EXPECT_TRUE(has(page, fmt::format("olivine.kinds.{} =", kind.name))) << kind.name;
  }
}

}  // namespace
}  // namespace olivine::report
