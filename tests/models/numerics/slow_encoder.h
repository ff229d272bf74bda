// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "models/base/rng.h"
#include "models/numerics/quantize.h"

namespace olivine::testing {

// The encoder of DESIGN's definition, written as slowly as it reads: compares a quotient with every
// legal value of the format. Independent of the library's grids.

// Legal normal and outlier magnitudes of a format (OliVe Tables 3 and 4).
inline std::vector<int32_t> normal_magnitudes(Format format) {
  if (format == Format::Ovp4f) return {0, 1, 2, 3, 4, 6, 8, 16};
  std::vector<int32_t> result;
  for (int32_t i = 0; i <= (info(format).bits == 4 ? 7 : 127); ++i) result.push_back(i);
  return result;
}

inline std::vector<int32_t> outlier_magnitudes(Format format) {
  if (format == Format::Ovp4) return {12, 16, 24, 32, 48, 64, 96};
  if (format == Format::Ovp4f) return {24, 32, 48, 64, 96, 128, 192};
  std::vector<int32_t> result;
  if (format != Format::Ovp8) return result;
  for (int exponent = 4; exponent <= 11; ++exponent) {
    for (int mantissa = 8; mantissa <= 15; ++mantissa) {
      if (exponent != 4 || mantissa != 8) result.push_back(mantissa << exponent);
    }
  }
  return result;
}

// Nearest magnitude, ties away from zero.
inline int32_t nearest_magnitude(Format format, double magnitude) {
  std::vector<int32_t> points = normal_magnitudes(format);
  for (const int32_t outlier : outlier_magnitudes(format)) points.push_back(outlier);
  int32_t best = 0;
  for (const int32_t point : points) {
    if (std::fabs(magnitude - point) <= std::fabs(magnitude - best)) best = point;
  }
  return best;
}

// The artifact's search over signed values: normals in ascending order, then outliers, keeping the
// last point that is not further away. The start distance of 102400 grid units is far beyond here.
inline int32_t artifact_nearest(Format format, float quotient) {
  std::vector<int32_t> outliers = outlier_magnitudes(format);
  if (format == Format::Ovp8) {
    outliers.clear();  // E2M5: (32 + m) << (e + 2) without the first
    for (int32_t code = 33; code < 160; ++code) {
      outliers.push_back((32 + code % 32) << (code / 32 - 1 + 2));
    }
  }
  std::vector<int32_t> points;
  for (const auto& magnitudes : {normal_magnitudes(format), outliers}) {
    for (auto at = magnitudes.rbegin(); at != magnitudes.rend(); ++at) points.push_back(-*at);
    points.insert(points.end(), magnitudes.begin(), magnitudes.end());
  }
  int32_t best = 0;
  float best_distance = 102400.0F;
  for (const int32_t point : points) {
    const float distance = std::fabs(quotient - static_cast<float>(point));
    if (distance > best_distance) continue;
    best = point;
    best_distance = distance;
  }
  return best;
}

// Integers of one row, padded to whole pairs, after the pair rule.
inline std::vector<int32_t> slow_encode_row(Format format, std::vector<float> row, float scale) {
  if (info(format).is_ovp && row.size() % 2 != 0) row.push_back(0.0F);
  std::vector<int32_t> result;
  std::vector<float> quotients;
  for (const float value : row) {
    quotients.push_back(std::fabs(value) / scale);
    const int32_t magnitude = nearest_magnitude(format, static_cast<double>(quotients.back()));
    result.push_back(value < 0 ? -magnitude : magnitude);
  }
  if (!info(format).is_ovp) return result;
  const int32_t max_normal = normal_magnitudes(format).back();
  for (size_t i = 0; i + 1 < result.size(); i += 2) {
    const bool is_left_outlier = std::abs(result[i]) > max_normal;
    const bool is_right_outlier = std::abs(result[i + 1]) > max_normal;
    if (!is_left_outlier && !is_right_outlier) continue;
    const bool keeps_left =
        is_left_outlier && (!is_right_outlier || quotients[i] > quotients[i + 1]);
    result[keeps_left ? i + 1 : i] = 0;
  }
  return result;
}

// Bell-shaped data with tails, exact ties and values beyond the grid.
inline std::vector<float> encoder_data(int64_t count, float scale, Rng& rng) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    double value = rng.normal() * 3.0;
    if (rng.chance(0.2)) value *= static_cast<double>(rng.uniform(2, 20000));
    if (rng.chance(0.3)) value = static_cast<double>(rng.uniform(-400, 400)) * 0.5;
    values.push_back(static_cast<float>(value) * scale);
  }
  return values;
}

}  // namespace olivine::testing
