// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/cli/numbers.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

namespace olivine::cli {
namespace {

using Unit = std::pair<double, const char*>;  // descending

constexpr std::array kTimeUnits = {Unit{1.0, "s"}, Unit{1e-3, "ms"}, Unit{1e-6, "us"},
                                   Unit{1e-9, "ns"}};
constexpr std::array kEnergyUnits = {Unit{1e12, "J"}, Unit{1e9, "mJ"}, Unit{1e6, "uJ"},
                                     Unit{1e3, "nJ"}, Unit{1.0, "pJ"}};
constexpr std::array kByteUnits = {Unit{1024.0 * 1024 * 1024, "GiB"}, Unit{1024.0 * 1024, "MiB"},
                                   Unit{1024.0, "KiB"}};

// Three significant digits without an exponent.
std::string three_digits(double value) {
  const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string in_unit(double value, std::span<const Unit> units) {
  for (const auto& [size, name] : units) {
    if (value >= size) return fmt::format("{} {}", three_digits(value / size), name);
  }
  return fmt::format("{} {}", three_digits(value / units.back().first), units.back().second);
}

}  // namespace

std::string with_separators(uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), 1, ',');
  }
  return digits;
}

std::string time_text(double seconds) { return in_unit(seconds, kTimeUnits); }
std::string energy_text(double picojoules) { return in_unit(picojoules, kEnergyUnits); }

std::string byte_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  return in_unit(static_cast<double>(bytes), kByteUnits);
}

std::string area_text(double square_micrometres) {
  return fmt::format("{:.4f} mm2", square_micrometres / 1e6);
}

std::string percent_text(double part, double whole) {
  return whole == 0 ? "0 %" : fmt::format("{:.1f} %", 100.0 * part / whole);
}

}  // namespace olivine::cli
