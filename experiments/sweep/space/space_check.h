// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

namespace olivine::sweep {

struct SpaceState;
struct SweepSpec;

// Reads every file the sweep names and checks every name and value. Throws ConfigError with the
// problems, each at its line.
void check_space(const SweepSpec& spec, SpaceState& space);

}  // namespace olivine::sweep
