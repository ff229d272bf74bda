// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {

// What a launch needs to know of a device; read from it, or written down in tests.
struct DeviceLimits {
  int compute_capability = 0;  // 80, 90
  int sm_count = 0;
  int shared_bytes_per_block = 0;  // with opt-in
  int64_t l2_bytes = 0;
};

inline constexpr DeviceLimits kA100Limits{80, 108, 163 * 1024, int64_t{40} << 20};
inline constexpr DeviceLimits kH100Limits{90, 132, 227 * 1024, int64_t{50} << 20};

// One-dimensional launches; `cluster` blocks share their shared memory (sm_90), 1 is none.
struct LaunchConfig {
  int64_t blocks = 0;
  int threads = 0;
  int shared_bytes = 0;  // dynamic
  int cluster = 1;

  bool operator==(const LaunchConfig&) const = default;
};

}  // namespace olivine
