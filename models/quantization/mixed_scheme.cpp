// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/quantization/mixed_scheme.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/base/error.h"

namespace olivine {
namespace {

using Options = std::vector<SchemeOption>;

// A step along a layer's hull.
struct Upgrade {
  size_t layer;
  size_t option;  // reached by it
  double cost;    // more than the option before
  double gain;    // less error
};

// Options that some weighing of cost against error prefers, cheapest first: each is dearer and
// better than the one before, and steps gain less and less a cost.
std::vector<size_t> lower_hull(const Options& options) {
  std::vector<size_t> order(options.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (options[a].cost != options[b].cost) return options[a].cost < options[b].cost;
    if (options[a].error != options[b].error) return options[a].error < options[b].error;
    return a < b;
  });
  std::vector<size_t> hull;
  for (const size_t next : order) {
    if (!hull.empty() && options[next].error >= options[hull.back()].error) continue;
    while (hull.size() >= 2) {
      const SchemeOption& last = options[hull.back()];
      const SchemeOption& before = options[hull[hull.size() - 2]];
      const double gain_to_last = (before.error - last.error) * (options[next].cost - last.cost);
      const double gain_after = (last.error - options[next].error) * (last.cost - before.cost);
      if (gain_to_last > gain_after) break;
      hull.pop_back();
    }
    hull.push_back(next);
  }
  return hull;
}

// Steps of all layers, the one that gains most a cost first; those of a layer stay in order.
std::vector<Upgrade> upgrades_of(const std::vector<Options>& layers,
                                 const std::vector<std::vector<size_t>>& hulls) {
  std::vector<Upgrade> upgrades;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    for (size_t i = 1; i < hulls[layer].size(); ++i) {
      const SchemeOption& from = layers[layer][hulls[layer][i - 1]];
      const SchemeOption& to = layers[layer][hulls[layer][i]];
      upgrades.push_back({layer, hulls[layer][i], to.cost - from.cost, from.error - to.error});
    }
  }
  std::stable_sort(upgrades.begin(), upgrades.end(), [](const Upgrade& a, const Upgrade& b) {
    return a.gain * b.cost > b.gain * a.cost;
  });
  return upgrades;
}

void sum_up(const std::vector<Options>& layers, MixedChoice& choice) {
  choice.cost = 0.0;
  choice.error = 0.0;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    choice.cost += layers[layer][choice.option_of_layer[layer]].cost;
    choice.error += layers[layer][choice.option_of_layer[layer]].error;
  }
}

// The option of a layer that gains most within `room`, also off the hull; nothing: none gains.
std::optional<size_t> best_within(const Options& options, size_t current, double room) {
  std::optional<size_t> best;
  for (size_t i = 0; i < options.size(); ++i) {
    const bool fits = options[i].cost - options[current].cost <= room;
    const double error = best ? options[*best].error : options[current].error;
    if (fits && options[i].error < error) best = i;
  }
  return best;
}

void fill_up(const std::vector<Options>& layers, double budget, MixedChoice& choice) {
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    sum_up(layers, choice);
    size_t& option = choice.option_of_layer[layer];
    option = best_within(layers[layer], option, budget - choice.cost).value_or(option);
  }
  sum_up(layers, choice);
}

}  // namespace

MixedChoice choose_mixed(const std::vector<std::vector<SchemeOption>>& layers, double budget) {
  MixedChoice choice;
  std::vector<std::vector<size_t>> hulls;
  for (const Options& options : layers) {
    hulls.push_back(lower_hull(options));
    choice.option_of_layer.push_back(hulls.back().front());
  }
  sum_up(layers, choice);
  if (choice.cost > budget) {
    throw ConfigError{
        fmt::format("budget {:.6g}: the cheapest schemes cost {:.6g}", budget, choice.cost)};
  }
  double room = budget - choice.cost;
  choice.error_bound = choice.error;
  std::vector<bool> is_blocked(layers.size(), false);
  bool is_bound_open = true;
  for (const Upgrade& upgrade : upgrades_of(layers, hulls)) {
    const bool fits = upgrade.cost <= room && !is_blocked[upgrade.layer];
    if (is_bound_open) {
      const double part = fits ? 1.0 : room / upgrade.cost;
      choice.error_bound -= part * upgrade.gain;
      is_bound_open = fits;
    }
    is_blocked[upgrade.layer] = is_blocked[upgrade.layer] || !fits;
    if (!fits) continue;
    choice.option_of_layer[upgrade.layer] = upgrade.option;
    room -= upgrade.cost;
  }
  fill_up(layers, budget, choice);
  return choice;
}

}  // namespace olivine
