// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <vector>

namespace olivine {

// What one layer may be stored as: what it costs (time or energy) and how much it errs.
struct SchemeOption {
  double cost = 0.0;
  double error = 0.0;
};

struct MixedChoice {
  std::vector<size_t> option_of_layer;
  double cost = 0.0;
  double error = 0.0;
  // No choice within the budget errs less: the optimum of the linear relaxation (options of a layer
  // may be blended). error - error_bound is at most what is lost against the best choice.
  double error_bound = 0.0;
};

// The options with a small sum of errors whose costs add up to at most `budget`: a multiple-choice
// knapsack, solved greedily on the lower convex hulls of the layers (Sinha and Zoltners, "The
// Multiple-Choice Knapsack Problem", Operations Research 27, 1979), then every upgrade that still
// fits. Throws ConfigError when even the cheapest options cost more, with their cost.
// Contract: every layer has an option; costs and errors are finite and not negative.
[[nodiscard]] MixedChoice choose_mixed(const std::vector<std::vector<SchemeOption>>& layers,
                                       double budget);

}  // namespace olivine
