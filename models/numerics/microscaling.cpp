// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/microscaling.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "models/base/error.h"
#include "models/base/units.h"
#include "models/numerics/tensor_check.h"

namespace olivine {
namespace {

constexpr int kScaleBias = 127;  // E8M0: code 0 is 2^-127, 255 is NaN
constexpr uint8_t kScaleNan = 0xFF;
constexpr std::array<float, 8> kE2M1 = {0.0F, 0.5F, 1.0F, 1.5F, 2.0F, 3.0F, 4.0F, 6.0F};
constexpr double kInt8Steps = 64.0;  // for each unit: 6 fraction bits
constexpr double kInt8Largest = 127.0;

// Exponent of the largest power of two among the elements: 4 = 2^2, and 1 = 2^0.
int largest_exponent(MxFormat format) { return format == MxFormat::Mxfp4 ? 2 : 0; }

// Magnitude codes are in the order of their values, and even codes have an even mantissa: a tie
// goes to the even one of two neighbours.
uint8_t e2m1_code(double value) {
  const double magnitude = std::fabs(value);
  int code = 0;
  code += magnitude > 0.25 ? 1 : 0;
  code += magnitude >= 0.75 ? 1 : 0;
  code += magnitude > 1.25 ? 1 : 0;
  code += magnitude >= 1.75 ? 1 : 0;
  code += magnitude > 2.5 ? 1 : 0;
  code += magnitude >= 3.5 ? 1 : 0;
  code += magnitude > 5.0 ? 1 : 0;
  return static_cast<uint8_t>(code | (std::signbit(value) ? 8 : 0));
}

uint8_t int8_code(double value) {
  const double steps = std::nearbyint(value * kInt8Steps);  // ties to even
  return static_cast<uint8_t>(static_cast<int8_t>(std::clamp(steps, -kInt8Largest, kInt8Largest)));
}

uint8_t scale_code(std::span<const float> block, MxFormat format) {
  float largest = 0.0F;
  for (const float value : block) largest = std::max(largest, std::fabs(value));
  if (largest == 0.0F) return 0;
  // At most 127 - 0: never the code of NaN.
  return static_cast<uint8_t>(
      std::max(std::ilogb(largest) - largest_exponent(format) + kScaleBias, 0));
}

void encode_row(std::span<const float> row, MxFormat format, uint8_t* codes, uint8_t* scales) {
  for (size_t first = 0; first < row.size(); first += kMxBlockElems) {
    const auto block = row.subspan(first, std::min<size_t>(kMxBlockElems, row.size() - first));
    const uint8_t scale = scale_code(block, format);
    scales[first / kMxBlockElems] = scale;
    const double inverse = std::ldexp(1.0, kScaleBias - scale);
    for (size_t i = 0; i < block.size(); ++i) {
      const size_t at = first + i;
      const double value = static_cast<double>(block[i]) * inverse;  // exact: a power of two
      if (format == MxFormat::Mxint8) {
        codes[at] = int8_code(value);
      } else {
        codes[at / 2] = static_cast<uint8_t>(codes[at / 2] | e2m1_code(value) << (4 * (at % 2)));
      }
    }
  }
}

float scale_value(uint8_t code) {
  if (code == kScaleNan) return std::numeric_limits<float>::quiet_NaN();
  return std::bit_cast<float>(code == 0 ? 1u << 22 : static_cast<uint32_t>(code) << 23);
}

float element_value(MxFormat format, const uint8_t* codes, int64_t i) {
  if (format == MxFormat::Mxint8) {
    return static_cast<float>(static_cast<int8_t>(codes[i])) / static_cast<float>(kInt8Steps);
  }
  const int nibble = codes[i / 2] >> (4 * (i % 2)) & 15;
  const float magnitude = kE2M1[static_cast<size_t>(nibble & 7)];
  return nibble >= 8 ? -magnitude : magnitude;
}

int64_t code_stride(MxFormat format, int64_t k) { return ceil_div(k * element_bits(format), 8); }

}  // namespace

std::string_view name_of(MxFormat format) {
  switch (format) {
    case MxFormat::Mxfp4:
      return "mxfp4";
    case MxFormat::Mxint8:
      return "mxint8";
  }
  OLV_CHECK(false, "format {}", static_cast<int>(format));
}

int element_bits(MxFormat format) { return format == MxFormat::Mxfp4 ? 4 : 8; }

MxMatrix encode_mx(const TensorView& tensor, MxFormat format) {
  check_shape(tensor);
  check_finite(tensor);
  MxMatrix result{format, tensor.rows, tensor.k, {}, {}};
  const int64_t stride = code_stride(format, tensor.k);
  const int64_t blocks = ceil_div(tensor.k, kMxBlockElems);
  result.codes.resize(static_cast<size_t>(tensor.rows * stride));
  result.scales.resize(static_cast<size_t>(tensor.rows * blocks));
  for (int64_t row = 0; row < tensor.rows; ++row) {
    encode_row(
        tensor.values.subspan(static_cast<size_t>(row * tensor.k), static_cast<size_t>(tensor.k)),
        format, result.codes.data() + row * stride, result.scales.data() + row * blocks);
  }
  return result;
}

std::vector<float> decode_mx(const MxMatrix& matrix) {
  const int64_t stride = code_stride(matrix.format, matrix.k);
  const int64_t blocks = ceil_div(matrix.k, kMxBlockElems);
  OLV_CHECK(matrix.codes.size() == static_cast<size_t>(matrix.rows * stride) &&
                matrix.scales.size() == static_cast<size_t>(matrix.rows * blocks),
            "{} codes and {} scales for {} x {}", matrix.codes.size(), matrix.scales.size(),
            matrix.rows, matrix.k);
  std::vector<float> values(static_cast<size_t>(matrix.rows * matrix.k));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    const uint8_t* codes = matrix.codes.data() + row * stride;
    const uint8_t* scales = matrix.scales.data() + row * blocks;
    for (int64_t i = 0; i < matrix.k; ++i) {
      values[static_cast<size_t>(row * matrix.k + i)] =
          element_value(matrix.format, codes, i) * scale_value(scales[i / kMxBlockElems]);
    }
  }
  return values;
}

}  // namespace olivine
