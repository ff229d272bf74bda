// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
// The search that rules candidates out, against trying all of them: same bits in every field.
#include "models/numerics/scale_search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/numerics/run_search.h"

namespace olivine {
namespace {

constexpr std::array kFormats = {Format::Int8, Format::Int4, Format::Ovp4, Format::Ovp4f,
                                 Format::Ovp8};

std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets = {InstructionSet::Portable};
  if (best_instruction_set() >= InstructionSet::Avx2) sets.push_back(InstructionSet::Avx2);
  if (best_instruction_set() >= InstructionSet::Avx512) sets.push_back(InstructionSet::Avx512);
  return sets;
}

EncodeRules paper(Format format) { return rules_for(format, EncoderPolicy::Paper); }

void expect_same(const ScaleChoice& actual, const ScaleChoice& expected) {
  ASSERT_EQ(actual.mse.size(), expected.mse.size());
  for (size_t i = 0; i < expected.mse.size(); ++i) {
    ASSERT_EQ(actual.best_percent[i], expected.best_percent[i]) << "run " << i;
    ASSERT_EQ(std::bit_cast<uint64_t>(actual.mse[i]), std::bit_cast<uint64_t>(expected.mse[i]))
        << "run " << i << ": " << actual.mse[i] << " and " << expected.mse[i];
    ASSERT_EQ(actual.alpha[i], expected.alpha[i]) << "run " << i;
    ASSERT_EQ(actual.scales[i], expected.scales[i]) << "run " << i;
    ASSERT_EQ(actual.x_max[i], expected.x_max[i]) << "run " << i;
  }
}

void expect_exhaustive(const TensorView& tensor, Format format, const std::vector<float>& x_max,
                       const SearchRange& range = {}) {
  const EncodeRules rules = paper(format);
  const ScaleChoice expected = search_scales_exhaustively(tensor, rules, x_max, range);
  expect_same(search_scales(tensor, rules, x_max, range), expected);
  const size_t run = tensor.values.size() / x_max.size();
  for (const InstructionSet set : instruction_sets()) {
    SCOPED_TRACE(fmt::format("instruction set {}", static_cast<int>(set)));
    RunSearch search{rules, range, set};
    for (size_t i = 0; i < x_max.size(); ++i) {
      const ScaleRun values{tensor.values.subspan(i * run, run), tensor.k};
      const RunChoice choice = search.search(values, x_max[i]);
      ASSERT_EQ(choice.percent, expected.best_percent[i]) << "run " << i;
      ASSERT_EQ(choice.mse, expected.mse[i]) << "run " << i;
      ASSERT_EQ(choice.alpha, expected.alpha[i]) << "run " << i;
      ASSERT_EQ(choice.scale, expected.scales[i]) << "run " << i;
    }
  }
}

void expect_exhaustive_at_both_granularities(const TensorView& tensor) {
  for (const Format format : kFormats) {
    SCOPED_TRACE(fmt::format("{} {} x {}", name_of(format), tensor.rows, tensor.k));
    for (const Granularity granularity : {Granularity::PerRow, Granularity::PerTensor}) {
      expect_exhaustive(tensor, format, find_x_max(tensor, paper(format).grid, granularity));
    }
  }
}

// One element of a test tensor from its row and column.
using Draw = std::function<double(Rng&, int64_t, int64_t)>;

double heavy_tailed(Rng& rng, int64_t, int64_t) {
  const double normal = rng.normal() * 0.02;
  return rng.chance(0.02) ? normal * static_cast<double>(rng.uniform(2, 60)) : normal;
}

double on_or_between_points(Rng& rng, int64_t row, int64_t) {
  // Rows in steps of 2^-row / 2, up to the outliers.
  const int64_t range = rng.chance(0.1) ? 200 : 16;
  return std::ldexp(static_cast<double>(rng.uniform(-range, range)), -1 - static_cast<int>(row));
}

double constant_or_zero(Rng&, int64_t row, int64_t) { return row % 2 == 0 ? 0.0 : 0.3; }

double with_one_huge(Rng& rng, int64_t row, int64_t column) {
  return row == column ? std::ldexp(1.0, 3 * static_cast<int>(row)) : rng.normal();
}

double tiny(Rng& rng, int64_t row, int64_t) {
  return rng.normal() * std::ldexp(1.0, -120 - 5 * static_cast<int>(row));
}

double huge(Rng& rng, int64_t row, int64_t) {
  return rng.normal() * std::ldexp(1.0, 60 + 8 * static_cast<int>(row));
}

std::vector<float> draw_tensor(const Draw& draw, int64_t rows, int64_t k, Rng& rng) {
  std::vector<float> values;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < k; ++column) {
      values.push_back(static_cast<float>(draw(rng, row, column)));
    }
  }
  return values;
}

