// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "models/checkpoint/checkpoint.h"

namespace olivine {

// All deflated members together: what is unpacked is kept, and a small file must not fill the
// memory. Arrays that are only stored (numpy.savez) stay in the mapped file and have no limit.
inline constexpr uint64_t kMaxNpzUnpackedBytes = uint64_t{4} << 30;

// A NumPy archive: a ZIP file of .npy arrays; a tensor is called as its member without ".npy".
// Untrusted input. Unlike other readers this one reads all data once, for their checksums.
// `storage` keeps `bytes`. Throws ConfigError with one line that starts with `source`.
[[nodiscard]] Checkpoint parse_npz(std::span<const uint8_t> bytes, const std::string& source,
                                   std::shared_ptr<const void> storage = nullptr);

// The same of a file, which is mapped. Throws ConfigError, also for a file that is absent.
[[nodiscard]] Checkpoint open_npz(const std::filesystem::path& path);

}  // namespace olivine
