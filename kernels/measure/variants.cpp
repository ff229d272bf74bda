// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/variants.h"

#include <algorithm>
#include <array>

#include "kernels/baselines/baseline_gemm.h"
#include "models/base/error.h"
#include "models/base/text.h"
#include "models/numerics/format.h"

namespace olivine::measure {
namespace {

using A = ActivationForm;
using W = WeightForm;

constexpr Variant own(std::string_view name, std::string_view scheme, Decoding decoding, W weights,
                      A activations) {
  return {name, scheme, Provider::Own, decoding, weights, activations, {}};
}
constexpr Variant library(std::string_view name, std::string_view scheme, Provider provider,
                          BaselineScheme baseline) {
  return {name, scheme, provider, Decoding::None, {}, {}, baseline};
}

constexpr std::array kVariants = {
    own("int8", "w8a8-int8", Decoding::None, W::Int8, A::Int8),
    own("int8-2:4", "w8a8-int8-2:4", Decoding::None, W::Int8Sparse, A::Int8),
    own("w4a4-ovp", "w4a4-ovp", Decoding::MainLoop, W::Ovp4, A::Ovp4),
    own("w4a4-ovp:a-once", "w4a4-ovp", Decoding::ActivationsOnce, W::Ovp4, A::Int8),
    own("w4a4-ovp:once", "w4a4-ovp", Decoding::Once, W::Int8, A::Int8),
    own("w4a8-ovp", "w4a8-ovp", Decoding::MainLoop, W::Ovp4, A::Ovp8),
    own("w4a8-ovp:a-once", "w4a8-ovp", Decoding::ActivationsOnce, W::Ovp4, A::Int8Planes),
    own("w4a8-ovp:once", "w4a8-ovp", Decoding::Once, W::Int8, A::Int8Planes),
    own("w4a4-ovp-2:4", "w4a4-ovp-2:4", Decoding::MainLoop, W::Ovp4Sparse, A::Ovp4),
    own("w4a4-ovp-2:4:a-once", "w4a4-ovp-2:4", Decoding::ActivationsOnce, W::Ovp4Sparse, A::Int8),
    own("w4a4-ovp-2:4:once", "w4a4-ovp-2:4", Decoding::Once, W::Int8Sparse, A::Int8),
    library("cublaslt-int8", "w8a8-int8", Provider::CublasLt, BaselineScheme::Int8ToInt32),
    library("cublaslt-fp8", "w8a8-fp8", Provider::CublasLt, BaselineScheme::Fp8ToBf16),
    library("cublaslt-fp16", "w16a16-fp16", Provider::CublasLt, BaselineScheme::Fp16),
    library("cublaslt-bf16", "w16a16-bf16", Provider::CublasLt, BaselineScheme::Bf16),
    library("cusparselt-int8", "w8a8-int8-2:4", Provider::CusparseLt, BaselineScheme::Int8ToInt32),
    library("cusparselt-fp16", "w16a16-fp16-2:4", Provider::CusparseLt, BaselineScheme::Fp16)};

bool is_named(const Variant& variant, std::string_view name) {
  return variant.name == name || variant.scheme == name;
}

}  // namespace

std::string_view name_of(Provider provider) {
  switch (provider) {
    case Provider::Own:
      return "olivine";
    case Provider::CublasLt:
      return "cublaslt";
    case Provider::CusparseLt:
      return "cusparselt";
  }
  OLV_CHECK(false, "provider {}", static_cast<int>(provider));
}

std::string_view name_of(Decoding decoding) {
  switch (decoding) {
    case Decoding::None:
      return "none";
    case Decoding::MainLoop:
      return "main-loop";
    case Decoding::ActivationsOnce:
      return "activations-once";
    case Decoding::Once:
      return "once";
  }
  OLV_CHECK(false, "decoding {}", static_cast<int>(decoding));
}

std::span<const Variant> all_variants() { return kVariants; }

const Variant* find_variant(std::string_view name) {
  const auto* const found = std::find_if(kVariants.begin(), kVariants.end(),
                                         [name](const Variant& v) { return v.name == name; });
  return found == kVariants.end() ? nullptr : found;
}

WeightForm stored_weights(const Scheme& scheme) {
  const bool is_two_four = scheme.weight_pattern == Pattern::TwoFour;
  if (info(scheme.weights).is_ovp) return is_two_four ? W::Ovp4Sparse : W::Ovp4;
  return is_two_four ? W::Int8Sparse : W::Int8;
}

ActivationForm stored_activations(const Scheme& scheme) {
  if (scheme.activations == Format::Ovp8) return A::Ovp8;
  return scheme.activations == Format::Ovp4 ? A::Ovp4 : A::Int8;
}

std::vector<const Variant*> select_variants(std::span<const std::string> names) {
  Problems problems;
  std::vector<std::string> known;
  for (const Variant& variant : kVariants) {
    for (const std::string_view name : {variant.scheme, variant.name}) {
      if (std::find(known.begin(), known.end(), name) == known.end()) known.emplace_back(name);
    }
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    problems.add("scheme = " + name + ": no kernel and no library is measured for it" +
                 suggestion(name, known));
  }
  problems.throw_if_any();
  std::vector<const Variant*> selected;
  for (const Variant& variant : kVariants) {
    const bool is_selected =
        names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
          return is_named(variant, name);
        });
    if (is_selected) selected.push_back(&variant);
  }
  return selected;
}

}  // namespace olivine::measure
