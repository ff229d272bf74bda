// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/analysis/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "models/base/error.h"

namespace olivine::sweep {

bool dominates(std::span<const double> a, std::span<const double> b) {
  bool is_better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    is_better |= a[i] < b[i];
  }
  return is_better;
}

bool Front::add(Costs costs, uint64_t id) {
  OLV_CHECK(!costs.empty() && (entries_.empty() || entries_[0].costs.size() == costs.size()),
            "{} costs", costs.size());
  return costs.size() == 2 ? add_sorted(std::move(costs), id) : add_anywhere(std::move(costs), id);
}

bool Front::dominates(std::span<const double> costs) const {
  if (costs.size() == 2) {
    // The last point that is no worse in the first objective is the best of those in the second.
    const auto after = std::ranges::upper_bound(entries_, costs[0], {},
                                                [](const Entry& entry) { return entry.costs[0]; });
    return after != entries_.begin() && sweep::dominates(std::prev(after)->costs, costs);
  }
  return std::ranges::any_of(
      entries_, [&](const Entry& entry) { return sweep::dominates(entry.costs, costs); });
}

bool Front::add_sorted(Costs costs, uint64_t id) {
  if (dominates(costs)) return false;
  // Along the front the second objective falls while the first one grows, so what the point
  // dominates is one range. Equal points stand before it.
  const auto first = std::ranges::upper_bound(entries_, costs, {}, &Entry::costs);
  const auto last = std::find_if(first, entries_.end(), [&](const Entry& entry) {
    return !sweep::dominates(costs, entry.costs);
  });
  entries_.insert(entries_.erase(first, last), Entry{std::move(costs), id});
  return true;
}

bool Front::add_anywhere(Costs costs, uint64_t id) {
  const auto dominator = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return sweep::dominates(entry.costs, costs); });
  if (dominator != entries_.end()) {
    const auto place = (dominator - entries_.begin()) / 2;
    std::iter_swap(entries_.begin() + place, dominator);
    return false;
  }
  std::erase_if(entries_, [&](const Entry& entry) { return sweep::dominates(costs, entry.costs); });
  entries_.push_back({std::move(costs), id});
  return true;
}

std::vector<Front::Entry> Front::sorted() const {
  std::vector<Entry> entries = entries_;
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.costs != b.costs) return a.costs < b.costs;
    return a.id < b.id;
  });
  return entries;
}

namespace {

// Whether a point of the front dominates `costs`.
bool is_behind(std::span<const Costs> points, const std::vector<size_t>& front,
               const Costs& costs) {
  return std::any_of(front.rbegin(), front.rend(),
                     [&](size_t i) { return dominates(points[i], costs); });
}

}  // namespace

// Zhang, Tian, Cheng, Jin, "An efficient approach to nondominated sorting", IEEE Trans. Evol. Comp.
// 19(2), 2015: in lexicographic order nothing is dominated by a later point, so that each goes into
// the first front that has nothing better, found by bisection.
std::vector<size_t> front_ranks(std::span<const Costs> points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return points[i].empty(); });
  std::ranges::stable_sort(order, {}, [&](size_t i) -> const Costs& { return points[i]; });

  std::vector<std::vector<size_t>> fronts;
  for (const size_t i : order) {
    const auto place = std::ranges::partition_point(fronts, [&](const std::vector<size_t>& front) {
      return is_behind(points, front, points[i]);
    });
    if (place == fronts.end()) {
      fronts.push_back({i});
    } else {
      place->push_back(i);
    }
  }
  std::vector<size_t> ranks(points.size(), fronts.size());
  for (size_t rank = 0; rank < fronts.size(); ++rank) {
    for (const size_t i : fronts[rank]) ranks[i] = rank;
  }
  return ranks;
}

std::vector<double> crowding_distances(std::span<const Costs> points) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const size_t count = points.size();
  if (count <= 2) return std::vector<double>(count, kInfinite);

  std::vector<double> distances(count, 0.0);
  std::vector<size_t> order(count);
  for (size_t axis = 0; axis < points[0].size(); ++axis) {
    const auto cost = [&](size_t i) { return points[i][axis]; };
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, cost);
    const double range = cost(order.back()) - cost(order.front());
    if (range <= 0) continue;
    distances[order.front()] = kInfinite;
    distances[order.back()] = kInfinite;
    for (size_t i = 1; i + 1 < count; ++i) {
      distances[order[i]] += (cost(order[i + 1]) - cost(order[i - 1])) / range;
    }
  }
  return distances;
}

}  // namespace olivine::sweep
