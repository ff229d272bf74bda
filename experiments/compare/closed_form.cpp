// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/closed_form.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.h"

namespace olivine::compare {
namespace {

constexpr size_t kTileCount = kClosedFormTiles.size();
constexpr size_t kSplitCount = kClosedFormSplits.size();

// Places of constants: the tiles first.
constexpr size_t kBytes = kTileCount;
constexpr size_t kLaunch = kTileCount + 1;
constexpr size_t kSplit = kTileCount + 2;
constexpr size_t kPartial = kTileCount + 3;
constexpr size_t kDims = kTileCount + 4;
using Costs = std::array<double, kDims>;  // seconds a FLOP, a byte, a launch
using Logs = std::array<double, kDims>;   // of Costs

// What every kernel does for one GEMM.
struct Work {
  // FLOP of the SM with most CTAs.
  std::array<std::array<double, kTileCount>, kSplitCount> busy_flops{};
  double bytes = 0;
  double partial_bytes = 0;  // a split
  double time_s = 0;         // measured
};

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

Work work_of(const ClosedFormPoint& point, int64_t sm_count) {
  Work work;
  const GemmShape& shape = point.shape;
  for (size_t split = 0; split < kSplitCount; ++split) {
    const int64_t parts = kClosedFormSplits[split];
    for (size_t i = 0; i < kTileCount; ++i) {
      const ClosedFormTile& tile = kClosedFormTiles[i];
      const int64_t ctas = ceil_div(shape.m, tile.m) * ceil_div(shape.n, tile.n) * parts;
      work.busy_flops[split][i] = static_cast<double>(2 * tile.m * tile.n) *
                                  static_cast<double>(ceil_div(ctas, sm_count)) *
                                  static_cast<double>(shape.k) / static_cast<double>(parts);
    }
  }
  work.bytes = point.bytes;
  work.partial_bytes = 8 * static_cast<double>(shape.m) * static_cast<double>(shape.n);
  work.time_s = point.time_s;
  return work;
}

double seconds(const Work& work, const Costs& costs) {
  double best_s = std::numeric_limits<double>::infinity();
  for (size_t split = 0; split < kSplitCount; ++split) {
    double time_s = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < kTileCount; ++i) {
      time_s = std::min(time_s, work.busy_flops[split][i] * costs[i]);
    }
    time_s = std::max(time_s, work.bytes * costs[kBytes]);
    if (split > 0) {
      const auto parts = static_cast<double>(kClosedFormSplits[split]);
      time_s += costs[kSplit] + parts * work.partial_bytes * costs[kPartial];
    }
    best_s = std::min(best_s, time_s);
  }
  return best_s + costs[kLaunch];
}

ClosedForm closed_form_of(const Logs& logs, int64_t sm_count) {
  ClosedForm form;
  form.sm_count = sm_count;
  for (size_t i = 0; i < kTileCount; ++i) form.tile_flops_per_s[i] = std::exp(-logs[i]);
  form.bytes_per_s = std::exp(-logs[kBytes]);
  form.launch_s = std::exp(logs[kLaunch]);
  form.split_s = std::exp(logs[kSplit]);
  form.partial_bytes_per_s = std::exp(-logs[kPartial]);
  return form;
}

struct Place {
  Logs at{};
  double error = 0;
};

class Fit {
 public:
  Fit(std::span<const ClosedFormPoint> points, int64_t sm_count) {
    double sm_flops_per_s = 0;
    double bytes_per_s = 0;
    shortest_s_ = points.front().time_s;
    for (const ClosedFormPoint& point : points) {
      work_.push_back(work_of(point, sm_count));
      const double flops = 2 * static_cast<double>(point.shape.macs().count());
      sm_flops_per_s =
          std::max(sm_flops_per_s, flops / point.time_s / static_cast<double>(sm_count));
      bytes_per_s = std::max(bytes_per_s, point.bytes / point.time_s);
      shortest_s_ = std::min(shortest_s_, point.time_s);
    }
    s_per_flop_ = 1 / sm_flops_per_s;
    s_per_byte_ = 1 / bytes_per_s;
  }

