// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// The whole way through cuSPARSELt, with a stand-in for it and memory of the host.
#include "kernels/baselines/cusparselt_gemm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kernels/runtime/dynamic_library.h"
#include "kernels/runtime/memory.h"
#include "tests/kernels/baselines/baseline_problem.h"
#include "tests/kernels/baselines/fake_cusparselt.h"

namespace olivine {
namespace {

using testing::HasSubstr;

constexpr const char* kFolder = OLV_FAKE_CUSPARSELT_FOLDER;
constexpr uint32_t kSeed = 20;
constexpr int32_t kPoison = 0x5eadbeef;

class CusparseLtGemm : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(DynamicLibrary::open({std::string{kFolder} + "/libcusparseLt.so.0"}, fake_));
    FakeCusparseLtState* (*find_state)() = nullptr;
    ASSERT_TRUE(fake_.load("fake_cusparselt_state", find_state));
    state_ = find_state();
    *state_ = {};
  }
  void TearDown() override {
    gemm_.reset();
    library_.reset();
    EXPECT_EQ(state_->live_objects, 0);
  }
  void make(const BaselinePlan& plan) {
    const Status opened = open_cusparselt({.folders = {kFolder}}, library_);
    ASSERT_TRUE(opened) << opened.reason();
    const Status made = library_->make_gemm(plan, gemm_);
    ASSERT_TRUE(made) << made.reason();
  }
  // Runs a candidate and compares every element of C, gaps included.
  void check_int32(const BaselinePlan& plan, size_t candidate) {
    const BaselineProblem problem{plan, kSeed, true};
    const DeviceBuffer weights = on_device(problem.weights);
    const DeviceBuffer activations = on_device(problem.activations);
    const DeviceBuffer c =
        on_device(std::vector<int32_t>(static_cast<size_t>(plan.m * plan.c_stride), kPoison));
    const DeviceBuffer prepared{gemm_->prepared_weight_bytes()};
    ASSERT_TRUE(gemm_->prepare_weights(weights.data(), prepared.data(), nullptr));
    const Status ran = gemm_->run(candidate,
                                  {.weights = prepared.data(),
                                   .activations = activations.data(),
                                   .c = c.data(),
                                   .scale = 3.0F},  // which int32 must not take
                                  nullptr);
    ASSERT_TRUE(ran) << ran.reason();
    for (int64_t row = 0; row < plan.m; ++row) {
      for (int64_t column = 0; column < plan.c_stride; ++column) {
        const int32_t expected = column < plan.n ? problem.sum(row, column) : kPoison;
        ASSERT_EQ(c.data<int32_t>()[row * plan.c_stride + column], expected)
            << "seed " << kSeed << " row " << row << " column " << column;
      }
    }
  }

  DynamicLibrary fake_;
  FakeCusparseLtState* state_ = nullptr;
  std::unique_ptr<BaselineLibrary> library_;
  std::unique_ptr<BaselineGemm> gemm_;
};

TEST_F(CusparseLtGemm, TellsItsLibraryAndVersion) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32));
  EXPECT_EQ(library_->name(), "cuSPARSELt");
  EXPECT_EQ(library_->version(), "0.8.1");
  EXPECT_EQ(library_->path(), std::string{kFolder} + "/libcusparseLt.so.0");
}

TEST_F(CusparseLtGemm, MultipliesRowMajorOperandsWithWeightsFirst) {
  const BaselinePlan plan = gapped_plan(BaselineScheme::Int8ToInt32, 48, 64, 96);
  make(plan);
  check_int32(plan, 0);
  EXPECT_EQ(state_->last_structured, 1);
}

TEST_F(CusparseLtGemm, MultipliesWithWeightsSecondWhereColumnOrderIsMissing) {
  state_->has_column_order = false;
  const BaselinePlan plan = gapped_plan(BaselineScheme::Int8ToInt32, 48, 64, 96);
  make(plan);
  check_int32(plan, 0);
  EXPECT_EQ(state_->last_structured, 2);
}

TEST_F(CusparseLtGemm, ScalesAndSaturatesInt8) {
  const BaselinePlan plan = gapped_plan(BaselineScheme::Int8ToInt8, 16, 32, 64);
  make(plan);
  const BaselineProblem problem{plan, kSeed, true};
  const DeviceBuffer weights = on_device(problem.weights);
  const DeviceBuffer activations = on_device(problem.activations);
  const DeviceBuffer c{plan.m * plan.c_stride};
  ASSERT_TRUE(gemm_->run(
      0,
      {.weights = weights.data(), .activations = activations.data(), .c = c.data(), .scale = 0.5F},
      nullptr));
  for (int64_t row = 0; row < plan.m; ++row) {
    for (int64_t column = 0; column < plan.n; ++column) {
      const float scaled = std::nearbyint(0.5F * static_cast<float>(problem.sum(row, column)));
      ASSERT_EQ(c.data<int8_t>()[row * plan.c_stride + column],
                static_cast<int8_t>(std::clamp(scaled, -128.0F, 127.0F)))
          << "seed " << kSeed << " row " << row << " column " << column;
    }
  }
}

