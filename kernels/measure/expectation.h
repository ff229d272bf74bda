// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/launch/gemm_args.h"
#include "kernels/launch/status.h"
#include "kernels/measure/operands.h"

namespace olivine {
enum class BaselineScheme : uint8_t;
}

namespace olivine::measure {

// All sums of a GEMM by a kernel that is too simple to be wrong (reference_gemm.h), or a stand-in
// for it.
using ReferenceGemm = std::function<std::vector<int32_t>(const PackedMatrix& activations,
                                                         const PackedMatrix& weights)>;

// Up to so many MACs models/numerics computes all of C.
inline constexpr int64_t kFullCheckMacs = int64_t{1} << 28;
// Beyond, so many whole rows and columns of it.
inline constexpr int64_t kSampledLines = 8;

// What every variant of a scheme must put out for the operands.
struct Expectation {
  NamedShape shape;
  std::vector<int32_t> sums;  // m x n, wrapped around
  std::string source;         // "models/numerics", or which part of it and the reference kernel
  // For outputs other than int32: chosen so that most results are in range, some saturate, and
  // some are ties.
  std::vector<float> weight_scales;  // n
  float activation_scale = 1.0F;
  float output_scale = 1.0F;
};

// Sums by models/numerics (gemm_functional); of large shapes by `reference`, of which kSampledLines
// rows and columns, chosen by the seed, must be equal to models/numerics. Refused otherwise: then
// nothing can be checked with it.
Status make_expectation(const Operands& operands, const ReferenceGemm& reference, int threads,
                        Expectation& expectation);

// C without gaps, as GemmArgs says it.
[[nodiscard]] std::vector<uint8_t> expected_output(const Expectation& expectation, OutputForm form);
// C of a library: sums rounded to its type. Contract: they are below 2^24.
[[nodiscard]] std::vector<uint8_t> expected_output(const Expectation& expectation,
                                                   BaselineScheme scheme);

}  // namespace olivine::measure
