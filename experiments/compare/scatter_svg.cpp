// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/scatter_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

#include "experiments/compare/comparison.h"
#include "experiments/compare/summary.h"

namespace olivine::compare {
namespace {

// All lengths in pixels.
constexpr double kPlotSide = 380;
constexpr double kPlotLeft = 78;  // of the panel, beside tick labels
constexpr double kPlotTop = 74;   // below the panel's own heading
constexpr double kPanelHeight = kPlotTop + kPlotSide + 62;
constexpr double kHeadHeight = 64;
constexpr double kLegendWidth = 186;
constexpr double kLegendGap = 12;  // beside the plot: inside it would hide points
constexpr double kLegendLine = 18;
constexpr double kPanelWidth = kPlotLeft + kPlotSide + kLegendGap + kLegendWidth + 20;
constexpr size_t kMaxColumns = 2;
constexpr double kBand = 0.1;  // of the measured time, on either side of the diagonal

// Okabe and Ito's palette: told apart by readers with any colour vision. By Regime.
constexpr std::array<std::string_view, kRegimes> kColours = {"#0072b2", "#d55e00", "#009e73",
                                                             "#e69f00", "#7b3f98"};

// Text as it may stand in XML.
std::string xml_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c < ' ' || c > '~' ? '?' : c;
    }
  }
  return safe;
}

std::string_view colour_of(Regime regime) { return kColours[static_cast<size_t>(regime)]; }

