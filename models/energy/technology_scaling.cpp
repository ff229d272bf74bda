// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/technology_scaling.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "models/base/error.h"

namespace olivine {
namespace {

// Energy factor b2 V^2 + b1 V + b0, and area divisor from 180 nm.
struct Node {
  double nm;
  double b2, b1, b0;
  double area_divisor;
};

// The energy fit is per node; areas are the paper's rounded ratios to 180 nm. 65 nm and finer are
// its high-performance devices.
constexpr std::array kNodes = {
    Node{180, 0, 24.64, -17.98, 1},           Node{130, 7.171, -6.709, 2.904, 2.9},
    Node{90, 4.762, -4.781, 2.092, 6.6},      Node{65, 3.755, -4.398, 1.975, 12},
    Node{45, 1.018, -0.3107, 0.1539, 19},     Node{32, 0.8367, -0.4341, 0.1701, 40},
    Node{20, 0.373, -0.1582, 0.04104, 88},    Node{16, 0.2958, -0.1241, 0.03024, 99},
    Node{14, 0.2363, -0.09675, 0.02239, 110}, Node{10, 0.2068, -0.09311, 0.02375, 180},
    Node{7, 0.1776, -0.09097, 0.02447, 320},
};

// A quantity of a node, interpolated in log-log between the two nodes around it.
template <class Quantity>
double at_node(double nm, const Quantity& quantity) {
  for (size_t i = 0; i + 1 < kNodes.size(); ++i) {
    const Node& coarse = kNodes[i];
    const Node& fine = kNodes[i + 1];
    if (nm > coarse.nm || nm < fine.nm) continue;
    const double share = std::log(coarse.nm / nm) / std::log(coarse.nm / fine.nm);
    return std::exp((1 - share) * std::log(quantity(coarse)) + share * std::log(quantity(fine)));
  }
  throw ConfigError{fmt::format("technology node {} nm: must be {}..{}", nm, kNodes.back().nm,
                                kNodes.front().nm)};
}

double energy_factor(TechnologyPoint point) {
  return at_node(point.node_nm, [&](const Node& node) {
    const double v = point.voltage;
    const double factor = node.b2 * v * v + node.b1 * v + node.b0;
    if (factor > 0) return factor;
    throw ConfigError{fmt::format("{} V at {} nm: outside the energy fit", v, node.nm)};
  });
}

}  // namespace

double energy_divisor(TechnologyPoint from, TechnologyPoint to) {
  return energy_factor(from) / energy_factor(to);
}

double area_divisor(double from_nm, double to_nm) {
  const auto divisor = [](double nm) {
    return at_node(nm, [](const Node& node) { return node.area_divisor; });
  };
  return divisor(to_nm) / divisor(from_nm);
}

}  // namespace olivine
