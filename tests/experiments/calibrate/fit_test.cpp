// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/calibrate/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine::calibrate {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr const char* kSource = "lab";

const std::vector<std::string> kFree = {"launch_us", "tensor_reached", "hbm_reached",
                                        "epilogue_cycles", "memory_latency_cycles"};

const GpuMachine& a100() {
  static const GpuMachine kMachine = load_gpu("a100_sxm");
  return kMachine;
}

LibraryCalibration defaults() {
  LibraryCalibration calibration;
  calibration.machine = "a100_sxm";
  calibration.library = "cublas";
  calibration.harnesses[kSource] = {};
  return calibration;
}

// Constants that no default is near.
LibraryCalibration truth() {
  LibraryCalibration calibration = defaults();
  calibration.constants.launch_us = 5.5;
  calibration.constants.tensor_reached = 0.75;
  calibration.constants.hbm_reached = 0.65;
  calibration.constants.epilogue_cycles = 2500;
  calibration.constants.memory_latency_cycles = 500;
  return calibration;
}

// Of launches, of memory and of tensor cores; timed by the model itself.
std::vector<FitPoint> points_of(const LibraryCalibration& calibration) {
  const GemmModel model{a100(), Calibration{{{"cublas", calibration}}}};
  const Scheme& scheme = parse_scheme("w16a16-bf16");
  std::vector<FitPoint> points;
  for (const int64_t m : {1, 128, 2048}) {
    for (const int64_t n : {256, 1536, 8192}) {
      for (const int64_t k : {512, 4096, 12288}) {
        const GemmProblem problem{{m, n, k, 1}, scheme};
        const GemmTiming timing =
            model.best(model.menu(scheme, "cublas"), problem, model.context("cublas", kSource));
        points.push_back({problem, kSource, timing.time_s});
      }
    }
  }
  return points;
}

LibraryCalibration fit(const std::vector<FitPoint>& points, const FitOptions& options) {
  return fit_library(a100(), defaults(), points, kFree, options, [](int, int, double) {});
}

TEST(Fit, FindsTheConstantsThatMadeTheMeasurements) {
  const std::vector<FitPoint> points = points_of(truth());
  EXPECT_GT(mape_pct(a100(), defaults(), points), 5);
  EXPECT_EQ(mape_pct(a100(), truth(), points), 0);
  const LibraryCalibration found = fit(points, {.starts = 1, .max_iterations = 15});
  EXPECT_LT(mape_pct(a100(), found, points), 0.2);
  for (const auto& row : kernel_constant_rows()) {
    const double expected = truth().constants.*(row.member);
    EXPECT_NEAR(found.constants.*(row.member), expected, 0.03 * expected) << row.key;
  }
}

TEST(Fit, ConstantsThatAreNotFreeKeepTheirValues) {
  LibraryCalibration start = defaults();
  start.constants.split_us = 4.25;
  start.harnesses[kSource].weight_sets = 3;
  const LibraryCalibration found =
      fit_library(a100(), start, points_of(truth()), {"launch_us"},
                  {.starts = 1, .max_iterations = 2}, [](int, int, double) {});
  EXPECT_NE(found.constants.launch_us, start.constants.launch_us);
  LibraryCalibration put_back = found;
  put_back.constants.launch_us = start.constants.launch_us;
  EXPECT_EQ(put_back, start);
}

TEST(Fit, ConstantsStayInRangeWhateverWasMeasured) {
  std::vector<FitPoint> points = points_of(truth());
  for (const double factor : {1e-3, 1e3}) {
    for (FitPoint& point : points) point.seconds *= factor;
    const LibraryCalibration found = fit(points, {.starts = 1, .max_iterations = 4});
    for (const auto& row : kernel_constant_rows()) {
      EXPECT_GE(found.constants.*(row.member), row.low) << row.key;
      EXPECT_LE(found.constants.*(row.member), row.high) << row.key;
    }
  }
}

TEST(Fit, AFewWrongMeasurementsHardlyMatter) {
  const std::vector<FitPoint> right = points_of(truth());
  std::vector<FitPoint> points = right;
  points[4].seconds *= 8;
  points[20].seconds /= 3;
  const LibraryCalibration found = fit(points, {.starts = 1, .max_iterations = 15});
  EXPECT_LT(mape_pct(a100(), found, right), 1.5);
}

