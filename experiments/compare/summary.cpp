// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/summary.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <map>
#include <tuple>
#include <utility>

#include "experiments/compare/comparison.h"

namespace olivine::compare {
namespace {

using ShapeKey = std::tuple<int64_t, int64_t, int64_t>;
using ShapeTimes = std::map<ShapeKey, double>;  // seconds

ShapeKey key_of(const GemmShape& shape) { return {shape.m, shape.n, shape.k}; }

class Summary {
 public:
  explicit Summary(const Comparison& comparison) : comparison_(comparison) {
    for (const Collection& collection : comparison.collections) {
      ShapeTimes& times = times_.emplace_back();
      for (const size_t i : collection.points) {
        const Measurement& measured = comparison.points[i].measured;
        times.emplace(key_of(measured.shape), measured.value);
      }
    }
  }

  // Fits take nearly all of the time, so that collections are shared out.
  [[nodiscard]] std::vector<CollectionSummary> run(unsigned threads) const {
    std::vector<std::optional<CollectionSummary>> found(comparison_.collections.size());
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t i = next++; i < found.size(); i = next++) {
        const std::vector<size_t> points = simulated_points(comparison_.collections[i]);
        if (!points.empty()) found[i] = summary_of(i, points);
      }
    };
    std::vector<std::future<void>> workers;
    const size_t count = std::min<size_t>(std::max(threads, 1u), found.size());
    for (size_t i = 0; i < count; ++i) workers.push_back(std::async(std::launch::async, work));
    for (std::future<void>& worker : workers) worker.get();
    std::vector<CollectionSummary> summaries;
    for (std::optional<CollectionSummary>& summary : found) {
      if (summary) summaries.push_back(*std::move(summary));
    }
    return summaries;
  }

 private:
  [[nodiscard]] std::vector<size_t> simulated_points(const Collection& collection) const {
    std::vector<size_t> points;
    for (const size_t i : collection.points) {
      if (comparison_.points[i].timing) points.push_back(i);
    }
    return points;
  }

  [[nodiscard]] CollectionSummary summary_of(size_t index,
                                             const std::vector<size_t>& points) const {
    const Collection& collection = comparison_.collections[index];
    CollectionSummary summary;
    summary.collection = index;
    summary.second = second_of(index);
    fit(collection, summary);
    std::map<Regime, std::vector<size_t>> by_regime;
    for (const size_t i : points) {
      by_regime[regime_of(*comparison_.points[i].timing)].push_back(i);
    }
    for (const auto& entry : kRegimeNames) {
      const auto found = by_regime.find(entry.value);
      if (found == by_regime.end()) continue;
      summary.regimes.push_back(regime_summary(summary, entry.value, found->second));
    }
    summary.all = regime_summary(summary, std::nullopt, points);
    summary.power = power_of(collection);
    return summary;
  }

  void fit(const Collection& collection, CollectionSummary& summary) const {
    std::vector<RooflinePoint> roofline_points;
    std::vector<ClosedFormPoint> closed_form_points;
    for (const size_t i : collection.points) {
      const Point& point = comparison_.points[i];
      if (!point.is_fit_half) continue;
      roofline_points.push_back(roofline_point(point));
      closed_form_points.push_back(closed_form_point(point));
    }
    summary.roofline = fit_roofline(roofline_points);
    summary.closed_form = fit_closed_form(closed_form_points, collection.sm_count);
    summary.fit_points = roofline_points.size();
  }

  [[nodiscard]] std::optional<size_t> second_of(size_t index) const {
    const auto& collections = comparison_.collections;
    std::optional<size_t> second;
    size_t most = 0;
    for (size_t other = 0; other < collections.size(); ++other) {
      const bool is_same = collections[other].device == collections[index].device &&
                           collections[other].scheme == collections[index].scheme &&
                           collections[other].kernels.library == collections[index].kernels.library;
      if (other == index || !is_same) continue;
      const auto is_shared = [&](const auto& entry) { return times_[other].contains(entry.first); };
      const auto shared = static_cast<size_t>(std::ranges::count_if(times_[index], is_shared));
      if (shared > most) second = other;
      most = std::max(most, shared);
    }
    return second;
  }

  [[nodiscard]] RegimeSummary regime_summary(const CollectionSummary& collection,
                                             std::optional<Regime> regime,
                                             const std::vector<size_t>& points) const {
    std::vector<double> simulated;
    std::vector<double> roofline;
    std::vector<double> closed_form;
    std::vector<double> noise;
    for (const size_t i : points) {
      const Point& point = comparison_.points[i];
      simulated.push_back(point.error());
      if (collection.roofline) {
        const RooflinePoint seen = roofline_point(point);
        roofline.push_back(collection.roofline->time_s(seen) / seen.time_s - 1);
      }
      if (collection.closed_form) {
        const ClosedFormPoint seen = closed_form_point(point);
        closed_form.push_back(collection.closed_form->time_s(seen) / seen.time_s - 1);
      }
      if (!collection.second) continue;
      const ShapeTimes& second = times_[*collection.second];
      const auto found = second.find(key_of(point.measured.shape));
      if (found != second.end()) noise.push_back(found->second / point.measured.value - 1);
    }
    return {regime,
            *compare::summarize(simulated),
            compare::summarize(roofline),
            compare::summarize(closed_form),
            compare::summarize(noise),
            worst_of(points)};
  }

  [[nodiscard]] std::vector<size_t> worst_of(std::vector<size_t> points) const {
    const auto is_worse = [&](size_t a, size_t b) {
      const double error_a = std::abs(comparison_.points[a].error());
      const double error_b = std::abs(comparison_.points[b].error());
      return error_a != error_b ? error_a > error_b : a < b;
    };
    const size_t count = std::min(points.size(), kWorstPoints);
    std::ranges::partial_sort(points, points.begin() + static_cast<ptrdiff_t>(count), is_worse);
    points.resize(count);
    return points;
  }

  [[nodiscard]] std::optional<ErrorSummary> power_of(const Collection& collection) const {
    std::vector<double> errors;
    for (const PowerPoint& power : collection.powers) {
      const std::optional<GemmTiming>& timing = comparison_.points[power.time_point].timing;
      if (timing) errors.push_back(timing->power_w / power.measured.value - 1);
    }
    return compare::summarize(errors);
  }

  const Comparison& comparison_;
  std::vector<ShapeTimes> times_;  // of each collection
};

}  // namespace

RooflinePoint roofline_point(const Point& point) {
  const GemmProblem& problem = point.problem;
  const GemmShape& shape = problem.shape;
  const auto bytes = [](Bytes count) { return static_cast<double>(count.count()); };
  const double outputs = static_cast<double>(shape.m) * static_cast<double>(shape.n);
  RooflinePoint seen;
  seen.flops = 2 * outputs * static_cast<double>(shape.k);
  seen.bytes = bytes(operand_bytes(problem.scheme.weights, problem.scheme.weight_pattern, shape.n,
                                   shape.k)) +
               bytes(operand_bytes(problem.scheme.activations, Pattern::Dense, shape.m, shape.k)) +
               outputs * static_cast<double>(problem.output_bytes);
  seen.time_s = point.measured.value;
  return seen;
}

ClosedFormPoint closed_form_point(const Point& point) {
  return {point.problem.shape, roofline_point(point).bytes, point.measured.value};
}

std::vector<CollectionSummary> summarize(const Comparison& comparison, unsigned threads) {
  return Summary{comparison}.run(threads);
}

}  // namespace olivine::compare
