// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/studies/constant_draws.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {

KernelConstants draw_constants(const KernelConstants& constants, double spread, Rng& rng) {
  KernelConstants drawn = constants;
  for (const auto& row : kernel_constant_rows()) {
    double& value = drawn.*row.member;
    const double factor = std::pow(spread, 2 * rng.unit() - 1);
    value = std::clamp(value * factor, row.low, row.high);
  }
  return drawn;
}

void ValueRange::add(double value) {
  low_ = is_empty_ ? value : std::min(low_, value);
  high_ = is_empty_ ? value : std::max(high_, value);
  is_empty_ = false;
}

std::string ValueRange::text() const {
  OLV_CHECK(!is_empty_, "a range of nothing");
  return fmt::format("{:.2f} to {:.2f}", low_, high_);
}

}  // namespace olivine