TEST(Fit, AHarnessOfEachCollectionIsFitted) {
  LibraryCalibration made = truth();
  made.harnesses["other"] = {.weight_sets = 6, .throttle_us = 1000, .launch_us = 2};
  const GemmModel model{a100(), Calibration{{{"cublas", made}}}};
  const Scheme& scheme = parse_scheme("w16a16-bf16");
  std::vector<FitPoint> points = points_of(truth());
  const size_t count = points.size();
  for (size_t i = 0; i < count; ++i) {
    FitPoint point = points[i];
    point.source = "other";
    point.seconds = model
                        .best(model.menu(scheme, "cublas"), point.problem,
                              model.context("cublas", point.source))
                        .time_s;
    points.push_back(point);
  }
  LibraryCalibration start = truth();
  start.harnesses["other"] = {};
  const LibraryCalibration found =
      fit_library(a100(), start, points, {"harness.launch_us"}, {.starts = 1, .max_iterations = 10},
                  [](int, int, double) {});
  EXPECT_NEAR(found.harnesses.at("other").launch_us, 2, 0.01);
  EXPECT_NEAR(found.harnesses.at(kSource).launch_us, 0, 0.01);
  EXPECT_EQ(found.constants, start.constants);
}

TEST(Fit, TheSameSeedFindsTheSameConstants) {
  const std::vector<FitPoint> points = points_of(truth());
  const FitOptions options{.starts = 2, .seed = 5, .max_iterations = 2};
  EXPECT_EQ(fit(points, options), fit(points, options));
}

TEST(Fit, ProgressStartsAtTheErrorOfTheStart) {
  const std::vector<FitPoint> points = points_of(truth());
  std::vector<double> errors;
  std::vector<int> starts;
  (void)fit_library(a100(), defaults(), points, kFree, {.starts = 2, .max_iterations = 3},
                    [&](int start, int, double mape) {
                      starts.push_back(start);
                      errors.push_back(mape);
                    });
  EXPECT_DOUBLE_EQ(errors.front(), mape_pct(a100(), defaults(), points));
  EXPECT_TRUE(std::ranges::is_sorted(starts));
  EXPECT_EQ(starts.front(), 0);
  EXPECT_EQ(starts.back(), 1);
}

TEST(Fit, ASchemeTheLibraryDoesNotHaveIsRefused) {
  const std::vector<FitPoint> points = {{{{64, 64, 64, 1}, parse_scheme("w8a8-int8")}, kSource, 1}};
  EXPECT_THROW((void)mape_pct(a100(), defaults(), points), ConfigError);
}

TEST(FreeConstants, AreThoseTheKernelsDependOn) {
  const auto free_of = [](const char* machine, const char* library, const char* scheme) {
    LibraryCalibration start;
    start.library = library;
    start.harnesses[kSource] = {};
    return free_constants(load_gpu(machine), start,
                          {{{{64, 64, 64, 1}, parse_scheme(scheme)}, kSource, 1e-6}});
  };
  const auto none = [](const char* key) { return Not(Contains(key)); };
  EXPECT_THAT(
      free_of("a100_sxm", "cublas", "w16a16-bf16"),
      AllOf(IsSupersetOf({"launch_us", "overlap", "harness.weight_sets"}), none("decode_reached"),
            none("multicast"), none("vector_launch_us"), none("harness.launch_us")));
  EXPECT_THAT(free_of("h100_sxm", "cublas", "w16a16-bf16"),
              AllOf(Contains("multicast"), none("decode_reached"), none("vector_launch_us")));
  EXPECT_THAT(free_of("a100_sxm", "smoothquant", "w8a8-int8"),
              AllOf(Contains("vector_launch_us"), none("decode_reached"), none("multicast")));
  EXPECT_THAT(free_of("a100_sxm", "weight_only", "w4a16-int4"),
              IsSupersetOf({"decode_reached", "vector_launch_us"}));
}

TEST(FreeConstants, OnlySeveralCollectionsTellTheirLaunchesApart) {
  LibraryCalibration start = defaults();
  const std::vector<FitPoint> points = points_of(truth());
  EXPECT_THAT(free_constants(a100(), start, points), Not(Contains("harness.launch_us")));
  start.harnesses["other"] = {};
  EXPECT_THAT(free_constants(a100(), start, points), Contains("harness.launch_us"));
}

}  // namespace
}  // namespace olivine::calibrate
