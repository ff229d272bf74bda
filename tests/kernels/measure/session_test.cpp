// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "kernels/launch/gemm_kernels.h"
#include "kernels/measure/plan.h"
#include "kernels/measure/record.h"
#include "tests/kernels/measure/fake_bench.h"

namespace olivine::measure {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const NamedShape kShape{"layer", 48, 96, 64};

std::string kernel_of(WeightForm weights, ActivationForm activations, KernelFamily family) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.weights == weights && kernel.activations == activations && kernel.family == family) {
      return std::string{kernel.name};
    }
  }
  ADD_FAILURE() << "no such kernel";
  return "";
}
std::string int8_wgmma() {
  return kernel_of(WeightForm::Int8, ActivationForm::Int8, KernelFamily::Wgmma);
}
std::string int8_mma() {
  return kernel_of(WeightForm::Int8, ActivationForm::Int8, KernelFamily::Mma);
}

class Session : public testing::Test {
 protected:
  Session() {
    PlanOptions options;
    options.shapes = {kShape};
    options.variants = select_variants({});
    plan_ = make_plan(options);
    plan_.checks = {{"17x33x65", 17, 33, 65}, {"3x5x0", 3, 5, 0}};
    hooks_.checkpoint = [this] { ++checkpoints_; };
    options_.threads = 2;
  }

  void run() { run_session(bench_, plan_, options_, hooks_, record_); }

  [[nodiscard]] const CaseRecord& record_of(std::string_view variant) const {
    const auto found =
        std::find_if(record_.cases.begin(), record_.cases.end(),
                     [&](const CaseRecord& one) { return one.variant->name == variant; });
    if (found == record_.cases.end()) throw std::runtime_error{"not in the record"};
    return *found;
  }
  [[nodiscard]] const CheckRecord& check_of(const std::string& kernel) const {
    const auto found =
        std::find_if(record_.checks.begin(), record_.checks.end(),
                     [&](const CheckRecord& check) { return check.kernel == kernel; });
    if (found == record_.checks.end()) throw std::runtime_error{"not in the record"};
    return *found;
  }

  FakeBench bench_;
  Plan plan_;
  SessionOptions options_;
  SessionHooks hooks_;
  MeasureRecord record_;
  int checkpoints_ = 0;
};

TEST_F(Session, ChecksTimesAndRecordsEveryVariant) {
  run();
  EXPECT_TRUE(record_.is_complete);
  EXPECT_FALSE(record_.has_wrong_output());
  EXPECT_THAT(record_.cases, SizeIs(plan_.groups[0].cases.size()));
  for (const CaseRecord& one : record_.cases) {
    EXPECT_EQ(one.status, CaseStatus::Timed) << one.variant->name << ": " << one.reason;
    EXPECT_EQ(one.timed->time_us.samples, plan_.timing.rounds * plan_.timing.samples);
    EXPECT_EQ(one.output_hash.size(), 16);
    EXPECT_EQ(one.checked_against, "models/numerics");
  }
  // Every way to run a scheme has the same output.
  EXPECT_EQ(record_of("w4a4-ovp").output_hash, record_of("w4a4-ovp:once").output_hash);
  EXPECT_EQ(record_of("int8").output_hash, record_of("cublaslt-int8").output_hash);
  EXPECT_NE(record_of("int8").output_hash, record_of("w4a4-ovp").output_hash);
  EXPECT_GE(checkpoints_, 2);
}

TEST_F(Session, ChecksEveryKernelInEveryOutputForm) {
  run();
  // Kernels of small m need a shape of theirs.
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.family == KernelFamily::SmallM) continue;
    const CheckRecord& check = check_of(std::string{kernel.name});
    EXPECT_TRUE(check.is_exact());
    // Two shapes, three forms, two kinds of guard columns, as every variant.
    EXPECT_EQ(check.runs, 12 * static_cast<int64_t>(check.variants.size())) << kernel.name;
  }
  EXPECT_THAT(check_of(int8_mma()).variants, ElementsAre("int8", "w4a4-ovp:once"));
}

TEST_F(Session, NamesKernelsThatNoCheckReached) {
  plan_.checks = {{"17x33x65", 17, 33, 65}};
  run();
  const std::string small = kernel_of(WeightForm::Ovp4, ActivationForm::Int8, KernelFamily::SmallM);
  EXPECT_THAT(record_.notes, Contains(HasSubstr(small + " was not checked")));
}

