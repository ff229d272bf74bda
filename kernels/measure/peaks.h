// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <optional>

#include "kernels/measure/case_work.h"
#include "kernels/measure/variants.h"
#include "kernels/runtime/device.h"

namespace olivine::measure {

// What a device can do at most, from its extents and clocks.
struct Peaks {
  double bytes_per_s = 0;               // device memory; 0 where the driver does not say
  std::optional<double> ops_per_cycle;  // of the whole chip, for a variant's tensor operation
};

// Tensor operations a clock: 2 x multiply-accumulates of an SM (whitepapers of GA100 and GH100;
// other chips of the same generations have other rates and get none), twice with 2:4 weights.
[[nodiscard]] Peaks peaks_of(const Variant& variant, const DeviceInfo& device);

// The least time that the peaks allow at a clock, in microseconds. Nothing where they are unknown.
[[nodiscard]] std::optional<double> roofline_us(const CaseWork& work, const Peaks& peaks,
                                                double sm_clock_hz);

}  // namespace olivine::measure
