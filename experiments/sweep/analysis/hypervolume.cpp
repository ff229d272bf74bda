// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <algorithm>
#include <utility>
#include <vector>

#include "experiments/sweep/analysis/pareto.h"
#include "models/base/error.h"

namespace olivine::sweep {
namespace {

// In the unit box: what a point dominates reaches from it to 1 along every axis.
using Points = std::vector<Costs>;

// The area that points of two objectives dominate, as they come.
class Staircase {
 public:
  // Returns by how much the area grew.
  double add(double x, double y) {
    const auto at =
        std::ranges::lower_bound(steps_, x, {}, [](const Step& step) { return step.x; });
    if (at != steps_.begin() && std::prev(at)->y <= y) return 0;

    double growth = 0;
    double from = x;
    double height = at == steps_.begin() ? 1 : std::prev(at)->y;
    auto next = at;
    for (; next != steps_.end() && next->y >= y; ++next) {
      growth += (next->x - from) * (height - y);
      from = next->x;
      height = next->y;
    }
    growth += ((next == steps_.end() ? 1 : next->x) - from) * (height - y);
    steps_.insert(steps_.erase(at, next), Step{x, y});
    return growth;
  }

 private:
  struct Step {
    double x, y;
  };
  std::vector<Step> steps_;  // x grows (or stays, at a step of no width), y falls
};

double length(const Points& points) { return 1 - std::ranges::min(points)[0]; }

double area(const Points& points) {
  Staircase staircase;
  double sum = 0;
  for (const Costs& point : points) sum += staircase.add(point[0], point[1]);
  return sum;
}

// A plane moves along the third axis over the area that the points behind it dominate.
double volume(Points points) {
  std::ranges::sort(points, {}, [](const Costs& point) { return point[2]; });
  Staircase staircase;
  double sum = 0, area = 0, from = 0;
  for (const Costs& point : points) {
    sum += area * (point[2] - from);
    from = point[2];
    area += staircase.add(point[0], point[1]);
  }
  return sum + area * (1 - from);
}

// Those that others dominate contribute nothing; of equal points one is kept.
Points without_dominated(Points points) {
  std::ranges::sort(points);
  Points kept;
  for (Costs& point : points) {
    const bool is_behind = std::any_of(kept.rbegin(), kept.rend(), [&](const Costs& other) {
      return other == point || dominates(other, point);
    });
    if (!is_behind) kept.push_back(std::move(point));
  }
  return kept;
}

// Every point adds what those before it do not dominate: its own box without the volume of their
// boxes inside it. Sorted by the last axis, that is the same along that axis for all of the point's
// box, which leaves one axis fewer.
double volume_of_any(Points points) {
  const size_t axes = points[0].size();
  if (axes == 1) return length(points);
  if (axes == 2) return area(points);
  if (axes == 3) return volume(std::move(points));
  points = without_dominated(std::move(points));

  std::ranges::stable_sort(points, {}, [](const Costs& point) { return point.back(); });
  double sum = 0;
  Points inside;
  for (size_t i = 0; i < points.size(); ++i) {
    double box = 1;
    for (size_t axis = 0; axis + 1 < axes; ++axis) box *= 1 - points[i][axis];
    inside.clear();
    for (size_t before = 0; before < i; ++before) {
      Costs& limited = inside.emplace_back(axes - 1);
      for (size_t axis = 0; axis + 1 < axes; ++axis) {
        limited[axis] = std::max(points[i][axis], points[before][axis]);
      }
    }
    const double covered = inside.empty() ? 0 : volume_of_any(std::move(inside));
    sum += (box - covered) * (1 - points[i].back());
  }
  return sum;
}

}  // namespace

double hypervolume(std::span<const Costs> points, std::span<const double> ideal,
                   std::span<const double> reference) {
  OLV_CHECK(ideal.size() == reference.size(), "{} and {} axes", ideal.size(), reference.size());
  if (points.empty()) return 0;
  Points scaled;
  scaled.reserve(points.size());
  for (const Costs& point : points) {
    OLV_CHECK(point.size() == ideal.size(), "{} costs of {}", point.size(), ideal.size());
    Costs& place = scaled.emplace_back();
    for (size_t axis = 0; axis < ideal.size(); ++axis) {
      const double extent = reference[axis] - ideal[axis];
      OLV_CHECK(extent >= 0, "axis {}: ideal {}, reference {}", axis, ideal[axis], reference[axis]);
      if (extent == 0) continue;
      place.push_back(std::clamp((point[axis] - ideal[axis]) / extent, 0.0, 1.0));
    }
  }
  if (scaled[0].empty()) return 1;
  std::erase_if(scaled, [](const Costs& point) { return std::ranges::max(point) == 1; });
  if (scaled.empty()) return 0;
  std::ranges::sort(scaled);
  scaled.erase(std::unique(scaled.begin(), scaled.end()), scaled.end());
  // Rounding must not make a share of what is one.
  return std::clamp(volume_of_any(std::move(scaled)), 0.0, 1.0);
}

}  // namespace olivine::sweep
