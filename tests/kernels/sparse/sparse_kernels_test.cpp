// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/emulator/emulate_sparse.h"
#include "kernels/launch/operand_image.h"
#include "kernels/launch/operand_layout.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/sparse.h"

namespace olivine {
namespace {

constexpr std::array<int64_t, 9> kRows = {0, 1, 3, 4, 5, 63, 64, 65, 67};
constexpr std::array<int64_t, 10> kDepths = {0, 1, 3, 4, 5, 63, 64, 65, 131, 256};
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kGapBytes = 16;  // between rows, beyond the 16 that alignment needs

// Rows of a matrix as a kernel sees them: 16-byte strides with a gap, poison wherever no data are.
template <class T>
struct Rows {
  Rows(int64_t rows, int64_t columns, T poison)
      : stride{operand_stride(columns * static_cast<int64_t>(sizeof(T))) + kGapBytes},
        pitch{stride / static_cast<int64_t>(sizeof(T))},
        values(static_cast<size_t>(rows * pitch), poison) {}

  [[nodiscard]] T& at(int64_t row, int64_t column) {
    return values[static_cast<size_t>(row * pitch + column)];
  }
  [[nodiscard]] MemoryRange range(bool writable) const {
    return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), writable};
  }

  int64_t stride;  // bytes
  int64_t pitch;   // elements
  std::vector<T> values;
};

// `values` of a dense matrix in rows; a kernel may read nothing past the last one.
Rows<float> rows_of(const std::vector<float>& values, int64_t rows, int64_t k) {
  Rows<float> result{rows, k, kNan};
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(values.data() + row * k, k, &result.at(row, 0));
  }
  if (rows > 0) result.values.resize(static_cast<size_t>((rows - 1) * result.pitch + k));
  return result;
}

template <class T>
MemoryRange range_of(std::vector<T>& values) {
  return {values.data(), static_cast<int64_t>(values.size() * sizeof(T)), true};
}
MemoryRange range_of(ProblemWord& word) { return {&word, sizeof word, true}; }

template <class Args>
void run(const Args& args, std::vector<MemoryRange> memory, uint64_t seed) {
  const Status status = can_run(args);
  ASSERT_TRUE(status) << status.reason();
  std::erase_if(memory, [](const MemoryRange& range) { return range.bytes == 0; });
  EmulatorOptions options;
  options.seed = seed;
  options.memory = std::move(memory);
  (void)emulate_sparse(args, options);
}

struct Pruned {
  Rows<float> kept;
  std::vector<uint32_t> metadata;
  ProblemWord first_non_finite = kNoProblem;
};
Pruned run_prune(const std::vector<float>& values, int64_t rows, int64_t k, uint64_t seed) {
  const Rows<float> input = rows_of(values, rows, k);
  Pruned result{Rows<float>{rows, 2 * group_count(k), kNan},
                std::vector<uint32_t>(static_cast<size_t>(metadata_words(rows, k)), 0), kNoProblem};
  const PruneTwoFourArgs args{rows,
                              k,
                              input.values.data(),
                              input.stride,
                              result.kept.values.data(),
                              result.kept.stride,
                              result.metadata.data(),
                              &result.first_non_finite};
  run(args,
      {input.range(false), result.kept.range(true), range_of(result.metadata),
       range_of(result.first_non_finite)},
      seed);
  return result;
}

struct Quantized8 {
  Rows<int8_t> codes;
  ProblemWord first_non_finite = kNoProblem;
  ProblemWord first_bad_scale = kNoProblem;
};
constexpr int8_t kPoison = 0x5A;
Quantized8 run_quantize(const Rows<float>& values, int64_t rows, int64_t columns,
                        std::vector<float> scales, uint64_t seed) {
  Quantized8 result{Rows<int8_t>{rows, columns, kPoison}};
  const QuantizeInt8Args args{rows,
                              columns,
                              values.values.data(),
                              values.stride,
                              scales.data(),
                              static_cast<int64_t>(scales.size()),
                              result.codes.values.data(),
                              result.codes.stride,
                              &result.first_non_finite,
                              &result.first_bad_scale};
  run(args,
      {values.range(false), range_of(scales), result.codes.range(true),
       range_of(result.first_non_finite), range_of(result.first_bad_scale)},
      seed);
  return result;
}

// Codes as an image has them: `expected` rows of whole 16 bytes, poison in the gap.
void expect_codes(Rows<int8_t>& codes, const std::vector<uint8_t>& expected, int64_t rows,
                  int64_t stride) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < codes.pitch; ++i) {
      const int wanted = i < stride
                             ? static_cast<int8_t>(expected[static_cast<size_t>(row * stride + i)])
                             : kPoison;
      ASSERT_EQ(codes.at(row, i), wanted) << "row " << row << ", byte " << i;
    }
  }
}

