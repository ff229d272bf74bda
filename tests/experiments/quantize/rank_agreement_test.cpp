// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/quantize/rank_agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using Values = std::vector<double>;

// Sums of at most `n` products of magnitudes up to 1, then a division and two roots.
double rounding(size_t n) {
  return 4 * static_cast<double>(n + 3) * std::numeric_limits<double>::epsilon();
}

TEST(AverageRanks, CountFromOneAndShareTies) {
  EXPECT_THAT(average_ranks(Values{}), IsEmpty());
  EXPECT_THAT(average_ranks(Values{7}), ElementsAre(1));
  EXPECT_THAT(average_ranks(Values{30, 10, 20}), ElementsAre(3, 1, 2));
  // 5 5 5 take ranks 2, 3, 4; 9 9 take 5, 6.
  EXPECT_THAT(average_ranks(Values{5, 9, 1, 5, 9, 5}), ElementsAre(3, 5.5, 1, 3, 5.5, 3));
  EXPECT_THAT(average_ranks(Values{0.0, -0.0}), ElementsAre(1.5, 1.5));
}

TEST(AverageRanks, SumToWhatRanksWithoutTiesDo) {
  constexpr uint64_t kSeed = 31;
  Rng rng{kSeed};
  for (const size_t n : {1u, 2u, 31u, 256u, 257u}) {
    Values values(n);
    for (double& value : values) value = static_cast<double>(rng.uniform(0, 9));
    double sum = 0;
    for (const double rank : average_ranks(values)) sum += rank;
    // 1 + ... + n; halves are exact.
    EXPECT_EQ(sum, static_cast<double>(n * (n + 1)) / 2) << "seed " << kSeed << ", n " << n;
  }
}

TEST(Pearson, MatchesHandDerivedValues) {
  // Deviations -1.5 -0.5 0.5 1.5 and -2 0 -1 3: products 3 + 0 - 0.5 + 4.5 = 7; squares 5 and 14.
  const Values a = {1, 2, 3, 4};
  const Values b = {3, 5, 4, 8};
  EXPECT_NEAR(pearson(a, b), 7 / std::sqrt(5.0 * 14.0), rounding(a.size()));
  EXPECT_NEAR(pearson(b, a), 7 / std::sqrt(5.0 * 14.0), rounding(a.size()));
}

TEST(Pearson, IsOneOfLinesWhateverTheirScale) {
  const Values a = {1, 2, 3, 7};
  for (const double slope : {1e-300, 0.1, 1.0, 1e300}) {
    Values rising;
    Values falling;
    for (const double x : a) {
      rising.push_back(slope * x);
      falling.push_back(-slope * x);
    }
    EXPECT_NEAR(pearson(a, rising), 1, rounding(a.size())) << slope;
    EXPECT_NEAR(pearson(a, falling), -1, rounding(a.size())) << slope;
    EXPECT_LE(pearson(a, rising), 1);
  }
}

TEST(Spearman, MatchesTheFormulaOfRankDifferences) {
  // Without ties 1 - 6 sum(d^2) / (n (n^2 - 1)): ranks 1 2 3 4 5 and 2 1 4 3 5, d^2 sums to 4.
  const Values a = {10, 20, 30, 40, 50};
  const Values b = {-3, -9, 2, 1, 100};
  EXPECT_NEAR(spearman(a, b), 1 - 6.0 * 4 / (5 * 24), rounding(a.size()));
}

TEST(Spearman, MatchesHandDerivedValuesWithTies) {
  // Ranks 1 2.5 2.5 4 and 1 3 2 4: deviations -1.5 0 0 1.5 and -1.5 0.5 -0.5 1.5;
  // products 4.5, squares 4.5 and 5.
  EXPECT_NEAR(spearman(Values{0, 1, 1, 2}, Values{0.1, 0.3, 0.2, 0.9}), 4.5 / std::sqrt(4.5 * 5),
              rounding(4));
}

TEST(Spearman, SeesOrderAlone) {
  constexpr uint64_t kSeed = 7;
  Rng rng{kSeed};
  Values values(101);
  for (double& value : values) value = rng.normal();
  Values cubes;
  for (const double value : values) cubes.push_back(value * value * value);
  EXPECT_NEAR(spearman(values, cubes), 1, rounding(values.size())) << "seed " << kSeed;
  std::reverse(cubes.begin(), cubes.end());
  EXPECT_LT(std::abs(spearman(values, cubes)), 0.5) << "seed " << kSeed;
}

TEST(Spearman, IsZeroWhereNothingCanAgree) {
  EXPECT_EQ(spearman(Values{}, Values{}), 0);
  EXPECT_EQ(spearman(Values{1}, Values{2}), 0);
  EXPECT_EQ(spearman(Values{0.1, 0.1, 0.1}, Values{1, 2, 3}), 0);
  EXPECT_EQ(pearson(Values{1, 2, 3}, Values{0.1, 0.1, 0.1}), 0);
  EXPECT_EQ(pearson(Values{0, 0}, Values{1, 2}), 0);
}

TEST(Spearman, RefusesWhatCannotBeRankedBad) {
  const auto correlate = [](const Values& a, const Values& b) {
    return [a, b] { (void)spearman(a, b); };
  };
  EXPECT_THAT(correlate({1, 2}, {1}),
              ThrowsMessage<ShapeError>(HasSubstr("cannot correlate 2 values with 1")));
  EXPECT_THAT(correlate({1, std::nan("")}, {1, 2}),
              ThrowsMessage<ConfigError>(HasSubstr("value 1 of 2 to correlate is nan")));
  EXPECT_THAT(correlate({1, 2}, {std::numeric_limits<double>::infinity(), 2}),
              ThrowsMessage<ConfigError>(HasSubstr("value 0 of 2 to correlate is inf")));
}

}  // namespace
}  // namespace olivine
