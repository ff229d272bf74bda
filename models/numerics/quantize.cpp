// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/quantize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "models/base/error.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

// The artifact's search starts with this best distance, in its grid units.
constexpr double kArtifactSearchLimit = 102400.0;

constexpr uint32_t kFloatMantissaBits = 23;
constexpr int kFloatBias = 127;

// Magnitudes of the flint grids in ascending order.
constexpr std::array<int32_t, 8> kFlintRanks = {0, 1, 2, 3, 4, 6, 8, 16};
constexpr std::array<int32_t, 16> kUnsignedFlintRanks = {0, 1,  2,  3,  4,  5,  6,  7,
                                                         8, 10, 12, 14, 16, 24, 32, 64};

std::span<const int32_t> flint_ranks(const Grid& grid) {
  if (grid.is_unsigned) return kUnsignedFlintRanks;
  return kFlintRanks;
}

// What the inner loop needs, in registers.
struct LevelConstants {
  explicit LevelConstants(const EncodeRules& rules)
      : boundary(rules.grid.has_outliers() ? rules.grid.outlier_boundary()
                                           : std::numeric_limits<float>::infinity()),
        zero_from(rules.zero_beyond),
        max_value(static_cast<float>(rules.grid.max_value())),
        max_rank(rules.grid.is_flint ? static_cast<int32_t>(flint_ranks(rules.grid).size()) - 1
                                     : rules.grid.max_normal),
        has_outliers(rules.grid.has_outliers() ? 1 : 0),
        tie_down(rules.is_negative_tie_toward_zero ? 1 : 0),
        is_unsigned(rules.grid.is_unsigned ? 1 : 0),
        shift(kFloatMantissaBits - static_cast<uint32_t>(rules.grid.outlier.mantissa_bits)),
        half(1u << (shift - 1)),
        first_code((kFloatBias + rules.grid.outlier.bias + rules.grid.outlier.mantissa_bits)
                   << rules.grid.outlier.mantissa_bits),
        max_code(rules.grid.outlier.max_code) {}

  float boundary;
  float zero_from;
  float max_value;
  int32_t max_rank;
  int32_t has_outliers;
  int32_t tie_down;
  int32_t is_unsigned;
  uint32_t shift;
  uint32_t half;
  int32_t first_code;
  int32_t max_code;
};

// Ranks of normal magnitudes (a NaN takes the second operand of min). `is_tie_down` (0 or 1): an
// exact tie goes to the smaller magnitude.
struct IntegerRank {
  int32_t operator()(float magnitude, int32_t is_tie_down) const {
    const float bounded = std::min(512.0F, magnitude);
    const auto floor = static_cast<int32_t>(bounded);
    const float fraction = bounded - static_cast<float>(floor);  // exact
    const int32_t above = fraction > 0.5F ? 1 : 0;
    const int32_t tie = fraction == 0.5F ? 1 : 0;
    return floor + (above | (tie & (1 - is_tie_down)));
  }
};

template <size_t Count>
struct FlintRank {
  std::array<float, Count - 1> midpoints;

  explicit FlintRank(std::span<const int32_t> ranks) : midpoints{} {
    for (size_t i = 0; i < midpoints.size(); ++i) {
      midpoints[i] = 0.5F * static_cast<float>(ranks[i] + ranks[i + 1]);
    }
  }
  int32_t operator()(float magnitude, int32_t is_tie_down) const {
    int32_t rank = 0;
    for (const float midpoint : midpoints) {
      const int32_t above = magnitude > midpoint ? 1 : 0;
      const int32_t tie = magnitude == midpoint ? 1 : 0;
      rank += above | (tie & (1 - is_tie_down));
    }
    return rank;
  }
};

// Nearest abfloat code: float32 has the same sign-exponent-mantissa order, so adding half of the
// last kept mantissa bit and cutting rounds to nearest, ties away from zero, and carries into the
// exponent by itself.
inline int32_t outlier_code(float magnitude, int32_t is_tie_down, const LevelConstants& constants) {
  const auto bits = std::bit_cast<uint32_t>(magnitude);
  const uint32_t rounded =
      (bits + constants.half - static_cast<uint32_t>(is_tie_down)) >> constants.shift;
  const int32_t code = static_cast<int32_t>(rounded) - constants.first_code;
  return std::max(std::min(code, constants.max_code), 1);
}

