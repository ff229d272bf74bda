// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <utility>

#include "experiments/sweep/spec/spec_parts.h"
#include "experiments/sweep/spec/value.h"
#include "models/base/text.h"

namespace olivine::sweep {
namespace {

// digits * 10^exponent. Ranges are computed in decimal as they are written: in binary, 0.1 + 2 *
// 0.1 is not 0.3, and an end would be missed.
struct Decimal {
  int64_t digits = 0;  // no trailing zeros
  int exponent = 0;    // 0 of 0

  bool operator==(const Decimal&) const = default;
};

// Bounds scaled digits so that their sums and differences fit 64 bits.
constexpr int64_t kMaxDigits = 1'000'000'000'000'000'000;

Decimal normalized(int64_t digits, int exponent) {
  if (digits == 0) return {};
  while (digits % 10 == 0) {
    digits /= 10;
    ++exponent;
  }
  return {digits, exponent};
}

// Rounded to 15 decimal digits, which every double holds.
Decimal decimal_of(double finite) {
  std::string text = fmt::format("{:.14e}", finite);  // "-1.23456789012345e+06"
  const size_t e = text.find('e');
  const int exponent = static_cast<int>(parse_int(text.substr(e + 2)).value_or(0));
  const bool is_small = text[e + 1] == '-';
  text.resize(e);
  std::erase(text, '.');
  return normalized(parse_int(text).value_or(0), (is_small ? -exponent : exponent) - 14);
}

double to_double(const Decimal& decimal) {
  const auto number = parse_number(fmt::format("{}e{}", decimal.digits, decimal.exponent));
  const bool is_large = decimal.exponent > 0;
  return number.value_or(is_large ? std::numeric_limits<double>::infinity() : 0);
}

// The digits at a smaller exponent; nothing where they are too many.
std::optional<int64_t> scaled(const Decimal& decimal, int exponent) {
  int64_t digits = decimal.digits;
  if (digits == 0) return digits;
  for (int i = decimal.exponent; i > exponent; --i) {
    if (std::abs(digits) > kMaxDigits / 10) return std::nullopt;
    digits *= 10;
  }
  return digits;
}

std::optional<Decimal> product(const Decimal& a, const Decimal& b) {
  int64_t digits = 0;
  if (__builtin_mul_overflow(a.digits, b.digits, &digits)) return std::nullopt;
  if (digits > kMaxDigits || digits < -kMaxDigits) return std::nullopt;
  return normalized(digits, a.exponent + b.exponent);
}

enum class Unit : uint8_t { None, Bytes, Hertz };

struct Quantity {
  std::string text;  // as written
  Decimal number;
  Unit unit = Unit::None;
};

Unit unit_of(std::string_view text) {
  if (text.ends_with("Hz")) return Unit::Hertz;
  return text.ends_with('B') ? Unit::Bytes : Unit::None;
}

std::optional<double> number_of(std::string_view text, Unit unit) {
  if (unit == Unit::Hertz) return parse_frequency(text);
  if (unit == Unit::None) return parse_number(text);
  const auto bytes = parse_bytes(text);
  return bytes ? std::optional{static_cast<double>(*bytes)} : std::nullopt;
}

// One range on its way from its map to texts.
class RangeReader {
 public:
  RangeReader(const YamlNode& map, const std::string& key, Problems& problems)
      : map_(map), key_(key), problems_(problems) {}

  std::vector<std::string> read() {
    const bool is_geometric = map_.find("factor") != nullptr;
    const bool is_arithmetic = map_.find("step") != nullptr;
    if (is_geometric == is_arithmetic) {
      fail("a range has from, to and one of step and factor");
      return {};
    }
    const auto from = quantity("from");
    const auto to = quantity("to");
    const auto by = quantity(is_geometric ? "factor" : "step");
    if (!from || !to || !by || !has_one_unit({*from, *to, *by})) return {};
    from_ = *from;
    to_ = *to;
    by_ = *by;
    if (is_geometric) {
      multiply();
    } else {
      add();
    }
    return std::move(texts_);
  }

 private:
  void fail(std::string_view problem) {
    problems_.add(fmt::format("{}: {}: {}", map_.place, key_, problem));
    texts_.clear();
  }

