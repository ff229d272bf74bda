// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/checkpoint/onnx/protobuf_wire.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr size_t kMaxVarintBytes = 10;
constexpr unsigned kBitsAByte = 7;  // of a varint; the eighth says that more follow
constexpr uint8_t kMoreFollow = 0x80;
constexpr uint64_t kMaxFieldNumber = (uint64_t{1} << 29) - 1;
constexpr unsigned kTypeBits = 3;

enum class VarintEnd : uint8_t { Complete, Truncated, TooLong };

struct Varint {
  uint64_t value = 0;
  size_t byte_count = 0;
  VarintEnd end = VarintEnd::Truncated;
};

Varint decode_varint(std::span<const uint8_t> bytes) {
  Varint varint;
  for (size_t i = 0; i < std::min(bytes.size(), kMaxVarintBytes); ++i) {
    const uint64_t part = bytes[i] & (kMoreFollow - 1u);
    // The tenth byte has one bit left of 64.
    if (i + 1 == kMaxVarintBytes && part > 1) break;
    varint.value |= part << (kBitsAByte * i);
    if ((bytes[i] & kMoreFollow) == 0) {
      varint.byte_count = i + 1;
      varint.end = VarintEnd::Complete;
      return varint;
    }
  }
  varint.end = bytes.size() < kMaxVarintBytes ? VarintEnd::Truncated : VarintEnd::TooLong;
  return varint;
}

std::optional<WireType> wire_type(uint64_t tag) {
  const uint64_t code = tag & ((uint64_t{1} << kTypeBits) - 1);
  for (const WireType type :
       {WireType::Varint, WireType::Fixed64, WireType::LengthDelimited, WireType::Fixed32}) {
    if (static_cast<uint64_t>(type) == code) return type;
  }
  return std::nullopt;
}

uint64_t little_endian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return value;
}

const char* name_of(WireType type) {
  switch (type) {
    case WireType::Varint:
      return "a varint";
    case WireType::Fixed64:
      return "64 bits";
    case WireType::LengthDelimited:
      return "a length and bytes";
    case WireType::Fixed32:
      return "32 bits";
  }
  OLV_CHECK(false, "wire type {}", static_cast<int>(type));
}

}  // namespace

void WireInput::fail(const uint8_t* place, std::string_view reason) const {
  throw ConfigError{fmt::format("{}: byte {}: {}", source, place - bytes.data(), reason)};
}

uint64_t WireReader::read_varint() {
  const Varint varint = decode_varint(rest_);
  switch (varint.end) {
    case VarintEnd::Complete:
      break;
    case VarintEnd::Truncated:
      fail("the message ends inside a varint");
    case VarintEnd::TooLong:
      fail(fmt::format("a varint of more than {} bytes or 64 bits", kMaxVarintBytes));
  }
  rest_ = rest_.subspan(varint.byte_count);
  return varint.value;
}

std::span<const uint8_t> WireReader::take(uint64_t byte_count) {
  if (byte_count > rest_.size()) {
    fail(fmt::format("{} bytes: the message has {} left", byte_count, rest_.size()));
  }
  const auto bytes = rest_.first(static_cast<size_t>(byte_count));
  rest_ = rest_.subspan(bytes.size());
  return bytes;
}

std::optional<WireField> WireReader::next_field() {
  if (rest_.empty()) return std::nullopt;
  first_ = rest_.data();
  const uint64_t tag = read_varint();
  const uint64_t number = tag >> kTypeBits;
  if (number == 0 || number > kMaxFieldNumber) {
    fail(fmt::format("field {}: must be 1..{}", number, kMaxFieldNumber));
  }
  const auto type = wire_type(tag);
  if (!type) fail(fmt::format("field {}: a group or no wire type", number));
  WireField field{static_cast<uint32_t>(number), *type, 0, {}};
  switch (*type) {
    case WireType::Varint:
      field.value = read_varint();
      break;
    case WireType::Fixed64:
      field.value = little_endian(take(sizeof(uint64_t)));
      break;
    case WireType::LengthDelimited:
      field.bytes = take(read_varint());
      break;
    case WireType::Fixed32:
      field.value = little_endian(take(sizeof(uint32_t)));
      break;
  }
  return field;
}

std::optional<uint64_t> WireReader::next_varint() {
  if (rest_.empty()) return std::nullopt;
  first_ = rest_.data();
  return read_varint();
}

void WireReader::expect(const WireField& field, WireType type) const {
  if (field.type == type) return;
  fail(
      fmt::format("field {}: is {}, must be {}", field.number, name_of(field.type), name_of(type)));
}

bool try_next_field(std::span<const uint8_t>& rest, WireField& field) {
  const Varint tag = decode_varint(rest);
  if (tag.end != VarintEnd::Complete) return false;
  const auto type = wire_type(tag.value);
  const uint64_t number = tag.value >> kTypeBits;
  if (!type || number == 0 || number > kMaxFieldNumber) return false;
  rest = rest.subspan(tag.byte_count);
  field = {static_cast<uint32_t>(number), *type, 0, {}};
  uint64_t byte_count = *type == WireType::Fixed64 ? sizeof(uint64_t) : sizeof(uint32_t);
  if (*type == WireType::Varint || *type == WireType::LengthDelimited) {
    const Varint varint = decode_varint(rest);
    if (varint.end != VarintEnd::Complete) return false;
    rest = rest.subspan(varint.byte_count);
    field.value = varint.value;
    byte_count = *type == WireType::Varint ? 0 : varint.value;
  }
  field.bytes = rest.first(static_cast<size_t>(std::min<uint64_t>(byte_count, rest.size())));
  rest = rest.subspan(field.bytes.size());
  return true;
}

}  // namespace olivine
