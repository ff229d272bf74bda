// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "kernels/emulator/emulator.h"

namespace olivine {

// Seeds that a planted bug must show under, and correct code must pass.
inline constexpr uint64_t kSeeds = 30;

// Whether shows(seed) is true for one of the seeds.
inline bool some_seed_shows(const std::function<bool(uint64_t)>& shows) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    if (shows(seed)) return true;
  }
  return false;
}

// The message of the EmulatorError that `run` throws, "" where it throws none.
inline std::string error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const EmulatorError& error) {
    return error.what();
  }
  return "";
}

// The same for a kernel at one seed.
inline std::string error_of(const LaunchConfig& config, const std::function<void(std::byte*)>& body,
                            const EmulatorOptions& options = {}) {
  return error_of([&] { emulate(config, options, body); });
}

}  // namespace olivine
