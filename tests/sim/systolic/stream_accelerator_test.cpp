// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/stream_accelerator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "models/base/error.h"
#include "models/base/units.h"

// Short sequences on small arrays: what is ready in which cycle. Values and whole layers are tested
// in stream_engine_test and against the RTL.
namespace olivine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr AcceleratorLimits kOs{4, 4, true, false, 8, 8};
constexpr AcceleratorLimits kWs{4, 4, false, false, 8, 8};

// An int4 accelerator and the beats it is given: ones everywhere.
class Probe {
 public:
  explicit Probe(const AcceleratorLimits& limits)
      : core_(limits), left_ones_(words(limits.rows)), top_ones_(words(limits.cols)) {
    core_.configure(make_stream_formats(Format::Int4, Format::Int4, false, true));
  }

  // One cycle in which a beat is offered on a side for every positive count left of it.
  const StreamOutputs& step(const FoldCommand* fold = nullptr, bool is_output_ready = true) {
    StreamInputs inputs;
    inputs.fold = fold;
    if (left > 0) inputs.left = {left_ones_, left == 1, false};
    if (top > 0) inputs.top = {top_ones_, top == 1, false};
    inputs.is_output_ready = is_output_ready;
    const StreamOutputs& outputs = core_.cycle(inputs);
    if (inputs.left && outputs.left_ready) --left;
    if (inputs.top && outputs.top_ready) --top;
    ++now;
    return outputs;
  }
  // The cycle in which `fold` is taken.
  int64_t start(const FoldCommand& fold) {
    while (!step(&fold).takes_fold) {
      if (now > 1000) return -now;
    }
    return now - 1;
  }

  int64_t left = 0, top = 0;  // beats of the block that is offered
  int64_t now = 0;

 private:
  static std::vector<uint32_t> words(int64_t lines) {
    return std::vector<uint32_t>(static_cast<size_t>(ceil_div(lines, int64_t{2})), 0x1111);
  }

  StreamAccelerator core_;
  std::vector<uint32_t> left_ones_, top_ones_;
};

// Of T cycles that fill half a scratchpad and leave at once.
FoldCommand fold_of(int64_t length, int64_t results, bool keeps_left = false) {
  return {length, results, 0, true, false, keeps_left};
}

TEST(StreamAccelerator, StartsAFoldInTheCycleAfterTheLastBeatOfItsBlocks) {
  for (const int64_t beats : {1, 3, 4}) {
    Probe probe{kOs};
    probe.left = beats;
    probe.top = beats;
    EXPECT_EQ(probe.start(fold_of(2 * beats, 4)), beats) << beats;
  }
}

TEST(StreamAccelerator, PreloadsInTheCycleAfterTheLastBeatFromTheTop) {
  Probe probe{kWs};
  probe.top = 2;
  EXPECT_FALSE(probe.step().preloads);
  EXPECT_FALSE(probe.step().preloads);
  EXPECT_TRUE(probe.step().preloads);
  probe.left = 1;
  // The preload takes as many cycles as there are rows.
  EXPECT_EQ(probe.start(fold_of(1, 1)), 2 + kWs.rows);
}

// A half is free the cycle after the last pair of lines has read it, two cycles after the pair
// before: here four pairs on the left, two on the top.
TEST(StreamAccelerator, HoldsAHalfUntilTheLastPairOfLinesHasReadIt) {
  Probe probe{{8, 4, true, false, 8, 8}};
  for (int half = 0; half < 2; ++half) {
    probe.left = probe.top = 4;
    while (probe.left > 0) (void)probe.step();
  }
  EXPECT_FALSE(probe.step().left_ready);  // both halves are held
  const int64_t start = probe.start(fold_of(8, 4));
  const int64_t top_read = start + 8 - 1 + 2;
  const int64_t left_read = start + 8 - 1 + 6;
  while (probe.now <= left_read + 1) {
    const int64_t now = probe.now;
    const StreamOutputs& outputs = probe.step();
    EXPECT_EQ(outputs.left_ready, now > left_read) << now;
    EXPECT_EQ(outputs.top_ready, now > top_read) << now;
  }
}

TEST(StreamAccelerator, KeepsALeftBlockForTheNextFold) {
  Probe probe{kOs};
  probe.left = probe.top = 4;
  (void)probe.start(fold_of(8, 4, true));
  probe.top = 4;
  const int64_t second = probe.start(fold_of(8, 4));
  EXPECT_GT(second, 0);
  // The third has no block.
  probe.top = 4;
  for (int i = 0; i < 100; ++i) {
    const FoldCommand third = fold_of(8, 4);
    EXPECT_FALSE(probe.step(&third).takes_fold);
  }
}