TEST(FastScaleSearch, EqualsTryingEveryCandidate) {
  constexpr uint64_t kSeed = 901;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  const std::vector<std::pair<std::string, Draw>> draws = {{"heavy tails", heavy_tailed},
                                                           {"ties", on_or_between_points},
                                                           {"constant", constant_or_zero},
                                                           {"one huge", with_one_huge},
                                                           {"tiny", tiny},
                                                           {"huge", huge}};
  for (const auto& [name, draw] : draws) {
    for (const int64_t k : {1, 2, 3, 15, 16, 17, 31, 127, 128, 211}) {
      SCOPED_TRACE(fmt::format("{} k {}", name, k));
      const auto values = draw_tensor(draw, 6, k, rng);
      expect_exhaustive_at_both_granularities({"w", values, 6, k});
    }
  }
}

// Rows and tensors of more than one slice and more than one chunk.
TEST(FastScaleSearch, EqualsTryingEveryCandidateOnLongRuns) {
  constexpr uint64_t kSeed = 902;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Draw& draw : {Draw{heavy_tailed}, Draw{on_or_between_points}}) {
    for (const int64_t k : {511, 513, 4096, 4113, 9001}) {
      const auto values = draw_tensor(draw, 2, k, rng);
      expect_exhaustive_at_both_granularities({"w", values, 2, k});
    }
  }
  // Every pair has an outlier: the pairs fill a chunk before the singles do.
  const auto values =
      draw_tensor([](Rng& random, int64_t,
                     int64_t column) { return random.normal() * (column % 2 == 0 ? 40.0 : 1.0); },
                  2, 2501, rng);
  for (const Format format : kFormats) {
    expect_exhaustive({"w", values, 2, 2501}, format, {4.0F, 5.0F});
  }
}

// Candidates that are equally good, to the bit: integers and halves of the scales 1, 2, .. of the
// first percent; the first must win.
TEST(FastScaleSearch, EqualsTryingEveryCandidateWhereManyAreEqual) {
  constexpr uint64_t kSeed = 903;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    const auto max_normal = static_cast<float>(paper_grid(format).max_normal);
    for (const int64_t k : {1, 2, 7, 64, 65}) {
      for (int repeat = 0; repeat < 20; ++repeat) {
        SCOPED_TRACE(fmt::format("{} k {} repeat {}", name_of(format), k, repeat));
        const int64_t step = rng.uniform(1, 8);
        const auto values = draw_tensor(
            [&](Rng& random, int64_t, int64_t) {
              return static_cast<double>(random.uniform(-8, 8) * step) * 0.5;
            },
            1, k, rng);
        expect_exhaustive({"w", values, 1, k}, format, {max_normal}, {100, 901, 100});
        expect_exhaustive({"w", values, 1, k}, format, {max_normal}, {50, 451, 25});
      }
    }
  }
}

// Equal quotients of unequal values: the right one survives whatever the values are.
TEST(FastScaleSearch, EqualsTryingEveryCandidateOnPairsOfNearlyEqualOutliers) {
  constexpr uint64_t kSeed = 904;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  std::vector<float> values;
  for (int i = 0; i < 300; ++i) {
    const auto value = static_cast<float>(rng.normal() * 9.0);
    values.push_back(value);
    values.push_back(rng.chance(0.5) ? std::nextafter(value, 100.0F) : -value);
  }
  for (const Format format : kFormats) {
    const auto max_normal = static_cast<float>(paper_grid(format).max_normal);
    expect_exhaustive({"w", values, 4, 150}, format, std::vector<float>(4, max_normal * 0.7F));
  }
}

