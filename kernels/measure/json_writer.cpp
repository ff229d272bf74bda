// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "kernels/measure/print_text.h"

namespace olivine::measure {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// Bytes of the code point that starts `text`, or 0 where it is no well-formed UTF-8 (Unicode 15.0,
// table 3-7).
size_t code_point_bytes(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80U) return 1;
  const size_t count = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U) return 0;
  const unsigned second = byte_at(text, 1);
  const unsigned lowest = first == 0xE0U ? 0xA0U : first == 0xF0U ? 0x90U : 0x80U;
  const unsigned highest = first == 0xEDU ? 0x9FU : first == 0xF4U ? 0x8FU : 0xBFU;
  if (second < lowest || second > highest) return 0;
  for (size_t i = 2; i < count; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return 0;
  }
  return count;
}

std::string escaped_ascii(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto code = static_cast<unsigned>(static_cast<unsigned char>(c));
  return code < 0x20U || code == 0x7FU ? print_text("\\u%04x", code) : std::string(1, c);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const size_t count = code_point_bytes(text.substr(at));
    if (count == 1) {
      out += escaped_ascii(text[at]);
    } else {
      out += count == 0 ? kReplacement : text.substr(at, count);
    }
    at += count == 0 ? 1 : count;
  }
  return out + "\"";
}

}  // namespace

void JsonWriter::separate() {
  if (has_key_) {
    has_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  out_ += levels_.back().is_empty ? "\n" : ",\n";
  out_.append(2 * levels_.size(), ' ');
  levels_.back().is_empty = false;
}

void JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  levels_.emplace_back();
}

void JsonWriter::end(char bracket) {
  const bool is_empty = levels_.back().is_empty;
  levels_.pop_back();
  if (!is_empty) {
    out_ += "\n";
    out_.append(2 * levels_.size(), ' ');
  }
  out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
  separate();
  levels_.back().key = name;
  out_ += quoted(name) + ": ";
  has_key_ = true;
}

void JsonWriter::put_scalar(std::string_view text) {
  separate();
  out_ += text;
}

void JsonWriter::value(std::string_view text) { put_scalar(quoted(text)); }

void JsonWriter::null() { put_scalar("null"); }

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) {
    throw std::domain_error{print_text("%s = %g: no number of JSON", path().c_str(), number)};
  }
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  put_scalar({buffer.data(), static_cast<size_t>(result.ptr - buffer.data())});
}

std::string JsonWriter::path() const {
  std::string path;
  for (const Level& level : levels_) {
    if (level.key.empty()) continue;
    path += (path.empty() ? "" : ".") + level.key;
  }
  return path;
}

}  // namespace olivine::measure
