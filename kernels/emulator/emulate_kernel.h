// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>

#include "kernels/emulator/emulator.h"

namespace olivine {

// Runs a kernel that takes its arguments and no shared memory; nothing where there are no blocks.
// Throws EmulatorError.
template <class Args>
EmulatorReport emulate_kernel(void (*kernel)(const Args&), const LaunchConfig& config,
                              const Args& args, const EmulatorOptions& options) {
  if (config.blocks == 0) return {};
  return emulate(config, options, [&](std::byte*) { kernel(args); });
}

}  // namespace olivine