TEST_F(Session, NeverTimesAKernelThatFailedACheckBad) {
  for (const Fault fault : {Fault::WrongElement, Fault::UnwrittenRow, Fault::Overrun}) {
    record_ = {};
    bench_.faults = {{int8_wgmma(), fault}};
    run();
    EXPECT_TRUE(record_.has_wrong_output());
    EXPECT_FALSE(check_of(int8_wgmma()).is_exact());
    EXPECT_THAT(check_of(int8_wgmma()).failures[0], HasSubstr("17x33x65 int8 int32, stride "));
    const CaseRecord& int8 = record_of("int8");
    EXPECT_EQ(int8.status, CaseStatus::Timed);  // another kernel is right
    EXPECT_NE(int8.kernel, int8_wgmma());
    for (const CandidateRecord& candidate : int8.candidates) {
      EXPECT_NE(candidate.name, int8_wgmma());
    }
  }
}

TEST_F(Session, FindsAKernelThatIsWrongOnTheTimedShapeAloneBad) {
  plan_.checks.clear();
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.weights == WeightForm::Int8Sparse) {
      bench_.faults[std::string{kernel.name}] = Fault::UnwrittenRow;
    }
  }
  run();
  const CaseRecord& sparse = record_of("int8-2:4");
  EXPECT_EQ(sparse.status, CaseStatus::Wrong);
  EXPECT_THAT(sparse.reason, HasSubstr("c[47][0] was not written"));
  EXPECT_FALSE(sparse.timed);
  EXPECT_TRUE(record_.has_wrong_output());
  EXPECT_TRUE(record_.is_complete);
}

TEST_F(Session, FindsAnOutputThatIsWrongUnderLoadBad) {
  for (const GemmKernel& kernel : gemm_kernels()) {
    if (kernel.activations == ActivationForm::Ovp8) {
      bench_.faults[std::string{kernel.name}] = Fault::WrongUnderLoad;
    }
  }
  run();
  EXPECT_EQ(record_of("w4a8-ovp").is_exact_after_timing, false);
  EXPECT_EQ(record_of("int8").is_exact_after_timing, true);
  EXPECT_FALSE(record_of("cublaslt-fp16").is_exact_after_timing);  // timed with other operands
  EXPECT_TRUE(record_.has_wrong_output());
}

TEST_F(Session, ChoosesTheFastestCandidate) {
  const std::string fast = int8_mma();
  bench_.launch_us = [&](const std::string& kernel, double) { return kernel == fast ? 5.0 : 9.0; };
  run();
  EXPECT_EQ(record_of("int8").kernel, fast);
  EXPECT_NEAR(record_of("int8").median_us(), 5, 1e-6);
  for (const CandidateRecord& candidate : record_of("int8").candidates) {
    EXPECT_NEAR(*candidate.screened_us, candidate.name == fast ? 5 : 9, 1e-6);
  }
}

TEST_F(Session, TimesDecodingBeforeTheGemmAlsoAlone) {
  run();
  ASSERT_THAT(record_of("w4a4-ovp:once").timed->steps, SizeIs(2));
  EXPECT_EQ(record_of("w4a4-ovp:once").timed->steps[0].name, "decode");
  EXPECT_THAT(record_of("w4a4-ovp").timed->steps, IsEmpty());
}

TEST_F(Session, TakesTurnsSoThatADriftDoesNotTurnIntoARatio) {
  // Every launch gets slower by the minute; all variants alike.
  bench_.launch_us = [](const std::string&, double at_s) { return 20.0 * (1 + 0.02 * at_s); };
  run();
  const double first = record_.cases.front().median_us();
  const double last = record_.cases.back().median_us();
  const double duration_s = bench_.now_s();
  // One after another, the last would be slower by nearly all of the drift.
  EXPECT_LT(std::abs(last / first - 1), 0.02 * duration_s / 3);
}

TEST_F(Session, DoesNotHoldMoreThanFitsTheMemory) {
  run();
  const int all = bench_.most_live_runners;
  EXPECT_GE(all, static_cast<int>(plan_.groups[0].cases.size()) - 1);
  record_ = {};
  bench_.most_live_runners = 0;
  bench_.free_bytes = 5 << 20;  // each case rotates through more than 2 MiB
  run();
  EXPECT_LE(bench_.most_live_runners, 3);
  EXPECT_THAT(record_.cases, SizeIs(plan_.groups[0].cases.size()));
  for (const CaseRecord& one : record_.cases) EXPECT_EQ(one.status, CaseStatus::Timed);
}

TEST_F(Session, RecordsWhyALibraryIsMissing) {
  bench_.has_cusparselt = false;
  run();
  EXPECT_EQ(record_of("cusparselt-int8").status, CaseStatus::Refused);
  EXPECT_EQ(record_of("cusparselt-int8").reason, "cuSPARSELt: not found");
  EXPECT_FALSE(record_.has_wrong_output());
}

