// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/spec/metrics.h"

#include <algorithm>

namespace olivine::sweep {
namespace {

// Metrics::get() counts on it.
constexpr bool is_in_order() {
  for (size_t i = 0; i < kMetrics.size(); ++i) {
    if (kMetrics[i].metric != static_cast<Metric>(i)) return false;
  }
  return true;
}
static_assert(is_in_order());

}  // namespace

const MetricInfo* find_metric(std::string_view name) {
  const auto* const found = std::find_if(kMetrics.begin(), kMetrics.end(),
                                         [&](const MetricInfo& info) { return info.name == name; });
  return found == kMetrics.end() ? nullptr : found;
}

}  // namespace olivine::sweep
