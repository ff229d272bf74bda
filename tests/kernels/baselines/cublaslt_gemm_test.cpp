// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The whole way through cuBLASLt, with a stand-in for it and memory of the host.
#include "kernels/baselines/cublaslt_gemm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kernels/runtime/dynamic_library.h"
#include "kernels/runtime/memory.h"
#include "tests/kernels/baselines/baseline_problem.h"
#include "tests/kernels/baselines/fake_cublaslt.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr const char* kFile = OLV_FAKE_CUBLASLT;
constexpr const char* kFolder = OLV_FAKE_CUBLASLT_FOLDER;
constexpr uint32_t kSeed = 21;
constexpr int64_t kWorkspaceBytes = 1 << 20;

// The bits of a small integer as fp16: those of its float, with fewer of exponent and mantissa.
uint16_t half_bits(int value) {
  if (value == 0) {
    return 0;
  }
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  const uint32_t exponent = (bits >> 23 & 0xff) - 127 + 15;
  return static_cast<uint16_t>((bits >> 31) << 15 | exponent << 10 | (bits >> 13 & 0x3ff));
}

std::vector<uint16_t> halves(const std::vector<int8_t>& values) {
  std::vector<uint16_t> bits;
  bits.reserve(values.size());
  for (const int8_t value : values) {
    bits.push_back(half_bits(value));
  }
  return bits;
}

class CublasLtGemm : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(DynamicLibrary::open({kFile}, fake_));
    FakeCublasLtState* (*find_state)() = nullptr;
    ASSERT_TRUE(fake_.load("fake_cublaslt_state", find_state));
    state_ = find_state();
    *state_ = {};
  }
  void TearDown() override {
    gemm_.reset();
    library_.reset();
    EXPECT_EQ(state_->live_objects, 0);
  }
  Status open() {
    return open_cublaslt({.folders = {kFolder}, .workspace_bytes = kWorkspaceBytes}, library_);
  }
  void make(const BaselinePlan& plan) {
    const Status opened = open();
    ASSERT_TRUE(opened) << opened.reason();
    const Status made = library_->make_gemm(plan, gemm_);
    ASSERT_TRUE(made) << made.reason();
  }
  // Runs candidate 0 on operands of that element type; C is poisoned with `poison`.
  template <class Result, class Operand>
  DeviceBuffer run(const BaselinePlan& plan, const std::vector<Operand>& weights,
                   const std::vector<Operand>& activations, Result poison, float scale) {
    const DeviceBuffer device_weights = on_device(weights);
    const DeviceBuffer device_activations = on_device(activations);
    DeviceBuffer c =
        on_device(std::vector<Result>(static_cast<size_t>(plan.m * plan.c_stride), poison));
    const DeviceBuffer prepared{gemm_->prepared_weight_bytes()};
    EXPECT_TRUE(gemm_->prepare_weights(device_weights.data(), prepared.data(), nullptr));
    const Status ran = gemm_->run(0,
                                  {.weights = prepared.data(),
                                   .activations = device_activations.data(),
                                   .c = c.data(),
                                   .scale = scale},
                                  nullptr);
    EXPECT_TRUE(ran) << ran.reason();
    return c;
  }

  DynamicLibrary fake_;
  FakeCublasLtState* state_ = nullptr;
  std::unique_ptr<BaselineLibrary> library_;
  std::unique_ptr<BaselineGemm> gemm_;
};

TEST_F(CublasLtGemm, TellsItsLibraryAndVersion) {
  ASSERT_TRUE(open());
  EXPECT_EQ(library_->name(), "cuBLASLt");
  EXPECT_EQ(library_->version(), "13.1.2");
  EXPECT_EQ(library_->path(), kFile);
}

TEST_F(CublasLtGemm, MultipliesRowMajorInt8IntoInt32LeavingGapsAlone) {
  constexpr int32_t kPoison = 0x5eadbeef;
  const BaselinePlan plan = gapped_plan(BaselineScheme::Int8ToInt32, 7, 20, 36);
  make(plan);
  const BaselineProblem problem{plan, kSeed, false};
  const DeviceBuffer c = run(plan, problem.weights, problem.activations, kPoison, 3.0F);
  for (int64_t row = 0; row < plan.m; ++row) {
    for (int64_t column = 0; column < plan.c_stride; ++column) {
      const int32_t expected = column < plan.n ? problem.sum(row, column) : kPoison;
      ASSERT_EQ(c.data<int32_t>()[row * plan.c_stride + column], expected)
          << "seed " << kSeed << " row " << row << " column " << column;
    }
  }
}

TEST_F(CublasLtGemm, ScalesAndSaturatesInt8) {
  const BaselinePlan plan = gapped_plan(BaselineScheme::Int8ToInt8, 5, 8, 64);
  make(plan);
  const BaselineProblem problem{plan, kSeed, false};
  const DeviceBuffer c = run(plan, problem.weights, problem.activations, int8_t{1}, 0.5F);
  for (int64_t row = 0; row < plan.m; ++row) {
    for (int64_t column = 0; column < plan.n; ++column) {
      const float scaled = std::nearbyint(0.5F * static_cast<float>(problem.sum(row, column)));
      ASSERT_EQ(c.data<int8_t>()[row * plan.c_stride + column],
                static_cast<int8_t>(std::clamp(scaled, -128.0F, 127.0F)))
          << "seed " << kSeed << " row " << row << " column " << column;
    }
  }
}

