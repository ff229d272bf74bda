// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include "models/checkpoint/onnx/onnx_tensor.h"

namespace olivine {
namespace {

constexpr size_t kMaxTextBytes = 1024;

// Bytes of the code point that begins here; 0 where none does (RFC 3629: no longer form than
// needed, no surrogate, nothing above U+10FFFF). Control characters are none either.
size_t printable_bytes(std::span<const uint8_t> text) {
  const uint8_t lead = text[0];
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  const size_t count = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < count) return 0;
  uint32_t code = lead & (0xFFu >> (count + 1));
  for (size_t i = 1; i < count; ++i) {
    if ((text[i] & 0xC0u) != 0x80u) return 0;
    code = code << 6 | (text[i] & 0x3Fu);
  }
  const bool is_short = (count == 3 && code < 0x800) || (count == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool is_control = code < 0xA0;
  return is_short || is_surrogate || is_control || code > 0x10FFFF ? 0 : count;
}

}  // namespace

std::string_view read_onnx_text(const WireReader& reader, const WireField& field) {
  reader.expect(field, WireType::LengthDelimited);
  if (field.bytes.size() > kMaxTextBytes) {
    reader.fail(
        fmt::format("text of {} bytes: must be at most {}", field.bytes.size(), kMaxTextBytes));
  }
  auto rest = field.bytes;
  while (!rest.empty()) {
    const size_t count = printable_bytes(rest);
    if (count == 0) reader.fail("text that is no printable UTF-8");
    rest = rest.subspan(count);
  }
  return {reinterpret_cast<const char*>(field.bytes.data()), field.bytes.size()};
}

}  // namespace olivine
