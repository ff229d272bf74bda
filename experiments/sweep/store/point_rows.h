// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string>

#include "experiments/sweep/store/database.h"
#include "experiments/sweep/store/sqlite.h"

namespace olivine::sweep {

// The statements over the table of points, and how their rows are points. One place, because all
// of them list the columns in the same order.

// Parameters: 1 the model's id, then those of bind_point(). Ignores a point that is there.
[[nodiscard]] std::string insert_point_sql(const SweepHeader& header);
void bind_point(SqliteStatement& statement, const StoredPoint& point);

// Parameters: 1 the hash, 2 the model version. The row is one of read_outcome().
[[nodiscard]] std::string find_outcome_sql();
// Throws ConfigError where a value is of a type that no outcome has.
[[nodiscard]] Outcome read_outcome(const SqliteStatement& statement,
                                   const SqliteConnection& connection);

// Parameter: 1 the model version.
[[nodiscard]] std::string select_points_sql(const SweepHeader& header, RowOrder order);
// Throws ConfigError as read_outcome(). Reuses the memory of `point`.
void read_point(const SqliteStatement& statement, const SqliteConnection& connection,
                size_t parameters, StoredPoint& point);

}  // namespace olivine::sweep