// Levels of one row without regard to pairs. Returns whether all inputs are finite. Free of
// branches: compiled with -fno-trapping-math it becomes vector instructions.
template <class RankFunction>
bool find_levels(std::span<const float> row, float scale, const LevelConstants& constants,
                 const RankFunction& rank_of, Level* levels) {
  uint32_t non_finite = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const float quotient = row[i] / scale;
    const auto bits = std::bit_cast<uint32_t>(quotient);
    const uint32_t exponent = std::bit_cast<uint32_t>(row[i]) & 0x7F800000u;
    non_finite |= exponent == 0x7F800000u ? 1u : 0u;
    const auto negative = static_cast<int32_t>(bits >> 31);
    const float magnitude = std::bit_cast<float>(bits & 0x7FFFFFFFu);
    const int32_t is_tie_down = negative & constants.tie_down;
    const int32_t rank = std::min(rank_of(magnitude, is_tie_down), constants.max_rank);
    const int32_t code = outlier_code(magnitude, is_tie_down, constants) | kLevelOutlier;
    const int32_t is_outlier = (magnitude >= constants.boundary ? 1 : 0) & constants.has_outliers;
    const int32_t is_zero = (magnitude - constants.max_value > constants.zero_from ? 1 : 0) |
                            (negative & constants.is_unsigned);
    const int32_t nearest = is_outlier != 0 ? code : rank;
    const int32_t kept = is_zero != 0 ? 0 : nearest;
    levels[i] = static_cast<Level>(kept == 0 ? 0 : kept | negative << 15);
  }
  return non_finite == 0;
}

bool find_row_levels(std::span<const float> row, float scale, const EncodeRules& rules,
                     Level* levels) {
  const LevelConstants constants{rules};
  if (!rules.grid.is_flint) return find_levels(row, scale, constants, IntegerRank{}, levels);
  if (rules.grid.is_unsigned) {
    return find_levels(row, scale, constants, FlintRank<16>{kUnsignedFlintRanks}, levels);
  }
  return find_levels(row, scale, constants, FlintRank<8>{kFlintRanks}, levels);
}

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

// Applies the pair rule to elements of one run: pairs (0,1), (2,3), ...
class PairRule {
 public:
  PairRule(const TensorView& tensor, Quantized& result) : tensor_(tensor), result_(result) {}

  void apply(int64_t first, int64_t count) {
    for (int64_t i = first; i + 1 < first + count; i += 2) {
      Level& left = level(i);
      Level& right = level(i + 1);
      if (((left | right) & kLevelOutlier) == 0) [[likely]]
        continue;
      const bool are_both = (left & right & kLevelOutlier) != 0;
      const bool keeps_left = are_both ? is_left_survivor(i) : (left & kLevelOutlier) != 0;
      (keeps_left ? right : left) = kLevelVictim;
    }
  }

  // The artifact rolls its masks: the last of an odd number of elements looks at element 0.
  void apply_wrap(int64_t count) {
    if (count % 2 != 0 && result_.is_outlier(0)) level(count - 1) = kLevelVictim;
  }

 private:
  Level& level(int64_t i) { return result_.levels[static_cast<size_t>(i)]; }
  [[nodiscard]] float quotient(int64_t i) const {
    return std::fabs(tensor_.values[static_cast<size_t>(i)]) / result_.scale(i / tensor_.k);
  }
  [[nodiscard]] bool is_left_survivor(int64_t i) const {
    if (result_.rules.survivor == EncodeRules::Survivor::Left) return true;
    return quotient(i) > quotient(i + 1);
  }

  const TensorView& tensor_;
  Quantized& result_;
};

void apply_pairs(const TensorView& tensor, Quantized& result) {
  if (!result.rules.grid.has_outliers() || result.levels.empty()) return;
  PairRule rule{tensor, result};
  if (result.rules.pairing == EncodeRules::Pairing::Flattened) {
    const int64_t count = tensor.rows * tensor.k;
    rule.apply(0, count);
    rule.apply_wrap(count);
    return;
  }
  for (int64_t row = 0; row < tensor.rows; ++row) rule.apply(row * tensor.k, tensor.k);
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
  bool is_finite = true;
  for (int64_t row = 0; row < tensor.rows; ++row) {
    const auto first = static_cast<size_t>(row * tensor.k);
    const auto values = tensor.values.subspan(first, static_cast<size_t>(tensor.k));
    is_finite &= find_row_levels(values, result.scale(row), rules, result.levels.data() + first);
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
