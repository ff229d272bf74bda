// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/expectation.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/baselines/baseline_gemm.h"
#include "kernels/measure/parallel.h"
#include "kernels/measure/print_text.h"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/gemm.h"
#include "models/numerics/requantize.h"

namespace olivine::measure {
namespace {

// Half of the outputs lie within a third of int8's range.
constexpr float kTypicalOutput = 40.0F;
constexpr int kTieColumns = 4;  // one of so many has scales that are powers of two

// Some rows of a matrix as one.
PackedMatrix select_rows(const PackedMatrix& matrix, const std::vector<int64_t>& rows) {
  PackedMatrix some{matrix.format, matrix.pattern, 0, matrix.k, {}, {}, {}};
  const auto copy = [&](const std::vector<uint8_t>& from, int64_t stride,
                        std::vector<uint8_t>& to) {
    for (const int64_t row : rows) {
      const auto begin = from.begin() + row * stride;
      to.insert(to.end(), begin, begin + stride);
    }
  };
  copy(matrix.codes,
       static_cast<int64_t>(code_bytes(matrix.format, matrix.pattern, 1, matrix.k).count()),
       some.codes);
  copy(matrix.metadata, static_cast<int64_t>(metadata_bytes(matrix.pattern, 1, matrix.k).count()),
       some.metadata);
  some.rows = static_cast<int64_t>(rows.size());
  some.scales.assign(rows.size(), 1.0F);
  return some;
}

// The first and the last, and others between.
std::vector<int64_t> sampled_lines(int64_t count, uint64_t seed) {
  std::vector<int64_t> lines;
  if (count <= kSampledLines) {
    for (int64_t i = 0; i < count; ++i) lines.push_back(i);
    return lines;
  }
  Rng rng{seed};
  lines = {0, count - 1};
  while (static_cast<int64_t>(lines.size()) < kSampledLines) {
    lines.push_back(rng.uniform(1, count - 2));
  }
  return lines;
}

// Sampled rows, or columns, of C by models/numerics, spread over threads by the other extent.
struct Samples {
  std::vector<int64_t> lines;
  std::vector<int32_t> sums;  // lines x the other extent
};

Samples sample_rows(const PackedMatrix& sampled, const PackedMatrix& whole, uint64_t seed,
                    int threads, bool are_activations) {
  constexpr int64_t kPartRows = 256;
  Samples samples{sampled_lines(sampled.rows, seed), {}};
  const PackedMatrix some = select_rows(sampled, samples.lines);
  samples.sums.resize(samples.lines.size() * static_cast<size_t>(whole.rows));
  parallel_for(ceil_div(whole.rows, kPartRows), threads, [&](int64_t part) {
    std::vector<int64_t> rows;
    for (int64_t row = part * kPartRows; row < std::min((part + 1) * kPartRows, whole.rows);
         ++row) {
      rows.push_back(row);
    }
    const PackedMatrix others = select_rows(whole, rows);
    const IntegerGemm c =
        are_activations ? gemm_functional(some, others) : gemm_functional(others, some);
    for (size_t line = 0; line < samples.lines.size(); ++line) {
      for (size_t other = 0; other < rows.size(); ++other) {
        const size_t from =
            are_activations ? line * rows.size() + other : other * samples.lines.size() + line;
        samples.sums[line * static_cast<size_t>(whole.rows) + static_cast<size_t>(rows[other])] =
            c.c[from];
      }
    }
  });
  return samples;
}

Status compare_samples(const Samples& samples, bool are_rows, const Expectation& expectation) {
  const auto n = static_cast<size_t>(expectation.shape.n);
  const size_t others = samples.sums.size() / std::max<size_t>(samples.lines.size(), 1);
  for (size_t line = 0; line < samples.lines.size(); ++line) {
    const auto at = static_cast<size_t>(samples.lines[line]);
    for (size_t other = 0; other < others; ++other) {
      const size_t row = are_rows ? at : other;
      const size_t column = are_rows ? other : at;
      const int32_t sum = expectation.sums[row * n + column];
      const int32_t expected = samples.sums[line * others + other];
      if (sum == expected) continue;
      return Status::refuse(print_text("reference kernel: c[%zu][%zu] = %d, models/numerics: %d",
                                       row, column, sum, expected));
    }
  }
  return {};
}

Status check_reference(const Operands& operands, int threads, Expectation& expectation) {
  const Samples rows = sample_rows(operands.activations, operands.weights, operands.seed, threads,
                                   /*are_activations=*/true);
  if (Status status = compare_samples(rows, true, expectation); !status) return status;
  const Samples columns = sample_rows(operands.weights, operands.activations, operands.seed + 1,
                                      threads, /*are_activations=*/false);
  expectation.source = "reference kernel, of it " + std::to_string(rows.lines.size()) +
                       " rows and " + std::to_string(columns.lines.size()) +
                       " columns equal to models/numerics";
  return compare_samples(columns, false, expectation);
}

float power_of_two_near(float value) { return std::exp2(std::round(std::log2(value))); }

void choose_scales(const Operands& operands, Expectation& expectation) {
  double squares = 0;
  for (const int32_t sum : expectation.sums) {
    squares += static_cast<double>(sum) * static_cast<double>(sum);
  }
  const double count = std::max<double>(1, static_cast<double>(expectation.sums.size()));
  const auto typical_sum = static_cast<float>(std::max(1.0, std::sqrt(squares / count)));
  Rng rng{operands.seed};
  expectation.activation_scale = 0.25F;
  expectation.output_scale = 0.5F;
  const float typical_scale =
      kTypicalOutput * expectation.output_scale / (typical_sum * expectation.activation_scale);
  for (int64_t column = 0; column < expectation.shape.n; ++column) {
    const float scale = typical_scale * (0.5F + static_cast<float>(rng.unit()));
    expectation.weight_scales.push_back(column % kTieColumns == 0 ? power_of_two_near(scale)
                                                                  : scale);
  }
}

template <class T>
std::vector<uint8_t> bytes_of(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> half_output(const Expectation& expectation) {
  std::vector<uint16_t> c(expectation.sums.size());
  const auto n = static_cast<size_t>(expectation.shape.n);
  for (size_t i = 0; i < c.size(); ++i) {
    const float multiplier = expectation.activation_scale * expectation.weight_scales[i % n];
    c[i] = fp16_from_float(static_cast<float>(expectation.sums[i]) * multiplier);
  }
  return bytes_of(c);
}

}  // namespace

Status make_expectation(const Operands& operands, const ReferenceGemm& reference, int threads,
                        Expectation& expectation) {
  Expectation result;
  result.shape = operands.shape;
  const NamedShape& shape = operands.shape;
  if (shape.m * shape.n * shape.k <= kFullCheckMacs) {
    result.sums = gemm_functional(operands.activations, operands.weights).c;
    result.source = "models/numerics";
  } else {
    result.sums = reference(operands.activations, operands.weights);
    if (Status status = check_reference(operands, threads, result); !status) return status;
  }
  choose_scales(operands, result);
  expectation = std::move(result);
  return {};
}

std::vector<uint8_t> expected_output(const Expectation& expectation, OutputForm form) {
  switch (form) {
    case OutputForm::Int32:
      return bytes_of(expectation.sums);
    case OutputForm::Fp16:
      return half_output(expectation);
    case OutputForm::Int8:
      break;
  }
  return requantize(
             {expectation.sums, expectation.shape.m, expectation.shape.n,
              expectation.activation_scale, expectation.weight_scales, expectation.output_scale},
             Format::Int8)
      .codes;
}

std::vector<uint8_t> expected_output(const Expectation& expectation, BaselineScheme scheme) {
  if (result_bytes(scheme) == sizeof(int32_t)) return bytes_of(expectation.sums);
  std::vector<uint16_t> c(expectation.sums.size());
  const bool is_half = scheme == BaselineScheme::Fp16 || scheme == BaselineScheme::Fp8ToFp16;
  for (size_t i = 0; i < c.size(); ++i) {
    const auto sum = static_cast<float>(expectation.sums[i]);
    c[i] = is_half ? fp16_from_float(sum) : bf16_from_float(sum);
  }
  return bytes_of(c);
}

}  // namespace olivine::measure
