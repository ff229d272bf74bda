// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/measure/shape_list.h"
#include "models/numerics/packed.h"

namespace olivine::measure {

// Operands of one shape and scheme. All variants of the scheme share them, so that their outputs
// are the same bytes.
struct Operands {
  NamedShape shape;
  Scheme scheme;
  uint64_t seed = 0;
  PackedMatrix activations;
  PackedMatrix weights;
};

// Random operands of an integer scheme, by random_operand.h: the same bytes for the same shape,
// scheme and seed, whatever the number of threads.
//
// Float schemes are checked with integers so small (|value| <= 2) that every sum is exact in fp32
// and one rounding is left, to the type of C: there `activations` and `weights` are int8.
[[nodiscard]] Operands make_operands(const NamedShape& shape, const Scheme& scheme, uint64_t seed,
                                     int threads);

// Random codes of a float scheme to be timed with: bell-shaped within +-1, every bit of a
// significand in use. For integer schemes those of make_operands().
[[nodiscard]] Operands make_timed_operands(const NamedShape& shape, const Scheme& scheme,
                                           uint64_t seed, int threads);

// Row-major codes of `format` for small integers, for libraries. 2:4 matrices with their zeros.
// Contract: values fit the format exactly.
[[nodiscard]] std::vector<uint8_t> library_codes(const PackedMatrix& integers, Format format);
// Codes of a matrix that has `format` already, dense.
[[nodiscard]] std::vector<uint8_t> library_codes(const PackedMatrix& matrix);

}  // namespace olivine::measure
