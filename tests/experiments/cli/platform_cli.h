// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/experiments/cli/cli_process.h"

namespace olivine::support {

// Whether the built program can simulate platforms.
inline bool has_systemc_cli() {
  static const bool kHasSystemc =
      run_cli("run -p single_olive_64x64 -g 1x2x1 -s w4a4-ovp").err.find("has no SystemC") ==
      std::string::npos;
  return kHasSystemc;
}

inline void skip_without_systemc() {
  if (!has_systemc_cli()) GTEST_SKIP() << "SKIPPED (no SystemC)";
}

// A platform small enough for every register and for the RTL: `count` arrays of 4x4 called acc0,
// acc1, ... (acc where it is one) on a narrow memory, so that they wait.
inline std::string small_platform(const std::string& model, int count) {
  return fmt::format(R"(name: small
description: Small arrays on a narrow memory
clock: 500MHz
partition: output
host: {{submit_cycles: 7}}
bus: {{bytes_per_cycle: 8, latency_cycles: 2, packet: 32}}
memories:
  - name: dram
    base: 0x1000
    size: 16MiB
    dram: {{model: bandwidth, bytes_per_cycle: 8, latency_cycles: 20}}
accelerators:
  - name: acc
    count: {}
    machine: edge_16x16
    model: {}
    set: {{array: {{rows: 4, cols: 4}}}}
)",
                     count, model);
}

}  // namespace olivine::support
