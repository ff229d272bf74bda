// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace olivine {

// Members of a ZIP archive (APPNOTE.TXT 6.3 of PKWARE): stored or deflated, zip64 included; neither
// encrypted nor split.
struct ZipMember {
  std::string name;
  bool is_deflated = false;
  uint32_t crc = 0;             // of the unpacked bytes
  uint64_t unpacked_bytes = 0;  // as the archive says
  std::span<const uint8_t> packed;
};

[[nodiscard]] bool looks_like_zip(std::span<const uint8_t> bytes);

// Untrusted input; nothing is copied or unpacked. Members lie within the archive, do not overlap,
// and have names of their own in UTF-8; no size is more than deflate can reach from the packed
// bytes. Throws ConfigError with one line that starts with `source`.
[[nodiscard]] std::vector<ZipMember> parse_zip(std::span<const uint8_t> bytes,
                                               const std::string& source);

// The bytes of a deflated member. Throws ConfigError: broken, or of another length than declared.
[[nodiscard]] std::vector<uint8_t> inflate_member(const ZipMember& member,
                                                  const std::string& source);
// Throws ConfigError where the unpacked bytes have another checksum.
void check_crc(const ZipMember& member, std::span<const uint8_t> unpacked,
               const std::string& source);

}  // namespace olivine
