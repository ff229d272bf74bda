// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "tests/kernels/gemm/mma_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "kernels/emulator/emulated_gemm.h"
#include "models/base/rng.h"
#include "models/numerics/float_formats.h"
#include "models/numerics/gemm.h"
#include "models/numerics/random_operand.h"
#include "models/numerics/requantize.h"

namespace olivine::testing {
namespace {

constexpr double kOutlierShare = 0.1;  // of pairs: more than real data has

Format format_of(ActivationForm form) {
  switch (form) {
    case ActivationForm::Int8:
      return Format::Int8;
    case ActivationForm::Ovp4:
      return Format::Ovp4;
    case ActivationForm::Ovp8:
    case ActivationForm::Int8Planes:
      return Format::Ovp8;
  }
  throw std::logic_error{"activation form"};
}

void require(const Status& status) {
  if (!status) throw std::runtime_error{status.reason()};
}

template <class T>
MemoryRange range_of(const std::vector<T>& data) {
  return {data.data(), static_cast<int64_t>(data.size() * sizeof(T)), false};
}

// What lies between the bytes of a row and the next row is nobody's.
void poison_row_ends(std::vector<uint8_t>& codes, int64_t row_bytes, int64_t stride) {
  for (size_t i = 0; i < codes.size(); ++i) {
    if (static_cast<int64_t>(i) % stride >= row_bytes) codes[i] = kPoison;
  }
}

int64_t c_bytes(const MmaCase& work) {
  return work.m * (work.n + work.c_gap) * output_bytes(work.output);
}

}  // namespace

std::string MmaCase::describe() const {
  return fmt::format("{} m = {}, n = {}, k = {}, {}, gap {}, seed {}", kernel->name, m, n, k,
                     name_of(output), c_gap, seed);
}

std::vector<std::string> mma_kernel_names() {
  std::vector<std::string> names;
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.family == KernelFamily::Mma) names.emplace_back(kernel.name);
  }
  return names;
}

MmaOperandPair make_operands(const MmaCase& work) {
  Rng rng{work.seed};
  const WeightForm form = work.kernel->weights;
  MmaOperandPair operands;
  operands.weights = random_packed(is_ovp(form) ? Format::Ovp4 : Format::Int8,
                                   is_sparse(form) ? Pattern::TwoFour : Pattern::Dense, work.n,
                                   work.k, rng, kOutlierShare);
  operands.activations = random_packed(format_of(work.kernel->activations), Pattern::Dense, work.m,
                                       work.k, rng, kOutlierShare);
  const bool hits_ties = work.seed % 2 == 0;
  for (int64_t i = 0; i < work.n; ++i) {
    operands.weight_scales.push_back(hits_ties ? 0.5F
                                               : 0.01F + 0.001F * static_cast<float>(i % 29));
  }
  operands.activation_scale = hits_ties ? 0.25F : 0.37F;
  // So that a typical sum becomes some 60.
  const double typical = is_ovp(form) ? 4.0 * 4.0 : 40.0 * 40.0;
  const double spread = typical * std::sqrt(static_cast<double>(std::max<int64_t>(work.k, 1)));
  const double real = spread * operands.activation_scale * (hits_ties ? 0.5 : 0.02);
  operands.output_scale = hits_ties
                              ? static_cast<float>(std::exp2(std::round(std::log2(real / 60))))
                              : static_cast<float>(real / 60);
  return operands;
}

MmaResult run_on_emulator(const MmaCase& work, const MmaOperandPair& operands) {
  WeightImage weights;
  ActivationImage activations;
  require(make_weight_image(operands.weights, weights));
  require(make_activation_image(operands.activations, work.kernel->activations, activations));
  poison_row_ends(weights.codes, weight_row_bytes(weights.form, work.k), weights.stride);
  poison_row_ends(activations.codes, activation_row_bytes(activations.form, work.k),
                  activations.stride);
  MmaResult result;
  result.c.assign(static_cast<size_t>(c_bytes(work)), kPoison);

  GemmArgs args;
  args.m = work.m;
  args.n = work.n;
  args.k = work.k;
  args.weight_form = work.kernel->weights;
  args.activation_form = work.kernel->activations;
  args.output = work.output;
  args.weights = weights.codes.data();
  args.weight_stride = weights.stride;
  args.metadata = weights.metadata.data();
  args.activations = activations.codes.data();
  args.activation_stride = activations.stride;
  args.plane_stride = activations.plane_stride;
  args.c = result.c.data();
  args.c_stride = work.n + work.c_gap;
  args.weight_scales = operands.weight_scales.data();
  args.activation_scale = operands.activation_scale;
  args.output_scale = operands.output_scale;

  EmulatorOptions options;
  options.seed = work.seed;
  options.compute_capability = 80;
  options.memory = {range_of(weights.codes), range_of(weights.metadata),
                    range_of(activations.codes), range_of(operands.weight_scales),
                    MemoryRange{result.c.data(), c_bytes(work), true}};
  require(can_implement(*work.kernel, args, kA100Limits));
  const LaunchConfig config = make_launch_config(*work.kernel, args, kA100Limits);
  result.report = emulate_mma_gemm(work.kernel->index, args, config, options);
  return result;
}

std::vector<uint8_t> expected_c(const MmaCase& work, const MmaOperandPair& operands) {
  const IntegerGemm gemm = gemm_functional(operands.activations, operands.weights);
  PackedMatrix levels;
  if (work.output == OutputForm::Int8) {
    levels = requantize({gemm.c, work.m, work.n, operands.activation_scale, operands.weight_scales,
                         operands.output_scale},
                        Format::Int8);
  }
  const auto element = static_cast<size_t>(output_bytes(work.output));
  std::vector<uint8_t> c(static_cast<size_t>(c_bytes(work)), kPoison);
  for (int64_t i = 0; i < work.m; ++i) {
    for (int64_t j = 0; j < work.n; ++j) {
      const auto from = static_cast<size_t>(i * work.n + j);
      uint8_t* to = c.data() + static_cast<size_t>(i * (work.n + work.c_gap) + j) * element;
      const float multiplier =
          operands.activation_scale * operands.weight_scales[static_cast<size_t>(j)];
      const uint16_t half = fp16_from_float(static_cast<float>(gemm.c[from]) * multiplier);
      switch (work.output) {
        case OutputForm::Int32:
          std::memcpy(to, &gemm.c[from], sizeof(int32_t));
          break;
        case OutputForm::Fp16:
          std::memcpy(to, &half, sizeof(half));
          break;
        case OutputForm::Int8:
          *to = levels.codes[from];
          break;
      }
    }
  }
  return c;
}

std::string first_difference(const MmaCase& work, const std::vector<uint8_t>& c,
                             const std::vector<uint8_t>& expected) {
  const auto [at, other] = std::mismatch(c.begin(), c.end(), expected.begin(), expected.end());
  if (at == c.end() && other == expected.end()) return "";
  const int64_t element = (at - c.begin()) / output_bytes(work.output);
  const int64_t stride = work.n + work.c_gap;
  return fmt::format("{}: C[{}][{}], byte {}: {} instead of {}", work.describe(), element / stride,
                     element % stride, (at - c.begin()) % output_bytes(work.output), *at, *other);
}

}  // namespace olivine::testing
