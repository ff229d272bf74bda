// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/input.h"
#include "experiments/report/page_data.h"

namespace olivine::report {

nlohmann::ordered_json quality_data(std::span<const Input>) { return {{"title", "quality"}}; }

}  // namespace olivine::report
