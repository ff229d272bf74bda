// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "kernels/emulator/emulate_quant.h"
#include "kernels/emulator/emulated_gemm.h"
#include "kernels/measure/bench.h"
#include "kernels/measure/expectation.h"
#include "kernels/measure/output_check.h"
#include "kernels/measure/own_case.h"
#include "kernels/measure/variants.h"
#include "models/numerics/gemm.h"

namespace olivine::measure {
namespace {

constexpr uint64_t kSeed = 3;
constexpr size_t kAlignment = 256;

// Bytes at a multiple of kAlignment, as device memory begins.
class AlignedBytes {
 public:
  explicit AlignedBytes(int64_t bytes, uint8_t value = kPoison)
      : memory_(static_cast<size_t>(bytes) + kAlignment, value) {}
  explicit AlignedBytes(std::span<const uint8_t> content)
      : AlignedBytes{static_cast<int64_t>(content.size())} {
    std::copy(content.begin(), content.end(), data());
  }
  [[nodiscard]] uint8_t* data() {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    return memory_.data() + (kAlignment - address % kAlignment) % kAlignment;
  }

 private:
  std::vector<uint8_t> memory_;
};

template <class T>
std::span<const uint8_t> bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(T)};
}

// A case in host memory: what own_runner.cpp does on a device, on the emulator.
class EmulatedCase {
 public:
  EmulatedCase(const Variant& variant, const NamedShape& shape) {
    operands_ = make_operands(shape, parse_scheme(variant.scheme), kSeed, 1);
    const ReferenceGemm reference = [](const PackedMatrix& a, const PackedMatrix& b) {
      return gemm_functional(a, b).c;
    };
    EXPECT_TRUE(make_expectation(operands_, reference, 1, expectation_));
    inputs_ = {&variant, &operands_, &operands_, &expectation_};
    const Status status = OwnCase::make(inputs_, case_);
    EXPECT_TRUE(status) << status.reason();
    weights_ = AlignedBytes{case_.weights().codes};
    metadata_ = AlignedBytes{bytes_of(case_.weights().metadata)};
    activations_ = AlignedBytes{case_.activations().codes};
    scales_ = AlignedBytes{bytes_of(expectation_.weight_scales)};
    decoded_weights_ = AlignedBytes{case_.decoded_weight_bytes()};
    decoded_activations_ = AlignedBytes{case_.decoded_activation_bytes()};
  }

  [[nodiscard]] std::vector<const GemmKernel*> kernels() {
    std::string reasons;
    return case_.kernels(addresses(), decoded_weights_.data(), kH100Limits, reasons);
  }

  // Runs on the emulator into poisoned memory and compares.
  [[nodiscard]] Status check(const GemmKernel& kernel, OutputForm form, GuardColumns columns) {
    const OutputLayout layout =
        guarded_layout(operands_.shape.m, operands_.shape.n, output_bytes(form), columns);
    AlignedBytes memory{layout.total_bytes()};
    if (case_.decodes_before()) emulate_quant(case_.decode_args(addresses()), {});
    const GemmArgs args =
        case_.gemm_args(addresses(), form, memory.data() + layout.guard_bytes, layout.c_stride);
    if (Status status = can_implement(kernel, args, kH100Limits); !status) return status;
    emulate_gemm(kernel, args, make_launch_config(kernel, args, kH100Limits), {});
    return check_output(layout, {memory.data(), static_cast<size_t>(layout.total_bytes())},
                        expected_output(expectation_, form));
  }

 private:
  [[nodiscard]] OwnAddresses addresses() {
    return {weights_.data(),
            reinterpret_cast<const uint32_t*>(metadata_.data()),
            activations_.data(),
            decoded_weights_.data(),
            decoded_activations_.data(),
            reinterpret_cast<const float*>(scales_.data())};
  }

  Operands operands_;
  Expectation expectation_;
  CaseInputs inputs_;
  OwnCase case_;
  AlignedBytes weights_{0};
  AlignedBytes metadata_{0};
  AlignedBytes activations_{0};
  AlignedBytes scales_{0};
  AlignedBytes decoded_weights_{0};
  AlignedBytes decoded_activations_{0};
};

class OwnVariants : public testing::TestWithParam<Variant> {};

TEST_P(OwnVariants, ReachEveryKernelOfTheirsWithOperandsAsItWantsThem) {
  const Variant& variant = GetParam();
  EmulatedCase emulated{variant, {"13x37x70", 13, 37, 70}};
  const std::vector<const GemmKernel*> kernels = emulated.kernels();
  ASSERT_FALSE(kernels.empty());
  OutputForm form = OutputForm::Int32;
  for (const GemmKernel* kernel : kernels) {
    const Status status = emulated.check(*kernel, form, GuardColumns::Odd);
    EXPECT_TRUE(status) << kernel->name << " seed " << kSeed << ": " << status.reason();
    form = OutputForm::Fp16;  // of further kernels: scales are where they should be
  }
}

std::vector<Variant> own_variants() {
  std::vector<Variant> own;
  for (const Variant& variant : all_variants()) {
    if (variant.is_own()) own.push_back(variant);
  }
  return own;
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, OwnVariants, testing::ValuesIn(own_variants()), [](const auto& param_info) {
      std::string name{param_info.param.name};
      std::replace_if(
          name.begin(), name.end(),
          [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

}  // namespace
}  // namespace olivine::measure
