// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/energy/sram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/text.h"
#include "models/base/units.h"

namespace olivine {

SramMacro macro_at(const SramFamily& family, int64_t capacity_bytes) {
  OLV_CHECK(capacity_bytes >= family.smallest_bytes() && capacity_bytes <= family.largest_bytes(),
            "{} bytes outside the {} table", capacity_bytes, family.cell);
  const auto upper = std::lower_bound(
      family.points.begin(), family.points.end(), capacity_bytes,
      [](const SramMacro& point, int64_t bytes) { return point.capacity_bytes < bytes; });
  if (upper->capacity_bytes == capacity_bytes) return *upper;

  const SramMacro& high = *upper;
  const SramMacro& low = *(upper - 1);
  const auto log_ratio = [](int64_t a, int64_t b) {
    return std::log(static_cast<double>(a) / static_cast<double>(b));
  };
  const double weight = log_ratio(capacity_bytes, low.capacity_bytes) /
                        log_ratio(high.capacity_bytes, low.capacity_bytes);
  const auto between = [weight](double a, double b) { return a * std::pow(b / a, weight); };
  return {.capacity_bytes = capacity_bytes,
          .read_pj = between(low.read_pj, high.read_pj),
          .write_pj = between(low.write_pj, high.write_pj),
          .leakage_mw = between(low.leakage_mw, high.leakage_mw),
          .area_mm2 = between(low.area_mm2, high.area_mm2)};
}

Scratchpad make_scratchpad(const SramFamily& family, const std::string& key,
                           int64_t capacity_bytes) {
  if (capacity_bytes < 2 * family.smallest_bytes()) {
    throw ConfigError{
        fmt::format("{} = {}: must be at least {}: each half is a macro of the {} "
                    "table, which starts at {}",
                    key, format_bytes(capacity_bytes), format_bytes(2 * family.smallest_bytes()),
                    family.cell, format_bytes(family.smallest_bytes()))};
  }
  const auto half_bytes = static_cast<uint64_t>(capacity_bytes) / 2;
  const uint64_t macros = ceil_div(half_bytes, static_cast<uint64_t>(family.largest_bytes()));
  Scratchpad pad;
  pad.macro = macro_at(family, static_cast<int64_t>(half_bytes / macros));
  pad.macro_count = 2 * static_cast<int64_t>(macros);
  const double word_bytes = static_cast<double>(family.width_bits) / 8;
  pad.read_pj_per_byte = pad.macro.read_pj / word_bytes;
  pad.write_pj_per_byte = pad.macro.write_pj / word_bytes;
  return pad;
}

}  // namespace olivine
