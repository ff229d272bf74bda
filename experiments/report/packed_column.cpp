// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/report/packed_column.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace olivine::report {
namespace {

using Json = nlohmann::ordered_json;

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t byte = 0; byte < 3; ++byte) {
      group = group << 8U | (byte < count ? static_cast<uint8_t>(bytes[i + byte]) : 0U);
    }
    for (size_t digit = 0; digit < 4; ++digit) {
      text += digit <= count ? kDigits[group >> (18 - 6 * digit) & 63U] : '=';
    }
  }
  return text;
}

void append_little_endian(std::string& bytes, uint64_t value, size_t width) {
  for (size_t byte = 0; byte < width; ++byte) {
    bytes += static_cast<char>(value >> (8 * byte) & 0xffU);
  }
}

// In the smallest type that holds the largest of them.
Json packed_whole(std::span<const uint32_t> numbers) {
  const uint32_t largest = numbers.empty() ? 0 : std::ranges::max(numbers);
  const size_t width = largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : 4;
  std::string bytes;
  bytes.reserve(numbers.size() * width);
  for (const uint32_t number : numbers) append_little_endian(bytes, number, width);
  return {{"type", width == 1 ? "u8" : width == 2 ? "u16" : "u32"}, {"data", base64(bytes)}};
}

bool is_whole(double number) {
  return number >= 0 && number <= std::numeric_limits<uint32_t>::max() &&
         std::trunc(number) == number && !std::signbit(number);
}

// Every NaN is one value here. Bits, so that 0 and -0 stay two.
uint64_t bits_of(double number) {
  return std::bit_cast<uint64_t>(std::isnan(number) ? std::numeric_limits<double>::quiet_NaN()
                                                    : number);
}

std::vector<uint64_t> distinct_bits(std::span<const double> numbers) {
  std::vector<uint64_t> bits;
  bits.reserve(numbers.size());
  for (const double number : numbers) bits.push_back(bits_of(number));
  std::ranges::sort(bits);
  bits.erase(std::unique(bits.begin(), bits.end()), bits.end());
  return bits;
}

Json packed_by_value(std::span<const double> numbers, const std::vector<uint64_t>& distinct) {
  std::vector<uint32_t> positions;
  positions.reserve(numbers.size());
  for (const double number : numbers) {
    const auto at = std::ranges::lower_bound(distinct, bits_of(number));
    positions.push_back(static_cast<uint32_t>(at - distinct.begin()));
  }
  Json json = packed_whole(positions);
  json["values"] = Json::array();
  for (const uint64_t bits : distinct) {
    const auto number = std::bit_cast<double>(bits);
    json["values"].push_back(std::isfinite(number) ? Json(number) : Json());
  }
  return json;
}

}  // namespace

Json packed_numbers(std::span<const double> numbers) {
  // A value that stands in a list takes some twenty characters.
  constexpr size_t kFewest = 16;
  constexpr size_t kRowsAValue = 4;
  const bool is_whole_column = std::ranges::all_of(numbers, is_whole);
  const std::vector<uint64_t> distinct = distinct_bits(numbers);
  const bool is_listed = distinct.size() <= UINT16_MAX + size_t{1} &&
                         distinct.size() <= std::max(kFewest, numbers.size() / kRowsAValue);
  if (is_listed && std::ranges::none_of(numbers, [](double n) { return std::isinf(n); })) {
    return packed_by_value(numbers, distinct);
  }
  if (is_whole_column) {
    std::vector<uint32_t> whole;
    whole.reserve(numbers.size());
    for (const double number : numbers) whole.push_back(static_cast<uint32_t>(number));
    return packed_whole(whole);
  }
  std::string bytes;
  bytes.reserve(numbers.size() * sizeof(double));
  for (const double number : numbers) append_little_endian(bytes, bits_of(number), sizeof(double));
  return {{"type", "f64"}, {"data", base64(bytes)}};
}

Json packed_positions(std::span<const uint32_t> positions) { return packed_whole(positions); }

}  // namespace olivine::report
