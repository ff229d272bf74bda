// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/tensor_core/gemm_model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/calibration.h"

namespace olivine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kTolerance = 1e-12;

const Scheme& bf16() { return parse_scheme("w16a16-bf16"); }
const Scheme& int8() { return parse_scheme("w8a8-int8"); }

LibraryCalibration with_launch(const std::string& machine, const std::string& library, double us) {
  LibraryCalibration calibration;
  calibration.machine = machine;
  calibration.library = library;
  calibration.constants.launch_us = us;
  return calibration;
}

template <class Run>
std::string message_of(const Run& run) {
  try {
    run();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(GemmModel, MenusWithoutMeasurementsInheritTheConstantsOfCublas) {
  const GpuMachine machine = load_gpu("a100_sxm");
  const GemmModel model{machine, Calibration{{{"cublas", with_launch("a100_sxm", "cublas", 17)}}}};
  const KernelMenu& measured = model.menu(bf16(), "cublas");
  const KernelMenu& other = model.menu(int8(), "smoothquant");
  EXPECT_TRUE(measured.calibrated);
  EXPECT_FALSE(other.calibrated);
  const GemmProblem empty{{0, 64, 64, 1}, int8()};
  const auto is_tile = [](const GemmKernel& kernel) { return !kernel.on_cuda_cores; };
  const GemmKernel& kernel = *std::ranges::find_if(other.kernels, is_tile);
  EXPECT_DOUBLE_EQ(model.time(kernel, empty, {}, "smoothquant").time_s, 17e-6);
  EXPECT_DOUBLE_EQ(model.time(kernel, empty, {}, "no such").time_s, 17e-6);
}

TEST(GemmModel, EveryLibraryHasItsOwnConstants) {
  const GemmModel model{load_gpu("a100_sxm"),
                        Calibration{{{"cublas", with_launch("a100_sxm", "cublas", 17)},
                                     {"smoothquant", with_launch("a100_sxm", "smoothquant", 5)}}}};
  const GemmProblem empty{{0, 64, 64, 1}, int8()};
  const GemmKernel& kernel = model.menu(int8(), "smoothquant").kernels.front();
  EXPECT_DOUBLE_EQ(model.time(kernel, empty, {}, "smoothquant").time_s, 5e-6);
  EXPECT_DOUBLE_EQ(model.time(kernel, empty, {}, "cublas").time_s, 17e-6);
  EXPECT_TRUE(model.menu(int8(), "smoothquant").calibrated);
}

TEST(GemmModel, WithoutAnyCalibrationTheDefaultsStand) {
  const GemmModel model{load_gpu("a100_sxm"), Calibration{}};
  for (const Scheme* scheme : {&bf16(), &int8()}) {
    const KernelMenu& menu = model.menu(*scheme);
    EXPECT_FALSE(menu.calibrated);
    EXPECT_DOUBLE_EQ(model.time(menu.kernels.front(), {{0, 64, 64, 1}, *scheme}).time_s,
                     KernelConstants{}.launch_us * 1e-6);
  }
}

TEST(GemmModel, AHypotheticalChipUsesBorrowedConstantsAndSaysSo) {
  const GemmModel real{load_gpu("h100_sxm")};
  const GemmModel hypothetical{load_gpu("h100_sxm_mmaovp")};
  const KernelMenu& measured = real.menu(bf16(), "cublas");
  const KernelMenu& borrowed = hypothetical.menu(bf16(), "cublas");
  EXPECT_TRUE(measured.calibrated);
  EXPECT_FALSE(borrowed.calibrated);
  const GemmProblem problem{{4096, 4096, 4096, 1}, bf16()};
  EXPECT_EQ(real.best(measured, problem).time_s, hypothetical.best(borrowed, problem).time_s);
}

TEST(GemmModel, ACalibrationOfNoMachineIsRefused) {
  GpuMachine machine = load_gpu("h100_sxm");
  machine.calibration = "h100";
  EXPECT_THAT(message_of([&] { (void)GemmModel{machine}; }),
              AllOf(HasSubstr("calibration = h100"), HasSubstr("did you mean 'h100_sxm'?")));
}

TEST(GemmModel, UnknownLibrariesAndSchemesAreRefusedWithTheNearest) {
  const GemmModel model{load_gpu("h100_sxm")};
  EXPECT_THAT(message_of([&] { (void)model.menu(int8(), "smothquant"); }),
              AllOf(HasSubstr("smothquant has no kernels for w8a8-int8 on h100_sxm"),
                    HasSubstr("did you mean 'smoothquant'?"), HasSubstr("(has: ")));
}

// A GEMM that is long enough to meet the power limit.
struct Hot {
  GemmModel model{load_gpu("h100_sxm")};
  GemmProblem problem{{8192, 8192, 8192, 1}, bf16()};
  GemmKernel kernel;

  Hot() {
    const KernelMenu& menu = model.menu(bf16(), "cublas");
    const std::string name = model.best(menu, problem).kernel;
    kernel = *std::ranges::find(menu.kernels, name, &GemmKernel::name);
  }
  [[nodiscard]] GemmTiming time(double throttle_s, double launch_s = 0) const {
    return model.time(kernel, problem, {.throttle_s = throttle_s, .launch_s = launch_s}, "cublas");
  }
};

TEST(GemmModel, ThrottlingSetsInOverItsTime) {
  const Hot hot;
  const GemmTiming held = hot.time(0);
  const double fastest_s = held.time_s - held.part_s(TimePart::Clock);
  const double highest_hz = hot.model.machine().power.max_clock_hz;
  ASSERT_GT(held.part_s(TimePart::Clock), 0);
  // Half of the slowdown where the kernel lasts as long as throttling takes.
  for (const double throttle_s : {fastest_s, 0.1 * fastest_s, 10 * fastest_s}) {
    const double share = fastest_s / (fastest_s + throttle_s);
    const GemmTiming timing = hot.time(throttle_s);
    const double expected_s = fastest_s + (held.time_s - fastest_s) * share;
    EXPECT_NEAR(timing.time_s, expected_s, kTolerance * expected_s);
    EXPECT_NEAR(timing.clock_hz, highest_hz + (held.clock_hz - highest_hz) * share,
                kTolerance * highest_hz);
  }
  EXPECT_NEAR(hot.time(1e6 * fastest_s).time_s, fastest_s, 1e-5 * fastest_s);
}

TEST(GemmModel, UnderThePowerLimitTheBoardDrawsTheLimit) {
  const Hot hot;
  const GemmTiming timing = hot.time(0);
  EXPECT_LT(timing.clock_hz, hot.model.machine().power.max_clock_hz);
  EXPECT_NEAR(timing.power_w, hot.model.machine().power.limit_w, 0.01);
}

TEST(GemmModel, ALaunchOfTheHarnessIsAddedAndIsNoWork) {
  GpuMachine machine = load_gpu("h100_sxm");
  machine.power.limit_w = 1e6;
  const GemmModel model{machine};
  const KernelMenu& menu = model.menu(bf16(), "cublas");
  const GemmProblem problem{{512, 512, 512, 1}, bf16()};
  const GemmTiming plain = model.best(menu, problem);
  const GemmTiming later = model.best(menu, problem, {.launch_s = 4e-6});
  EXPECT_NEAR(later.time_s, plain.time_s + 4e-6, 1e-15);
  EXPECT_NEAR(later.part_s(TimePart::Launch), plain.part_s(TimePart::Launch) + 4e-6, 1e-15);
  EXPECT_EQ(later.kernel, plain.kernel);
}

TEST(GemmModel, EveryCollectionIsSimulatedAsItWasMeasured) {
  LibraryCalibration calibration = with_launch("a100_sxm", "cublas", 3);
  calibration.harnesses["lab"] = {.weight_sets = 7, .throttle_us = 250, .launch_us = -0.5};
  const GemmModel model{load_gpu("a100_sxm"), Calibration{{{"cublas", calibration}}}};
  const GemmContext context = model.context("cublas", "lab");
  EXPECT_EQ(context.weight_sets, 7);
  EXPECT_DOUBLE_EQ(context.throttle_s, 250e-6);
  EXPECT_DOUBLE_EQ(context.launch_s, -0.5e-6);
  for (const char* library : {"cublas", "smoothquant"}) {
    const GemmContext unknown = model.context(library, "other");
    EXPECT_EQ(unknown.weight_sets, 0);
    EXPECT_EQ(unknown.throttle_s, 0);
    EXPECT_EQ(unknown.launch_s, 0);
  }
}

TEST(GemmModel, PartsAddUpHoweverItIsMeasured) {
  constexpr uint64_t kSeed = 21;
  for (const std::string& name : shipped_gpus()) {
    const GemmModel model{load_gpu(name)};
    for (const Scheme& scheme : all_schemes()) {
      for (const std::string& library : model.libraries(scheme)) {
        SCOPED_TRACE(fmt::format("{} {} {}, seed {}", name, scheme.name, library, kSeed));
        Rng rng{kSeed};
        for (int i = 0; i < 10; ++i) {
          const GemmProblem problem{
              {rng.uniform(1, 6000), rng.uniform(1, 6000), rng.uniform(1, 6000), rng.uniform(1, 3)},
              scheme};
          const GemmContext context{.weight_sets = 20 * rng.unit(),
                                    .throttle_s = 1e-3 * rng.unit(),
                                    .launch_s = 1e-6 * rng.unit()};
          const GemmTiming timing = model.best(model.menu(scheme, library), problem, context);
          EXPECT_NEAR(std::accumulate(timing.parts_s.begin(), timing.parts_s.end(), 0.0),
                      timing.time_s, 1e-9 * timing.time_s)
              << timing.kernel;
          for (const double part_s : timing.parts_s) EXPECT_GE(part_s, -1e-9 * timing.time_s);
        }
      }
    }
  }
}

}  // namespace
}  // namespace olivine
