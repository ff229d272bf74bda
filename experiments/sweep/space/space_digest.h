// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine {
class Problems;
}

namespace olivine::sweep {

struct SpaceState;
struct SweepSpec;

// Slots and pieces of every machine. Contract: keys are fixed, columns known.
void cut_machines(SpaceState& space);

// A problem of values that make the same points (two machines where all that they differ in is set
// or an axis): each point would be stored once, with one of the values.
void check_distinct(const SweepSpec& spec, const SpaceState& space, Problems& problems);

// SweepHeader::base_digest. What an axis names is not fixed, but a file on it is: a point is found
// by its contents, and the points of a file that was changed would stay beside the new ones.
[[nodiscard]] std::string base_digest(const SweepSpec& spec, const SpaceState& space);

}  // namespace olivine::sweep
