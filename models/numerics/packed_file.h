// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/numerics/packed.h"

namespace olivine {

// A packed operand in a file of safetensors form: 8-byte little-endian header length, a JSON
// header, then the data of the tensors without gaps:
//   scales    F32 [1] or [rows]
//   codes     U8  [rows, bytes a row]   layout of PackedMatrix
//   metadata  U8  [rows, bytes a row]   0 bytes a row when dense
// `__metadata__` holds strings, as safetensors demands: version ("1"), format ("ovp4"), pattern
// ("dense" or "2:4"), rows, k.
inline constexpr int kPackedFileVersion = 1;
inline constexpr size_t kMaxPackedHeaderBytes = size_t{64} << 10;

// Contract: find_problem(matrix) is empty.
[[nodiscard]] std::vector<uint8_t> serialize_packed(const PackedMatrix& matrix);

// Untrusted input: every length, offset, shape, type, code pair, metadata nibble and scale is
// checked before use. `source` names the input. Throws ConfigError with one line.
[[nodiscard]] PackedMatrix parse_packed(std::span<const uint8_t> bytes, const std::string& source);

// Writes beside `path` and renames, so that a reader never sees half a file. Throws ConfigError.
void write_packed_file(const std::filesystem::path& path, const PackedMatrix& matrix);
// Throws ConfigError, also for a file that is absent.
[[nodiscard]] PackedMatrix read_packed_file(const std::filesystem::path& path);

}  // namespace olivine
