// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <vector>

#include "kernels/measure/case_record.h"

namespace olivine {
struct DeviceInfo;
}

namespace olivine::measure {

// The ratios that the kernels are accepted by, from the timed cases of one run:
//   int8        own int8 over cuBLASLt's int8 at 8192 x 8192 x 8192, at least 0.85
//   int8-2:4    own 2:4 over cuSPARSELt's int8 there, at least 0.85; without cuSPARSELt over own
//               dense int8, at least 1.4
//   small-m     bytes a second of 4-bit weights at m of 1..16, n and k of 4096 and more, over the
//               device's memory bandwidth, at least 0.75; the best of the kernels that decode them
//               in the main loop, alone where activations are decoded before
//   once        w4a4-ovp decoded once, decoding included, over own int8 at m of 2048 and more, at
//               least 0.80
// Speeds, so the time of the second over that of the first. One of which a side was not timed has a
// reason instead. Of a run without such a shape there is none.
[[nodiscard]] std::vector<RatioRecord> acceptance_ratios(const std::vector<CaseRecord>& cases,
                                                         const DeviceInfo& device);

// Speed of every timed case over that of a library on the same shape: cuBLASLt's int8, with 2:4
// weights cuSPARSELt's int8; of int8 and fp8 libraries over cuBLASLt's fp16.
void set_baselines(std::vector<CaseRecord>& cases);

}  // namespace olivine::measure
