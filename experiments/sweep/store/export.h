// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "experiments/sweep/store/database.h"

namespace olivine::sweep {

// Takes text of any length; throws ConfigError where it cannot be written.
using TextSink = std::function<void(std::string_view)>;

// Every point of the sweep's space, ordered by parameters, so that the same points give the same
// bytes however they were computed. Columns: parameters, status (ok or failed), failure, metrics,
// objectives that are no metric, feasible.
// CSV with a header (RFC 4180 quoting); numbers as the shortest text that reads back to the same
// bits; what has no value is empty. Returns the number of rows.
uint64_t export_csv(const Database& database, const std::string& model, const TextSink& sink);
// One JSON object a line, keys as the columns; what has no value is absent.
uint64_t export_json_lines(const Database& database, const std::string& model,
                           const TextSink& sink);

}  // namespace olivine::sweep
