// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "experiments/cli/compare.h"
#include "experiments/compare/summary.h"

namespace olivine::cli {
namespace {

using compare::Collection;
using compare::CollectionSummary;
using compare::Point;
using Json = nlohmann::ordered_json;

// A column of texts of which few are different: each once, and its place for every point.
class TextColumn {
 public:
  void push(std::string_view text) {
    const auto [entry, is_new] = codes_.emplace(text, names_.size());
    if (is_new) names_.push_back(text);
    indices_.push_back(entry->second);
  }
  [[nodiscard]] Json take() {
    return {{"names", std::move(names_)}, {"codes", std::move(indices_)}};
  }

 private:
  std::map<std::string, size_t, std::less<>> codes_;
  Json names_ = Json::array();
  Json indices_ = Json::array();
};

// Numbers of every point, in the order of the columns of the schema.
class NumberColumns {
 public:
  void push(const std::string& name, Json value) { columns_[name].push_back(std::move(value)); }
  [[nodiscard]] Json take() { return std::move(columns_); }

 private:
  Json columns_ = Json::object();
};

void push_numbers(NumberColumns& columns, const Point& point, const CollectionSummary& summary) {
  const GemmShape& shape = point.measured.shape;
  columns.push("line", point.measured.line);
  columns.push("m", shape.m);
  columns.push("n", shape.n);
  columns.push("k", shape.k);
  columns.push("measured_s", point.measured.value);
  columns.push("simulated_s", point.timing->time_s);
  columns.push("roofline_s", summary.roofline
                                 ? Json(summary.roofline->time_s(compare::roofline_point(point)))
                                 : Json(nullptr));
  columns.push("closed_form_s",
               summary.closed_form
                   ? Json(summary.closed_form->time_s(compare::closed_form_point(point)))
                   : Json(nullptr));
}

}  // namespace

Json points_json(const compare::Comparison& comparison, const CollectionSummary& summary) {
  const Collection& collection = comparison.collections[summary.collection];
  const std::map<size_t, double> powers = measured_powers(collection);
  NumberColumns numbers;
  TextColumn halves;
  TextColumn regimes;
  TextColumn limiters;
  TextColumn kernels;
  for (const size_t i : collection.points) {
    const Point& point = comparison.points[i];
    if (!point.timing) continue;
    push_numbers(numbers, point, summary);
    if (!powers.empty()) {
      const auto power = powers.find(i);
      numbers.push("measured_power_w", power == powers.end() ? Json(nullptr) : Json(power->second));
      numbers.push("simulated_power_w", point.timing->power_w);
    }
    halves.push(point.is_fit_half ? "fit" : "held-out");
    regimes.push(
        name_of<compare::Regime>(compare::kRegimeNames, compare::regime_of(*point.timing)));
    limiters.push(name_of<TimePart>(kTimePartNames, point.timing->limiter()));
    kernels.push(point.timing->kernel);
  }
  Json points = numbers.take();
  points["half"] = halves.take();
  points["regime"] = regimes.take();
  points["limiter"] = limiters.take();
  points["kernel"] = kernels.take();
  return points;
}

}  // namespace olivine::cli
