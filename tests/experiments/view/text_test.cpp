// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/frame_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "experiments/view/canvas.h"
#include "experiments/view/stage.h"
#include "models/base/text.h"
#include "tests/experiments/view/example.h"

namespace olivine::view {
namespace {

using testing::all_examples;
using testing::example_of;
using ::testing::HasSubstr;
using testing::name_of;
using ::testing::Not;

constexpr auto kWs = Dataflow::WeightStationary;
constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kOverlapped = Pipelining::Overlapped;

Recording small(Dataflow dataflow) {
  Example example = example_of(dataflow, kOverlapped, 2, 2, "w4a4-ovp");
  example.shape = dataflow == kOs ? GemmShape{2, 4, 3, 1} : GemmShape{3, 4, 2, 1};
  return record(example);
}

std::string frame_of(const Recording& recording, size_t cycle, const TextOptions& options = {}) {
  return frame_text(recording, recording.frames.at(cycle), options);
}

// The frame as it is drawn; values are checked by view_recording_test.
TEST(FrameText, DrawsOutputStationaryFolds) {
  EXPECT_EQ(frame_of(small(kOs), 4), R"(cycle  4 of 9  stream   fold 0 drains, fold 1 streams 2/3
The last operand of a fold copies each finished sum to the hold register as it
passes; held sums move down and out while the next fold already streams.
              B[1,2] -1↓       B[0,3] -2↓
       ┌────────────────┬────────────────┐
A[0,1] │-2 × -1         │3 × -2          │
    -2→│sum1         -10│sum1          -6│
       │                │hold0         -2│
       ├────────────────┼────────────────┤
A[1,0] │3<<2 × -4       │3 × 0           │
  3<<2→│sum1         -48│sum0           0│
       │hold0         68│hold0          0│
       └────────────────┴────────────────┘
             C[1,0] -15↓
)");
}

TEST(FrameText, DrawsPreloadAndSwap) {
  EXPECT_EQ(frame_of(small(kWs), 4),
            R"(cycle  4 of 9  stream   fold 0 streams 3/3, fold 1 is preloaded
The first operand of a fold carries the swap flag: every PE it reaches takes
next as active, a diagonal wave behind which the new weights (B) are in use.
                                B[0,3] 0↓
       ┌────────────────┬────────────────┐
A[2,0] │3 × -1      act0│0 × 0       act0│
     3→│sum0          -3│sum0           0│
       │next1 0         │next1 0       ↓0│
       ├────────────────┼────────────────┤
A[1,1] │3<<3 × 1    act0│-2 × -2<<5  act0│
  3<<3→│sum0          24│sum0         128│
       │next1 1       ↓0│next1 -2     ↓-2│
       └────────────────┴────────────────┘
              C[1,0] 24↓      C[0,1] 128↓
)");
}

TEST(FrameText, FitsEightyColumns) {
  for (const Example& example : all_examples()) {
    SCOPED_TRACE(name_of(example));
    const Recording recording = record(example);
    for (size_t cycle = 0; cycle < recording.frames.size(); cycle += 5) {
      for (const std::string& line : split(frame_of(recording, cycle), '\n')) {
        EXPECT_LE(width_of(line), 80) << line;
      }
    }
  }
}

// Two lines of it, below the caption and above what enters at the top.
TEST(FrameText, ExplainsInTwoLines) {
  for (const Dataflow dataflow : {kWs, kOs, Dataflow::InputStationary}) {
    for (const Pipelining pipelining : {kOverlapped, Pipelining::Serial}) {
      const Recording recording = record(example_of(dataflow, pipelining, 4, 4, "w4a4-ovp"));
      for (const Frame& frame : recording.frames) {
        const auto lines = split(frame_text(recording, frame, {}), '\n');
        EXPECT_EQ(lines[1] + " " + lines[2], explanation(recording, frame));
      }
    }
  }
}

TEST(FrameText, ShowsTheMostThatFits) {
  const Recording four = record(example_of(kOs, kOverlapped, 4, 4, "w4a4-ovp"));
  EXPECT_EQ(detail_for(four, {}), Detail::Full);
  // The usual terminal, whose last line is taken by the keys.
  TextOptions terminal;
  terminal.height = 23;
  EXPECT_EQ(detail_for(four, terminal), Detail::Full);
  const auto lines = split(frame_of(four, 12, terminal), '\n');
  EXPECT_LE(lines.size() - 1, 23u);
  const Recording eight = record(example_of(kOs, kOverlapped, 8, 8, "w4a4-ovp"));
  EXPECT_EQ(detail_for(eight, {}), Detail::Values);
  EXPECT_EQ(detail_for(eight, terminal), Detail::Folds);
  const Recording large = record(example_of(kWs, kOverlapped, 16, 16, "w8a8-int8"));
  EXPECT_EQ(detail_for(large, {}), Detail::Folds);
  EXPECT_EQ(detail_for(large, {.width = 250}), Detail::Full);
}

TEST(FrameText, HasColoursOnlyWhereTheyAreWanted) {
  const Recording recording = small(kOs);
  EXPECT_THAT(frame_of(recording, 4), Not(HasSubstr("\033")));
  EXPECT_THAT(frame_of(recording, 4, {.is_colored = true}), HasSubstr("\033[0;1;36m"));
}

TEST(FrameText, CanDoWithAscii) {
  for (const char* scheme : {"w8a8-int8", "w4a4-ovp-2:4"}) {
    const Recording recording = record(example_of(kWs, kOverlapped, 4, 4, scheme));
    const TextOptions options{.is_ascii = true};
    std::string text = heading_text(recording, options);
    for (size_t cycle = 0; cycle < recording.frames.size(); ++cycle) {
      text += frame_of(recording, cycle, options);
    }
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), is_ascii));
    EXPECT_THAT(text, HasSubstr("<<"));
  }
}

