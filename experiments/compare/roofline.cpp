// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/roofline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace olivine::compare {
namespace {

constexpr size_t kDims = 3;
using Logs = std::array<double, kDims>;  // of flops_per_s, bytes_per_s, launch_s

Roofline roofline_of(const Logs& logs) {
  return {std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2])};
}

struct Vertex {
  Logs at{};
  double error = 0;
};

bool is_better(const Vertex& a, const Vertex& b) { return a.error < b.error; }

class Fit {
 public:
  explicit Fit(std::span<const RooflinePoint> points) : points_(points) {}

  [[nodiscard]] Vertex vertex(const Logs& at) const {
    const Roofline roofline = roofline_of(at);
    double sum = 0;
    for (const RooflinePoint& point : points_) {
      sum += std::abs(roofline.time_s(point) / point.time_s - 1);
    }
    return {at, sum / static_cast<double>(points_.size())};
  }

  // Around the best rates reached and the shortest time: most points stay below either rate, and a
  // launch takes at most about the shortest time.
  [[nodiscard]] std::vector<Vertex> grid() const {
    constexpr int kSteps = 8;
    constexpr double kStep = 0.25;
    double shortest_s = points_.front().time_s;
    double flops_per_s = 0;
    double bytes_per_s = 0;
    for (const RooflinePoint& point : points_) {
      shortest_s = std::min(shortest_s, point.time_s);
      flops_per_s = std::max(flops_per_s, point.flops / point.time_s);
      bytes_per_s = std::max(bytes_per_s, point.bytes / point.time_s);
    }
    const Logs start = {std::log(flops_per_s / 4), std::log(bytes_per_s / 4), std::log(shortest_s)};
    std::vector<Vertex> vertices;
    for (int compute = 0; compute < kSteps; ++compute) {
      for (int memory = 0; memory < kSteps; ++memory) {
        for (int launch = 0; launch < kSteps; ++launch) {
          vertices.push_back(vertex({start[0] + kStep * compute, start[1] + kStep * memory,
                                     start[2] + kStep * (2 - launch)}));
        }
      }
    }
    return vertices;
  }

  [[nodiscard]] Vertex descend(const Vertex& from) const {
    constexpr int kMaxSteps = 300;
    constexpr double kFirstStep = 0.1;
    constexpr double kEnough = 1e-9;
    std::array<Vertex, kDims + 1> simplex{from, from, from, from};
    for (size_t dim = 0; dim < kDims; ++dim) {
      Logs at = from.at;
      at[dim] += kFirstStep;
      simplex[dim + 1] = vertex(at);
    }
    for (int step = 0; step < kMaxSteps; ++step) {
      std::ranges::sort(simplex, is_better);
      if (simplex.back().error - simplex.front().error < kEnough) break;
      replace_worst(simplex);
    }
    return *std::ranges::min_element(simplex, is_better);
  }

 private:
  // The point on the line from the worst vertex through the middle of the others, `reach` times
  // their distance beyond the middle.
  [[nodiscard]] Vertex along(const std::array<Vertex, kDims + 1>& simplex, double reach) const {
    Logs at{};
    for (size_t dim = 0; dim < kDims; ++dim) {
      double middle = 0;
      for (size_t i = 0; i < kDims; ++i) middle += simplex[i].at[dim] / kDims;
      at[dim] = middle + reach * (middle - simplex.back().at[dim]);
    }
    return vertex(at);
  }

  void replace_worst(std::array<Vertex, kDims + 1>& simplex) const {
    const Vertex reflected = along(simplex, 1);
    if (is_better(reflected, simplex.front())) {
      const Vertex expanded = along(simplex, 2);
      simplex.back() = is_better(expanded, reflected) ? expanded : reflected;
      return;
    }
    if (is_better(reflected, simplex[kDims - 1])) {
      simplex.back() = reflected;
      return;
    }
    const bool is_outside = is_better(reflected, simplex.back());
    const Vertex contracted = along(simplex, is_outside ? 0.5 : -0.5);
    if (is_better(contracted, is_outside ? reflected : simplex.back())) {
      simplex.back() = contracted;
      return;
    }
    for (size_t i = 1; i < simplex.size(); ++i) {
      Logs at{};
      for (size_t dim = 0; dim < kDims; ++dim) {
        at[dim] = std::midpoint(simplex[i].at[dim], simplex.front().at[dim]);
      }
      simplex[i] = vertex(at);
    }
  }

  std::span<const RooflinePoint> points_;
};

}  // namespace

double Roofline::time_s(const RooflinePoint& point) const {
  return std::max(point.flops / flops_per_s, point.bytes / bytes_per_s) + launch_s;
}

std::optional<Roofline> fit_roofline(std::span<const RooflinePoint> points) {
  constexpr size_t kStarts = 6;
  if (points.size() < kMinRooflinePoints) return std::nullopt;
  const Fit fit{points};
  std::vector<Vertex> vertices = fit.grid();
  std::ranges::stable_sort(vertices, is_better);
  Vertex best = vertices.front();
  for (size_t i = 0; i < kStarts; ++i) {
    // Started twice: a simplex that has become flat finds its way with a new one.
    const Vertex end = fit.descend(fit.descend(vertices[i]));
    if (is_better(end, best)) best = end;
  }
  return roofline_of(best.at);
}

}  // namespace olivine::compare