// Many ties, zeros of both signs, and a few large values.
std::vector<float> random_values(int64_t count, Rng& rng) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    const auto small = static_cast<float>(rng.uniform(-3, 3)) * 0.75F;
    values.push_back(rng.chance(0.1) ? -0.0F : rng.chance(0.2) ? small * 97.3F : small);
  }
  return values;
}

TEST(PruneTwoFour, KeepsWhatTheNumericsLibraryKeeps) {
  constexpr uint64_t kSeed = 71;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t rows : kRows) {
    for (const int64_t k : kDepths) {
      SCOPED_TRACE(fmt::format("{} x {}", rows, k));
      const std::vector<float> values = random_values(rows * k, rng);
      const TwoFourTensor expected = prune_two_four({"w", values, rows, k});
      Pruned pruned = run_prune(values, rows, k, rng.next());
      EXPECT_EQ(pruned.first_non_finite, kNoProblem);
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = 0; i < pruned.kept.pitch; ++i) {
          const float kept = pruned.kept.at(row, i);
          if (i >= expected.kept_k()) {
            ASSERT_TRUE(std::isnan(kept)) << "row " << row << ", gap " << i;
            continue;
          }
          const float wanted = expected.kept[static_cast<size_t>(row * expected.kept_k() + i)];
          ASSERT_EQ(kept, wanted) << "row " << row << ", " << i;
          ASSERT_EQ(std::signbit(kept), std::signbit(wanted)) << "row " << row << ", " << i;
        }
      }
      WeightImage image;
      ASSERT_TRUE(make_weight_image(encode_two_four(expected, "w", Format::Int8, std::vector{1.0F}),
                                    image));
      ASSERT_EQ(pruned.metadata, image.metadata);
    }
  }
}

TEST(PruneTwoFour, AndQuantizeMakeTheImageOfTheHost) {
  constexpr uint64_t kSeed = 72;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t rows : {1, 5, 64, 67}) {
    for (const int64_t k : {1, 4, 63, 65, 131, 1031}) {
      SCOPED_TRACE(fmt::format("{} x {}", rows, k));
      const std::vector<float> values = random_values(rows * k, rng);
      std::vector<float> scales;
      for (int64_t i = 0; i < rows; ++i) scales.push_back(0.03F + 0.001F * static_cast<float>(i));
      Pruned pruned = run_prune(values, rows, k, rng.next());
      const int64_t kept_k = 2 * group_count(k);
      Quantized8 quantized = run_quantize(pruned.kept, rows, kept_k, scales, rng.next());
      EXPECT_EQ(quantized.first_non_finite, kNoProblem);
      EXPECT_EQ(quantized.first_bad_scale, kNoProblem);
      WeightImage image;
      const TwoFourTensor tensor = prune_two_four({"w", values, rows, k});
      ASSERT_TRUE(make_weight_image(encode_two_four(tensor, "w", Format::Int8, scales), image));
      EXPECT_EQ(pruned.metadata, image.metadata);
      expect_codes(quantized.codes, image.codes, rows, image.stride);
    }
  }
}

TEST(PruneTwoFour, NamesTheFirstValueThatIsNotFinite) {
  constexpr uint64_t kSeed = 73;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr int64_t kTestRows = 65;
  constexpr int64_t kTestDepth = 67;
  for (int i = 0; i < 8; ++i) {
    std::vector<float> values = random_values(kTestRows * kTestDepth, rng);
    const int64_t last = kTestRows * kTestDepth - 1;
    for (int count = 0; count < 3; ++count) {
      const int64_t at = i == 0 ? last - count : rng.uniform(0, last);
      values[static_cast<size_t>(at)] = std::array{kNan, kInfinity, -kInfinity}[rng.next() % 3];
    }
    const auto found = std::find_if(values.begin(), values.end(),
                                    [](float value) { return !std::isfinite(value); });
    const Pruned pruned = run_prune(values, kTestRows, kTestDepth, rng.next());
    EXPECT_EQ(pruned.first_non_finite, static_cast<ProblemWord>(found - values.begin()));
    EXPECT_EQ(find_non_finite(pruned.first_non_finite).reason(),
              fmt::format("values[{}]: must be finite", found - values.begin()));
  }
  EXPECT_TRUE(find_non_finite(kNoProblem));
}