  std::optional<Quantity> quantity(std::string_view name) {
    const YamlNode* node = map_.find(name);
    if (node == nullptr) {
      fail(fmt::format("{} is missing", name));
      return std::nullopt;
    }
    const auto text = read_scalar(*node, fmt::format("{}.{}", key_, name), problems_);
    if (!text) return std::nullopt;
    const Unit unit = unit_of(*text);
    const auto number = number_of(*text, unit);
    if (!number || !std::isfinite(*number)) {
      fail(fmt::format("{} = {}: must be a number, a byte size or a frequency", name, *text));
      return std::nullopt;
    }
    const Decimal decimal = decimal_of(*number);
    // A frequency may differ by what its unit's factor rounds: 1.07GHz.
    if (unit != Unit::Hertz && to_double(decimal) != *number) {
      fail(fmt::format("{} = {}: must have at most 15 digits", name, *text));
      return std::nullopt;
    }
    return Quantity{*text, decimal, unit};
  }

  bool has_one_unit(const std::vector<Quantity>& parts) {
    for (const Quantity& part : parts) {
      if (part.unit == Unit::None) continue;
      if (unit_ != Unit::None && unit_ != part.unit) {
        fail("mixes byte sizes and frequencies");
        return false;
      }
      unit_ = part.unit;
    }
    return true;
  }

  [[nodiscard]] std::string text_of(const Decimal& value) const {
    const double number = to_double(value);
    if (unit_ == Unit::Hertz) return format_frequency(number);
    const auto whole =
        unit_ == Unit::Bytes && value.exponent >= 0 ? scaled(value, 0) : std::nullopt;
    return whole ? format_bytes(*whole) : to_text(Value{number});
  }

  void append(const Decimal& value) {
    if (unit_ == Unit::Bytes && value.exponent < 0) has_fraction_ = true;
    texts_.push_back(text_of(value));
  }
  void check_fractions() {
    if (has_fraction_) fail("has values that are no whole number of bytes");
  }

  void fail_on_direction(std::string_view name) {
    fail(fmt::format("{} = {}: must lead from {} to {}", name, by_.text, from_.text, to_.text));
  }
  void fail_on_end(const Decimal& before, const Decimal& after) {
    fail(fmt::format("to = {}: no value of the range; the nearest ends are {} and {}", to_.text,
                     text_of(before), text_of(after)));
  }

  void add() {
    const int exponent =
        std::min({from_.number.exponent, to_.number.exponent, by_.number.exponent});
    const auto from = scaled(from_.number, exponent);
    const auto to = scaled(to_.number, exponent);
    const auto step = scaled(by_.number, exponent);
    if (!from || !to || !step) {
      fail("from, to and step differ by more than 18 digits");
      return;
    }
    const int64_t span = *to - *from;
    if (*step == 0 || (span != 0 && (span > 0) != (*step > 0))) {
      fail_on_direction("step");
      return;
    }
    const int64_t steps = span / *step;
    if (steps >= static_cast<int64_t>(kMaxAxisValues)) {
      fail(fmt::format("{} values: must be at most {}", steps + 1, kMaxAxisValues));
      return;
    }
    const auto value = [&](int64_t i) { return normalized(*from + i * *step, exponent); };
    if (span % *step != 0) {
      fail_on_end(value(steps), value(steps + 1));
      return;
    }
    for (int64_t i = 0; i <= steps; ++i) append(value(i));
    check_fractions();
  }

  // Whether repeated multiplication moves from `from_` towards `to_` at all.
  [[nodiscard]] bool leads_to_end() const {
    const double from = to_double(from_.number);
    const double to = to_double(to_.number);
    const double factor = to_double(by_.number);
    const bool is_possible = by_.unit == Unit::None && factor > 0 && factor != 1 && from != 0;
    if (!is_possible || (from > 0) != (to > 0)) return false;
    return from == to || (std::abs(to) > std::abs(from)) == (factor > 1);
  }

  void multiply() {
    if (!leads_to_end()) {
      fail_on_direction("factor");
      return;
    }
    const bool grows = to_double(by_.number) > 1;
    const double end = std::abs(to_double(to_.number));
    Decimal value = from_.number;
    append(value);
    while (value != to_.number) {
      const auto next = product(value, by_.number);
      if (!next) {
        fail(fmt::format("to = {}: values have more than 18 digits before it", to_.text));
        return;
      }
      const double size = std::abs(to_double(*next));
      if (*next != to_.number && (grows ? size > end : size < end)) {
        fail_on_end(value, *next);
        return;
      }
      value = *next;
      append(value);
    }
    check_fractions();
  }

  const YamlNode& map_;
  const std::string& key_;
  Problems& problems_;
  Unit unit_ = Unit::None;
  Quantity from_, to_, by_;
  std::vector<std::string> texts_;
  bool has_fraction_ = false;
};

}  // namespace

std::vector<std::string> read_range(const YamlNode& map, const std::string& key,
                                    Problems& problems) {
  return RangeReader{map, key, problems}.read();
}

}  // namespace olivine::sweep
