// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/tensor_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/row_levels.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

// Rows decoded at a time.
constexpr int64_t kBlockRows = 16;

void add_error(TensorQuality& quality, float original, float stored) {
  const auto x = static_cast<double>(original);
  const auto q = static_cast<double>(stored);
  quality.squared_error += (x - q) * (x - q);
  quality.squared_signal += x * x;
  quality.squared_stored += q * q;
  quality.product += x * q;
}

void set_scale_range(TensorQuality& quality, std::span<const float> scales) {
  if (scales.empty()) return;
  const auto [low, high] = std::minmax_element(scales.begin(), scales.end());
  quality.scale_min = *low;
  quality.scale_max = *high;
}

// Whether the rules alone, without the pair beside it, make an outlier of x.
bool is_outlier_alone(const EncodeRules& rules, float x, float scale) {
  const float quotient = x / scale;
  const float magnitude = std::fabs(quotient);
  if (rules.grid.is_unsigned && std::signbit(quotient)) return false;
  const float beyond = magnitude - static_cast<float>(rules.grid.max_value());
  return magnitude >= rules.grid.outlier_boundary() && !(beyond > rules.zero_beyond);
}

void find_reals(const Quantized& quantized, int64_t row, std::vector<float>& reals) {
  const auto first = static_cast<size_t>(row) * reals.size();
  const float scale = quantized.scale(row);
  if (!quantized.rules.grid.is_unsigned) {
    find_row_reals(std::span{quantized.levels}.subspan(first, reals.size()), scale,
                   quantized.rules.grid, best_instruction_set(), reals.data());
    return;
  }
  for (size_t i = 0; i < reals.size(); ++i) {
    reals[i] = static_cast<float>(quantized.integer(static_cast<int64_t>(first + i))) * scale;
  }
}

void check_same_shape(const TensorView& original, int64_t rows, int64_t k) {
  check_shape(original);
  if (original.rows == rows && original.k == k) return;
  throw ShapeError{fmt::format("{}: {} x {} is measured against {} x {}", original.name,
                               original.rows, original.k, rows, k)};
}

// One row of a packed OVP operand: its codes by stored column, and where these are in dense order.
class PackedRow {
 public:
  PackedRow(const PackedMatrix& packed, int64_t row)
      : is_dense_(packed.pattern == Pattern::Dense),
        is_byte_(info(packed.format).bits == 8),
        codes_(packed.codes.data() +
               row * static_cast<int64_t>(
                         code_bytes(packed.format, packed.pattern, 1, packed.k).count())),
        metadata_(packed.metadata.data() +
                  row * static_cast<int64_t>(metadata_bytes(packed.pattern, 1, packed.k).count())) {
  }

  [[nodiscard]] bool is_victim(int64_t column) const {
    if (is_byte_) return codes_[column] == kIdentifier8;
    return (codes_[column / 2] >> (4 * (column % 2)) & 15) == kIdentifier4;
  }
  [[nodiscard]] int64_t dense_index(int64_t column) const {
    if (is_dense_) return column;
    const int64_t group = column / 2;
    const int nibble = metadata_[group / 2] >> (4 * (group % 2)) & 15;
    return 4 * group + (nibble >> (2 * (column % 2)) & 3);
  }

 private:
  bool is_dense_;
  bool is_byte_;
  const uint8_t* codes_;
  const uint8_t* metadata_;
};

void count_row(const EncodeRules& rules, std::span<const float> original, const PackedRow& row,
               float scale, int64_t columns, TensorQuality& quality) {
  const auto k = static_cast<int64_t>(original.size());
  for (int64_t column = 0; column < columns; ++column) {
    if (!row.is_victim(column)) continue;
    const int64_t victim = row.dense_index(column);
    quality.outliers += row.dense_index(column ^ 1) < k ? 1u : 0u;
    if (victim >= k) continue;
    ++quality.victims;
    const float x = original[static_cast<size_t>(victim)];
    quality.outlier_pairs += is_outlier_alone(rules, x, scale) ? 1u : 0u;
  }
}

void count_pairs(const TensorView& original, const PackedMatrix& packed, TensorQuality& quality) {
  const EncodeRules rules = rules_for(packed.format, EncoderPolicy::Paper);
  const int64_t columns = stored_k(packed.format, packed.pattern, packed.k);
  for (int64_t row = 0; row < packed.rows; ++row) {
    const float scale = packed.scales[packed.scales.size() == 1 ? 0 : static_cast<size_t>(row)];
    count_row(
        rules,
        original.values.subspan(static_cast<size_t>(row * packed.k), static_cast<size_t>(packed.k)),
        PackedRow{packed, row}, scale, columns, quality);
  }
}

