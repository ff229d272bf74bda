// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/analytic/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "models/base/error.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

NetworkPlan plan_of(const char* machine, const char* workload, const char* scheme,
                    std::set<LayerKind> kinds = {}) {
  PlanOptions options;
  options.kinds = std::move(kinds);
  return plan_network(load_machine(machine), parse_scheme(scheme), load_workload(workload),
                      options);
}

TEST(Network, BertBaseLiesWithinTwoPercentOfThePeCountBound) {
  const LayerResult total =
      evaluate(plan_of("olive_64x64", "bert_base", "w4a4-ovp", {LayerKind::Linear})).total;
  // 12 layers of 4 d^2 + 2 d ffn on 64 x 128 tokens, pooler and classifier on 64.
  const uint64_t d = 768;
  const uint64_t macs = 12 * (4 * d * d + 2 * d * 4 * d) * 64 * 128 + 64 * d * d + 64 * d * 2;
  EXPECT_EQ(total.macs, macs);
  const uint64_t bound = macs / 4096;
  EXPECT_GE(total.array_cycles, bound);
  EXPECT_LE(total.array_cycles, bound + bound / 50);
}

TEST(Network, TotalIsTheSumOfItsLayers) {
  const NetworkPlan plan = plan_of("edge_16x16", "deit_tiny", "w4a8-ovp");
  const NetworkResult result = evaluate(plan);
  LayerResult sum;
  for (const size_t index : plan.plan_of_layer) sum.add(result.results[index]);
  EXPECT_EQ(result.total.cycles, sum.cycles);
  EXPECT_EQ(result.total.macs, sum.macs);
  EXPECT_EQ(result.total.counts, sum.counts);
  EXPECT_EQ(result.total.dram_bytes, sum.dram_bytes);
  // Same additions in another order: at most one rounding of the total each.
  EXPECT_NEAR(result.total.energy.total_pj(), sum.energy.total_pj(),
              static_cast<double>(plan.plan_of_layer.size()) * 0x1p-52 * sum.energy.total_pj());
  for (const LayerResult& layer : result.results) {
    EXPECT_EQ(layer.cycles, std::accumulate(layer.stalls.begin(), layer.stalls.end(),
                                            layer.array_cycles + layer.vector_cycles));
  }
}

TEST(Network, EqualLayersShareAPlan) {
  const NetworkPlan plan = plan_of("olive_64x64", "bert_base", "w4a4-ovp", {LayerKind::Linear});
  EXPECT_EQ(plan.plan_of_layer.size(), 74u);
  // query = key = value = attention_output, ffn_up, ffn_down, pooler, classifier.
  EXPECT_EQ(plan.plans.size(), 5u);
  EXPECT_EQ(plan.plans.front().occurrences, 48u);
}

TEST(Network, AttentionRunsDenseInTheActivationFormat) {
  const NetworkPlan plan =
      plan_of("olive_64x64", "bert_base", "w4a8-ovp-2:4", {LayerKind::Attention});
  for (const LayerPlan& layer : plan.plans) {
    EXPECT_EQ(layer.work.scheme.weights, Format::Ovp8);
    EXPECT_EQ(layer.work.scheme.weight_pattern, Pattern::Dense);
  }
}

TEST(Network, VectorWorkTakesItsRate) {
  const NetworkPlan plan = plan_of("olive_64x64", "bert_base", "w4a4-ovp", {LayerKind::Vector});
  const NetworkResult result = evaluate(plan);
  for (size_t i = 0; i < plan.plans.size(); ++i) {
    EXPECT_EQ(result.results[i].cycles, (plan.plans[i].vector_ops + 63) / 64);  // 64 ops a cycle
    EXPECT_EQ(result.results[i].array_cycles, 0u);
  }
}

TEST(Network, RefusedSchemeIsOneProblemBad) {
  try {
    (void)plan_of("adafloat_32x28", "bert_base", "w4a4-ovp");
    FAIL() << "a float array ran ovp4";
  } catch (const ShapeError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("adafloat_32x28 cannot run w4a4-ovp"));
  }
}

TEST(Network, NoLayerLeftIsAProblemBad) {
  EXPECT_THROW((void)plan_of("olive_64x64", "bert_base", "w4a4-ovp", {LayerKind::Conv2d}),
               ConfigError);
}

}  // namespace
}  // namespace olivine
