// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <vector>

#include "experiments/sweep/search/search.h"

namespace olivine::sweep {

// Method::Nsga2 of search.h.
[[nodiscard]] std::unique_ptr<Search> make_nsga2(const SearchSpec& spec,
                                                 const std::vector<Axis>& axes);

}  // namespace olivine::sweep
