// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string_view>

#include "kernels/measure/record.h"

namespace olivine::measure {

// A case that took so long, as if it had been measured.
inline CaseRecord timed_case(const NamedShape& shape, std::string_view variant, double us) {
  CaseRecord record;
  record.shape = shape;
  record.variant = find_variant(variant);
  record.status = CaseStatus::Timed;
  record.kernel = "kernel_of_" + std::string{variant};
  record.work = work_of(*record.variant, shape);
  record.candidates = {{record.kernel, true, "", us}};
  record.output_hash = "00000000000000ff";
  TimedRecord timed;
  timed.time_us = spread_of(std::vector<std::vector<double>>{{us, us, us}, {us}});
  timed.graph_launches = 10;
  timed.rotation = {2, 2 * record.work.footprint_bytes(), true};
  record.timed = timed;
  return record;
}

inline CaseRecord refused_case(const NamedShape& shape, std::string_view variant,
                               std::string_view reason) {
  CaseRecord record;
  record.shape = shape;
  record.variant = find_variant(variant);
  record.work = work_of(*record.variant, shape);
  record.reason = reason;
  return record;
}

}  // namespace olivine::measure
