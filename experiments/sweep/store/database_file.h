// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <memory>
#include <string>

#include "experiments/sweep/store/sqlite.h"

namespace olivine::sweep {

// Opens the file of a database, whatever is in it. All throw ConfigError, one line that begins with
// the path, and leave a file that cannot be used as it is.

// Made where it is missing; ":memory:" is one without file.
[[nodiscard]] std::unique_ptr<SqliteConnection> open_or_create_file(const std::string& path);
// Must be there.
[[nodiscard]] std::unique_ptr<SqliteConnection> open_file_to_change(const std::string& path);
// Must be there. No file remains that was not there before. A file or folder that cannot be written
// can be read all the same.
[[nodiscard]] std::unique_ptr<SqliteConnection> open_file_to_read(const std::string& path);

// Write-ahead log from now on: readers and a writer do not wait for each other, and a kill at any
// moment leaves what was committed.
void use_wal(const SqliteConnection& connection);

}  // namespace olivine::sweep
