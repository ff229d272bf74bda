// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/sweep/space/point_hash.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL  // nothing to link NOLINT(readability-identifier-naming)
#include <xxhash.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "models/base/error.h"

namespace olivine::sweep {

PointHash hash_of(std::string_view text) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(text.data(), text.size()));
  PointHash hash;
  static_assert(sizeof(canonical.digest) == sizeof(hash.bytes));
  std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.bytes.begin());
  return hash;
}

void append_field(std::string& text, std::string_view key, std::string_view value) {
  text += key;
  text += '=';
  text += std::to_string(value.size());
  text += ':';
  text += value;
  text += '\n';
}

std::string PointHash::hex() const {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

uint64_t PointHash::shard(uint64_t count) const {
  OLV_CHECK(count > 0);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) number = number << 8 | bytes[i];
  return number % count;
}

}  // namespace olivine::sweep
