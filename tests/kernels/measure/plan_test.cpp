// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kernels/launch/gemm_kernels.h"
#include "models/base/error.h"
#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<const Variant*> every_variant() { return select_variants({}); }

PlanOptions options_of(Extent extent) {
  PlanOptions options;
  options.extent = extent;
  options.variants = every_variant();
  return options;
}

std::vector<std::string_view> names_of(const PlannedGroup& group) {
  std::vector<std::string_view> names;
  for (const PlannedCase& planned : group.cases) names.push_back(planned.variant->name);
  return names;
}

TEST(Variants, HaveSchemesAndFormsThatBelongTogether) {
  for (const Variant& variant : all_variants()) {
    const Scheme& scheme = parse_scheme(variant.scheme);
    EXPECT_EQ(find_variant(variant.name), &variant);
    if (!variant.is_own()) continue;
    const bool is_two_four = scheme.weight_pattern == Pattern::TwoFour;
    EXPECT_EQ(is_sparse(variant.weights), is_two_four) << variant.name;
    const bool decodes_weights = variant.weights != stored_weights(scheme);
    const bool decodes_activations = variant.activations != stored_activations(scheme);
    EXPECT_EQ(decodes_weights, variant.decoding == Decoding::Once) << variant.name;
    EXPECT_EQ(decodes_activations,
              variant.decoding == Decoding::Once || variant.decoding == Decoding::ActivationsOnce)
        << variant.name;
    EXPECT_EQ(info(scheme.weights).is_ovp, variant.decoding != Decoding::None) << variant.name;
  }
}

TEST(Variants, CoverEveryPairOfFormsThatAKernelTakes) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    const auto variants = all_variants();
    EXPECT_TRUE(std::any_of(variants.begin(), variants.end(), [&](const Variant& variant) {
      return variant.is_own() && variant.weights == kernel.weights &&
             variant.activations == kernel.activations;
    })) << kernel.name;
  }
}

TEST(Variants, AreSelectedBySchemeOrByName) {
  const std::vector<std::string> names = {"w4a4-ovp", "cublaslt-fp8"};
  std::vector<std::string_view> selected;
  for (const Variant* variant : select_variants(names)) selected.push_back(variant->name);
  EXPECT_THAT(selected,
              ElementsAre("w4a4-ovp", "w4a4-ovp:a-once", "w4a4-ovp:once", "cublaslt-fp8"));
  EXPECT_EQ(every_variant().size(), all_variants().size());
}

TEST(Variants, NameTheNearestForAnUnknownOneBad) {
  const std::vector<std::string> names = {"w4a4-opv", "cublas"};
  try {
    static_cast<void>(select_variants(names));
    FAIL();
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.problems().size(), 2);
    EXPECT_THAT(error.problems()[0], HasSubstr("did you mean 'w4a4-ovp'?"));
    EXPECT_THAT(error.problems()[1], HasSubstr("scheme = cublas"));
  }
}

TEST(Plan, QuickEndsWithinItsBudgetByItsOwnEstimate) {
  const Plan plan = make_plan(options_of(Extent::Quick));
  EXPECT_LT(estimated_s(plan, 16), kQuickBudgetSeconds);
  EXPECT_GT(estimated_s(plan, 16), 20);
  EXPECT_GT(estimated_s(plan, 1), estimated_s(plan, 16));
  EXPECT_GT(estimated_s(make_plan(options_of(Extent::Full)), 16), estimated_s(plan, 16));
}

