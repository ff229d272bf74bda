// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace olivine::sweep {

struct DesignPoint;
struct SpaceState;

// The point at these positions on the axes, or nothing where a constraint excludes it;
// `excluded_by`, if given, then gets which one. Called for every point of a space by every shard:
// nothing is loaded or made that only an evaluation needs.
[[nodiscard]] std::optional<DesignPoint> build_point(const SpaceState& space,
                                                     std::vector<uint32_t> positions,
                                                     size_t* excluded_by);

}  // namespace olivine::sweep
