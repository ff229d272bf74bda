// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "experiments/report/input.h"
#include "experiments/report/json_fields.h"
#include "experiments/report/page_data.h"
#include "models/base/error.h"

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kPositiveColumns = {"line", "m",          "n",
                                                              "k",    "measured_s", "simulated_s"};
constexpr std::array<std::string_view, 2> kBaselineColumns = {"roofline_s", "closed_form_s"};
constexpr std::array<std::string_view, 2> kPowerColumns = {"measured_power_w", "simulated_power_w"};
constexpr std::array<std::string_view, 4> kTextColumns = {"half", "regime", "limiter", "kernel"};

std::string file_name(const std::string& path) {
  return std::filesystem::path{path}.filename().string();
}

// Points of one collection, column by column: every one as long as the first.
class PointColumns {
 public:
  explicit PointColumns(const Fields& points) : points_(points) {
    size_ = list("m").size();
    if (size_ == 0) points_.fail("m", "is empty");
  }

  [[nodiscard]] size_t size() const { return size_; }

  // Logarithms are taken of them all.
  void check_numbers(std::string_view key, bool may_be_null) const {
    const Json& column = list(key);
    check_size(key, column.size());
    for (size_t i = 0; i < size_; ++i) {
      if (may_be_null && column[i].is_null()) continue;
      const bool is_positive = column[i].is_number() && column[i].get<double>() > 0 &&
                               std::isfinite(column[i].get<double>());
      if (!is_positive) points_.fail(fmt::format("{}[{}]", key, i), "must be a number above 0");
    }
  }

  void check_texts(std::string_view key) const {
    const Fields column = points_.object(key);
    const Json& names = list_in(column, "names");
    for (size_t i = 0; i < names.size(); ++i) {
      if (!names[i].is_string()) column.fail(fmt::format("names[{}]", i), "must be a text");
    }
    const Json& codes = list_in(column, "codes");
    check_size(key, codes.size());
    for (size_t i = 0; i < size_; ++i) {
      const auto code = codes[i].is_number_integer() ? codes[i].get<int64_t>() : -1;
      if (code < 0 || code >= static_cast<int64_t>(names.size())) {
        column.fail(fmt::format("codes[{}]", i), "must be an index of names");
      }
    }
  }

 private:
  static const Json& list_in(const Fields& fields, std::string_view key) {
    if (!fields.has(key)) fields.fail(key, "missing");
    const Json& column = fields.json()[std::string{key}];
    if (!column.is_array()) fields.fail(key, "must be a list");
    return column;
  }
  [[nodiscard]] const Json& list(std::string_view key) const { return list_in(points_, key); }
  void check_size(std::string_view key, size_t size) const {
    if (size != size_) points_.fail(key, fmt::format("has {} entries, m has {}", size, size_));
  }

  Fields points_;
  size_t size_ = 0;
};

void check_points(const Fields& points) {
  const PointColumns columns{points};
  for (const std::string_view key : kPositiveColumns) columns.check_numbers(key, false);
  for (const std::string_view key : kBaselineColumns) columns.check_numbers(key, true);
  for (const std::string_view key : kPowerColumns) {
    if (points.has(key)) columns.check_numbers(key, key == kPowerColumns[0]);
  }
  if (points.has(kPowerColumns[0]) != points.has(kPowerColumns[1])) {
    points.fail(kPowerColumns[0], "must stand beside simulated_power_w");
  }
  for (const std::string_view key : kTextColumns) columns.check_texts(key);
}

void check_errors(const Fields& errors) {
  for (const std::string_view key : {"points", "mape", "median", "p90", "bias"}) {
    (void)errors.number(key);
  }
}

// Errors of a regime, or all; a baseline that was not fitted is null.
Json checked_regime(const Fields& regime) {
  check_errors(regime.object("simulated"));
  for (const std::string_view key : {"roofline", "closed_form", "noise"}) {
    if (!regime.has(key)) regime.fail(key, "missing");
    if (!regime.json()[std::string{key}].is_null()) check_errors(regime.object(key));
  }
  Json json = regime.json();
  json.erase("worst");  // the page has the points
  return json;
}

// A text, or null where the result has none.
Json optional_text(const Fields& fields, std::string_view key) {
  if (!fields.has(key) || fields.json()[std::string{key}].is_null()) return nullptr;
  return fields.text(key);
}

Json collection_data(const Input& input, const Fields& collection, const std::string& measured) {
  if (!collection.has("points")) {
    throw ConfigError{fmt::format(
        "{}: has no single points; make it with: olivine compare --measured {} --json --points "
        "-o {}",
        input.path, measured, input.path)};
  }
  Json data = Json::object();
  for (const std::string_view key :
       {"machine", "device", "source", "measured_library", "dtype", "scheme", "library"}) {
    data[std::string{key}] = collection.text(key);
  }
  data["calibrated"] = collection.flag("calibrated");
  data["noise_source"] = optional_text(collection, "noise_source");
  for (const char* key :
       {"split_seed", "fit_seed", "roofline_constants", "closed_form_constants"}) {
    if (collection.has(key)) data[key] = collection.json()[key];
  }
  data["all"] = checked_regime(collection.object("all"));
  const Fields regimes = collection.object("regimes");
  data["regimes"] = Json::object();
  for (const auto& entry : regimes.json().items()) {
    data["regimes"][entry.key()] = checked_regime(regimes.object(entry.key()));
  }
  const Fields points = collection.object("points");
  check_points(points);
  data["points"] = points.json();
  return data;
}

struct HalfText {
  std::string_view half;
  std::string_view text;
};
constexpr std::array kHalfTexts = {
    HalfText{"held-out", "The held-out half of the shapes: no constant was fitted to them."},
    HalfText{"fit", "The half of the shapes that constants were fitted to: errors flatter."},
    HalfText{"all", "All shapes, those that constants were fitted to too."}};

std::string_view text_of_half(const Fields& result) {
  const std::string& half = result.text("half");
  for (const HalfText& known : kHalfTexts) {
    if (known.half == half) return known.text;
  }
  result.fail("half", "must be held-out|fit|all");
}

Json comparison_data(const Input& input) {
  const Fields result{input.path, input.json};
  const std::string& measured = result.text("measured");
  const std::string_view half_text = text_of_half(result);
  const Fields collections = result.list("collections");
  if (collections.size() == 0) result.fail("collections", "is empty");
  Json list = Json::array();
  for (size_t i = 0; i < collections.size(); ++i) {
    list.push_back(collection_data(input, collections.item(i), measured));
  }
  Json data = {{"file", file_name(input.path)},
               {"measured", measured},
               {"half", result.text("half")},
               {"half_text", half_text},
               {"collections", std::move(list)}};
  for (const char* key : {"not_compared", "unselected_rows"}) {
    if (result.has(key)) data[key] = input.json[key];
  }
  return data;
}

}  // namespace

Json compare_data(std::span<const Input> inputs) {
  Json comparisons = Json::array();
  for (const Input& input : inputs) comparisons.push_back(comparison_data(input));
  const bool is_one = comparisons.size() == 1;
  const std::string title =
      is_one ? fmt::format("Simulated beside measured: {}",
                           comparisons[0]["measured"].get<std::string>())
             : fmt::format("Simulated beside measured: {} comparisons", comparisons.size());
  return {{"title", title},
          {"subtitle", is_one ? comparisons[0]["half_text"] : Json("")},
          {"origin", "simulated and measured"},
          {"comparisons", std::move(comparisons)}};
}

}  // namespace olivine::report