TEST(FrameText, ShowsWhichLaneTheMultiplexerSelects) {
  const Recording recording = record(example_of(kWs, kOverlapped, 4, 4, "w4a4-ovp-2:4"));
  for (const Frame& frame : recording.frames) {
    const PeView& pe = recording.pe(frame, 0, 0);
    if (pe.left == kNone) continue;
    EXPECT_THAT(frame_text(recording, frame, {}),
                HasSubstr(fmt::format("@{} × ", pe.registers.active_position)));
  }
}

// ws, 2 x 2, T = 3: preload in cycles 0 and 1, streams from 2, the next fold from 5; flush of 2.
TEST(Stage, FollowsEveryFold) {
  const Recording recording = small(kWs);
  const auto stages = [&](size_t fold) {
    std::vector<Stage> found;
    for (const Frame& frame : recording.frames) {
      found.push_back(stage_of(recording, recording.folds.at(fold), frame.cycle));
    }
    return found;
  };
  using enum Stage;
  EXPECT_THAT(stages(0), ::testing::ElementsAre(Preload, Preload, Stream, Stream, Stream, Drain,
                                                Drain, Done, Done, Done));
  EXPECT_THAT(stages(1), ::testing::ElementsAre(Waiting, Waiting, Preload, Preload, Ready, Stream,
                                                Stream, Stream, Drain, Drain));
  EXPECT_EQ(caption(recording, recording.frames[3]), "fold 0 streams 2/3, fold 1 preloads 2/2");
  EXPECT_EQ(caption(recording, recording.frames[6]), "fold 0 drains, fold 1 streams 2/3");
}

TEST(Stage, NamesTheCauseOfAStall) {
  Example example = example_of(kOs, kOverlapped, 2, 2, "w4a4-ovp");
  example.machine.dram.model = DramModel::Bandwidth;
  const Recording recording = record(example);
  const Frame& first = recording.frames.front();
  EXPECT_EQ(phase_of(recording, first), Phase::Stall);
  EXPECT_EQ(caption(recording, first), "waits for activations");
  EXPECT_THAT(explanation(recording, first), HasSubstr("have not arrived from memory"));
}

TEST(Canvas, CutsWhatDoesNotFitAndDropsTrailingBlanks) {
  Canvas canvas{5};
  canvas.put(1, 2, "ab×defg");
  canvas.put(1, 0, " ");
  canvas.put_right(2, 4, "12  ");
  EXPECT_EQ(canvas.render(false, false), "\n  ab×\n12\n");
  EXPECT_EQ(canvas.render(false, true), "\n  abx\n12\n");
}

}  // namespace
}  // namespace olivine::view