struct Compressed {
  Rows<int8_t> codes;
  std::vector<uint32_t> metadata;
  ProblemWord first_full_group = kNoProblem;
  CompressTwoFourArgs args;
};
Compressed run_compress(const std::vector<int8_t>& values, int64_t rows, int64_t k, uint64_t seed) {
  Rows<int8_t> input{rows, k, kPoison};
  for (int64_t row = 0; row < rows; ++row) {
    std::copy_n(values.data() + row * k, k, &input.at(row, 0));
  }
  if (rows > 0) input.values.resize(static_cast<size_t>((rows - 1) * input.pitch + k));
  Compressed result{Rows<int8_t>{rows, 2 * group_count(k), kPoison},
                    std::vector<uint32_t>(static_cast<size_t>(metadata_words(rows, k)), 0),
                    kNoProblem,
                    {}};
  result.args = {rows,
                 k,
                 input.values.data(),
                 input.stride,
                 result.codes.values.data(),
                 result.codes.stride,
                 result.metadata.data(),
                 &result.first_full_group};
  run(result.args,
      {input.range(false), result.codes.range(true), range_of(result.metadata),
       range_of(result.first_full_group)},
      seed);
  return result;
}

// What the numerics library keeps of values whose zeros are masked out. Kept values are integers
// (-128 too, which no encoder writes).
void expect_compressed(const std::vector<int8_t>& values, int64_t rows, int64_t k, uint64_t seed) {
  const std::vector<float> floats(values.begin(), values.end());
  const std::vector<uint8_t> mask(values.begin(), values.end());
  const TwoFourTensor tensor = prune_two_four({"w", floats, rows, k}, mask);
  PackedMatrix matrix{Format::Int8, Pattern::TwoFour, rows, k, {}, tensor.metadata, {1.0F}};
  for (const float kept : tensor.kept) {
    matrix.codes.push_back(static_cast<uint8_t>(static_cast<int>(kept)));
  }
  WeightImage image;
  const Status status = make_weight_image(matrix, image);
  ASSERT_TRUE(status) << status.reason();
  Compressed compressed = run_compress(values, rows, k, seed);
  EXPECT_EQ(compressed.first_full_group, kNoProblem);
  EXPECT_EQ(compressed.metadata, image.metadata);
  expect_codes(compressed.codes, image.codes, rows, image.stride);
}

int8_t random_nonzero(Rng& rng) {
  const int64_t value = rng.uniform(-128, 126);
  return static_cast<int8_t>(value < 0 ? value : value + 1);
}

TEST(CompressTwoFour, MakesTheImageOfTheHost) {
  constexpr uint64_t kSeed = 74;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t rows : kRows) {
    for (const int64_t k : kDepths) {
      SCOPED_TRACE(fmt::format("{} x {}", rows, k));
      std::vector<int8_t> values(static_cast<size_t>(rows * k));
      for (int64_t i = 0; i < rows * k; ++i) {
        const int64_t column = i % k;
        const int64_t group = i - column % 4;
        const auto before = std::count_if(values.begin() + group, values.begin() + i,
                                          [](int8_t value) { return value != 0; });
        if (before < 2 && rng.chance(0.5)) values[static_cast<size_t>(i)] = random_nonzero(rng);
      }
      expect_compressed(values, rows, k, rng.next());
    }
  }
}

TEST(CompressTwoFour, TakesEveryByteValueAtEveryPairOfPositions) {
  std::vector<int8_t> values;
  for (int value = 0; value < 256; ++value) {
    for (size_t first = 0; first < 4; ++first) {
      for (size_t second = 0; second < 4; ++second) {
        std::array<int8_t, 4> group{};
        group[first] = static_cast<int8_t>(value);
        group[second] = static_cast<int8_t>(value ^ 0xA5);
        values.insert(values.end(), group.begin(), group.end());
      }
    }
  }
  expect_compressed(values, 16, static_cast<int64_t>(values.size()) / 16, 75);
}

TEST(CompressTwoFour, NamesTheFirstGroupWithMoreThanTwo) {
  constexpr uint64_t kSeed = 76;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr int64_t kTestRows = 19;
  constexpr int64_t kTestDepth = 83;  // the last group has three elements
  constexpr int64_t kGroups = 21;
  for (int i = 0; i < 8; ++i) {
    std::vector<int8_t> values(static_cast<size_t>(kTestRows * kTestDepth));
    int64_t lowest = kTestRows * kGroups;
    for (int count = 0; count < 3; ++count) {
      // Scattered, or neighbours, of which one thread has two.
      const int64_t bad = i == 0       ? kTestRows * kGroups - 1
                          : i % 2 == 0 ? rng.uniform(0, kTestRows * kGroups - 1)
                                       : 3 * kGroups + i + 2 - count;
      lowest = std::min(lowest, bad);
      const int64_t first = bad / kGroups * kTestDepth + bad % kGroups * 4;
      const bool has_four = bad % kGroups != kGroups - 1;
      const int64_t skipped = has_four ? rng.uniform(0, 4) : 4;  // 4: none of the group
      for (int64_t j = 0; j < (has_four ? 4 : 3); ++j) {
        if (j != skipped) values[static_cast<size_t>(first + j)] = random_nonzero(rng);
      }
    }
    const Compressed compressed = run_compress(values, kTestRows, kTestDepth, rng.next());
    EXPECT_EQ(compressed.first_full_group, static_cast<ProblemWord>(lowest));
    EXPECT_EQ(find_full_group(compressed.args, compressed.first_full_group).reason(),
              fmt::format("values: row {}, group {}: more than 2 of 4 are not 0", lowest / kGroups,
                          lowest % kGroups));
    EXPECT_TRUE(check_metadata_words(compressed.metadata.data(),
                                     static_cast<int64_t>(compressed.metadata.size())));
  }
  EXPECT_TRUE(find_full_group({}, kNoProblem));
}

