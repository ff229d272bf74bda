// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "experiments/sweep/analysis/pareto.h"
#include "experiments/sweep/space/mixed_radix.h"
#include "experiments/sweep/spec/header.h"

namespace olivine::sweep {

// A space whose every point can be computed at once, to test what a search finds of it.
struct DesignProblem {
  std::string name;
  std::vector<Axis> axes;
  std::function<Costs(const std::vector<uint32_t>&)> costs;  // by position; empty: infeasible

  [[nodiscard]] MixedRadix radix() const {
    std::vector<uint64_t> levels;
    for (const Axis& axis : axes) levels.push_back(axis.values.size());
    return MixedRadix{std::move(levels)};
  }
};

inline Axis test_axis(size_t levels, bool is_ordered) {
  Axis axis;
  axis.is_ordered = is_ordered;
  for (size_t i = 0; i < levels; ++i) axis.values.push_back({static_cast<int64_t>(i)});
  return axis;
}

// ZDT3 (Zitzler, Deb, Thiele, Evol. Comp. 8(2), 2000) on 32 * 5^5 positions; the best of the axes
// behind the first are at different places.
inline DesignProblem zdt3_problem() {
  DesignProblem problem{.name = "zdt3", .axes = {test_axis(32, true)}, .costs = {}};
  for (int i = 0; i < 5; ++i) problem.axes.push_back(test_axis(5, true));
  problem.costs = [](const std::vector<uint32_t>& at) -> Costs {
    const double x = at[0] / 31.0;
    double g = 1;
    for (size_t i = 1; i < at.size(); ++i) {
      g += 9. / 5 * std::abs(at[i] / 4.0 - static_cast<double>(i % 3) * 0.5);
    }
    const double h = 1 - std::sqrt(x / g) - x / g * std::sin(10 * std::numbers::pi * x);
    return {x, g * h};
  };
  return problem;
}

// DTLZ2 (Deb et al., CEC 2002) with three objectives on 10^2 * 4^5 positions.
inline DesignProblem dtlz2_problem() {
  DesignProblem problem{.name = "dtlz2", .axes = {}, .costs = {}};
  for (int i = 0; i < 7; ++i) problem.axes.push_back(test_axis(i < 2 ? 10 : 4, true));
  problem.costs = [](const std::vector<uint32_t>& at) -> Costs {
    double g = 0;
    for (size_t i = 2; i < at.size(); ++i) {
      g += std::pow(at[i] / 3.0 - static_cast<double>(i % 4) / 3, 2);
    }
    const double a = at[0] / 9.0 * std::numbers::pi / 2;
    const double b = at[1] / 9.0 * std::numbers::pi / 2;
    return {(1 + g) * std::cos(a) * std::cos(b), (1 + g) * std::cos(a) * std::sin(b),
            (1 + g) * std::sin(a)};
  };
  return problem;
}

// What an array is in roofline_problem().
struct RooflineArray {
  double rows, cols, act_bytes, weight_bytes, bytes_per_cycle;
  uint32_t dataflow;
  double operand_bytes, mac_pj, decoder_um2;

  [[nodiscard]] double area_um2() const {
    return rows * cols * (20 + 200 * mac_pj) + (rows + cols) * decoder_um2 +
           0.6 * (act_bytes + weight_bytes) + 2000 * bytes_per_cycle;
  }
};

inline RooflineArray roofline_array(const std::vector<uint32_t>& at) {
  static constexpr std::array<double, 4> kBytes = {1, 0.5, 0.5, 2};
  static constexpr std::array<double, 4> kMac = {0.25, 0.1, 0.16, 1.0};
  static constexpr std::array<double, 4> kDecoder = {0, 0, 90, 0};
  const auto power = [&](double least, size_t axis) {
    return std::ldexp(least, static_cast<int>(at[axis]));
  };
  return {power(4, 0), power(4, 1),   power(65536, 2), power(65536, 3), power(8, 4),
          at[5],       kBytes[at[6]], kMac[at[6]],     kDecoder[at[6]]};
}

struct TimeEnergy {
  double cycles = 0;
  double energy_pj = 0;
};

// One GEMM in folds of the array, with what does not fit in a buffer loaded again.
inline TimeEnergy roofline_gemm(const RooflineArray& array, std::array<double, 3> mnk) {
  const auto [m, n, k] = mnk;
  const double down = array.dataflow == 1 ? m : k;
  const double across = array.dataflow == 2 ? m : n;
  const double streamed = array.dataflow == 0 ? m : array.dataflow == 1 ? k : n;
  const double folds = std::ceil(down / array.rows) * std::ceil(across / array.cols);
  const double weights = n * k * array.operand_bytes;
  const double acts = m * k * array.operand_bytes;
  const double weight_loads =
      std::ceil(m / std::max(1.0, array.act_bytes / 2 / (k * array.operand_bytes)));
  const double act_loads =
      std::ceil(n / std::max(1.0, array.weight_bytes / 2 / (k * array.operand_bytes)));
  const double dram =
      2 * m * n + std::min(weights * weight_loads + acts, weights + acts * act_loads);
  TimeEnergy result;
  result.cycles =
      std::max(folds * (streamed + array.rows + array.cols), dram / array.bytes_per_cycle);
  const double buffer_pj = 0.5 + 0.02 * std::sqrt((array.act_bytes + array.weight_bytes) / 1024);
  result.energy_pj =
      m * n * k * array.mac_pj + 100 * dram +
      folds * streamed * (array.rows + array.cols) * array.operand_bytes * buffer_pj +
      2e-6 * array.area_um2() * result.cycles;
  return result;
}

// A transformer's GEMMs on accelerators of 7^2 * 6^2 * 5 * 3 * 4 designs: rows, columns, two
// buffers and bandwidth by powers of two, then dataflow and scheme. Cycles, area and, of three
// objectives, energy. `is_constrained`: an area limit and no arrays of extreme shape, which leaves
// a third.
inline DesignProblem roofline_problem(size_t objectives, bool is_constrained) {
  DesignProblem problem{
      .name = is_constrained ? "roofline, constrained" : "roofline",
      .axes = {test_axis(7, true), test_axis(7, true), test_axis(6, true), test_axis(6, true),
               test_axis(5, true), test_axis(3, false), test_axis(4, false)},
      .costs = {}};
  problem.costs = [=](const std::vector<uint32_t>& at) -> Costs {
    const RooflineArray array = roofline_array(at);
    const double ratio = array.rows / array.cols;
    const bool is_legal = array.area_um2() <= 1.2e6 && ratio <= 4 && ratio >= 0.25;
    if (is_constrained && !is_legal) return {};
    TimeEnergy total;
    for (const auto& mnk : {std::array{128., 768., 768.}, std::array{128., 3072., 768.},
                            std::array{128., 768., 3072.}, std::array{1536., 128., 64.}}) {
      const TimeEnergy part = roofline_gemm(array, mnk);
      total.cycles += part.cycles;
      total.energy_pj += part.energy_pj;
    }
    if (objectives == 2) return {total.cycles, array.area_um2()};
    return {total.cycles, array.area_um2(), total.energy_pj};
  };
  return problem;
}

}  // namespace olivine::sweep
