// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/accuracy_energy/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace olivine::study {
namespace {

constexpr double kPanelWidth = 460;
constexpr double kHeight = 420;
constexpr double kLeft = 64;
constexpr double kTop = 44;
constexpr double kBottom = 52;
constexpr double kRight = 120;  // labels of the rightmost points
constexpr double kLabelHeight = 12;

// A logarithmic axis that begins and ends at 1, 2 or 5 times a power of ten, with ticks there.
struct Axis {
  std::vector<double> ticks;  // ascending, the first and the last are the ends

  explicit Axis(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    for (int decade = -12; decade <= 12; ++decade) {
      for (const double step : {1.0, 2.0, 5.0}) ticks.push_back(step * std::pow(10.0, decade));
    }
    const auto first = std::upper_bound(ticks.begin(), ticks.end(), *low) - 1;
    const auto last = std::lower_bound(first + 1, ticks.end(), *high);
    ticks = std::vector<double>(first, last + 1);
  }
  [[nodiscard]] double place(double value) const {
    return std::log(value / ticks.front()) / std::log(ticks.back() / ticks.front());
  }
};

double x_pixel(const Axis& axis, double value) { return kLeft + axis.place(value) * kPanelWidth; }
double y_pixel(const Axis& axis, double value) {
  return kTop + (1.0 - axis.place(value)) * kHeight;
}

bool is_best(const ChartPoint& point, const std::vector<ChartPoint>& points) {
  return std::none_of(points.begin(), points.end(), [&](const ChartPoint& other) {
    const bool is_no_worse = other.x <= point.x && other.y <= point.y;
    return is_no_worse && (other.x < point.x || other.y < point.y);
  });
}

std::string grid(const Axis& x, const Axis& y) {
  std::string svg;
  for (const double tick : x.ticks) {
    svg += fmt::format(
        "<path class='g' d='M{0:.1f} {1:.1f}V{2:.1f}'/><text x='{0:.1f}' y='{3:.1f}' "
        "text-anchor='middle'>{4:g}</text>\n",
        x_pixel(x, tick), kTop, kTop + kHeight, kTop + kHeight + 16, tick);
  }
  for (const double tick : y.ticks) {
    const double at = y_pixel(y, tick);
    svg += fmt::format(
        "<path class='g' d='M{:.1f} {:.1f}H{:.1f}'/><text x='{:.1f}' y='{:.1f}' "
        "text-anchor='end'>{:g}</text>\n",
        kLeft, at, kLeft + kPanelWidth, kLeft - 6, at + 4, tick);
  }
  return svg;
}

// Labels at the right of their points, moved down where they would cover one another.
std::string marks(const ChartPanel& panel, const Axis& x, const Axis& y) {
  std::vector<const ChartPoint*> order;
  for (const ChartPoint& point : panel.points) order.push_back(&point);
  std::sort(order.begin(), order.end(),
            [](const ChartPoint* a, const ChartPoint* b) { return a->y > b->y; });
  std::string svg;
  std::vector<std::pair<double, double>> placed;
  for (const ChartPoint* point : order) {
    const double at_x = x_pixel(x, point->x);
    const double at_y = y_pixel(y, point->y);
    double label_y = at_y + 4;
    for (const auto& [other_x, other_y] : placed) {
      const bool is_beside = std::fabs(other_x - at_x) < kRight;
      if (is_beside && label_y < other_y + kLabelHeight) label_y = other_y + kLabelHeight;
    }
    placed.emplace_back(at_x, label_y);
    svg += fmt::format(
        "<circle class='{}' cx='{:.1f}' cy='{:.1f}' r='4'/><path class='l' d='M{:.1f} "
        "{:.1f}L{:.1f} "
        "{:.1f}'/><text x='{:.1f}' y='{:.1f}'>{}</text>\n",
        is_best(*point, panel.points) ? "b" : "o", at_x, at_y, at_x + 4, at_y, at_x + 9,
        label_y - 4, at_x + 11, label_y, point->label);
  }
  return svg;
}

}  // namespace

std::string chart_svg(const std::vector<ChartPanel>& panels, const std::string& x_title,
                      const std::string& y_title) {
  std::vector<double> heights;
  for (const ChartPanel& panel : panels) {
    for (const ChartPoint& point : panel.points) heights.push_back(point.y);
  }
  const Axis y{heights};
  const double step = kLeft + kPanelWidth + kRight;
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {:.0f} {:.0f}' "
      "font-family='sans-serif' "
      "font-size='11'>\n<style>.g{{stroke:#ddd;fill:none}}.l{{stroke:#999;fill:none}}"
      ".b{{fill:#0b6e4f;stroke:#0b6e4f}}.o{{fill:#fff;stroke:#0b6e4f}}</style>\n"
      "<rect width='100%' height='100%' fill='#fff'/>\n",
      step * static_cast<double>(panels.size()), kTop + kHeight + kBottom);
  for (size_t i = 0; i < panels.size(); ++i) {
    svg += fmt::format("<g transform='translate({:.0f} 0)'>\n", step * static_cast<double>(i));
    svg +=
        fmt::format("<text x='{:.0f}' y='22' font-size='14'>{}</text>\n", kLeft, panels[i].title);
    std::vector<double> widths;
    for (const ChartPoint& point : panels[i].points) widths.push_back(point.x);
    const Axis x{widths};
    svg += grid(x, y) + marks(panels[i], x, y);
    svg += fmt::format("<text x='{:.0f}' y='{:.0f}' text-anchor='middle'>{}</text>\n",
                       kLeft + kPanelWidth / 2, kTop + kHeight + 38, x_title);
    svg += fmt::format(
        "<text transform='translate(14 {:.0f}) rotate(-90)' text-anchor='middle'>{}</text>\n</g>\n",
        kTop + kHeight / 2, y_title);
  }
  return svg + "</svg>\n";
}

}  // namespace olivine::study