template <class T>
std::vector<T> row_slice(const std::vector<T>& values, int64_t row, int64_t rows, uint64_t stride) {
  const auto first = values.begin() + row * static_cast<int64_t>(stride);
  return {first, first + rows * static_cast<int64_t>(stride)};
}

// A few rows of an operand, without scales.
PackedMatrix row_block(const PackedMatrix& packed, int64_t row, int64_t rows) {
  const auto codes = code_bytes(packed.format, packed.pattern, 1, packed.k).count();
  const auto metadata = metadata_bytes(packed.pattern, 1, packed.k).count();
  return {packed.format,
          packed.pattern,
          rows,
          packed.k,
          row_slice(packed.codes, row, rows, codes),
          row_slice(packed.metadata, row, rows, metadata),
          {}};
}

}  // namespace

double TensorQuality::mse() const {
  return elements == 0 ? 0.0 : squared_error / static_cast<double>(elements);
}

std::optional<double> TensorQuality::sqnr_db() const {
  if (squared_error == 0.0) return std::nullopt;
  return 10.0 * std::log10(squared_signal / squared_error);
}

double TensorQuality::cosine() const {
  if (squared_signal == 0.0 && squared_stored == 0.0) return 1.0;
  if (squared_signal == 0.0 || squared_stored == 0.0) return 0.0;
  return product / (std::sqrt(squared_signal) * std::sqrt(squared_stored));
}

TensorQuality& TensorQuality::add(const TensorQuality& other) {
  elements += other.elements;
  squared_error += other.squared_error;
  squared_signal += other.squared_signal;
  squared_stored += other.squared_stored;
  product += other.product;
  outliers += other.outliers;
  victims += other.victims;
  outlier_pairs += other.outlier_pairs;
  const bool is_first = scale_min == 0.0F;
  if (other.scale_min != 0.0F) {
    scale_min = is_first ? other.scale_min : std::min(scale_min, other.scale_min);
  }
  scale_max = std::max(scale_max, other.scale_max);
  return *this;
}

TensorQuality compare_values(std::span<const float> original, std::span<const float> stored) {
  if (original.size() != stored.size()) {
    throw ShapeError{
        fmt::format("{} values are measured against {}", original.size(), stored.size())};
  }
  TensorQuality quality;
  quality.elements = original.size();
  for (size_t i = 0; i < original.size(); ++i) add_error(quality, original[i], stored[i]);
  return quality;
}

TensorQuality measure_quantized(const TensorView& original, const Quantized& quantized) {
  check_same_shape(original, quantized.rows, quantized.k);
  TensorQuality quality;
  quality.elements = original.values.size();
  set_scale_range(quality, quantized.scales);
  const auto k = static_cast<size_t>(original.k);
  std::vector<float> reals(k);
  for (int64_t row = 0; row < original.rows; ++row) {
    const float scale = quantized.scale(row);
    const size_t first = static_cast<size_t>(row) * k;
    const auto levels = std::span{quantized.levels}.subspan(first, k);
    find_reals(quantized, row, reals);
    for (size_t i = 0; i < k; ++i) {
      const float x = original.values[first + i];
      add_error(quality, x, reals[i]);
      quality.outliers += (levels[i] & kLevelOutlier) != 0 ? 1u : 0u;
      if ((levels[i] & kLevelVictim) == 0) continue;
      ++quality.victims;
      quality.outlier_pairs += is_outlier_alone(quantized.rules, x, scale) ? 1u : 0u;
    }
  }
  return quality;
}

TensorQuality measure_packed(const TensorView& original, const PackedMatrix& packed) {
  check_same_shape(original, packed.rows, packed.k);
  TensorQuality quality;
  quality.elements = original.values.size();
  set_scale_range(quality, packed.scales);
  if (packed.k == 0) return quality;
  for (int64_t first = 0; first < packed.rows; first += kBlockRows) {
    const int64_t rows = std::min(kBlockRows, packed.rows - first);
    const std::vector<float> stored = dense_float(row_block(packed, first, rows), packed.k);
    for (int64_t row = first; row < first + rows; ++row) {
      const float scale = packed.scales[packed.scales.size() == 1 ? 0 : static_cast<size_t>(row)];
      const float* values = stored.data() + (row - first) * packed.k;
      for (int64_t i = 0; i < packed.k; ++i) {
        add_error(quality, original.values[static_cast<size_t>(row * packed.k + i)],
                  values[i] * scale);
      }
    }
  }
  if (info(packed.format).is_ovp) count_pairs(original, packed, quality);
  return quality;
}

}  // namespace olivine
