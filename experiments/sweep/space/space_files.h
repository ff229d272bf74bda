// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace olivine {
class Problems;
class UserError;
}  // namespace olivine

namespace olivine::sweep {

struct SpaceState;
struct SweepSpec;

// A key on an axis of the file, and the column that has its value.
struct AxisKey {
  size_t axis = 0;
  size_t key = 0;  // of the axis
  size_t column = 0;
};
[[nodiscard]] std::optional<AxisKey> find_axis_key(const SweepSpec& spec, std::string_view key);

// What went wrong with something that the file names at `place`; of several machines, once.
void add_problems(const UserError& error, const std::string& place, Problems& problems);

// Machines, workloads and schemes.
void load_bases(const SweepSpec& spec, SpaceState& space, Problems& problems);
// Energy tables and calibrations of the machines, whose keys are set as the file has them.
void load_energies(const SweepSpec& spec, SpaceState& space, Problems& problems);

}  // namespace olivine::sweep
