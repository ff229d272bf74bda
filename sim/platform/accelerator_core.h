// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>

namespace olivine {

class AcceleratorCore;
struct PlatformAccelerator;

// What stands behind the streams of a `stream` or `rtl` accelerator; null for the other models,
// which have none. Throws ConfigError where the RTL does not build.
[[nodiscard]] std::unique_ptr<AcceleratorCore> make_accelerator_core(
    const PlatformAccelerator& accelerator);

}  // namespace olivine
