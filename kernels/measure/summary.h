// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <string>

namespace olivine::measure {

struct MeasureRecord;

// What a run has found, for people: checks, a table of every shape, ratios, instructions, notes.
[[nodiscard]] std::string summary_text(const MeasureRecord& record);

}  // namespace olivine::measure