TEST_F(Session, LeavesOutALibraryThatFails) {
  bench_.faults = {{"cublaslt-fp8", Fault::Throws}, {"cusparselt-int8", Fault::NoGraph}};
  run();
  EXPECT_TRUE(record_.is_complete);
  EXPECT_EQ(record_of("cublaslt-fp8").status, CaseStatus::Refused);
  EXPECT_EQ(record_of("cublaslt-fp8").reason, "cudaErrorIllegalAddress");
  EXPECT_EQ(record_of("cusparselt-int8").reason, "cannot be captured");
  EXPECT_EQ(record_of("int8").status, CaseStatus::Timed);
  EXPECT_FALSE(record_.has_wrong_output());
}

TEST_F(Session, ReadsEnergyOfThePlannedCases) {
  for (PlannedCase& planned : plan_.groups[0].cases) {
    planned.takes_energy = planned.variant->name == "int8";
  }
  run();
  ASSERT_TRUE(record_of("int8").energy);
  ASSERT_TRUE(record_of("int8").energy->result) << record_of("int8").energy->reason;
  EXPECT_NEAR(record_of("int8").energy->result->power_w, FakeGpu::kLoadWatts, 10);
  EXPECT_NEAR(*record_.idle_w, FakeGpu::kIdleWatts, 2);
  EXPECT_FALSE(record_of("int8-2:4").energy);
}

TEST_F(Session, SaysWhyThereIsNoEnergy) {
  for (PlannedCase& planned : plan_.groups[0].cases) planned.takes_energy = true;
  bench_.fake_monitor.has_energy = false;
  run();
  EXPECT_THAT(record_.notes, Contains("idle power: NVML: not supported"));
  EXPECT_EQ(record_of("int8").energy->reason, "idle power is not known");
  EXPECT_FALSE(record_.has_wrong_output());
}

TEST_F(Session, LeavesOutKernelsThatAreNotWanted) {
  options_.kernels = {int8_mma()};
  run();
  EXPECT_THAT(record_.checks, SizeIs(1));
  EXPECT_EQ(record_of("int8").kernel, int8_mma());
  EXPECT_EQ(record_of("int8-2:4").status, CaseStatus::Refused);
  EXPECT_EQ(record_of("int8-2:4").reason, "no kernel of it is to be run");
  record_ = {};
  options_ = {};
  options_.excluded = {int8_mma()};
  run();
  EXPECT_NE(record_of("int8").kernel, int8_mma());
}

TEST_F(Session, ComparesOutputsOnlyWhereOnlyThatIsWanted) {
  plan_.checks_only = true;
  run();
  for (const CaseRecord& one : record_.cases) {
    EXPECT_EQ(one.status, CaseStatus::Checked);
    EXPECT_FALSE(one.timed);
  }
  EXPECT_EQ(bench_.graphs_captured, 0);
  EXPECT_TRUE(record_.is_complete);
}

TEST_F(Session, LeavesAPartialRecordWhenInterrupted) {
  int steps = 0;
  bool should_stop = false;
  hooks_.should_stop = [&] { return should_stop; };
  hooks_.begin_step = [&](const std::string& step, double) {
    should_stop = should_stop || (step.starts_with("time ") && ++steps == 20);
  };
  run();
  EXPECT_FALSE(record_.is_complete);
  EXPECT_EQ(record_.incomplete_reason, "interrupted");
  // The first round was through: what it says is kept.
  EXPECT_EQ(record_.cases.front().status, CaseStatus::Timed);
  EXPECT_NE(record_json(record_), "");
}

TEST_F(Session, BeginsNoShapeWhenItsTimeIsUp) {
  plan_.groups.push_back(plan_.groups[0]);
  plan_.groups.back().shape = {"later", 8, 16, 32};
  options_.budget_s = 0.5;
  run();
  EXPECT_FALSE(record_.is_complete);
  EXPECT_THAT(record_.incomplete_reason, HasSubstr("were used up before 8x16x32"));
  for (const CaseRecord& one : record_.cases) EXPECT_EQ(one.shape.name, "layer");
}

TEST_F(Session, PassesOnWhatTheDeviceThrowsAndKeepsWhatItHas) {
  bench_.faults = {{int8_mma(), Fault::Throws}};
  std::string step;
  hooks_.begin_step = [&](const std::string& begun, double) { step = begun; };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_THAT(step, HasSubstr(int8_mma()));
  EXPECT_FALSE(record_.is_complete);
  EXPECT_NE(record_json(record_), "");
}

TEST_F(Session, RunsInstructionsLast) {
  options_.runs_micro = true;
  run();
  EXPECT_THAT(record_.micro, SizeIs(1));
  EXPECT_THAT(record_.power, SizeIs(1));
  plan_.groups.clear();
  plan_.checks.clear();
  record_ = {};
  run();
  EXPECT_THAT(record_.cases, IsEmpty());
  EXPECT_THAT(record_.micro, SizeIs(1));
}

}  // namespace
}  // namespace olivine::measure
