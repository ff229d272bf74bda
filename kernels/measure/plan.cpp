// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/plan.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace olivine::measure {
namespace {

constexpr int64_t kSmallM = 16;  // rows of activations that the small-m kernels take

// A built-in shape: what of it is measured when there is little time, and of what the energy.
struct BuiltIn {
  std::string_view name;
  int64_t m;
  int64_t n;
  int64_t k;
  Extent extent;  // the first that has it
  std::vector<std::string_view> quick_variants;
  std::vector<std::string_view> energy_variants;
};

// First the shapes of the ratios that the kernels are accepted by (ratios.h).
const std::vector<BuiltIn>& built_in_shapes() {
  static const std::vector<std::string_view> kSquareVariants = {
      "int8", "int8-2:4", "cublaslt-int8", "cusparselt-int8", "cublaslt-fp8", "cublaslt-fp16"};
  static const std::vector<std::string_view> kEnergy = {"int8", "int8-2:4", "cublaslt-int8",
                                                        "cublaslt-fp16"};
  static const std::vector<std::string_view> kPrefillVariants = {
      "int8",     "w4a4-ovp",      "w4a4-ovp:a-once",     "w4a4-ovp:once",
      "w4a8-ovp", "w4a8-ovp:once", "w4a4-ovp-2:4:a-once", "w4a4-ovp-2:4:once",
      "int8-2:4", "cublaslt-int8", "cublaslt-fp16"};
  static const std::vector<std::string_view> kOnceVariants = {"int8", "w4a4-ovp:once",
                                                              "cublaslt-int8"};
  static const std::vector<std::string_view> kDecodeVariants = {
      "int8",          "w4a4-ovp",     "w4a4-ovp:a-once", "w4a8-ovp:a-once", "w4a4-ovp-2:4:a-once",
      "cublaslt-int8", "cublaslt-fp16"};
  static const std::vector<std::string_view> kDecodeEnergy = {"w4a4-ovp:a-once"};
  static const std::vector<BuiltIn> kShapes = {
      {"square 8192", 8192, 8192, 8192, Extent::Quick, kSquareVariants, kEnergy},
      {"prefill 2048", 2048, 4096, 4096, Extent::Quick, kPrefillVariants, {}},
      {"decode 1", 1, 4096, 4096, Extent::Quick, kDecodeVariants, {}},
      {"decode 16", 16, 4096, 4096, Extent::Quick, kDecodeVariants, {}},
      {"decode 1 wide", 1, 8192, 8192, Extent::Quick, kDecodeVariants, kDecodeEnergy},
      {"decode 16 wide", 16, 8192, 8192, Extent::Quick, kDecodeVariants, {}},
      {"prefill 4096", 4096, 4096, 4096, Extent::Quick, kOnceVariants, {}},
      {"prefill 8192", 8192, 4096, 4096, Extent::Full, kOnceVariants, {}},
      {"decode 1 wider", 1, 16384, 16384, Extent::Full, kDecodeVariants, {}},
      {"decode 8", 8, 8192, 8192, Extent::Full, kDecodeVariants, {}},
      {"square 1024", 1024, 1024, 1024, Extent::Full, kSquareVariants, {}},
      {"square 2048", 2048, 2048, 2048, Extent::Full, kSquareVariants, {}},
      {"square 16384", 16384, 16384, 16384, Extent::Full, kSquareVariants, kEnergy}};
  return kShapes;
}

bool has_name(const std::vector<std::string_view>& names, const Variant& variant) {
  return std::find(names.begin(), names.end(), variant.name) != names.end();
}

// Activations decoded once and weights in the main loop of two planes: only the small-m kernels.
bool can_measure(const Variant& variant, const NamedShape& shape) {
  return variant.name != "w4a8-ovp:a-once" || shape.m <= kSmallM;
}

PlannedGroup built_in_group(const BuiltIn& built_in, const PlanOptions& options) {
  PlannedGroup group;
  group.shape = {std::string{built_in.name}, built_in.m, built_in.n, built_in.k};
  for (const Variant* variant : options.variants) {
    const bool is_wanted =
        options.extent == Extent::Full || has_name(built_in.quick_variants, *variant);
    if (!is_wanted || !can_measure(*variant, group.shape)) continue;
    group.cases.push_back(
        {variant, options.takes_energy && has_name(built_in.energy_variants, *variant)});
  }
  return group;
}

PlannedGroup user_group(const NamedShape& shape, const PlanOptions& options) {
  PlannedGroup group{shape, {}};
  const bool takes_energy = options.takes_energy && options.extent == Extent::Full;
  for (const Variant* variant : options.variants) {
    if (can_measure(*variant, shape)) group.cases.push_back({variant, takes_energy});
  }
  return group;
}

std::vector<PlannedGroup> make_groups(const PlanOptions& options) {
  std::vector<PlannedGroup> groups;
  for (const NamedShape& shape : without_repeats(options.shapes)) {
    groups.push_back(user_group(shape, options));
  }
  if (!options.shapes.empty()) return groups;
  for (const BuiltIn& built_in : built_in_shapes()) {
    if (options.extent == Extent::Quick && built_in.extent == Extent::Full) continue;
    groups.push_back(built_in_group(built_in, options));
  }
  return groups;
}

}  // namespace

std::vector<NamedShape> residue_shapes() {
  constexpr std::array<std::array<int64_t, 3>, 14> kExtents = {{{1, 1, 1},
                                                                {1, 64, 64},
                                                                {16, 128, 256},
                                                                {15, 127, 255},
                                                                {17, 129, 257},
                                                                {13, 61, 97},
                                                                {33, 65, 129},
                                                                {128, 256, 128},
                                                                {127, 255, 191},
                                                                {129, 257, 193},
                                                                {211, 307, 521},
                                                                {256, 512, 1024},
                                                                {384, 1024, 640},
                                                                {5, 7, 0}}};
  std::vector<NamedShape> shapes;
  for (const auto& [m, n, k] : kExtents) {
    NamedShape shape{"", m, n, k};
    shape.name = extents_text(shape);
    shapes.push_back(shape);
  }
  return shapes;
}

Plan make_plan(const PlanOptions& options) {
  Plan plan;
  plan.checks_only = options.checks_only;
  plan.checked_variants = options.variants;
  // A shape of the user's is checked alone; before times are stated, kernels pass all residues.
  if (options.checks_only && !options.shapes.empty()) {
    plan.checks = without_repeats(options.shapes);
    return plan;
  }
  plan.checks = residue_shapes();
  plan.groups = make_groups(options);
  std::erase_if(plan.groups, [](const PlannedGroup& group) { return group.cases.empty(); });
  if (options.extent == Extent::Full) {
    plan.timing = {5, 20, 5000, 300'000, 3'000'000, 50'000};
    plan.energy = {4, 3, 5};
  }
  if (options.energy_window_s > 0) plan.energy.window_s = options.energy_window_s;
  return plan;
}

}  // namespace olivine::measure
