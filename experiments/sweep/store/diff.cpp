// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <variant>

#include "experiments/sweep/store/merge.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

// -1, 0 or 1, exact where a double has no such integer; as SQLite orders them.
int compare(int64_t a, double b) {
  constexpr double kLimit = 0x1p63;
  if (b >= kLimit) return -1;
  if (b < -kLimit) return 1;
  const auto whole = static_cast<int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  const double rest = b - static_cast<double>(whole);
  return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

template <class T>
int compare(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}
int compare(double a, int64_t b) { return -compare(b, a); }
int compare(const std::string&, double) { return 1; }
int compare(const std::string&, int64_t) { return 1; }
int compare(double, const std::string&) { return -1; }
int compare(int64_t, const std::string&) { return -1; }

// As RowOrder::Parameters has them.
int compare(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    const int order =
        std::visit([](const auto& l, const auto& r) { return compare(l, r); }, a[i], b[i]);
    if (order != 0) return order;
  }
  return 0;
}

// |log(b / a)| of one metric; infinite where one of them is 0.
double change_of(std::optional<double> a, std::optional<double> b) {
  if (!a || !b || *a == *b) return 0;
  if (*a == 0 || *b == 0) return std::numeric_limits<double>::infinity();
  return *a > 0 && *b > 0 ? std::abs(std::log(*b / *a)) : 0;
}

class MetricChanges {
 public:
  void add(const Metrics& a, const Metrics& b) {
    for (size_t i = 0; i < kMetrics.size(); ++i) {
      const auto left = a.get(kMetrics[i].metric);
      const auto right = b.get(kMetrics[i].metric);
      if (left != right) ++sums_[i].changed;
      if (left && right && *left > 0 && *right > 0) sums_[i].add_ratio(*right / *left);
    }
  }

  [[nodiscard]] std::vector<MetricChange> changed() const {
    std::vector<MetricChange> list;
    for (size_t i = 0; i < kMetrics.size(); ++i) {
      const Sum& sum = sums_[i];
      if (sum.changed == 0) continue;
      MetricChange change;
      change.metric = kMetrics[i].name;
      change.changed = sum.changed;
      if (sum.ratios > 0) {
        change.mean_ratio = std::exp(sum.log_ratios / static_cast<double>(sum.ratios));
        change.min_ratio = sum.min_ratio;
        change.max_ratio = sum.max_ratio;
      }
      list.push_back(std::move(change));
    }
    return list;
  }

 private:
  struct Sum {
    void add_ratio(double ratio) {
      ++ratios;
      log_ratios += std::log(ratio);
      min_ratio = std::min(min_ratio, ratio);
      max_ratio = std::max(max_ratio, ratio);
    }
    uint64_t changed = 0, ratios = 0;
    double log_ratios = 0;
    double min_ratio = std::numeric_limits<double>::infinity();
    double max_ratio = 0;
  };
  std::array<Sum, kMetrics.size()> sums_;
};

// The points that changed most; of equal ones those that came first.
class WorstPoints {
 public:
  explicit WorstPoints(size_t count) : count_(count) {}

  void add(double change, const StoredPoint& a, const StoredPoint& b) {
    if (change == 0 || count_ == 0) return;
    if (points_.size() == count_ && change <= std::prev(points_.end())->first) return;
    points_.emplace(change, ChangedPoint{a.parameters, a.outcome, b.outcome});
    if (points_.size() > count_) points_.erase(std::prev(points_.end()));
  }

  [[nodiscard]] std::vector<ChangedPoint> take() {
    std::vector<ChangedPoint> list;
    for (auto& [change, point] : points_) list.push_back(std::move(point));
    return list;
  }

 private:
  size_t count_;
  std::multimap<double, ChangedPoint, std::greater<>> points_;
};

struct Side {
  Side(const Database& database, const std::string& model)
      : stream(database.stream(model, RowOrder::Parameters)) {
    advance();
  }
  void advance() { is_over = !stream.next(point); }

  PointStream stream;
  StoredPoint point;
  bool is_over = false;
};

class Comparison {
 public:
  Comparison(const Database& a, const Database& b, size_t worst_count) : worst_(worst_count) {
    for (const Database* database : {&a, &b}) {
      for (const Objective& objective : database->header().objectives) {
        const MetricInfo* metric = find_metric(objective.formula.text());
        if (metric != nullptr) objectives_.push_back(metric->metric);
      }
    }
    diff_.columns = a.header().columns;
  }

  DatabaseDiff run(Side a, Side b) {
    while (!a.is_over || !b.is_over) {
      const int order = a.is_over   ? 1
                        : b.is_over ? -1
                                    : compare(a.point.parameters, b.point.parameters);
      if (order == 0) add_pair(a.point, b.point);
      if (order < 0) ++diff_.only_a;
      if (order > 0) ++diff_.only_b;
      if (order <= 0) a.advance();
      if (order >= 0) b.advance();
    }
    diff_.metrics = metrics_.changed();
    diff_.worst = worst_.take();
    return std::move(diff_);
  }

 private:
  void add_pair(const StoredPoint& a, const StoredPoint& b) {
    ++diff_.common;
    if (a.outcome == b.outcome) ++diff_.identical;
    if (a.outcome.is_ok() && !b.outcome.is_ok()) ++diff_.now_failing;
    if (!a.outcome.is_ok() && b.outcome.is_ok()) ++diff_.now_running;
    if (!a.outcome.is_ok() || !b.outcome.is_ok()) return;
    metrics_.add(a.outcome.metrics, b.outcome.metrics);
    double change = 0;
    for (const Metric metric : objectives_) {
      change =
          std::max(change, change_of(a.outcome.metrics.get(metric), b.outcome.metrics.get(metric)));
    }
    worst_.add(change, a, b);
  }

  std::vector<Metric> objectives_;
  MetricChanges metrics_;
  WorstPoints worst_;
  DatabaseDiff diff_;
};

}  // namespace

DatabaseDiff diff_databases(const Database& a, const std::string& model_a, const Database& b,
                            const std::string& model_b, size_t worst_count) {
  if (a.header().columns != b.header().columns) {
    throw ConfigError{fmt::format("{} and {}: have different parameters, {} and {}", a.path(),
                                  b.path(), fmt::join(a.header().columns, ", "),
                                  fmt::join(b.header().columns, ", "))};
  }
  return Comparison{a, b, worst_count}.run(Side{a, model_a}, Side{b, model_b});
}

}  // namespace olivine::sweep
