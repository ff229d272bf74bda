// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/error.h"
#include "sim/platform/platform.h"

namespace olivine {

class Platform::Impl {};

Platform::Platform(const PlatformConfig& /*config*/, PlatformOptions /*options*/) {
  throw ConfigError{"this build has no SystemC: install libsystemc-dev and configure again"};
}

Platform::~Platform() = default;

PlatformRun Platform::run(std::span<const Job> /*jobs*/) { return {}; }

bool has_systemc() { return false; }

}  // namespace olivine
