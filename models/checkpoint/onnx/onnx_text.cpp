// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>

#include "models/checkpoint/onnx/onnx_tensor.h"
#include "models/checkpoint/onnx/protobuf_wire.h"
#include "models/checkpoint/utf8.h"

namespace olivine {
namespace {

constexpr size_t kMaxTextBytes = 1024;

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7F;
}

}  // namespace

std::string_view read_onnx_text(const WireReader& reader, const WireField& field) {
  reader.expect(field, WireType::LengthDelimited);
  if (field.bytes.size() > kMaxTextBytes) {
    reader.fail(
        fmt::format("text of {} bytes: must be at most {}", field.bytes.size(), kMaxTextBytes));
  }
  const std::string_view text{reinterpret_cast<const char*>(field.bytes.data()),
                              field.bytes.size()};
  if (!is_utf8_name(text) || std::any_of(text.begin(), text.end(), is_control)) {
    reader.fail("text that is no printable UTF-8");
  }
  return text;
}

}  // namespace olivine
