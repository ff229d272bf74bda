// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <string>

namespace olivine::compare {

// Longest text that is read: measurements of a lab in years stay far below it, and a small file
// cannot fill the memory by decompression.
inline constexpr size_t kMaxTextBytes = size_t{256} << 20;

// A file's text; one that is compressed by gzip is decompressed, whatever its name. Throws
// ConfigError: cannot be read, damaged, too long.
[[nodiscard]] std::string read_text_or_gzip(const std::string& path);

}  // namespace olivine::compare