  // Around the best rates reached and the shortest time. `share`: the rate of the largest tile over
  // the best one; `growth`: a tile's rate is as its area to that power. Equal rates would leave
  // tiles that are never the best, and so are not seen by the fit, where they are.
  [[nodiscard]] Place start(double share, double growth) const {
    constexpr double kLargestArea = 256 * 256;
    Logs at{};
    for (size_t i = 0; i < kTileCount; ++i) {
      const auto area = static_cast<double>(kClosedFormTiles[i].m * kClosedFormTiles[i].n);
      at[i] = std::log(s_per_flop_ / share) - growth * std::log(area / kLargestArea);
    }
    at[kBytes] = std::log(s_per_byte_ / 0.8);
    at[kLaunch] = std::log(shortest_s_ * 0.8);
    at[kSplit] = std::log(shortest_s_ * 0.5);
    at[kPartial] = at[kBytes];
    return {at, error(at, kNoLimit)};
  }

  [[nodiscard]] Place descend(Place place) const {
    constexpr int kMaxSweeps = 100;
    constexpr double kFirstStep = 0.2;
    constexpr double kEnough = 2e-3;
    Logs steps{};
    steps.fill(kFirstStep);
    for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
      const Logs before = place.at;
      for (size_t dim = 0; dim < kDims; ++dim) explore(dim, place, steps[dim]);
      // Once more the way that the whole sweep went.
      Logs beyond{};
      for (size_t dim = 0; dim < kDims; ++dim) beyond[dim] = 2 * place.at[dim] - before[dim];
      move_if_better(beyond, place);
      const auto is_small = [](double step) { return std::abs(step) < kEnough; };
      if (std::ranges::all_of(steps, is_small)) break;
    }
    return place;
  }

 private:
  static constexpr double kNoLimit = std::numeric_limits<double>::infinity();

  // The exact mean, or one of `limit` or more as soon as it is known not to be below it.
  [[nodiscard]] double error(const Logs& at, double limit) const {
    Costs costs{};
    std::ranges::transform(at, costs.begin(), [](double log) { return std::exp(log); });
    const auto count = static_cast<double>(work_.size());
    double sum = 0;
    for (const Work& work : work_) {
      sum += std::abs(seconds(work, costs) / work.time_s - 1);
      if (sum >= limit * count) return limit;
    }
    return sum / count;
  }

  bool move_if_better(const Logs& at, Place& place) const {
    const double found = error(at, place.error);
    if (found >= place.error) return false;
    place = {at, found};
    return true;
  }

  // A step of one constant, first the way that was better last, then the other.
  void explore(size_t dim, Place& place, double& step) const {
    for (const double sign : {1.0, -1.0}) {
      Logs at = place.at;
      at[dim] += sign * step;
      if (move_if_better(at, place)) {
        step *= sign * 1.5;
        return;
      }
    }
    step *= -0.5;
  }

  std::vector<Work> work_;
  double s_per_flop_ = 0;  // best of all points, of one SM
  double s_per_byte_ = 0;  // best of all points
  double shortest_s_ = 0;
};

}  // namespace

double ClosedForm::time_s(const ClosedFormPoint& point) const {
  Costs costs{};
  for (size_t i = 0; i < kTileCount; ++i) costs[i] = 1 / tile_flops_per_s[i];
  costs[kBytes] = 1 / bytes_per_s;
  costs[kLaunch] = launch_s;
  costs[kSplit] = split_s;
  costs[kPartial] = 1 / partial_bytes_per_s;
  return seconds(work_of(point, sm_count), costs);
}

std::optional<ClosedForm> fit_closed_form(std::span<const ClosedFormPoint> points,
                                          int64_t sm_count) {
  OLV_CHECK(sm_count > 0, "{} SMs", sm_count);
  if (points.size() < kMinClosedFormPoints) return std::nullopt;
  const Fit fit{points, sm_count};
  std::optional<Place> best;
  for (const double share : {0.9, 1.1}) {
    for (const double growth : {0.0, 0.15}) {
      // Descended twice: with long steps again from where short ones ended.
      const Place end = fit.descend(fit.descend(fit.start(share, growth)));
      if (!best || end.error < best->error) best = end;
    }
  }
  return closed_form_of(best->at, sm_count);
}

}  // namespace olivine::compare