// Quantizes on one scale a row, or one for all where there is one, and compares with the encoder.
void expect_quantized(const std::vector<float>& values, int64_t rows, int64_t columns,
                      const std::vector<float>& scales, uint64_t seed) {
  const PackedMatrix expected = encode({"x", values, rows, columns}, Format::Int8, scales);
  ActivationImage image;
  ASSERT_TRUE(make_activation_image(expected, ActivationForm::Int8, image));
  Quantized8 quantized = run_quantize(rows_of(values, rows, columns), rows, columns, scales, seed);
  EXPECT_EQ(quantized.first_non_finite, kNoProblem);
  EXPECT_EQ(quantized.first_bad_scale, kNoProblem);
  expect_codes(quantized.codes, image.codes, rows, image.stride);
}

TEST(QuantizeInt8, EqualsTheEncoderForEveryShape) {
  constexpr uint64_t kSeed = 77;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const int64_t rows : kRows) {
    for (const int64_t columns : {0, 1, 3, 4, 5, 63, 64, 65, 511, 512, 513}) {
      SCOPED_TRACE(fmt::format("{} x {}", rows, columns));
      std::vector<float> values;
      for (int64_t i = 0; i < rows * columns; ++i) {
        values.push_back(static_cast<float>(rng.normal() * 50.0));
      }
      std::vector<float> scales;
      for (int64_t i = 0; i < rows; ++i) scales.push_back(0.5F + static_cast<float>(rng.unit()));
      if (rows > 0) expect_quantized(values, rows, columns, scales, rng.next());
      expect_quantized(values, rows, columns, {0.7F}, rng.next());
    }
  }
}

TEST(QuantizeInt8, RoundsTiesAwayFromZeroAndClamps) {
  std::vector<float> values = {0.0F,      -0.0F,    1e-45F,      -1e-45F,     126.5F, -126.5F,
                               127.499F,  127.5F,   -127.5F,     511.0F,      -1e30F, 3.4e38F,
                               126.4999F, -0.4999F, 0.49999997F, -0.49999997F};
  for (int i = 0; i < 128; ++i) {
    for (const float sign : {1.0F, -1.0F}) {
      const float tie = sign * (static_cast<float>(i) + 0.5F);
      values.insert(values.end(), {tie, std::nextafter(tie, 0.0F), std::nextafter(tie, sign * 999),
                                   sign * static_cast<float>(i)});
    }
  }
  const auto columns = static_cast<int64_t>(values.size());
  for (const float scale : {1.0F, 2.0F, 0.1F, 1e-38F, 1e38F}) {
    expect_quantized(values, 1, columns, {scale}, 78);
  }
}

TEST(QuantizeInt8, NamesTheFirstBadValueAndScale) {
  constexpr uint64_t kSeed = 79;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr int64_t kTestRows = 7;
  constexpr int64_t kColumns = 517;
  std::vector<float> values = random_values(kTestRows * kColumns, rng);
  values[2 * kColumns + 516] = kNan;
  values[3 * kColumns] = kInfinity;
  Quantized8 result = run_quantize(rows_of(values, kTestRows, kColumns), kTestRows, kColumns,
                                   std::vector<float>(kTestRows, 1.0F), kSeed);
  EXPECT_EQ(result.first_non_finite, 2 * kColumns + 516);
  EXPECT_EQ(result.first_bad_scale, kNoProblem);
  for (const float scale : {0.0F, -1.0F, kInfinity, -kInfinity, kNan}) {
    std::vector<float> scales(kTestRows, 1.0F);
    scales[4] = scale;
    scales[6] = scale;
    const std::vector<float> zeros(static_cast<size_t>(kTestRows * kColumns));
    result = run_quantize(rows_of(zeros, kTestRows, kColumns), kTestRows, kColumns, scales, kSeed);
    EXPECT_EQ(result.first_bad_scale, 4u);
    EXPECT_EQ(find_bad_scale(result.first_bad_scale).reason(),
              "scale 4: must be finite and above 0");
  }
  EXPECT_TRUE(find_bad_scale(kNoProblem));
}

}  // namespace
}  // namespace olivine
