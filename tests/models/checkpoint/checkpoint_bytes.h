// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace olivine::test {

inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
template <class T>
std::span<const uint8_t> bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)};
}

inline void append_little(std::vector<uint8_t>& out, uint64_t value, int byte_count) {
  for (int i = 0; i < byte_count; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
inline void append_text(std::vector<uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// A safetensors file with this header and `data_bytes` bytes 0, 1, 2, ...
inline std::vector<uint8_t> safetensors_of(std::string_view header, size_t data_bytes) {
  std::vector<uint8_t> file;
  append_little(file, header.size(), 8);
  append_text(file, header);
  for (size_t i = 0; i < data_bytes; ++i) file.push_back(static_cast<uint8_t>(i));
  return file;
}

}  // namespace olivine::test
