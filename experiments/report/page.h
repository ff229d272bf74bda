// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "experiments/report/input.h"

namespace olivine::report {

// Whether the charting library was there at build time (OLV_ECHARTS_JS).
[[nodiscard]] bool has_charts();

// One self-contained HTML page: style, charting library, the scripts of the kind, and `data` as
// JSON. Bytes that are no UTF-8 are replaced. Contract: has_charts(); data has a "title".
[[nodiscard]] std::string page_html(Kind kind, const nlohmann::ordered_json& data);

}  // namespace olivine::report
