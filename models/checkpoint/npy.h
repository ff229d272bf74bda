// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "models/checkpoint/checkpoint.h"

namespace olivine {

// A NumPy array (the format is described in numpy.lib.format), versions 1 to 3: a magic number, the
// length of the header, the header (a Python literal: {'descr': '<f4', 'fortran_order': False,
// 'shape': (3, 4)}), then the elements. Little-endian numbers and booleans, in C order.
inline constexpr size_t kMaxNpyHeaderBytes = size_t{64} << 10;

[[nodiscard]] bool looks_like_npy(std::span<const uint8_t> bytes);

// Untrusted input; nothing is copied: the tensor called `name` points into `bytes`. Throws
// ConfigError with one line that starts with `source`.
[[nodiscard]] StoredTensor parse_npy(std::span<const uint8_t> bytes, const std::string& source,
                                     std::string name);

// One tensor, called as the file without ".npy". Throws ConfigError, also for a file that is
// absent.
[[nodiscard]] Checkpoint open_npy(const std::filesystem::path& path);

}  // namespace olivine
