// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/launch/gemm_args.h"

namespace olivine {
enum class BaselineScheme : uint8_t;
struct Scheme;
}  // namespace olivine

namespace olivine::measure {

enum class Provider : uint8_t { Own, CublasLt, CusparseLt };
[[nodiscard]] std::string_view name_of(Provider provider);  // "olivine", "cublaslt", ...

// Where the outlier-victim pairs of an OVP scheme are decoded.
//   None             no OVP
//   MainLoop         both operands in the GEMM kernel
//   ActivationsOnce  activations by a kernel before it, weights in the GEMM kernel
//   Once             both by kernels before it; the GEMM kernel is an int8 one
enum class Decoding : uint8_t { None, MainLoop, ActivationsOnce, Once };
[[nodiscard]] std::string_view name_of(Decoding decoding);  // "none", "main-loop", ...

// One way to compute a GEMM of a scheme: by which library, and what its GEMM kernel reads.
struct Variant {
  std::string_view name;    // "w4a4-ovp:once", "cublaslt-int8"
  std::string_view scheme;  // of models/numerics: "w4a4-ovp"
  Provider provider = Provider::Own;
  Decoding decoding = Decoding::None;
  WeightForm weights = WeightForm::Int8;              // Own
  ActivationForm activations = ActivationForm::Int8;  // Own
  BaselineScheme baseline{};                          // others

  [[nodiscard]] bool is_own() const { return provider == Provider::Own; }
};

// Every variant, own ones first.
[[nodiscard]] std::span<const Variant> all_variants();
// nullptr where there is none of that name.
[[nodiscard]] const Variant* find_variant(std::string_view name);

// The forms in which operands of the scheme are stored: what decoding starts from.
[[nodiscard]] WeightForm stored_weights(const Scheme& scheme);
[[nodiscard]] ActivationForm stored_activations(const Scheme& scheme);

// Variants named by schemes ("w8a8-int8": own ones and libraries') or by their own names. Throws
// ConfigError with every unknown name and the nearest known one.
[[nodiscard]] std::vector<const Variant*> select_variants(std::span<const std::string> names);

}  // namespace olivine::measure
