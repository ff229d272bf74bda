// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/row_levels.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

// The artifact's search starts with this best distance, in its grid units.
constexpr double kArtifactSearchLimit = 102400.0;

void check_shapes(const TensorView& tensor, std::span<const float> scales) {
  check_shape(tensor);
  if (scales.size() != 1 && scales.size() != static_cast<size_t>(tensor.rows)) {
    throw ShapeError{
        fmt::format("{}: {} scales, must be 1 or {}", tensor.name, scales.size(), tensor.rows)};
  }
  for (size_t i = 0; i < scales.size(); ++i) {
    if (std::isfinite(scales[i]) && scales[i] > 0.0F) continue;
    throw ConfigError{
        fmt::format("{}: scale {} = {}: must be finite and above 0", tensor.name, i, scales[i])};
  }
}

void apply_pairs(const TensorView& tensor, Quantized& result) {
  const EncodeRules& rules = result.rules;
  if (!rules.grid.has_outliers() || result.levels.empty()) return;
  const std::span levels{result.levels};
  if (rules.pairing == EncodeRules::Pairing::Flattened) {
    apply_pair_rule(levels, rules.survivor, [&](size_t i) {
      return std::fabs(tensor.values[i]) / result.scale(static_cast<int64_t>(i) / tensor.k);
    });
    // The artifact rolls its masks: the last of an odd number of elements looks at element 0.
    if (levels.size() % 2 != 0 && result.is_outlier(0)) levels.back() = kLevelVictim;
    return;
  }
  const auto k = static_cast<size_t>(tensor.k);
  for (size_t first = 0; first < levels.size(); first += k) {
    const float scale = result.scale(static_cast<int64_t>(first / k));
    apply_pair_rule(levels.subspan(first, k), rules.survivor,
                    [&](size_t i) { return std::fabs(tensor.values[first + i]) / scale; });
  }
}

PackedMatrix encode_float(const TensorView& tensor, Format format, std::span<const float> scales) {
  check_shapes(tensor, scales);
  PackedMatrix result{format, Pattern::Dense, tensor.rows, tensor.k, {}, {}, {}};
  result.scales.assign(scales.begin(), scales.end());
  const size_t bytes = static_cast<size_t>(info(format).bits) / 8;
  result.codes.resize(tensor.values.size() * bytes);
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    if (!std::isfinite(tensor.values[i])) throw_non_finite(tensor);
    const size_t row = scales.size() == 1 ? 0 : i / static_cast<size_t>(tensor.k);
    const float quotient = tensor.values[i] / scales[row];
    const uint16_t code = code_from_float(format, quotient);
    if (!std::isfinite(float_from_code(format, code))) {
      throw ConfigError{
          fmt::format("{}[{}] = {}: beyond {}", tensor.name, i, tensor.values[i], name_of(format))};
    }
    for (size_t byte = 0; byte < bytes; ++byte) {
      result.codes[i * bytes + byte] = static_cast<uint8_t>(code >> (8 * byte));
    }
  }
  return result;
}

}  // namespace

EncodeRules rules_for(Format format, EncoderPolicy policy, bool is_unsigned) {
  if (policy == EncoderPolicy::Paper) {
    OLV_CHECK(!is_unsigned, "{}: the paper's policy has signed grids only", name_of(format));
    EncodeRules rules;
    rules.grid = paper_grid(format);
    return rules;
  }
  EncodeRules rules;
  rules.grid = artifact_grid(format, is_unsigned);
  rules.survivor = EncodeRules::Survivor::Left;
  rules.pairing = EncodeRules::Pairing::Flattened;
  rules.is_negative_tie_toward_zero = true;
  rules.zero_beyond = static_cast<float>(kArtifactSearchLimit / rules.grid.unit);
  return rules;
}

int32_t Quantized::integer(int64_t index) const {
  const Level level = at(index);
  if ((level & kLevelVictim) != 0) return 0;
  const int rank = level & kLevelRank;
  const bool is_outlier_level = (level & kLevelOutlier) != 0;
  const int32_t normal = rules.grid.is_flint && !is_outlier_level
                             ? flint_ranks(rules.grid)[static_cast<size_t>(rank)]
                             : rank;
  const int32_t magnitude = is_outlier_level ? rules.grid.outlier.value(rank) : normal;
  return (level & kLevelSign) != 0 ? -magnitude : magnitude;
}

Quantized quantize(const TensorView& tensor, const EncodeRules& rules,
                   std::span<const float> scales) {
  check_shapes(tensor, scales);
  Quantized result{rules, tensor.rows, tensor.k, {scales.begin(), scales.end()}, {}};
  result.levels.resize(tensor.values.size());
  const InstructionSet set = best_instruction_set();
  bool is_finite = true;
  for (int64_t row = 0; row < tensor.rows; ++row) {
    const auto first = static_cast<size_t>(row * tensor.k);
    const auto values = tensor.values.subspan(first, static_cast<size_t>(tensor.k));
    is_finite &=
        find_row_levels(values, result.scale(row), rules, set, result.levels.data() + first);
  }
  if (!is_finite) throw_non_finite(tensor);
  apply_pairs(tensor, result);
  return result;
}

PackedMatrix encode(const TensorView& tensor, Format format, std::span<const float> scales) {
  if (!info(format).is_integer) return encode_float(tensor, format, scales);
  return pack(quantize(tensor, rules_for(format, EncoderPolicy::Paper), scales));
}

}  // namespace olivine