// One beat for every result, without gaps: a row of the array is full of sums of T ones.
TEST(StreamAccelerator, PutsOutABeatForEveryResult) {
  Probe probe{kOs};
  probe.left = probe.top = 3;
  const int64_t start = probe.start(fold_of(6, 3));
  const int64_t flush = 2 * kOs.rows + kOs.cols - 2;
  const int64_t first_beat = start + 6 + flush - 1 + 4;
  while (probe.now < first_beat) EXPECT_FALSE(probe.step().has_beat) << probe.now - 1;
  for (int beat = 0; beat < 3; ++beat) {
    const StreamOutputs& outputs = probe.step();
    ASSERT_TRUE(outputs.has_beat);
    EXPECT_THAT(outputs.columns, ElementsAre(6, 6, 6, 6));
    EXPECT_EQ(outputs.is_last, beat == 2);
  }
  EXPECT_FALSE(probe.step().has_beat);
}

// From one region to the next there is one cycle without a beat.
TEST(StreamAccelerator, PausesOneCycleBetweenRegions) {
  Probe probe{kOs};
  const FoldCommand fold = fold_of(2, 4);
  for (int i = 0; i < 2; ++i) {
    probe.left = probe.top = 1;
    while (!probe.step(&fold, false).takes_fold) ASSERT_LT(probe.now, 1000);
  }
  while (probe.now < 200) (void)probe.step(nullptr, false);  // both regions are complete
  std::vector<bool> shown;
  for (int i = 0; i < 10; ++i) shown.push_back(probe.step().has_beat);
  EXPECT_THAT(shown, ElementsAre(true, true, true, true, false, true, true, true, true, false));
}

TEST(StreamAccelerator, HoldsABeatThatIsNotTaken) {
  Probe probe{kOs};
  probe.left = probe.top = 1;
  (void)probe.start(fold_of(2, 2));
  while (!probe.step(nullptr, false).has_beat) ASSERT_LT(probe.now, 1000);
  for (int i = 0; i < 20; ++i) {
    const StreamOutputs& outputs = probe.step(nullptr, false);
    ASSERT_TRUE(outputs.has_beat);
    EXPECT_FALSE(outputs.is_last);
  }
  EXPECT_TRUE(probe.step().has_beat);
  EXPECT_TRUE(probe.step().is_last);
}

// Both halves of the output scratchpad are full: the third fold waits for the first to leave.
TEST(StreamAccelerator, StartsNoFoldWithoutRoomForItsResults) {
  Probe probe{kOs};
  const FoldCommand fold = fold_of(2, 2);
  for (int i = 0; i < 2; ++i) {
    probe.left = probe.top = 1;
    while (!probe.step(&fold, false).takes_fold) ASSERT_LT(probe.now, 1000);
  }
  probe.left = probe.top = 1;
  for (int i = 0; i < 200; ++i) EXPECT_FALSE(probe.step(&fold, false).takes_fold);
  EXPECT_FALSE(probe.step(&fold).takes_fold);  // the first of two beats leaves
  EXPECT_FALSE(probe.step(&fold).takes_fold);  // the second
  EXPECT_TRUE(probe.step(&fold).takes_fold);
}

TEST(StreamAccelerator, NamesEveryLimitThatCannotBeBuilt) {
  try {
    const StreamAccelerator core{AcceleratorLimits{0, 2000, false, false, 1, 70000}};
    FAIL() << "built";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.problems(),
                ElementsAre("rows = 0: must be 1..1024", "cols = 2000: must be 1..1024",
                            "buffer_depth = 1: must be 2..65536",
                            "output_depth = 70000: must be 2..65536"));
  }
  EXPECT_NO_THROW(StreamAccelerator(AcceleratorLimits{7, 4, false, false, 4, 2}));
  // 2 * depth must be more than the rows: every row gets a stationary element.
  EXPECT_THROW(StreamAccelerator(AcceleratorLimits{8, 4, false, false, 4, 2}), ConfigError);
  EXPECT_NO_THROW(StreamAccelerator(AcceleratorLimits{8, 4, true, false, 5, 8}));
  EXPECT_THROW(StreamAccelerator(AcceleratorLimits{8, 4, true, false, 5, 7}), ConfigError);
}

TEST(StreamAccelerator, SaysWhatItsUnitsDo) {
  StreamAccelerator core{kOs};
  EXPECT_EQ(core.describe(), "not configured");
  core.configure(make_stream_formats(Format::Int4, Format::Int4, false, true));
  EXPECT_THAT(core.describe(), HasSubstr("0 folds in the array"));
}

}  // namespace
}  // namespace olivine
