// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/weight_density.h"

#include "models/base/text.h"
#include "models/numerics/bitmap.h"

namespace olivine {
namespace {

constexpr size_t kDigits = 3;  // after the point: thousandths

bool is_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<WeightDensity> parse_weight_density(std::string_view text) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction{point == std::string_view::npos ? "" : text.substr(point + 1)};
  const bool has_fraction = point != std::string_view::npos;
  if (whole.size() != 1 || !is_digits(whole) || !is_digits(fraction)) return std::nullopt;
  if (has_fraction && (fraction.empty() || fraction.size() > kDigits)) return std::nullopt;
  fraction.resize(kDigits, '0');
  const int64_t per_mille = *parse_int(whole) * WeightDensity::kWhole + *parse_int(fraction);
  if (per_mille < 1 || per_mille > WeightDensity::kWhole) return std::nullopt;
  return WeightDensity{static_cast<int32_t>(per_mille)};
}

std::string to_string(WeightDensity density) {
  if (density.is_dense()) return "1";
  std::string digits = std::to_string(WeightDensity::kWhole + density.per_mille).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return "0." + digits;
}

double as_number(WeightDensity density) {
  return static_cast<double>(density.per_mille) / WeightDensity::kWhole;
}

int64_t kept_elems(Format format, int64_t k, WeightDensity density) {
  const int64_t unit = info(format).is_ovp ? 2 : 1;
  const int64_t units = ceil_div(k, unit);
  return unit *
         ((2 * units * density.per_mille + WeightDensity::kWhole) / (2 * WeightDensity::kWhole));
}

int64_t compressed_bytes(Format format, int64_t rows, int64_t k, WeightDensity density) {
  return rows * static_cast<int64_t>(bitmap_bytes(format, 1, k, kept_elems(format, k, density)));
}

}  // namespace olivine
