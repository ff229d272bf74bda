// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "experiments/view/recording.h"

namespace olivine::view {

// What the page draws: header, port events, results, folds, what enters and leaves in every cycle,
// and the registers in cycles `first` to `last`. Contract: 0 <= first <= last < frames.
[[nodiscard]] nlohmann::ordered_json page_data(const Recording& recording, int64_t first,
                                               int64_t last);

// One HTML file that needs no other: it plays cycles `first` to `last`, `fps` a second.
[[nodiscard]] std::string page(const Recording& recording, int64_t first, int64_t last, double fps);

}  // namespace olivine::view
