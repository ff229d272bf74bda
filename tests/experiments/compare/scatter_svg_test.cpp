// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/scatter_svg.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "experiments/compare/summary.h"
#include "tests/experiments/compare/fake_timer.h"

namespace olivine::compare {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string svg_of(std::vector<Measurement> rows) {
  FakeTimer timer;
  Selection selection;
  selection.half = Half::All;
  Comparison comparison = join({"m.csv", std::move(rows)}, selection, timer);
  simulate(comparison, timer, 1, [](size_t, size_t) {});
  return scatter_svg(comparison, summarize(comparison, 1), "all <shapes>");
}

// Tags that are open at the end, or closed where another one is open; the style sheet has none.
std::vector<std::string> unbalanced_tags(const std::string& text) {
  std::vector<std::string> open;
  std::vector<std::string> wrong;
  for (size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1)) {
    const size_t end = text.find('>', at);
    if (end == std::string::npos) return {text.substr(at)};
    const std::string tag = text.substr(at + 1, end - at - 1);
    if (tag.back() == '/') continue;
    const std::string name = tag.substr(0, tag.find(' '));
    if (name.front() != '/') {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      wrong.push_back(name);
    } else {
      open.pop_back();
    }
  }
  wrong.insert(wrong.end(), open.begin(), open.end());
  return wrong;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ScatterSvg, IsWellFormedWithATitleAndADescription) {
  Measurement row = measured({8, 64, 64}, 1.25);
  row.source = "a <b> & \"c\"";
  const std::string svg = svg_of({row});
  EXPECT_THAT(unbalanced_tags(svg), IsEmpty());
  EXPECT_THAT(svg, HasSubstr("<title id=\"title\">all &lt;shapes&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("a &lt;b&gt; &amp; &quot;c&quot;: 1 points, MAPE 20.0 %."));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, HasSubstr("aria-labelledby=\"title description\""));
}

TEST(ScatterSvg, HasAPanelACollectionADotAPointAndAColourARegime) {
  std::vector<Measurement> rows;
  for (const int64_t m : {1, 2, 64, 128, 256}) rows.push_back(measured({m, 512, 4096}, 1.1));
  rows.push_back(measured({1, 64, 64}, 1));
  rows.back().source = "another lab";
  const std::string svg = svg_of(rows);
  EXPECT_EQ(count_of(svg, "class=\"panel\""), 2u);
  EXPECT_EQ(count_of(svg, "h0"), rows.size());
  EXPECT_EQ(count_of(svg, "<path class=\"dots\""), 3u);  // launch and compute; launch
  EXPECT_EQ(count_of(svg, ">measured time</text>"), 2u);
  EXPECT_THAT(svg, HasSubstr(">10 us</text>"));
}

// The one dot of a panel: x and y as written.
std::pair<double, double> dot_of(const std::string& svg) {
  const size_t begin = svg.find(" d=\"M", svg.find("class=\"dots\"")) + 5;
  double x = 0;
  double y = 0;
  EXPECT_EQ(std::sscanf(svg.c_str() + begin, "%lf %lf", &x, &y), 2);
  return {x, y};
}

TEST(ScatterSvg, DrawsAPerfectPointOnTheDiagonalAndASlowOneAboveIt) {
  // The diagonal runs from the lower left corner (78, 454) at 45 degrees.
  const auto above = [](double ratio) {
    const auto [x, y] = dot_of(svg_of({measured({8, 64, 64}, ratio)}));
    return (454 - y) - (x - 78);
  };
  EXPECT_NEAR(above(1), 0, 0.11);  // coordinates have one decimal
  EXPECT_GT(above(0.5), 10);       // measured is half of simulated
  EXPECT_LT(above(2), -10);
}

TEST(ScatterSvg, SaysWhatIsNotCalibrated) {
  Measurement row = measured({8, 64, 64}, 1);
  row.dtype = "fp8_block";
  row.library = "TRT-LLM 1.3.0rc20 fp8_block";
  EXPECT_THAT(svg_of({row}), HasSubstr("h100_sxm, fp8_block, not calibrated"));
}

}  // namespace
}  // namespace olivine::compare
