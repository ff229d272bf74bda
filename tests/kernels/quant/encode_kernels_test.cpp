// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "kernels/emulator/emulate_quant.h"
#include "kernels/launch/operand_image.h"
#include "kernels/launch/operand_layout.h"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/quantize.h"

namespace olivine {
namespace {

constexpr uint8_t kPoison = 0xA5;
constexpr Format kFormats[] = {Format::Ovp4, Format::Ovp8, Format::Int8};
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Real data in device memory as float32 or half, rows with a gap.
struct RealTensor {
  RealType type = RealType::Fp32;
  int64_t rows = 0;
  int64_t k = 0;
  std::vector<float> values;
  int64_t stride = 0;
  std::vector<uint8_t> bytes;
};

RealTensor make_tensor(RealType type, int64_t rows, int64_t k, std::vector<float> values) {
  RealTensor result{type, rows, k, std::move(values), 0, {}};
  result.stride = operand_stride(k * real_bytes(type)) + 32;
  result.bytes.assign(static_cast<size_t>(rows * result.stride), kPoison);
  for (size_t i = 0; i < result.values.size(); ++i) {
    const auto row = static_cast<int64_t>(i) / k;
    const auto column = static_cast<int64_t>(i) % k;
    uint8_t* to =
        &result.bytes[static_cast<size_t>(row * result.stride + column * real_bytes(type))];
    if (type == RealType::Fp32) {
      std::memcpy(to, &result.values[i], sizeof(float));
    } else {
      const uint16_t half = fp16_from_float(result.values[i]);
      result.values[i] = float_from_fp16(half);
      std::memcpy(to, &half, sizeof(half));
    }
  }
  return result;
}

// The image of what encode() makes, with a gap of 16 bytes between rows.
std::vector<uint8_t> expected_codes(const RealTensor& tensor, Format format, float scale,
                                    int64_t stride) {
  const PackedMatrix packed =
      encode({"values", tensor.values, tensor.rows, tensor.k}, format, {&scale, 1});
  ActivationImage image;
  const ActivationForm form = format == Format::Ovp4   ? ActivationForm::Ovp4
                              : format == Format::Ovp8 ? ActivationForm::Ovp8
                                                       : ActivationForm::Int8;
  EXPECT_EQ(make_activation_image(packed, form, image).reason(), "");
  std::vector<uint8_t> codes(static_cast<size_t>(tensor.rows * stride), kPoison);
  for (int64_t row = 0; row < tensor.rows; ++row) {
    for (int64_t i = 0; i < image.stride; ++i) {
      codes[static_cast<size_t>(row * stride + i)] =
          image.codes[static_cast<size_t>(row * image.stride + i)];
    }
  }
  return codes;
}

// Codes of an emulated launch; `word` is what it reports.
std::vector<uint8_t> emulated_codes(const RealTensor& tensor, Format format, float scale,
                                    int64_t stride, ProblemWord& word) {
  std::vector<uint8_t> codes(static_cast<size_t>(tensor.rows * stride), kPoison);
  EmulatorOptions options;
  options.memory = {{tensor.bytes.data(), static_cast<int64_t>(tensor.bytes.size()), false},
                    {codes.data(), static_cast<int64_t>(codes.size()), true},
                    {&word, sizeof(word), true}};
  const EncodeArgs args{format,        tensor.type, tensor.rows,  tensor.k, tensor.bytes.data(),
                        tensor.stride, scale,       codes.data(), stride,   &word};
  EXPECT_EQ(can_run(args).reason(), "");
  emulate_quant(args, options);
  return codes;
}

int64_t code_stride(Format format, int64_t k) {
  return operand_stride(format == Format::Ovp4 ? (k + 31) / 32 * 16 : k) + 16;
}

void check(const RealTensor& tensor, float scale) {
  for (const Format format : kFormats) {
    const int64_t stride = code_stride(format, tensor.k);
    ProblemWord word = kNoProblem;
    EXPECT_TRUE(emulated_codes(tensor, format, scale, stride, word) ==
                expected_codes(tensor, format, scale, stride))
        << name_of(format) << ", rows " << tensor.rows << ", k " << tensor.k << ", bytes "
        << real_bytes(tensor.type) << ", scale " << scale;
    EXPECT_EQ(word, kNoProblem);
  }
}

std::vector<float> random_values(int64_t count, float spread, uint64_t seed) {
  Rng rng{seed};
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) {
    value = spread * static_cast<float>(rng.normal());
    if (rng.chance(0.1)) value *= 30.0F;
    if (rng.chance(0.05)) value = 0.0F;
  }
  return values;
}

constexpr RealType kTypes[] = {RealType::Fp32, RealType::Fp16};

TEST(EncodeKernels, EncodeEveryResidueOfK) {
  for (const RealType type : kTypes) {
    for (const int64_t k : {1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 63, 64, 65, 511, 512, 513, 1031}) {
      const auto seed = static_cast<uint64_t>(k);
      check(make_tensor(type, 3, k, random_values(3 * k, 2.0F, seed)), 0.73F);
    }
  }
}

TEST(EncodeKernels, EmptyTensorsLaunchNothing) {
  EncodeArgs args;
  args.k = 32;
  EXPECT_EQ(can_run(args).reason(), "");
  EXPECT_EQ(make_launch_config(args).blocks, 0);
  args = {};
  args.rows = 3;
  EXPECT_EQ(can_run(args).reason(), "");
  EXPECT_EQ(make_launch_config(args).blocks, 0);
}

TEST(EncodeKernels, ScalesOfAllSizes) {
  for (const float scale : {1e-38F, 3e-5F, 1.0F, 0.3F, 7e4F, 1e34F}) {
    check(make_tensor(RealType::Fp32, 4, 200, random_values(800, 40.0F * scale, 5)), scale);
    check(make_tensor(RealType::Fp32, 2, 100, random_values(200, 5.0F, 6)), scale);
  }
}

// Values at, just below and just above every midpoint between neighbours of a grid, in both signs
// and both places of a pair, beside a normal, an outlier of the same size and a larger one.
TEST(EncodeKernels, TiesBoundariesAndPairs) {
  std::vector<float> magnitudes = {0.0F, 1e-40F, 1e6F, 3e38F};
  for (const Format format : kFormats) {
    const Grid& grid = paper_grid(format);
    std::vector<int32_t> points;
    for (int32_t i = 0; i <= grid.max_normal; ++i) points.push_back(i);
    for (int code = 1; code <= grid.outlier.max_code; ++code) {
      points.push_back(grid.outlier.value(code));
    }
    for (size_t i = 0; i + 1 < points.size(); ++i) {
      const float midpoint = 0.5F * static_cast<float>(points[i] + points[i + 1]);
      for (const float value :
           {std::nextafter(midpoint, 0.0F), midpoint, std::nextafter(midpoint, kInfinity)}) {
        magnitudes.push_back(value);
      }
    }
  }
  std::vector<float> values;
  for (const float magnitude : magnitudes) {
    for (const float value : {magnitude, -magnitude}) {
      for (const float other : {3.0F, value, -value, 1.5F * value}) {
        if (!std::isfinite(other)) continue;
        values.insert(values.end(), {value, other, other, value});
      }
    }
  }
  const auto count = static_cast<int64_t>(values.size());
  check(make_tensor(RealType::Fp32, 1, count, values), 1.0F);
  for (float& value : values) value = std::clamp(value, -60000.0F, 60000.0F);
  check(make_tensor(RealType::Fp16, 1, count, values), 1.0F);
}

TEST(EncodeKernels, TheFirstNonFiniteValueIsFound) {
  for (const RealType type : kTypes) {
    for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> values(3 * 600, 1.0F);
      values[2 * 600 + 1] = bad;
      values[600 + 599] = bad;
      const RealTensor tensor = make_tensor(type, 3, 600, values);
      for (const Format format : kFormats) {
        ProblemWord word = kNoProblem;
        emulated_codes(tensor, format, 1.0F, code_stride(format, 600), word);
        EXPECT_EQ(word, 600 + 599) << name_of(format);
        EncodeArgs args;
        args.k = 600;
        EXPECT_EQ(find_non_finite(args, word).reason(),
                  "values: row 1, column 599: must be finite");
        EXPECT_TRUE(find_non_finite(args, kNoProblem));
      }
    }
  }
}

}  // namespace
}  // namespace olivine
