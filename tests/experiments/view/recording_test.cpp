// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/view/recording.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "models/base/error.h"
#include "tests/experiments/view/example.h"
#include "tests/sim/systolic/naive_array.h"

namespace olivine::view {
namespace {

using olivine::testing::NaiveArray;
using olivine::testing::NaiveOutputStationary;
using olivine::testing::NaiveStationary;
using testing::all_examples;
using testing::example_of;
using testing::name_of;

constexpr auto kWs = Dataflow::WeightStationary;
constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kIs = Dataflow::InputStationary;
constexpr auto kOverlapped = Pipelining::Overlapped;

// Memory that makes the array wait, and stand still, between tiles.
Example waiting_example(Dataflow dataflow) {
  Example example = example_of(dataflow, kOverlapped, 4, 4, "w4a4-ovp");
  example.machine.dram.model = DramModel::Bandwidth;
  example.machine.dram.bytes_per_cycle = 2;
  example.machine.dram.latency_cycles = 7;
  example.shape = GemmShape{8, 8, 16, 1};
  example.tile = std::array<int64_t, 3>{4, 4, 8};
  return example;
}

// The border as the recording's labels describe it: an independent way into the array.
ArrayBorder border_of(const Recording& recording, const Frame& frame) {
  const ArrayGeometry& geometry = recording.geometry;
  ArrayBorder border{static_cast<size_t>(geometry.rows), static_cast<size_t>(geometry.cols),
                     geometry.is_sparse};
  for (size_t row = 0; row < frame.left.size(); ++row) {
    if (frame.left[row] == kNone) continue;
    const PortEvent& event = recording.event(frame.left[row]);
    const FoldRecord& fold = recording.folds[static_cast<size_t>(event.fold)];
    const int64_t t = frame.cycle - fold.start_at - static_cast<int64_t>(row);
    for (size_t lane = 0; lane < border.bus; ++lane) {
      border.left[row * border.bus + lane] = event.values[lane];
    }
    border.left_first[row] = t == 0;
    border.left_last[row] = t == fold.stream - 1;
  }
  for (size_t col = 0; col < frame.top.size(); ++col) {
    if (frame.top[col] == kNone) continue;
    border.is_top_active = true;
    border.top[col] = recording.event(frame.top[col]).values[0];
    border.top_position[col] = recording.event(frame.top[col]).position;
  }
  for (const FoldRecord& fold : recording.folds) {
    if (fold.preload_at && frame.cycle == *fold.preload_at + geometry.rows - 1) {
      border.capture = true;
    }
  }
  return border;
}

bool is_same(const PeState& a, const PeState& b) {
  return a.left == b.left && a.top == b.top && a.next == b.next && a.active == b.active &&
         a.top_position == b.top_position && a.next_position == b.next_position &&
         a.active_position == b.active_position && a.sum == b.sum && a.hold == b.hold &&
         a.first == b.first && a.last == b.last;
}

void expect_registers_of(NaiveArray& naive, const Recording& recording) {
  for (const Frame& frame : recording.frames) {
    if (frame.has_moved) naive.step(border_of(recording, frame));
    for (int64_t row = 0; row < recording.geometry.rows; ++row) {
      for (int64_t col = 0; col < recording.geometry.cols; ++col) {
        ASSERT_TRUE(is_same(recording.pe(frame, row, col).registers,
                            naive.pe(static_cast<size_t>(row), static_cast<size_t>(col))))
            << "cycle " << frame.cycle << " pe (" << row << ", " << col << ")";
      }
    }
  }
}

// Every register of every cycle is that of an array of one PE after another which is driven with
// what the labels say enters: values, positions, first, last and capture.
TEST(Recording, HasTheRegistersOfAnArrayDrivenByItsLabels) {
  std::vector<Example> examples = all_examples();
  for (const Dataflow dataflow : {kWs, kOs, kIs}) examples.push_back(waiting_example(dataflow));
  for (const Example& example : examples) {
    SCOPED_TRACE(name_of(example));
    const Recording recording = record(example);
    const auto rows = static_cast<size_t>(recording.geometry.rows);
    const auto cols = static_cast<size_t>(recording.geometry.cols);
    NaiveStationary stationary{rows, cols};
    NaiveOutputStationary output_stationary{rows, cols};
    if (recording.geometry.is_output_stationary()) {
      expect_registers_of(output_stationary, recording);
    } else {
      expect_registers_of(stationary, recording);
    }
    ASSERT_FALSE(HasFatalFailure());
  }
}

// Elements by matrix, (m, k) or (n, k), as sums of the slices that the labels name.
using Elements = std::map<std::tuple<Matrix, int64_t, int64_t>, std::map<int, int32_t>>;

Elements elements_of(const Recording& recording) {
  Elements elements;
  for (const PortEvent& event : recording.events) {
    if (event.is_padding) continue;
    for (uint8_t i = 0; i < event.elements; ++i) {
      auto& slices = elements[{event.matrix, event.outer, event.k + i}];
      const auto [slice, is_new] = slices.try_emplace(event.slice, event.values[i].value());
      EXPECT_EQ(slice->second, event.values[i].value()) << "one element, two values";
    }
  }
  return elements;
}

int32_t value_of(const Elements& elements, Matrix matrix, int64_t outer, int64_t k) {
  const auto found = elements.find({matrix, outer, k});
  if (found == elements.end()) return 0;  // dropped by 2:4
  int32_t value = 0;
  for (const auto& [slice, part] : found->second) value += part;
  return value;
}

// Multiplied as labelled, the operands give what left the array, and every contribution to an
// output leaves exactly once: one for each fold along k, slice from the top and, os, from the left.
TEST(Recording, LetsEveryOutputLeaveOnceWithTheGoldenValue) {
  for (const Example& example : all_examples()) {
    SCOPED_TRACE(name_of(example));
    const Recording recording = record(example);
    const Elements elements = elements_of(recording);
    std::map<std::pair<int64_t, int64_t>, int32_t> sums;
    std::set<std::tuple<Index, int64_t, int64_t, int, int>> seen;
    size_t outputs = 0;
    for (const Frame& frame : recording.frames) {
      for (const Output& output : frame.outputs) {
        const Result& result = recording.result(output.result);
        sums[{result.m, result.n}] += output.value;
        seen.insert({result.fold, result.m, result.n, result.left_slice, result.top_slice});
        ++outputs;
      }
    }
    EXPECT_EQ(outputs, seen.size());
    size_t expected_outputs = 0;
    const ArrayGeometry& geometry = recording.geometry;
    const int64_t slices =
        geometry.top_lanes * (geometry.is_output_stationary() ? geometry.left_lanes : 1);
    for (const FoldRecord& fold : recording.folds) {
      expected_outputs += static_cast<size_t>(fold.m.length * fold.n.length * slices);
    }
    EXPECT_EQ(outputs, expected_outputs);
    for (int64_t m = 0; m < recording.shape.m; ++m) {
      for (int64_t n = 0; n < recording.shape.n; ++n) {
        int32_t expected = 0;
        for (int64_t k = 0; k < recording.shape.k; ++k) {
          expected += value_of(elements, Matrix::A, m, k) * value_of(elements, Matrix::B, n, k);
        }
        EXPECT_EQ(sums.at({m, n}), expected) << m << ", " << n;
      }
    }
  }
}

// Folds begin as the fold controller's rules have it: the default GEMM is two folds of rows + 2
// streamed operands (array_timing.h: interval, flush and preload cycles).
TEST(Recording, SeesFoldsBeginAndEndWhenTheClosedFormSays) {
  for (const Example& example : all_examples()) {
    SCOPED_TRACE(name_of(example));
    const Recording recording = record(example);
    const ArrayGeometry& geometry = recording.geometry;
    ASSERT_EQ(recording.folds.size(), 2u);
    const int64_t stream = recording.folds[0].stream;
    const bool is_even = geometry.is_sparse && geometry.is_output_stationary();  // two a group
    EXPECT_EQ(stream, is_even ? round_up(geometry.rows + 2, int64_t{2}) : geometry.rows + 2);
    EXPECT_EQ(recording.folds[0].start_at, geometry.preload_cycles());
    EXPECT_EQ(recording.folds[1].start_at - recording.folds[0].start_at,
              geometry.interval(stream, stream));
    const int64_t last = recording.folds[1].start_at + stream + geometry.flush_cycles() - 1;
    EXPECT_EQ(static_cast<int64_t>(recording.frames.size()), last + 1);
    EXPECT_EQ(static_cast<int64_t>(recording.timing.cycles), last + 1 + geometry.pipeline_cycles);
  }
}

// The sum that a hold register carries is the one that leaves under its label.
TEST(Recording, HoldsWhatLeaves) {
  const Recording recording = record(example_of(kOs, kOverlapped, 5, 3, "w8a8-int8"));
  std::map<Index, int32_t> left;
  for (const Frame& frame : recording.frames) {
    for (const Output& output : frame.outputs) left[output.result] = output.value;
  }
  size_t held = 0;
  for (const Frame& frame : recording.frames) {
    for (const PeView& pe : frame.pes) {
      if (pe.hold == kNone || recording.result(pe.hold).is_padding) continue;
      EXPECT_EQ(pe.registers.hold, left.at(pe.hold));
      ++held;
    }
  }
  EXPECT_GT(held, 0u);
}

TEST(Recording, CountsStallsByCauseAsTheLayerDoes) {
  for (const Dataflow dataflow : {kWs, kOs, kIs}) {
    const Recording recording = record(waiting_example(dataflow));
    StallCycles seen{};
    for (const Frame& frame : recording.frames) {
      if (frame.stall) ++seen[static_cast<size_t>(*frame.stall)];
    }
    for (size_t cause = 0; cause < seen.size(); ++cause) {
      if (static_cast<StallCause>(cause) == StallCause::WriteBack)
        continue;  // after the last cycle
      EXPECT_EQ(seen[cause], recording.timing.stalls[cause]) << kStallCauseNames[cause];
    }
    EXPECT_GT(seen[0] + seen[1], 0u);
  }
}

// An outlier is beyond the largest normal (7 for ovp4), and its neighbour along k is a victim: 0.
TEST(Recording, MarksOutliersAndTheirVictims) {
  const Recording recording = record(example_of(kOs, kOverlapped, 4, 4, "w4a4-ovp"));
  size_t outliers = 0;
  for (const PortEvent& event : recording.events) {
    if (event.is_padding) continue;
    EXPECT_EQ(event.outliers[0], std::abs(event.values[0].value()) > 7);
    EXPECT_TRUE(!event.victims[0] || event.values[0].value() == 0);
    if (event.outliers[0]) ++outliers;
  }
  EXPECT_GT(outliers, 0u) << "the default seed shows some";
}

std::string problem_of(const Example& example) {
  try {
    (void)record(example);
  } catch (const UserError& error) {
    return error.problems().front();
  }
  return "";
}

TEST(RecordingBad, SaysWhatCannotBeShown) {
  EXPECT_EQ(problem_of(example_of(kOs, kOverlapped, 17, 4, "w4a4-ovp")),
            "machine array: 17 x 4 PEs: at most 16 x 16 can be shown; set --rows and --cols");
  EXPECT_EQ(problem_of(example_of(kOs, kOverlapped, 4, 4, "w16a16-fp16")),
            "the cycle model computes integers, and w16a16-fp16 has fp16 operands");
  Example example = example_of(kOs, kOverlapped, 4, 4, "w4a4-ovp");
  example.shape = GemmShape{4, 4, 990, 1};  // 990 + 2 * 4 + 4 - 2 cycles: not yet too many
  EXPECT_EQ(problem_of(example), "");
  example.shape->k = 991;
  EXPECT_EQ(problem_of(example), "4x4x991 takes more than 1000 cycles: choose a smaller GEMM");
  example.shape = GemmShape{1 << 30, 1 << 30, 1 << 10, 1};  // refused before it is made
  EXPECT_NE(problem_of(example), "");
  EXPECT_NE(problem_of(example_of(kIs, kOverlapped, 4, 4, "w4a4-ovp-2:4")), "");
  EXPECT_NE(problem_of(example_of(kWs, kOverlapped, 1, 1, "w8a8-int8")), "");
}

TEST(Labels, NameElementsAsMatricesAreWritten) {
  PortEvent event;
  event.outer = 2;
  event.k = 5;
  EXPECT_EQ(label(event, false), "A[2,5]");
  event.matrix = Matrix::B;
  event.slice = 1;
  EXPECT_EQ(label(event, true), "B[5,2].lo");
  event.matrix = Matrix::A;
  event.elements = 4;
  event.k = 4;
  EXPECT_EQ(label(event, false), "A[2,4..7]");
  EXPECT_EQ(label(Result{0, 3, 1, 0, 0, false}), "C[3,1]");
  EXPECT_EQ(text(Slice{3, 5}), "3<<5");
  EXPECT_EQ(text(Slice{-7, 0}), "-7");
}

}  // namespace
}  // namespace olivine::view
