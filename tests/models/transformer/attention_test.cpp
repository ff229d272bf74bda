// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/transformer/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/models/transformer/plain_executor.h"

namespace olivine {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

// Rows of one value a head: heads of width 1 keep the arithmetic by hand.
FloatMatrix column(std::vector<float> values, int64_t heads = 1) {
  FloatMatrix matrix;
  matrix.columns = heads;
  matrix.rows = static_cast<int64_t>(values.size()) / heads;
  matrix.values = std::move(values);
  return matrix;
}

const float kLn3 = std::log(3.0F);

TEST(Attention, WeighsValuesBySoftmaxOfScores) {
  test::PlainExecutor executor;
  // Scores of both queries are {0, ln 3}: weights 1/4 and 3/4.
  const AttentionInput input{column({1, 1}), column({0, kLn3}), column({8, 16})};
  const FloatMatrix out = attend({.heads = 1, .key_heads = 1, .head_dim = 1}, input,
                                 std::vector<int64_t>{2}, "encoder.3.", executor);
  EXPECT_THAT(out.values, ElementsAre(FloatEq(14), FloatEq(14)));  // 8 / 4 + 16 * 3 / 4
  EXPECT_THAT(executor.calls(), ElementsAre(test::PlainExecutor::Call{"encoder.3.qk", 2, 2, 1},
                                            test::PlainExecutor::Call{"encoder.3.pv", 2, 1, 2}));
}

TEST(Attention, ScalesByTheRootOfTheWidth) {
  test::PlainExecutor executor;
  AttentionInput input{FloatMatrix(2, 4), FloatMatrix(2, 4), FloatMatrix(2, 4)};
  input.query.row(0)[0] = 1.0F;
  input.key.row(1)[0] = 2.0F * kLn3;  // / sqrt(4)
  input.value.row(0)[3] = 4.0F;
  const FloatMatrix out = attend({.heads = 1, .key_heads = 1, .head_dim = 4}, input,
                                 std::vector<int64_t>{2}, "e.", executor);
  EXPECT_THAT(out.row(0)[3], FloatEq(1.0F));  // 4 * 1/4
  EXPECT_THAT(out.row(1)[3], FloatEq(2.0F));  // a query of 0: halves
  EXPECT_EQ(out.row(0)[0], 0.0F);
}

TEST(Attention, CausalTokensSeeThoseBeforeThem) {
  test::PlainExecutor executor;
  const AttentionInput input{column({0, 0, 0}), column({5, 6, 7}), column({3, 5, 13})};
  const FloatMatrix out = attend({.heads = 1, .key_heads = 1, .head_dim = 1, .is_causal = true},
                                 input, std::vector<int64_t>{3}, "d.", executor);
  EXPECT_THAT(out.values, ElementsAre(3, 4, FloatEq(7)));  // 3, (3 + 5) / 2, (3 + 5 + 13) / 3
}

TEST(Attention, SequencesDoNotSeeEachOther) {
  test::PlainExecutor executor;
  const AttentionInput input{column({1, 1, 1}), column({0, 0, 9}), column({2, 4, 100})};
  const FloatMatrix out = attend({.heads = 1, .key_heads = 1, .head_dim = 1}, input,
                                 std::vector<int64_t>{2, 1}, "e.", executor);
  EXPECT_THAT(out.values, ElementsAre(3, 3, 100));
}

TEST(Attention, HeadsShareTheKeysOfTheirGroup) {
  test::PlainExecutor executor;
  // Four heads of queries, two of keys and values; one token: each head returns its value.
  const AttentionInput input{column({1, 2, 3, 4}, 4), column({1, 1}, 2), column({10, 20}, 2)};
  const FloatMatrix out = attend({.heads = 4, .key_heads = 2, .head_dim = 1}, input,
                                 std::vector<int64_t>{1}, "d.", executor);
  EXPECT_THAT(out.values, ElementsAre(10, 10, 20, 20));
}

TEST(Attention, AddsTheBiasOfTheDistanceToScores) {
  test::PlainExecutor executor;
  RelativeBias bias{2, FloatMatrix(1, 5)};
  bias.by_head.values = {100, 100, 0, kLn3, 100};  // key - query = -2 ... 2
  const AttentionInput input{column({0, 0}), column({0, 0}), column({8, 16})};
  const FloatMatrix out = attend({.heads = 1, .key_heads = 1, .head_dim = 1, .bias = &bias}, input,
                                 std::vector<int64_t>{2}, "e.", executor);
  // The first sees the second by ln 3 more; the second sees nothing but the first (e^-100 is no
  // share of a float).
  EXPECT_THAT(out.values, ElementsAre(FloatEq(14), FloatEq(8)));
}

TEST(Attention, OfNoSequenceIsEmpty) {
  test::PlainExecutor executor;
  const AttentionInput input{FloatMatrix(0, 4), FloatMatrix(0, 4), FloatMatrix(0, 4)};
  const FloatMatrix out =
      attend({.heads = 2, .key_heads = 2, .head_dim = 2}, input, {}, "e.", executor);
  EXPECT_EQ(out.rows, 0);
  EXPECT_TRUE(executor.calls().empty());
}

}  // namespace
}  // namespace olivine