// Sums stay below 2048 in magnitude, where fp16 has every integer.
TEST_F(CublasLtGemm, MultipliesFp16OfAnyExtent) {
  const BaselinePlan plan = gapped_plan(BaselineScheme::Fp16, 3, 5, 31);
  make(plan);
  const BaselineProblem problem{plan, kSeed, false};
  const DeviceBuffer c =
      run(plan, halves(problem.weights), halves(problem.activations), uint16_t{1}, 3.0F);
  for (int64_t row = 0; row < plan.m; ++row) {
    for (int64_t column = 0; column < plan.n; ++column) {
      ASSERT_EQ(c.data<uint16_t>()[row * plan.c_stride + column],
                half_bits(problem.sum(row, column)))
          << "seed " << kSeed << " row " << row << " column " << column;
    }
  }
}

TEST_F(CublasLtGemm, AsksForFp8WithFastAccumulationAsPlanned) {
  BaselinePlan plan = packed_plan(BaselineScheme::Fp8ToBf16, 3, 16, 32);
  make(plan);
  EXPECT_EQ(state_->fast_accumulation, 1);
  plan.use_fast_accumulation = false;
  const Status made = library_->make_gemm(plan, gemm_);
  ASSERT_TRUE(made) << made.reason();
  EXPECT_EQ(state_->fast_accumulation, 0);
}

TEST_F(CublasLtGemm, OffersWhatTheHeuristicSaysWithItsNumbers) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 4, 4, 4));
  ASSERT_EQ(gemm_->candidates().size(), 2U);  // of three one cannot run
  EXPECT_EQ(gemm_->candidates()[0].name,
            "algo 60 tile 101 stages 106 inner 107 cluster 108 split_k 102 reduction 103 "
            "swizzle 104 custom 105");
  EXPECT_EQ(gemm_->candidates()[0].workspace_bytes, 0);
  EXPECT_THAT(gemm_->candidates()[1].name, testing::StartsWith("algo 62 "));
  EXPECT_EQ(gemm_->candidates()[1].workspace_bytes, 2048);
}

TEST_F(CublasLtGemm, RunsTheCandidateThatIsAskedForWithTheWholeWorkspace) {
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 4, 4, 4);
  make(plan);
  const BaselineProblem problem{plan, kSeed, false};
  const DeviceBuffer weights = on_device(problem.weights);
  const DeviceBuffer activations = on_device(problem.activations);
  const DeviceBuffer c{4 * 4 * 4};
  ASSERT_TRUE(gemm_->run(1, {weights.data(), activations.data(), c.data()}, nullptr));
  EXPECT_EQ(state_->last_algo, 62);
  EXPECT_EQ(state_->allowed_workspace_bytes, uint64_t{kWorkspaceBytes});
  EXPECT_EQ(state_->given_workspace_bytes, uint64_t{kWorkspaceBytes});
}

TEST_F(CublasLtGemm, HasNoSearchOfItsOwn) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 4, 4, 4));
  EXPECT_TRUE(gemm_->search({}, nullptr));
  EXPECT_EQ(gemm_->candidates().size(), 2U);
}

TEST_F(CublasLtGemm, CandidateAndAddressesAreCheckedBeforeARunBad) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 4, 4, 4));
  EXPECT_EQ(gemm_->run(2, {}, nullptr).reason(), "candidate = 2: must be below 2");
  EXPECT_EQ(gemm_->run(0, {}, nullptr).reason(), "weights: no address");
}

TEST_F(CublasLtGemm, PlansAreRefusedWithoutAskingTheLibraryBad) {
  ASSERT_TRUE(open());
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 4, 6, 8);
  EXPECT_EQ(library_->make_gemm(plan, gemm_).reason(),
            "n = 6: must be a multiple of 4 for int8-int32 in cuBLASLt");
}

TEST_F(CublasLtGemm, HeuristicWithoutAlgorithmIsRefusedBad) {
  state_->algo_count = 0;
  ASSERT_TRUE(open());
  const BaselinePlan plan = packed_plan(BaselineScheme::Fp16, 4, 4, 4);
  EXPECT_EQ(library_->make_gemm(plan, gemm_).reason(),
            "cuBLASLt: the heuristic knows no algorithm");
}

TEST_F(CublasLtGemm, OldVersionIsRefusedBad) {
  state_->major = 11;
  EXPECT_THAT(open().reason(), HasSubstr("version 11.1.2 of"));
  EXPECT_THAT(open().reason(), HasSubstr("must be 12 or later"));
}

TEST_F(CublasLtGemm, WithoutAGpuIsRefusedBad) {
  state_->has_gpu = false;
  EXPECT_EQ(open().reason(), "cuBLASLt: cublasLtCreate: CUBLAS_STATUS_NOT_INITIALIZED");
}

TEST_F(CublasLtGemm, NumberOfCandidatesOutOfRangeIsRefusedBad) {
  EXPECT_EQ(open_cublaslt({.max_candidates = 0}, library_).reason(),
            "max_candidates = 0: must be 1..64");
  EXPECT_EQ(open_cublaslt({.max_candidates = 65}, library_).reason(),
            "max_candidates = 65: must be 1..64");
}

}  // namespace
}  // namespace olivine