TEST(Plan, HasTheShapesOfTheAcceptanceRatiosFirst) {
  const Plan plan = make_plan(options_of(Extent::Quick));
  ASSERT_FALSE(plan.groups.empty());
  EXPECT_EQ(extents_text(plan.groups[0].shape), "8192x8192x8192");
  for (const char* name : {"int8", "int8-2:4", "cublaslt-int8", "cusparselt-int8"}) {
    EXPECT_THAT(names_of(plan.groups[0]), Contains(name));
  }
  std::set<std::string> small;
  bool has_once = false;
  for (const PlannedGroup& group : plan.groups) {
    const std::vector<std::string_view> names = names_of(group);
    if (group.shape.m <= 16) {
      small.insert(extents_text(group.shape));
      EXPECT_THAT(names, Contains("w4a4-ovp:a-once"));
    }
    if (group.shape.m < 2048) continue;
    has_once = has_once || std::find(names.begin(), names.end(), "w4a4-ovp:once") != names.end();
  }
  EXPECT_TRUE(has_once);
  EXPECT_THAT(small, Contains("1x4096x4096"));
  EXPECT_THAT(small, Contains("16x8192x8192"));
}

TEST(Plan, ChecksResiduesBeforeAnythingIsTimed) {
  std::vector<std::string> checked;
  for (const NamedShape& shape : make_plan(options_of(Extent::Quick)).checks) {
    checked.push_back(extents_text(shape));
  }
  // 1, a whole tile, one less, one more, primes, no k.
  for (const char* shape : {"1x1x1", "128x256x128", "127x255x191", "129x257x193", "13x61x97",
                            "5x7x0", "16x128x256", "17x129x257"}) {
    EXPECT_THAT(checked, Contains(shape));
  }
}

TEST(Plan, TakesShapesOfTheUserInPlaceOfItsOwn) {
  PlanOptions options = options_of(Extent::Quick);
  options.shapes = {{"a", 100, 200, 300}, {"b", 8, 200, 300}, {"again", 100, 200, 300}};
  const Plan plan = make_plan(options);
  ASSERT_EQ(plan.groups.size(), 2);
  EXPECT_EQ(plan.groups[0].shape.name, "a");
  // w4a8 with planes in the main loop has kernels of small m alone.
  EXPECT_EQ(plan.groups[0].cases.size(), all_variants().size() - 1);
  EXPECT_EQ(plan.groups[1].cases.size(), all_variants().size());
}

TEST(Plan, ChecksShapesOfTheUserAloneWhereOnlyChecksAreWanted) {
  PlanOptions options = options_of(Extent::Quick);
  options.checks_only = true;
  EXPECT_EQ(make_plan(options).checks.size(), residue_shapes().size());
  EXPECT_FALSE(make_plan(options).groups.empty());
  options.shapes = {{"a", 33, 65, 129}};
  const Plan plan = make_plan(options);
  EXPECT_THAT(plan.checks, ElementsAre(NamedShape{"a", 33, 65, 129}));
  EXPECT_TRUE(plan.groups.empty());
}

TEST(Plan, LeavesOutShapesWithoutASelectedVariant) {
  PlanOptions options = options_of(Extent::Quick);
  options.variants = {find_variant("cusparselt-int8")};
  for (const PlannedGroup& group : make_plan(options).groups) {
    EXPECT_THAT(names_of(group), ElementsAre("cusparselt-int8"));
  }
}

TEST(Plan, TakesEnergyOfFewCasesAndOfNoneWhereNotWanted) {
  PlanOptions options = options_of(Extent::Quick);
  const auto energies = [&] {
    int count = 0;
    for (const PlannedGroup& group : make_plan(options).groups) {
      for (const PlannedCase& planned : group.cases) count += planned.takes_energy ? 1 : 0;
    }
    return count;
  };
  EXPECT_GT(energies(), 2);
  EXPECT_LT(energies(), 8);
  options.takes_energy = false;
  EXPECT_EQ(energies(), 0);
}

TEST(Plan, SaysWhatItWillDo) {
  PlanOptions options = options_of(Extent::Quick);
  options.shapes = {{"layer", 100, 200, 300}};
  const std::string text = plan_text(make_plan(options), 8);
  EXPECT_THAT(text, HasSubstr("time  100x200x300 (layer), about "));
  EXPECT_THAT(text, HasSubstr(" w4a4-ovp:once "));
  EXPECT_THAT(text, HasSubstr(" s in all\n"));
}

}  // namespace
}  // namespace olivine::measure
