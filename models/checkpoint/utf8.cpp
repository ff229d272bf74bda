// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/utf8.h"

#include <array>
#include <cstdint>

namespace olivine {
namespace {

// Code points that `length` bytes may stand for, and the first byte's mark.
struct Form {
  size_t length;
  uint8_t mask;
  uint8_t mark;
  uint32_t lowest;
};
constexpr std::array kForms = {Form{1, 0x80, 0x00, 1}, Form{2, 0xE0, 0xC0, 0x80},
                               Form{3, 0xF0, 0xE0, 0x800}, Form{4, 0xF8, 0xF0, 0x10000}};

constexpr uint32_t kHighestCodePoint = 0x10FFFF;

bool is_surrogate(uint32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

// Bytes of the code point that `text` starts with, 0 where there is none.
size_t length_of_first(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  for (const Form& form : kForms) {
    if ((first & form.mask) != form.mark) continue;
    if (text.size() < form.length) return 0;
    uint32_t point = first & static_cast<uint8_t>(~form.mask);
    for (size_t i = 1; i < form.length; ++i) {
      const auto next = static_cast<uint8_t>(text[i]);
      if ((next & 0xC0u) != 0x80u) return 0;
      point = point << 6 | (next & 0x3Fu);
    }
    const bool is_legal = point >= form.lowest && point <= kHighestCodePoint;
    return is_legal && !is_surrogate(point) ? form.length : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8_name(std::string_view text) {
  while (!text.empty()) {
    const size_t length = length_of_first(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace olivine