TEST_F(CusparseLtGemm, OffersTheDefaultAlgorithmFirstAndLeavesOutThoseThatCannotRun) {
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32);
  make(plan);
  std::vector<std::string> names;
  for (const BaselineCandidate& candidate : gemm_->candidates()) {
    names.push_back(candidate.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("alg 1", "alg 0", "alg 2", "alg 4"));
  check_int32(plan, 2);
  EXPECT_EQ(state_->last_alg, 2);
}

TEST_F(CusparseLtGemm, SearchAddsWhatItFindsWithItsWorkspace) {
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32);
  make(plan);
  const size_t before = gemm_->candidates().size();
  const DeviceBuffer weights{plan.n * plan.weight_stride};
  const DeviceBuffer activations{plan.m * plan.activation_stride};
  const DeviceBuffer c{plan.m * plan.c_stride * 4};
  fill_bytes(weights.data(), 0, weights.bytes(), nullptr);
  fill_bytes(activations.data(), 0, activations.bytes(), nullptr);
  const Status status = gemm_->search(
      {.weights = weights.data(), .activations = activations.data(), .c = c.data()}, nullptr);
  ASSERT_TRUE(status) << status.reason();
  EXPECT_EQ(state_->searches, 1);
  ASSERT_EQ(gemm_->candidates().size(), before + 1);
  EXPECT_EQ(gemm_->candidates().back().name, "alg 4 split_k 2 mode 1 buffers 2 (searched)");
  EXPECT_EQ(gemm_->candidates().back().workspace_bytes, 4096);
  check_int32(plan, before);
}

TEST_F(CusparseLtGemm, WeightsThatAreNotTwoOfFourAreRefusedBad) {
  const BaselinePlan plan = packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32);
  make(plan);
  const BaselineProblem dense{plan, kSeed, false};
  const DeviceBuffer weights = on_device(dense.weights);
  const DeviceBuffer prepared{gemm_->prepared_weight_bytes()};
  EXPECT_EQ(gemm_->prepare_weights(weights.data(), prepared.data(), nullptr).reason(),
            "weights: must keep at most 2 of 4 neighbours along k (2:4)");
}

TEST_F(CusparseLtGemm, CandidateAndAddressesAreCheckedBeforeARunBad) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32));
  EXPECT_EQ(gemm_->run(4, {}, nullptr).reason(), "candidate = 4: must be below 4");
  EXPECT_EQ(gemm_->run(0, {}, nullptr).reason(), "weights: no address");
}

TEST_F(CusparseLtGemm, PlansAreRefusedWithoutAskingTheLibraryBad) {
  make(packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 32));
  std::unique_ptr<BaselineGemm> other;
  EXPECT_EQ(
      library_->make_gemm(packed_plan(BaselineScheme::Int8ToInt32, 16, 32, 33), other).reason(),
      "k = 33: must be a multiple of 32 for int8-int32 in cuSPARSELt");
}

TEST_F(CusparseLtGemm, SchemeThatTheLibraryRefusesGivesItsReasonForBothArrangementsBad) {
  ASSERT_TRUE(open_cusparselt({.folders = {kFolder}}, library_));
  const Status status = library_->make_gemm(packed_plan(BaselineScheme::Fp16, 16, 32, 32), gemm_);
  EXPECT_EQ(status.reason(),
            "cuSPARSELt: cusparseLtMatmulDescriptorInit: CUSPARSE_STATUS_INVALID_VALUE; "
            "cuSPARSELt: cusparseLtMatmulDescriptorInit: CUSPARSE_STATUS_INVALID_VALUE");
}

TEST_F(CusparseLtGemm, VersionsOtherThanThoseKnownAreRefusedBad) {
  state_->patch = 0;
  EXPECT_THAT(open_cusparselt({.folders = {kFolder}}, library_).reason(),
              HasSubstr("version 0.8.0: must be 0.8.1 or later and below 1.0"));
  EXPECT_EQ(library_, nullptr);
}

TEST_F(CusparseLtGemm, WithoutAGpuIsRefusedBad) {
  state_->init_result = 1;
  EXPECT_EQ(open_cusparselt({.folders = {kFolder}}, library_).reason(),
            "cuSPARSELt: cusparseLtInit: CUSPARSE_STATUS_NOT_INITIALIZED");
}

TEST_F(CusparseLtGemm, NoCandidatesAtAllAreRefusedBad) {
  EXPECT_EQ(open_cusparselt({.folders = {kFolder}, .max_candidates = 0}, library_).reason(),
            "max_candidates = 0: must be at least 1");
}

}  // namespace
}  // namespace olivine
