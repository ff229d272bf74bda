// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "experiments/sweep/spec/header.h"
#include "experiments/sweep/store/sqlite.h"

namespace olivine::sweep {

// In the head of the file (PRAGMA application_id, user_version): "OLVS", and what the tables are.
inline constexpr int64_t kApplicationId = 0x4F4C5653;
inline constexpr int64_t kSchemaVersion = 1;

// Columns of the table of points, in order. Throws ConfigError where two of them are the same but
// for case, which SQL does not tell apart.
[[nodiscard]] std::vector<std::string> point_columns(const SweepHeader& header);

// Whether nothing was ever stored in it: a file just made, or left by a process that was killed
// while it made it.
[[nodiscard]] bool is_blank(const SqliteConnection& connection);

// Contract: blank, and in a transaction, so that a database has all of its tables or none.
void create_schema(const SqliteConnection& connection, const SweepHeader& header);

// Throws ConfigError: of another program, of another schema, or not as its header says.
[[nodiscard]] SweepHeader load_header(const SqliteConnection& connection);
void store_header(const SqliteConnection& connection, const SweepHeader& header);

// How `header` is of another sweep than `wanted` ("sweep 'a' over clock, not 'b'"), by what the
// stored points depend on: name, columns, keys of the axes, base_digest.
[[nodiscard]] std::optional<std::string> sweep_mismatch(const SweepHeader& header,
                                                        const SweepHeader& wanted);
// Whether they judge points in the same way and search alike: all but the text of the file and
// expected_points.
[[nodiscard]] bool have_same_settings(const SweepHeader& a, const SweepHeader& b);

}  // namespace olivine::sweep
