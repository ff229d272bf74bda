// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace olivine::test {

// Writes protocol buffers, legal ones and others.
class Wire {
 public:
  Wire& raw(std::string_view bytes) {
    text_ += bytes;
    return *this;
  }
  Wire& varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
    return *this;
  }
  Wire& tag(uint32_t number, uint32_t type) { return varint(uint64_t{number} << 3 | type); }
  Wire& number(uint32_t field, int64_t value) {
    return tag(field, 0).varint(static_cast<uint64_t>(value));
  }
  Wire& bytes(uint32_t field, std::string_view value) {
    return tag(field, 2).varint(value.size()).raw(value);
  }
  Wire& message(uint32_t field, const Wire& value) { return bytes(field, value.text_); }
  Wire& packed(uint32_t field, const std::vector<int64_t>& values) {
    Wire content;
    for (const int64_t value : values) content.varint(static_cast<uint64_t>(value));
    return message(field, content);
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::span<const uint8_t> span() const {
    return {reinterpret_cast<const uint8_t*>(text_.data()), text_.size()};
  }

 private:
  std::string text_;
};

}  // namespace olivine::test
