// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/kernels/gemm/gemm_problem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "models/numerics/float_formats.h"
#include "models/numerics/random_operand.h"
#include "models/numerics/requantize.h"

namespace olivine {
namespace {

Format activation_format(ActivationForm form) {
  if (form == ActivationForm::Int8) return Format::Int8;
  return form == ActivationForm::Ovp4 ? Format::Ovp4 : Format::Ovp8;
}

// C as bytes, rows of c_stride elements, poison where nothing is written.
std::vector<uint8_t> expected_bytes(const Problem& problem, const GemmArgs& args) {
  const int64_t element = output_bytes(args.output);
  std::vector<uint8_t> bytes(static_cast<size_t>(args.m * args.c_stride * element), kPoison);
  PackedMatrix requantized;
  if (args.output == OutputForm::Int8) {
    requantized = requantize({problem.expected.c, args.m, args.n, args.activation_scale,
                              problem.weight_scales, args.output_scale},
                             Format::Int8);
  }
  for (int64_t i = 0; i < args.m * args.n; ++i) {
    const auto index = static_cast<size_t>(i);
    const int32_t sum = problem.expected.c[index];
    const float scale = problem.weight_scales[static_cast<size_t>(i % args.n)];
    const uint16_t half =
        fp16_from_float(static_cast<float>(sum) * (args.activation_scale * scale));
    uint8_t* to = &bytes[static_cast<size_t>((i / args.n * args.c_stride + i % args.n) * element)];
    if (args.output == OutputForm::Int32) std::memcpy(to, &sum, sizeof(sum));
    if (args.output == OutputForm::Int8) *to = requantized.codes[index];
    if (args.output == OutputForm::Fp16) std::memcpy(to, &half, sizeof(half));
  }
  return bytes;
}

template <class T>
MemoryRange range_of(const std::vector<T>& data, bool is_writable = false) {
  return {data.data(), static_cast<int64_t>(data.size() * sizeof(T)), is_writable};
}

}  // namespace

void finish(ActivationForm activations, Problem& problem, Rng& rng) {
  ASSERT_TRUE(make_weight_image(problem.weights, problem.weight_image));
  ASSERT_TRUE(make_activation_image(problem.activations, activations, problem.activation_image));
  for (int64_t j = 0; j < problem.weights.rows; ++j) {
    problem.weight_scales.push_back(static_cast<float>(0.5 + rng.unit()));
  }
  problem.expected = gemm_functional(problem.activations, problem.weights);
  int64_t largest = 1;
  for (const int32_t sum : problem.expected.c) {
    largest = std::max(largest, std::abs(int64_t{sum}));
  }
  problem.output_scale = static_cast<float>(largest) * kActivationScale / 150.0F;  // some saturate
}

Problem random_problem(WeightForm weights, ActivationForm activations, const Shape& shape, Rng& rng,
                       double outlier_share) {
  Problem problem;
  problem.activations = random_packed(activation_format(activations), Pattern::Dense, shape.m,
                                      shape.k, rng, outlier_share);
  problem.weights = random_packed(is_ovp(weights) ? Format::Ovp4 : Format::Int8,
                                  is_sparse(weights) ? Pattern::TwoFour : Pattern::Dense, shape.n,
                                  shape.k, rng, outlier_share);
  finish(activations, problem, rng);
  return problem;
}

GemmArgs make_args(const Problem& problem, const Run& run) {
  GemmArgs args;
  args.m = problem.activations.rows;
  args.n = problem.weights.rows;
  args.k = problem.weights.k;
  args.weight_form = problem.weight_image.form;
  args.activation_form = problem.activation_image.form;
  args.output = run.output;
  args.weights = problem.weight_image.codes.data();
  args.weight_stride = problem.weight_image.stride;
  args.metadata = problem.weight_image.metadata.data();
  args.activations = problem.activation_image.codes.data();
  args.activation_stride = problem.activation_image.stride;
  args.plane_stride = problem.activation_image.plane_stride;
  args.c_stride = args.n + run.gap;
  args.weight_scales = problem.weight_scales.data();
  args.activation_scale = kActivationScale;
  args.output_scale = problem.output_scale;
  return args;
}

EmulatorReport check_gemm(int index, const Problem& problem, const Run& run, GemmArgs args,
                          const EmulateGemm& emulate_gemm) {
  const std::vector<uint8_t> expected = expected_bytes(problem, args);
  std::vector<uint8_t> c(expected.size(), kPoison);
  args.c = c.data();
  EmulatorOptions options;
  options.seed = run.seed;
  options.memory = {range_of(problem.weight_image.codes), range_of(problem.weight_image.metadata),
                    range_of(problem.activation_image.codes), range_of(problem.weight_scales),
                    range_of(c, true)};
  const EmulatorReport report = emulate_gemm(args, options);
  EXPECT_TRUE(c == expected) << "configuration " << index << ", m " << args.m << ", n " << args.n
                             << ", k " << args.k << ", output " << static_cast<int>(run.output)
                             << ", blocks " << run.blocks << ", gap " << run.gap << ", seed "
                             << run.seed;
  return report;
}

}  // namespace olivine