TEST(FastScaleSearch, TriesFewCandidatesOfWeights) {
  constexpr uint64_t kSeed = 905;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  constexpr int64_t kRows = 64;
  const auto values = draw_tensor(heavy_tailed, kRows, 384, rng);
  for (const Format format : kFormats) {
    const auto x_max =
        find_x_max({"w", values, kRows, 384}, paper(format).grid, Granularity::PerRow);
    RunSearch search{paper(format), {}, best_instruction_set()};
    for (size_t row = 0; row < kRows; ++row) {
      (void)search.search({std::span{values}.subspan(row * 384, 384), 384}, x_max[row]);
    }
    // Neighbours differ by about 1e-3 of the error, the bounds by 1e-4 at most.
    EXPECT_LE(search.trial_count(), kRows + kRows / 4) << name_of(format);
  }
}

TEST(SearchAndEncode, EqualsSearchThenEncode) {
  constexpr uint64_t kSeed = 906;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  for (const Format format : kFormats) {
    for (const Granularity granularity : {Granularity::PerRow, Granularity::PerTensor}) {
      for (const int64_t rows : {0, 1, 15, 16, 17, 33}) {
        for (const int64_t k : {0, 1, 2, 33, 64}) {
          SCOPED_TRACE(fmt::format("{} {} x {}", name_of(format), rows, k));
          auto values = draw_tensor(heavy_tailed, rows, k, rng);
          if (rows > 1) std::fill_n(values.begin(), k, 0.0F);
          const TensorView tensor{"w", values, rows, k};
          const auto both = search_and_encode(tensor, format, granularity);
          const auto choice = search_scales(tensor, paper(format), granularity);
          const PackedMatrix packed = encode(tensor, format, choice.scales);
          expect_same(both.choice, choice);
          EXPECT_EQ(both.packed.codes, packed.codes);
          EXPECT_EQ(both.packed.scales, packed.scales);
          EXPECT_EQ(both.packed.rows, rows);
          EXPECT_EQ(find_problem(both.packed).value_or(""), "");
        }
      }
    }
  }
}

TEST(SearchAndEncode, BlocksOfRowsGiveTheWholesRows) {
  constexpr uint64_t kSeed = 907;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  Rng rng{kSeed};
  const auto values = draw_tensor(heavy_tailed, 50, 37, rng);
  const auto whole = search_and_encode({"w", values, 50, 37}, Format::Ovp4, Granularity::PerRow);
  std::vector<uint8_t> codes;
  for (int64_t row = 0; row < 50; row += 25) {
    const auto block = std::span{values}.subspan(static_cast<size_t>(row) * 37, 25 * 37);
    const auto part = search_and_encode({"w", block, 25, 37}, Format::Ovp4, Granularity::PerRow);
    codes.insert(codes.end(), part.packed.codes.begin(), part.packed.codes.end());
  }
  EXPECT_EQ(codes, whole.packed.codes);
}

TEST(SearchAndEncode, RefusesWhatQuantizeRefusesBad) {
  std::vector<float> values(60, 1.0F);
  values[47] = std::numeric_limits<float>::quiet_NaN();
  for (const Granularity granularity : {Granularity::PerRow, Granularity::PerTensor}) {
    try {
      (void)search_and_encode({"fc", values, 20, 3}, Format::Ovp4, granularity);
      FAIL();
    } catch (const ConfigError& error) {
      EXPECT_STREQ(error.what(), "fc[47] = nan: must be finite");
    }
  }
  EXPECT_THROW((void)search_and_encode({"fc", values, 20, 4}, Format::Int4, Granularity::PerRow),
               ShapeError);
  EXPECT_THROW((void)search_and_encode({"fc", values, 20, 3}, Format::Int4, Granularity::PerRow,
                                       {100, 50, 2}),
               ConfigError);
  // Candidates beyond float32: the scale is not finite.
  const std::vector<float> largest(4, std::numeric_limits<float>::max());
  EXPECT_THROW((void)search_and_encode({"fc", largest, 2, 2}, Format::Int4, Granularity::PerRow),
               ConfigError);
}

}  // namespace
}  // namespace olivine
