// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace olivine {
namespace {

struct UnitName {
  std::string_view suffix;
  double factor;
};

constexpr std::array kByteUnits = {UnitName{"GiB", 1024.0 * 1024 * 1024},
                                   UnitName{"MiB", 1024.0 * 1024},
                                   UnitName{"KiB", 1024.0},
                                   UnitName{"GB", 1e9},
                                   UnitName{"MB", 1e6},
                                   UnitName{"kB", 1e3},
                                   UnitName{"B", 1.0}};
constexpr std::array kFrequencyUnits = {UnitName{"GHz", 1e9}, UnitName{"MHz", 1e6},
                                        UnitName{"kHz", 1e3}, UnitName{"Hz", 1.0}};

std::optional<double> parse_with_units(std::string_view text, std::span<const UnitName> units) {
  text = trim(text);
  double factor = 1.0;
  for (const UnitName& unit : units) {
    if (text.ends_with(unit.suffix)) {
      text = trim(text.substr(0, text.size() - unit.suffix.size()));
      factor = unit.factor;
      break;
    }
  }
  const auto number = parse_number(text);
  if (!number) return std::nullopt;
  return *number * factor;
}

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest_name(std::string_view name,
                                        std::span<const std::string> candidates) {
  constexpr size_t kLongestName = 256;  // longer input is no typo, and distance is quadratic
  if (name.size() > kLongestName) return std::nullopt;
  std::optional<std::string> best;
  // A name cut short is more likely than a typo.
  constexpr size_t kShortestStem = 3;
  for (const std::string& candidate : candidates) {
    const bool is_stem = name.size() >= kShortestStem && candidate.starts_with(name);
    if (is_stem && (!best || candidate.size() < best->size())) best = candidate;
  }
  if (best) return best;
  size_t best_distance = std::numeric_limits<size_t>::max();
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    const size_t limit = std::max<size_t>(2, std::max(name.size(), candidate.size()) / 3);
    if (distance <= limit && distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, std::span<const std::string> candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string{};
}

std::optional<int64_t> parse_int(std::string_view text) {
  text = trim(text);
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_bytes(std::string_view text) {
  const auto value = parse_with_units(text, kByteUnits);
  if (!value || *value != std::floor(*value) || std::abs(*value) > 9e15) return std::nullopt;
  return static_cast<int64_t>(*value);
}

std::optional<int64_t> parse_address(std::string_view text) {
  text = trim(text);
  if (!text.starts_with("0x") && !text.starts_with("0X")) {
    const auto count = parse_int(text);
    return count ? count : parse_bytes(text);
  }
  text.remove_prefix(2);
  if (text.starts_with('-')) return std::nullopt;
  int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_frequency(std::string_view text) {
  return parse_with_units(text, kFrequencyUnits);
}

std::string format_bytes(int64_t bytes) {
  constexpr std::array<std::pair<int64_t, const char*>, 3> kUnits = {
      {{int64_t{1} << 30, "GiB"}, {int64_t{1} << 20, "MiB"}, {int64_t{1} << 10, "KiB"}}};
  for (const auto& [size, name] : kUnits) {
    if (bytes != 0 && bytes % size == 0) return fmt::format("{}{}", bytes / size, name);
  }
  return fmt::format("{}B", bytes);
}

std::string format_frequency(double hertz) {
  for (const UnitName& unit : kFrequencyUnits) {
    if (hertz < unit.factor) continue;
    std::string text = fmt::format("{:.6g}{}", hertz / unit.factor, unit.suffix);
    if (parse_frequency(text) == hertz) return text;
  }
  return fmt::format("{}Hz", hertz);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  while (true) {
    const size_t end = text.find(separator, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

}  // namespace olivine
