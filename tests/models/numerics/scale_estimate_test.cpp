// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/numerics/scale_estimate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/rng.h"
#include "models/numerics/chunk_reader.h"
#include "models/numerics/quantize.h"
#include "tests/models/numerics/slow_encoder.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f,
                                 Format::Ovp8};

struct Sums {
  double error = 0.0;    // exact
  double squares = 0.0;  // of all values
};

Sums exact_sums(Format format, const std::vector<float>& row, float scale) {
  Sums sums;
  const auto integers = testing::slow_encode_row(format, row, scale);
  for (size_t i = 0; i < row.size(); ++i) {
    const double error =
        static_cast<double>(row[i]) - static_cast<double>(static_cast<float>(integers[i]) * scale);
    sums.error += error * error;
    sums.squares += static_cast<double>(row[i]) * static_cast<double>(row[i]);
  }
  return sums;
}

// Values on points, on midpoints and beside both; outliers beside each other.
std::vector<float> difficult_row(int64_t k, float scale, Rng& rng) {
  std::vector<float> row;
  for (int64_t i = 0; i < k; ++i) {
    auto value = static_cast<float>(rng.uniform(-40, 40)) * 0.5F * scale;
    if (rng.chance(0.1)) value *= static_cast<float>(rng.uniform(1, 40));
    if (rng.chance(0.3)) value = std::nextafter(value, rng.chance(0.5) ? 1e9F : -1e9F);
    if (rng.chance(0.2)) value = static_cast<float>(rng.normal() * 9.0) * scale;
    row.push_back(value);
  }
  return row;
}

void expect_within_bound(Format format, const std::vector<float>& row,
                         const std::array<float, kEstimateScales>& scales, InstructionSet set) {
  const Grid& grid = paper_grid(format);
  const float threshold = grid.has_outliers() ? 0.999F * grid.outlier_boundary() * scales[0]
                                              : std::numeric_limits<float>::infinity();
  ChunkReader reader{{row, static_cast<int64_t>(row.size())}, threshold};
  Chunk chunk;
  std::array<double, kEstimateScales> estimates{};
  for (bool is_last = false; !is_last;) {
    is_last = reader.fill(chunk);
    for (int64_t i = 0; i < chunk.slice_count(); ++i) {
      const auto sums = estimate_errors(chunk.slice(i), grid, scales, set);
      for (size_t c = 0; c < sums.size(); ++c) estimates[c] += static_cast<double>(sums[c]);
    }
  }
  const EstimateBound bound = estimate_bound(row.size());
  for (size_t c = 0; c < scales.size(); ++c) {
    const Sums exact = exact_sums(format, row, scales[c]);
    const double root = std::sqrt(estimates[c]) * static_cast<double>(scales[c]);
    EXPECT_LE(std::fabs(std::sqrt(exact.error) - root),
              bound.relative * root + bound.absolute * std::sqrt(exact.squares))
        << name_of(format) << " k " << row.size() << " scale " << scales[c] << " set "
        << static_cast<int>(set);
  }
}

TEST(ScaleEstimate, StaysWithinItsBound) {
  constexpr uint64_t kSeed = 511;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    for (const int64_t k : {1, 2, 3, 16, 17, 127, 512, 513, 5003}) {
      for (const float scale : {1.0F, 0.1F, 3.7e-5F}) {
        const auto row = difficult_row(k, scale, rng);
        const std::array<float, kEstimateScales> scales = {scale, scale * 1.25F, scale * 2.0F,
                                                           scale * 2.1F};
        for (const auto set :
             {InstructionSet::Portable, InstructionSet::Avx2, InstructionSet::Avx512}) {
          if (set <= best_instruction_set()) expect_within_bound(format, row, scales, set);
        }
      }
    }
  }
}

TEST(ScaleEstimate, ExactPointsHaveNoError) {
  const std::array<float, kEstimateScales> scales = {1.0F, 2.0F, 0.5F, 4.0F};
  const std::vector<float> singles = {0, 4, 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto sums = estimate_errors({singles, {}, {}}, paper_grid(Format::Int4), scales,
                                    InstructionSet::Portable);
  EXPECT_EQ(sums[0], 0.0F);
  EXPECT_EQ(sums[1], 0.0F);
  EXPECT_EQ(sums[2], 3.0F);  // 8 is clipped to 7, three times
  EXPECT_EQ(sums[3], 0.0F);
}

TEST(ScaleEstimate, ExtentIsTheLargestMagnitudeAndAnUpperBoundOfTheSquares) {
  Rng rng{512};
  for (const size_t count : {0u, 1u, 15u, 16u, 17u, 511u, 512u, 513u, 3001u}) {
    std::vector<float> values;
    float largest = 0.0F;
    double squares = 0.0;
    for (size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>(rng.normal()));
      largest = std::max(largest, std::fabs(values.back()));
      squares += static_cast<double>(values.back()) * static_cast<double>(values.back());
    }
    for (const auto set : {InstructionSet::Portable, best_instruction_set()}) {
      const RunExtent extent = find_extent(values, set);
      EXPECT_EQ(extent.largest, largest);
      EXPECT_GE(extent.squares, squares);
      EXPECT_LE(extent.squares, squares * 1.002);
    }
  }
}

}  // namespace
}  // namespace olivine
