// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/operands.h"

#include <algorithm>

#include "kernels/measure/parallel.h"
#include "models/numerics/dense_values.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/random_operand.h"

namespace olivine::measure {
namespace {

constexpr int64_t kChunkRows = 128;  // of one random sequence
constexpr int kSmallIntegers = 3;    // remainders of it: -2 .. 2

// Seeds of different chunks, operands and shapes do not share a sequence.
uint64_t mixed(uint64_t seed, uint64_t with) { return Rng{seed ^ Rng{with}.next()}.next(); }

uint64_t operand_seed(const Operands& operands, uint64_t operand) {
  uint64_t seed = mixed(operands.seed, operand);
  for (const char letter : operands.scheme.name) {
    seed = mixed(seed, static_cast<unsigned char>(letter));
  }
  for (const int64_t extent : {operands.shape.m, operands.shape.n, operands.shape.k}) {
    seed = mixed(seed, static_cast<uint64_t>(extent));
  }
  return seed;
}

// Rows of a matrix in whole bytes follow one another, so chunks of rows do too.
PackedMatrix random_matrix(Format format, Pattern pattern, int64_t rows, int64_t k, uint64_t seed,
                           int threads) {
  PackedMatrix matrix{format, pattern, rows, k, {}, {}, {}};
  matrix.codes.resize(code_bytes(format, pattern, rows, k).count());
  matrix.metadata.resize(metadata_bytes(pattern, rows, k).count());
  matrix.scales.assign(static_cast<size_t>(rows), 1.0F);
  const auto code_stride = static_cast<int64_t>(code_bytes(format, pattern, 1, k).count());
  const auto metadata_stride = static_cast<int64_t>(metadata_bytes(pattern, 1, k).count());
  parallel_for(ceil_div(rows, kChunkRows), threads, [&](int64_t chunk) {
    const int64_t first = chunk * kChunkRows;
    Rng rng{mixed(seed, static_cast<uint64_t>(chunk))};
    const PackedMatrix part =
        random_packed(format, pattern, std::min(kChunkRows, rows - first), k, rng);
    std::copy(part.codes.begin(), part.codes.end(), matrix.codes.begin() + first * code_stride);
    std::copy(part.metadata.begin(), part.metadata.end(),
              matrix.metadata.begin() + first * metadata_stride);
  });
  return matrix;
}

Operands random_operands(const NamedShape& shape, const Scheme& scheme, uint64_t seed, int threads,
                         bool has_integers) {
  Operands operands{shape, scheme, seed, {}, {}};
  const Format activations = has_integers ? Format::Int8 : scheme.activations;
  const Format weights = has_integers ? Format::Int8 : scheme.weights;
  operands.activations = random_matrix(activations, Pattern::Dense, shape.m, shape.k,
                                       operand_seed(operands, 1), threads);
  operands.weights = random_matrix(weights, scheme.weight_pattern, shape.n, shape.k,
                                   operand_seed(operands, 2), threads);
  return operands;
}

void make_small(PackedMatrix& matrix) {
  for (uint8_t& code : matrix.codes) {
    code = static_cast<uint8_t>(static_cast<int8_t>(code) % kSmallIntegers);
  }
}

std::vector<uint8_t> to_bytes_of(Format format, const std::vector<float>& values) {
  const size_t bytes = static_cast<size_t>(info(format).bits) / 8;
  std::vector<uint8_t> codes(values.size() * bytes);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint16_t code = code_from_float(format, values[i]);
    codes[bytes * i] = static_cast<uint8_t>(code & 0xFFU);
    if (bytes == 2) codes[2 * i + 1] = static_cast<uint8_t>(code >> 8U);
  }
  return codes;
}

}  // namespace

Operands make_operands(const NamedShape& shape, const Scheme& scheme, uint64_t seed, int threads) {
  const bool is_float = !info(scheme.activations).is_integer;
  Operands operands = random_operands(shape, scheme, seed, threads, is_float);
  if (is_float) {
    make_small(operands.activations);
    make_small(operands.weights);
  }
  return operands;
}

Operands make_timed_operands(const NamedShape& shape, const Scheme& scheme, uint64_t seed,
                             int threads) {
  return random_operands(shape, scheme, seed, threads, false);
}

std::vector<uint8_t> library_codes(const PackedMatrix& integers, Format format) {
  if (format == Format::Int8) {
    const std::vector<int8_t> values = dense_int8(integers, integers.k);
    return {values.begin(), values.end()};
  }
  return to_bytes_of(format, dense_float(integers, integers.k));
}

std::vector<uint8_t> library_codes(const PackedMatrix& matrix) {
  if (matrix.pattern == Pattern::Dense) return matrix.codes;
  return library_codes(matrix, matrix.format);
}

}  // namespace olivine::measure