constexpr std::string_view kStyle = R"(<style>
text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; font-size: 12px; fill: #222; }
.head { font-size: 19px; font-weight: bold; }
.panel { font-size: 14px; font-weight: bold; }
.faint { fill: #595959; font-size: 11px; }
.tick { font-size: 11px; }
.number { text-anchor: end; }
.middle { text-anchor: middle; }
.dots { fill: none; stroke-linecap: round; stroke-width: 3; stroke-opacity: 0.55; }
.grid { stroke: #e3e3e3; fill: none; }
.minor { stroke: #f2f2f2; fill: none; }
.frame { stroke: #555; fill: none; }
.diagonal { stroke: #333; fill: none; }
.band { fill: #888; fill-opacity: 0.22; }
.edge { stroke: #777; stroke-width: 0.8; fill: none; }
.rule { stroke: #bbb; fill: none; }
</style>
)";

// "1 us", "10 ms": exact for powers of ten and 2 and 5 times those.
std::string tick_text(double seconds) {
  if (seconds >= 0.999) return fmt::format("{:.3g} s", seconds);
  if (seconds >= 0.999e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  if (seconds >= 0.999e-6) return fmt::format("{:.3g} us", seconds * 1e6);
  return fmt::format("{:.3g} ns", seconds * 1e9);
}

// A logarithmic axis of seconds; at() counts from the low end.
class Axis {
 public:
  Axis(double low_s, double high_s) : low_(std::log10(low_s)), high_(std::log10(high_s)) {}

  [[nodiscard]] double at(double seconds) const {
    return (std::log10(seconds) - low_) / (high_ - low_) * kPlotSide;
  }
  [[nodiscard]] double low_s() const { return std::pow(10, low_); }
  [[nodiscard]] double high_s() const { return std::pow(10, high_); }

  // `multiple` of every power of ten inside.
  [[nodiscard]] std::vector<double> ticks(double multiple) const {
    std::vector<double> ticks;
    for (double power = std::floor(low_) - 1; power <= high_; ++power) {
      const double tick = multiple * std::pow(10, power);
      if (std::log10(tick) >= low_ && std::log10(tick) <= high_) ticks.push_back(tick);
    }
    return ticks;
  }

 private:
  double low_;
  double high_;
};

// One collection. Coordinates inside count from the panel's upper left corner.
class Panel {
 public:
  Panel(const Comparison& comparison, const CollectionSummary& summary)
      : comparison_(comparison), summary_(summary), axis_(axis_of(comparison, summary)) {}

  [[nodiscard]] std::string svg(double left, double top) const {
    return fmt::format("<g transform=\"translate({} {})\">\n{}{}{}{}{}{}</g>\n", left, top,
                       heading(), grid(), band(), dots(), lines(), legend());
  }

 private:
  static Axis axis_of(const Comparison& comparison, const CollectionSummary& summary) {
    constexpr double kMargin = 1.25;
    double low = INFINITY;
    double high = 0;
    for (const size_t i : comparison.collections[summary.collection].points) {
      const Point& point = comparison.points[i];
      if (!point.timing) continue;
      low = std::min({low, point.measured.value, point.timing->time_s});
      high = std::max({high, point.measured.value, point.timing->time_s});
    }
    return {low / kMargin, high * kMargin};
  }

  [[nodiscard]] double x(double seconds) const { return kPlotLeft + axis_.at(seconds); }
  [[nodiscard]] double y(double seconds) const { return kPlotTop + kPlotSide - axis_.at(seconds); }

  [[nodiscard]] std::string heading() const {
    const Collection& collection = comparison_.collections[summary_.collection];
    return fmt::format(
        "<text class=\"panel\" x=\"{0}\" y=\"22\">{1}, {2}{3}</text>\n"
        "<text x=\"{0}\" y=\"41\">{4}</text>\n"
        "<text class=\"faint\" x=\"{0}\" y=\"58\">{5}</text>\n",
        kPlotLeft, xml_text(collection.machine), xml_text(collection.dtype),
        collection.kernels.is_calibrated ? "" : ", not calibrated", xml_text(collection.library),
        xml_text(collection.source));
  }

  // Lines at 1, 2 and 5 times every power of ten; labels where they do not crowd.
  [[nodiscard]] std::string grid() const {
    std::string lines;
    std::string labels;
    const bool is_short = axis_.ticks(1).size() < 3;
    for (const double multiple : {2.0, 5.0, 1.0}) {
      const bool is_power = multiple == 1.0;
      std::string path;
      for (const double tick : axis_.ticks(multiple)) {
        path += fmt::format("M{:.1f} {}v{}M{} {:.1f}h{}", x(tick), kPlotTop, kPlotSide, kPlotLeft,
                            y(tick), kPlotSide);
        if (is_power || is_short) labels += tick_labels(tick);
      }
      if (path.empty()) continue;
      lines += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", is_power ? "grid" : "minor", path);
    }
    const double middle = kPlotSide / 2;
    labels += fmt::format("<text class=\"middle\" x=\"{}\" y=\"{}\">measured time</text>\n",
                          kPlotLeft + middle, kPlotTop + kPlotSide + 40);
    labels += fmt::format(
        "<text class=\"middle\" transform=\"translate(18 {}) rotate(-90)\">simulated time</text>\n",
        kPlotTop + middle);
    return lines + labels;
  }

  [[nodiscard]] std::string tick_labels(double tick) const {
    const std::string text = tick_text(tick);
    return fmt::format(
        "<text class=\"tick middle\" x=\"{:.1f}\" y=\"{}\">{}</text>\n"
        "<text class=\"tick number\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
        x(tick), kPlotTop + kPlotSide + 18, text, kPlotLeft - 7, y(tick) + 4, text);
  }

  // A line along simulated = ratio x measured, as far as it is inside the plot.
  [[nodiscard]] std::string along(double ratio) const {
    const double low = axis_.low_s();
    const double high = axis_.high_s();
    const double from = std::max(low, low / ratio);
    const double to = std::min(high, high / ratio);
    return fmt::format("{:.1f},{:.1f} {:.1f},{:.1f}", x(from), y(from * ratio), x(to),
                       y(to * ratio));
  }

  // Its upper edge from the left, its lower edge back, with the corners of the plot between.
  [[nodiscard]] std::string band() const {
    const double low = axis_.low_s();
    const double high = axis_.high_s();
    const double lower = 1 - kBand;
    return fmt::format(
        "<polygon class=\"band\" points=\"{} {:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f} "
        "{:.1f},{:.1f}\"/>\n",
        along(1 + kBand), x(high), y(high), x(high), y(high * lower), x(low / lower), y(low),
        x(low), y(low));
  }

  // Above the dots, which hide the band where there are many.
  [[nodiscard]] std::string lines() const {
    return fmt::format(
        "<polyline class=\"edge\" points=\"{}\"/>\n<polyline class=\"edge\" points=\"{}\"/>\n"
        "<polyline class=\"diagonal\" points=\"{}\"/>\n"
        "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
        along(1 + kBand), along(1 - kBand), along(1), kPlotLeft, kPlotTop, kPlotSide, kPlotSide);
  }

  // Lines of no length with round ends: a third of the size of as many circles.
  [[nodiscard]] std::string dots() const {
    std::array<std::string, kRegimes> paths;
    for (const size_t i : comparison_.collections[summary_.collection].points) {
      const Point& point = comparison_.points[i];
      if (!point.timing) continue;
      std::string& path = paths[static_cast<size_t>(regime_of(*point.timing))];
      fmt::format_to(std::back_inserter(path), "M{:.1f} {:.1f}h0", x(point.measured.value),
                     y(point.timing->time_s));
    }
    std::string text;
    for (const auto& entry : kRegimeNames) {
      const std::string& path = paths[static_cast<size_t>(entry.value)];
      if (path.empty()) continue;
      text += fmt::format("<path class=\"dots\" stroke=\"{}\" d=\"{}\"/>\n", colour_of(entry.value),
                          path);
    }
    return text;
  }

  [[nodiscard]] static std::string legend_line(double line, std::string_view name, size_t count,
                                               double mape) {
    const double left = kPlotLeft + kPlotSide + kLegendGap;
    return fmt::format(
        "<text x=\"{0}\" y=\"{1}\">{2}</text><text class=\"number\" x=\"{3}\" y=\"{1}\">{4}</text>"
        "<text class=\"number\" x=\"{5}\" y=\"{1}\">{6:.1f} %</text>\n",
        left + 20, line, name, left + 126, count, left + kLegendWidth, 100 * mape);
  }

  [[nodiscard]] std::string legend() const {
    const double left = kPlotLeft + kPlotSide + kLegendGap;
    double line = kPlotTop + 12;
    std::string text = fmt::format(
        "<text class=\"faint\" x=\"{0}\" y=\"{1}\">regime</text><text class=\"faint number\" "
        "x=\"{2}\" y=\"{1}\">n</text><text class=\"faint number\" x=\"{3}\" "
        "y=\"{1}\">MAPE</text>\n",
        left + 20, line, left + 126, left + kLegendWidth);
    for (const RegimeSummary& regime : summary_.regimes) {
      line += kLegendLine;
      text += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"4.5\" fill=\"{}\"/>", left + 9, line - 4,
                          colour_of(*regime.regime));
      text += legend_line(line, name_of<Regime>(kRegimeNames, *regime.regime),
                          regime.simulated.count, regime.simulated.mape);
    }
    line += kLegendLine;
    const RegimeSummary& all = summary_.all;
    text += legend_line(line, "all", all.simulated.count, all.simulated.mape);
    if (!all.roofline && !all.noise) return text;
    line += kLegendLine + 8;
    text += fmt::format("<path class=\"rule\" d=\"M{} {}h{}\"/>\n", left, line - 16, kLegendWidth);
    if (all.roofline) {
      text += legend_line(line, "roofline", all.roofline->count, all.roofline->mape);
      line += kLegendLine;
    }
    if (all.noise) text += legend_line(line, "noise", all.noise->count, all.noise->mape);
    return text;
  }

  const Comparison& comparison_;
  const CollectionSummary& summary_;
  Axis axis_;
};

// For readers who do not see the picture.
std::string description(const Comparison& comparison,
                        std::span<const CollectionSummary> summaries) {
  std::string text = "Simulated over measured times on logarithmic axes, one panel a collection. ";
  for (const CollectionSummary& summary : summaries) {
    const Collection& collection = comparison.collections[summary.collection];
    text += fmt::format("{}, {}, {}: {} points, MAPE {:.1f} %. ", collection.machine,
                        collection.dtype, collection.source, summary.all.simulated.count,
                        100 * summary.all.simulated.mape);
  }
  return text;
}

}  // namespace

std::string scatter_svg(const Comparison& comparison, std::span<const CollectionSummary> summaries,
                        const std::string& heading) {
  const size_t columns = std::min(summaries.size(), kMaxColumns);
  const size_t rows = (summaries.size() + columns - 1) / columns;
  const double width = kPanelWidth * static_cast<double>(columns);
  const double height = kHeadHeight + kPanelHeight * static_cast<double>(rows);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"title description\">\n"
      "<title id=\"title\">{2}</title>\n<desc id=\"description\">{3}</desc>\n{4}"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n"
      "<text class=\"head\" x=\"18\" y=\"30\">Simulated and measured GEMM times</text>\n"
      "<text class=\"faint\" x=\"18\" y=\"50\">{2}; grey band: within {5:.0f} % of the "
      "measured time</text>\n",
      width, height, xml_text(heading), xml_text(description(comparison, summaries)), kStyle,
      100 * kBand);
  for (size_t i = 0; i < summaries.size(); ++i) {
    const size_t row = i / columns;
    const double left = kPanelWidth * static_cast<double>(i % columns);
    const double top = kHeadHeight + kPanelHeight * static_cast<double>(row);
    text += Panel{comparison, summaries[i]}.svg(left, top);
  }
  return text + "</svg>\n";
}

}  // namespace olivine::compare
