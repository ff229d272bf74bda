// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace olivine {

// Cuts a row of layers into consecutive stages, at least one layer each, such that the most
// expensive stage costs as little as possible. `costs[stage][layer]`; returns the first layer of
// every stage. Contract: all rows are equally long, and have at least as many layers as there are
// stages; every sum of a row is below 2^63.
[[nodiscard]] std::vector<size_t> balance_stages(const std::vector<std::vector<uint64_t>>& costs);

}  // namespace olivine
