// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// What the elements of a stored tensor are as float32.
#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "models/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/numerics/float_formats.h"

namespace olivine {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are stored");

template <class T>
T load(const uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// As float_from_fp16 but without its table, so that loops become vector instructions: the code's
// exponent and mantissa, put where those of a float are, lack a factor 2^(127 - 15), which is exact
// for subnormals too. An exponent of 31 then becomes that of infinity and NaN.
float widen_fp16(uint16_t code) {
  const uint32_t magnitude = code & 0x7FFFu;
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112f;
  const uint32_t special = magnitude >= 0x7C00u ? 0x7F800000u : 0u;
  const uint32_t sign = (code & 0x8000u) << 16;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | special | sign);
}

const std::array<float, 256>& fp8_table() {
  static const auto kTable = [] {
    std::array<float, 256> table{};
    for (size_t code = 0; code < table.size(); ++code) {
      table[code] = float_from_fp8(static_cast<uint8_t>(code));
    }
    return table;
  }();
  return kTable;
}

template <class Stored, class Widen>
void widen_all(const uint8_t* bytes, std::span<float> out, Widen widen) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = widen(load<Stored>(bytes + i * sizeof(Stored)));
}

// Contract: `bytes` hold out.size() elements. False where the type has no floats.
bool widen(ElementType type, const uint8_t* bytes, std::span<float> out) {
  switch (type) {
    case ElementType::F32:
      std::memcpy(out.data(), bytes, out.size_bytes());
      return true;
    case ElementType::F16:
      widen_all<uint16_t>(bytes, out, widen_fp16);
      return true;
    case ElementType::Bf16:
      widen_all<uint16_t>(bytes, out, float_from_bf16);
      return true;
    case ElementType::F64:
      widen_all<double>(bytes, out, [](double value) { return static_cast<float>(value); });
      return true;
    case ElementType::F8E4M3:
      widen_all<uint8_t>(bytes, out, [&table = fp8_table()](uint8_t code) { return table[code]; });
      return true;
    case ElementType::F8E5M2:  // the upper half of fp16
      widen_all<uint8_t>(bytes, out,
                         [](uint8_t code) { return widen_fp16(static_cast<uint16_t>(code << 8)); });
      return true;
    case ElementType::Bool:
    case ElementType::U8:
    case ElementType::I8:
    case ElementType::U16:
    case ElementType::I16:
    case ElementType::U32:
    case ElementType::I32:
    case ElementType::U64:
    case ElementType::I64:
      return false;
  }
  return false;
}

}  // namespace

void StoredTensor::read_floats(int64_t first, std::span<float> out) const {
  const int64_t count = element_count();
  if (!info(type).is_float) {
    throw ConfigError{fmt::format("{}: holds {}: must be a float type", name, name_of(type))};
  }
  if (first < 0 || first > count || out.size() > static_cast<uint64_t>(count - first)) {
    throw ShapeError{fmt::format("{}: elements {}..{}: the tensor has {}", name, first,
                                 static_cast<uint64_t>(first) + out.size(), count)};
  }
  if (out.empty()) return;
  const size_t offset = static_cast<size_t>(first) * static_cast<size_t>(info(type).bytes);
  OLV_CHECK(widen(type, bytes.data() + offset, out), "{}", name_of(type));
}

std::vector<float> StoredTensor::floats() const {
  std::vector<float> values(static_cast<size_t>(element_count()));
  read_floats(0, values);
  return values;
}

}  // namespace olivine
