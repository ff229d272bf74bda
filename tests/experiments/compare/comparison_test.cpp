// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/comparison.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "experiments/compare/split.h"
#include "experiments/compare/summary.h"
#include "tests/experiments/compare/fake_timer.h"

namespace olivine::compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

MeasuredFile file_of(std::vector<Measurement> rows) {
  for (size_t i = 0; i < rows.size(); ++i) rows[i].line = i + 2;
  return {"m.csv", std::move(rows)};
}

Comparison compared(const MeasuredFile& file, const Selection& selection = {}) {
  FakeTimer timer;
  Comparison comparison = join(file, selection, timer);
  simulate(comparison, timer, 3, [](size_t, size_t) {});
  return comparison;
}

Selection all_shapes() {
  Selection selection;
  selection.half = Half::All;
  return selection;
}

// The problem of a selection of one row.
std::string problem_of(const Selection& selection) {
  FakeTimer timer;
  try {
    (void)join(file_of({measured({1, 2, 3}, 1)}), selection, timer);
    return "none";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(Join, KnowsWhatDevicesLibrariesAndTypesAreCalledHere) {
  struct Name {
    const char* library;
    const char* dtype;
    const char* kernels;
    const char* scheme;
  };
  for (const Name& name :
       {Name{"torch cuBLAS", "bf16", "cublas", "w16a16-bf16"},
        Name{"TensorRT-LLM 1.0.0 SmoothQuantGemm", "int8", "smoothquant", "w8a8-int8"},
        Name{"TensorRT-LLM 1.0.0 WeightOnlyQuantMatmul", "int4_weight_only(fp16 act)",
             "weight_only", "w4a16-int4"},
        Name{"TensorRT-LLM 1.0.0 WeightOnlyQuantMatmul", "int8_weight_only(fp16 act)",
             "weight_only", "w8a16-int8"},
        Name{"TRT-LLM 1.3.0rc20 fp8_block", "fp8_block", "fastest", "w8a8-fp8"},
        Name{"olivine", "w4a4-ovp", "olivine", "w4a4-ovp"}}) {
    Measurement row = measured({1, 2, 3}, 1);
    row.library = name.library;
    row.dtype = name.dtype;
    const Comparison comparison = compared(file_of({row}), all_shapes());
    ASSERT_THAT(comparison.collections, SizeIs(1)) << name.library;
    EXPECT_EQ(comparison.collections[0].machine, "h100_sxm");
    EXPECT_EQ(comparison.collections[0].kernels.library, name.kernels);
    EXPECT_EQ(comparison.collections[0].scheme.name, name.scheme);
  }
}

TEST(Join, TakesSparseWeightsAndMachinesByTheirName) {
  Measurement row = measured({1, 2, 3}, 1);
  row.device = "mine";
  row.weight_pattern = Pattern::TwoFour;
  const Comparison comparison = compared(file_of({row}), all_shapes());
  ASSERT_THAT(comparison.collections, SizeIs(1));
  EXPECT_EQ(comparison.collections[0].machine, "mine");
  EXPECT_EQ(comparison.collections[0].scheme.name, "w16a16-bf16-2:4");
}

TEST(Join, CountsEveryRowOnce) {
  std::vector<Measurement> rows;
  for (int64_t i = 1; i <= 10; ++i) rows.push_back(measured({i, 64, 64}, 1));
  rows[1].device = "B300";
  rows[2].device = "B300";
  rows[3].dtype = "int3";
  rows[4].library = "none";
  rows[5].shape.k = 13;
  rows[6].quantity = Quantity::Power;  // without a time of this shape
  rows[7].device = "A100-SXM4-80GB";
  Selection selection = all_shapes();
  selection.machine = "h100_sxm";
  const Comparison comparison = compared(file_of(rows), selection);
  std::vector<std::string> dropped;
  size_t dropped_rows = 0;
  for (const Dropped& entry : comparison.dropped) {
    dropped.push_back(fmt::format("{}+{} {}", entry.first_line, entry.rows, entry.reason));
    dropped_rows += entry.rows;
  }
  EXPECT_THAT(dropped, ElementsAre("3+2 device 'B300' is not known",
                                   "5+1 no scheme is known for dense weights in 'int3'",
                                   "6+1 h100_sxm w16a16-bf16 by 'none': no kernels on h100_sxm",
                                   "8+1 power without a time of the same GEMM",
                                   "7+1 h100_sxm: no kernel runs k = 13"));
  EXPECT_EQ(comparison.unselected_rows, 1u);
  size_t simulated = 0;
  for (const Point& point : comparison.points) simulated += point.timing.has_value();
  EXPECT_EQ(simulated + dropped_rows + comparison.unselected_rows, rows.size());
}

TEST(Join, SelectsByMachineLibraryAndType) {
  std::vector<Measurement> rows(4, measured({1, 64, 64}, 1));
  rows[1].device = "A100-SXM4-80GB";
  rows[2].dtype = "fp16";
  rows[3].library = "TensorRT-LLM 1.0.0 SmoothQuantGemm";
  const auto selected = [&](const Selection& selection) {
    std::vector<size_t> lines;
    for (const Point& point : compared(file_of(rows), selection).points) {
      lines.push_back(point.measured.line);
    }
    return lines;
  };
  Selection selection = all_shapes();
  EXPECT_THAT(selected(selection), ElementsAre(2, 3, 4, 5));
  selection.machine = "h100_sxm";
  EXPECT_THAT(selected(selection), ElementsAre(2, 4, 5));
  selection.dtype = "w16a16-bf16";
  EXPECT_THAT(selected(selection), ElementsAre(2, 5));
  selection.dtype = "bf16";
  EXPECT_THAT(selected(selection), ElementsAre(2, 5));
  selection.library = "smoothquant";
  EXPECT_THAT(selected(selection), ElementsAre(5));
}

TEST(JoinBad, NamesWhatThereIs) {
  Selection selection;
  selection.machine = "a100_sxm";
  EXPECT_EQ(problem_of(selection),
            "--machine = a100_sxm: must be h100_sxm, as in m.csv; did you mean 'h100_sxm'?");
  selection.machine = "h100_sxm";
  selection.dtype = "bf61";
  EXPECT_EQ(problem_of(selection),
            "--dtype = bf61: must be bf16|w16a16-bf16, as in m.csv; did you mean 'bf16'?");
  selection.dtype = "bf16";
  selection.library = "cubla";
  EXPECT_THAT(problem_of(selection), HasSubstr("did you mean 'cublas'?"));
}

TEST(JoinBad, SaysWhereNoRowHasAllThatIsSelected) {
  std::vector<Measurement> rows(2, measured({1, 64, 64}, 1));
  rows[1].device = "A100-SXM4-80GB";
  rows[1].dtype = "fp16";
  Selection selection;
  selection.machine = "a100_sxm";
  selection.dtype = "bf16";
  FakeTimer timer;
  try {
    (void)join(file_of(rows), selection, timer);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "--machine a100_sxm --dtype bf16: no row of m.csv has all of them");
  }
}

std::vector<Measurement> many_rows(double ratio) {
  std::vector<Measurement> rows;
  for (int64_t m : {1, 4, 32, 64, 512}) {
    for (int64_t n : {256, 512, 1024, 2048}) {
      for (int64_t k : {512, 1024, 4096}) rows.push_back(measured({m, n, k}, ratio));
    }
  }
  return rows;
}

TEST(Simulate, TimesTheChosenHalfOnly) {
  const MeasuredFile file = file_of(many_rows(1));
  for (const Half half : {Half::HeldOut, Half::Fit, Half::All}) {
    Selection selection;
    selection.half = half;
    for (const Point& point : compared(file, selection).points) {
      const bool is_fit = in_fit_half(point.measured.shape, FakeTimer::kFitSeed);
      EXPECT_EQ(point.is_fit_half, is_fit);
      const bool is_chosen = half == Half::All || is_fit == (half == Half::Fit);
      EXPECT_EQ(point.timing.has_value(), is_chosen);
    }
  }
}

TEST(Simulate, AnotherSeedIsKnownToBeNotThatOfTheFit) {
  Selection selection;
  Comparison comparison = compared(file_of(many_rows(1)), selection);
  EXPECT_EQ(comparison.collections[0].split_seed, FakeTimer::kFitSeed);
  EXPECT_TRUE(comparison.collections[0].is_split_as_fitted());
  selection.split_seed = FakeTimer::kFitSeed + 1;
  comparison = compared(file_of(many_rows(1)), selection);
  EXPECT_FALSE(comparison.collections[0].is_split_as_fitted());
}

TEST(Simulate, GivesTheSameOnAnyNumberOfThreads) {
  FakeTimer timer;
  for (const unsigned threads : {0u, 1u, 7u, 200u}) {
    Comparison comparison = join(file_of(many_rows(1)), all_shapes(), timer);
    simulate(comparison, timer, threads, [](size_t done, size_t total) { EXPECT_LE(done, total); });
    for (const Point& point : comparison.points) {
      ASSERT_TRUE(point.timing);
      EXPECT_DOUBLE_EQ(point.timing->time_s, FakeTimer::seconds(point.measured.shape));
    }
  }
}

// A bug of the model, at the first call, is no dropped row. The other calls take a millisecond.
class BrokenTimer : public FakeTimer {
 public:
  [[nodiscard]] GemmTiming time(const std::string& machine, const std::string& library,
                                const std::string& source,
                                const GemmProblem& problem) const override {
    if (calls++ == 0) throw std::logic_error{"a bug"};
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return FakeTimer::time(machine, library, source, problem);
  }
  mutable std::atomic<size_t> calls{0};
};

TEST(Simulate, EndsAtTheFirstBugAndPassesItOn) {
  BrokenTimer timer;
  Comparison comparison = join(file_of(many_rows(1)), all_shapes(), timer);
  EXPECT_THROW(simulate(comparison, timer, 2, [](size_t, size_t) {}), std::logic_error);
  EXPECT_LT(timer.calls, comparison.points.size());
}

TEST(Summary, SumsUpByRegime) {
  // measured = ratio x simulated, so the error is 1 / ratio - 1 everywhere.
  const Comparison comparison = compared(file_of(many_rows(1.25)), all_shapes());
  const std::vector<CollectionSummary> summaries = summarize(comparison, 1);
  ASSERT_THAT(summaries, SizeIs(1));
  const CollectionSummary& summary = summaries[0];
  ASSERT_THAT(summary.regimes, SizeIs(2));
  EXPECT_EQ(summary.regimes[0].regime, Regime::Launch);
  EXPECT_EQ(summary.regimes[0].simulated.count, 2u * 4 * 3);  // m of 1 and 4
  EXPECT_EQ(summary.regimes[1].regime, Regime::Compute);
  EXPECT_EQ(summary.regimes[1].simulated.count, 3u * 4 * 3);
  EXPECT_EQ(summary.all.simulated.count, 5u * 4 * 3);
  EXPECT_NEAR(summary.all.simulated.mape, 1 - 1 / 1.25, 1e-12);
  EXPECT_NEAR(summary.all.simulated.bias, 1 / 1.25 - 1, 1e-12);
  EXPECT_FALSE(summary.second);
  EXPECT_FALSE(summary.all.noise);
  EXPECT_FALSE(summary.power);
}

TEST(Summary, NamesTheWorstFirst) {
  std::vector<Measurement> rows = many_rows(1);
  rows[7].value *= 2;   // error -1/2
  rows[20].value /= 2;  // error +1
  rows[40].value *= 1.5;
  const Comparison comparison = compared(file_of(rows), all_shapes());
  const CollectionSummary summary = summarize(comparison, 1).at(0);
  ASSERT_THAT(summary.all.worst, SizeIs(kWorstPoints));
  EXPECT_EQ(summary.all.worst[0], 20u);
  EXPECT_EQ(summary.all.worst[1], 7u);
  EXPECT_EQ(summary.all.worst[2], 40u);
  EXPECT_EQ(summary.regimes[0].worst[0], 20u);  // m = 4; regimes have their own worst points
}

TEST(Summary, FitsTheRooflineOnTheFitHalfWhateverHalfIsShown) {
  const MeasuredFile file = file_of(many_rows(1));
  std::vector<RooflinePoint> points;
  for (const Point& point : compared(file, all_shapes()).points) {
    if (point.is_fit_half) points.push_back(roofline_point(point));
  }
  const auto expected = fit_roofline(points);
  ASSERT_TRUE(expected);
  for (const Half half : {Half::HeldOut, Half::Fit, Half::All}) {
    Selection selection;
    selection.half = half;
    const CollectionSummary summary = summarize(compared(file, selection), 1).at(0);
    ASSERT_TRUE(summary.roofline);
    EXPECT_EQ(summary.fit_points, points.size());
    EXPECT_EQ(summary.roofline->flops_per_s, expected->flops_per_s);
    EXPECT_EQ(summary.roofline->launch_s, expected->launch_s);
    ASSERT_TRUE(summary.all.roofline);
    EXPECT_EQ(summary.all.roofline->count, summary.all.simulated.count);
  }
}

// Enough to fit the closed form on a half of them.
std::vector<Measurement> plenty_of_rows() {
  std::vector<Measurement> rows;
  for (int64_t m : {1, 32, 64, 512, 4096}) {
    for (int64_t n = 256; n <= 2048; n += 256) {
      for (int64_t k : {512, 768, 1024, 4096, 8192}) rows.push_back(measured({m, n, k}, 1));
    }
  }
  return rows;
}

// Of the one collection there is.
CollectionSummary closed_form_summary(const std::vector<Measurement>& rows, Half half) {
  Selection selection;
  selection.half = half;
  return summarize(compared(file_of(rows), selection), 1).at(0);
}

TEST(Summary, NoHeldOutTimeReachesTheConstantsOfTheClosedForm) {
  std::vector<Measurement> rows = plenty_of_rows();
  const CollectionSummary before = closed_form_summary(rows, Half::HeldOut);
  ASSERT_TRUE(before.closed_form && before.all.closed_form);
  EXPECT_EQ(before.closed_form->sm_count, FakeTimer::kSms);
  EXPECT_EQ(before.all.closed_form->count, before.all.simulated.count);
  EXPECT_EQ(before.fit_points + before.all.simulated.count, rows.size());
  for (Measurement& row : rows) {
    if (!in_fit_half(row.shape, FakeTimer::kFitSeed)) row.value *= 3;
  }
  for (const Half half : {Half::HeldOut, Half::Fit, Half::All}) {
    const CollectionSummary after = closed_form_summary(rows, half);
    ASSERT_TRUE(after.closed_form);
    EXPECT_EQ(after.closed_form->tile_flops_per_s, before.closed_form->tile_flops_per_s);
    EXPECT_EQ(after.closed_form->bytes_per_s, before.closed_form->bytes_per_s);
    EXPECT_EQ(after.closed_form->launch_s, before.closed_form->launch_s);
  }
  for (Measurement& row : rows) {
    if (in_fit_half(row.shape, FakeTimer::kFitSeed)) row.value *= 3;
  }
  const CollectionSummary slower = closed_form_summary(rows, Half::HeldOut);
  EXPECT_NEAR(slower.closed_form->launch_s / before.closed_form->launch_s, 3, 0.1);
}

TEST(Summary, TheClosedFormIsWrongByWhatItSaysOfThePoints) {
  const Comparison comparison = compared(file_of(plenty_of_rows()));
  const CollectionSummary summary = summarize(comparison, 1).at(0);
  ASSERT_TRUE(summary.closed_form);
  double sum = 0;
  for (const Point& point : comparison.points) {
    if (!point.timing) continue;
    const ClosedFormPoint seen = closed_form_point(point);
    EXPECT_EQ(seen.bytes, roofline_point(point).bytes);
    sum += std::abs(summary.closed_form->time_s(seen) / point.measured.value - 1);
  }
  const auto& errors = summary.all.closed_form;
  EXPECT_NEAR(errors->mape, sum / static_cast<double>(errors->count), 1e-12);
}

TEST(Summary, IsTheSameOnAnyNumberOfThreads) {
  std::vector<Measurement> rows;
  for (const char* source : {"one", "two", "three"}) {
    for (Measurement& row : many_rows(1)) {
      row.source = source;
      rows.push_back(row);
    }
  }
  const Comparison comparison = compared(file_of(rows));
  for (const unsigned threads : {0u, 1u, 2u, 100u}) {
    const std::vector<CollectionSummary> summaries = summarize(comparison, threads);
    ASSERT_THAT(summaries, SizeIs(3));
    for (size_t i = 0; i < summaries.size(); ++i) EXPECT_EQ(summaries[i].collection, i);
  }
}

TEST(Summary, ARooflineSeesOperandsAndOutputsOnce) {
  Measurement row = measured({3, 64, 128}, 1);
  row.dtype = "int4_weight_only(fp16 act)";
  const Comparison comparison = compared(file_of({row}), all_shapes());
  const RooflinePoint point = roofline_point(comparison.points.at(0));
  EXPECT_DOUBLE_EQ(point.flops, 2.0 * 3 * 64 * 128);
  // Weights of half a byte, activations and outputs of two.
  EXPECT_DOUBLE_EQ(point.bytes, 64 * 128 * 0.5 + 3 * 128 * 2 + 3 * 64 * 2);
  EXPECT_FALSE(summarize(comparison, 1).at(0).roofline);  // of one point
}

TEST(Summary, NoiseIsTheSecondCollectionInPlaceOfTheModel) {
  std::vector<Measurement> rows = many_rows(1);
  const size_t first = rows.size();
  for (Measurement row : many_rows(1.1)) {
    row.source = "another lab";
    if (row.shape.m > 1) rows.push_back(row);
  }
  Measurement other_device = measured({1, 256, 512}, 3);
  other_device.device = "A100-SXM4-80GB";
  rows.push_back(other_device);
  const std::vector<CollectionSummary> summaries =
      summarize(compared(file_of(rows), all_shapes()), 1);
  ASSERT_THAT(summaries, SizeIs(3));
  ASSERT_TRUE(summaries[0].all.noise);
  EXPECT_EQ(summaries[0].second, 1u);
  EXPECT_EQ(summaries[0].all.noise->count, first * 4 / 5);  // all but m = 1
  EXPECT_NEAR(summaries[0].all.noise->median, 1.1 - 1, 1e-9);
  EXPECT_NEAR(summaries[1].all.noise->bias, 1 / 1.1 - 1, 1e-9);
  EXPECT_FALSE(summaries[2].second);
}

TEST(Summary, PowerStandsBesideTheTimeOfTheSameGemm) {
  std::vector<Measurement> rows = {measured({1, 64, 64}, 1), measured({1, 64, 64}, 1),
                                   measured({32, 64, 64}, 1)};
  rows[1].quantity = Quantity::Power;
  rows[1].value = 400;
  const CollectionSummary summary = summarize(compared(file_of(rows), all_shapes()), 1).at(0);
  EXPECT_EQ(summary.all.simulated.count, 2u);
  ASSERT_TRUE(summary.power);
  EXPECT_EQ(summary.power->count, 1u);
  EXPECT_DOUBLE_EQ(summary.power->mape, 500.0 / 400 - 1);
}

}  // namespace
}  // namespace olivine::compare
