// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/relative_buckets.h"

#include <gtest/gtest.h>

#include <cmath>

namespace olivine {
namespace {

TEST(RelativeBuckets, CountTokensNearby) {
  for (int64_t distance = 0; distance < 8; ++distance) {
    EXPECT_EQ(relative_bucket(-distance, 32), distance);
    EXPECT_EQ(relative_bucket(distance, 32), distance == 0 ? 0 : 16 + distance);
  }
}

// Bucket 8 + i begins at 8 * 16^(i / 8) = 2^(3 + i / 2), for the square is an integer.
TEST(RelativeBuckets, GrowByPowersFarAway) {
  for (int64_t distance = 8; distance < 1000; ++distance) {
    int64_t bucket = 8;
    while (bucket < 15 && distance * distance >= (int64_t{64} << (bucket - 7))) ++bucket;
    EXPECT_EQ(relative_bucket(-distance, 32), bucket) << distance;
    EXPECT_EQ(relative_bucket(distance, 32), 16 + bucket) << distance;
  }
  EXPECT_EQ(relative_bucket(-16, 32), 10);  // 2^4: i = 2
  EXPECT_EQ(relative_bucket(-15, 32), 9);
  EXPECT_EQ(relative_bucket(-91, 32), 15);  // 2^6.5 = 90.5: i = 7
  EXPECT_EQ(relative_bucket(-90, 32), 14);
}

TEST(RelativeBuckets, StayInsideTheTable) {
  for (const int64_t buckets : {4, 8, 12, 32, 512, 1024, 4096}) {
    for (int64_t distance = -2000; distance <= 2000; ++distance) {
      const int64_t bucket = relative_bucket(distance, buckets);
      EXPECT_GE(bucket, distance > 0 ? buckets / 2 : 0) << distance << " of " << buckets;
      EXPECT_LT(bucket, distance > 0 ? buckets : buckets / 2) << distance << " of " << buckets;
    }
  }
}

TEST(RelativeBuckets, BiasIsTheRowOfTheBucketAndTheColumnOfTheHead) {
  FloatMatrix table(8, 3);
  for (size_t i = 0; i < table.values.size(); ++i) table.values[i] = static_cast<float>(i);
  const RelativeBias bias = make_relative_bias(table, 20);
  for (int64_t head = 0; head < 3; ++head) {
    for (const auto& [query, key] : {std::pair{0, 0}, {3, 5}, {20, 0}, {0, 20}, {7, 6}}) {
      EXPECT_EQ(bias.at(head, query, key),
                static_cast<float>(3 * relative_bucket(key - query, 8) + head));
    }
  }
}

}  // namespace
}  // namespace olivine
