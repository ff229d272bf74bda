// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/systolic/array_driver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace olivine {
namespace {

constexpr auto kWs = Dataflow::WeightStationary;
constexpr auto kOs = Dataflow::OutputStationary;
constexpr auto kIs = Dataflow::InputStationary;

// All operands 1, so that the last product of an output shows in it. int4: one lane each.
DecodedMatrix ones(int64_t rows, int64_t columns) {
  DecodedMatrix matrix{rows, columns, 1, {}, {}};
  matrix.data.assign(static_cast<size_t>(rows * columns), Slice{1, 0});
  return matrix;
}

ArrayGeometry geometry_of(Dataflow dataflow, Pipelining pipelining, int64_t rows, int64_t cols) {
  MachineConfig machine;
  machine.name = "m";
  machine.array.rows = rows;
  machine.array.cols = cols;
  machine.array.dataflow = dataflow;
  machine.array.pipelining = pipelining;
  return make_geometry(machine, parse_scheme("w4a4-int4"));
}

// `folds` identical folds that fill the array, each streamed `stream` cycles. They differ in the
// extent their dataflow keeps in the array's columns.
class Harness {
 public:
  Harness(const ArrayGeometry& geometry, int64_t stream, int64_t folds)
      : geometry_(geometry),
        shape_(make_shape(geometry, stream, folds)),
        stream_(stream),
        activations_(ones(shape_.m, shape_.k)),
        weights_(ones(shape_.n, shape_.k)),
        outputs_(shape_),
        driver_(geometry, outputs_),
        builder_(geometry, ActivationView{activations_}, weights_, 0),
        folds_(folds) {}

  // Starts whatever may start, steps a cycle. Returns true when a fold was finished in it.
  bool step() {
    for (;;) {
      if (preloads() && built_ < folds_ && driver_.can_preload(now_)) {
        driver_.preload(build(), now_);
      }
      if (starts_.size() == static_cast<size_t>(folds_) || !driver_.can_start(stream_, now_)) break;
      preloads() ? driver_.start(now_) : driver_.start(build(), now_);
      starts_.push_back(now_);
    }
    return driver_.step(now_++) != 0;
  }

  // Every output of every fold is complete: k products of 1.
  [[nodiscard]] bool is_complete() const {
    return std::all_of(outputs_.values().begin(), outputs_.values().end(),
                       [this](int32_t value) { return value == shape_.k; });
  }
  [[nodiscard]] int64_t now() const { return now_; }
  [[nodiscard]] const std::vector<int64_t>& starts() const { return starts_; }

 private:
  static GemmShape make_shape(const ArrayGeometry& geometry, int64_t stream, int64_t folds) {
    const int64_t cols = geometry.cols * folds;
    switch (geometry.dataflow) {
      case kWs:
        return {stream, cols, geometry.rows, 1};
      case kOs:
        return {geometry.rows, cols, stream, 1};
      case kIs:
        return {cols, stream, geometry.rows, 1};
    }
    return {};
  }
  [[nodiscard]] bool preloads() const { return geometry_.dataflow != kOs; }
  Fold build() { return builder_.build({0, shape_.m}, {0, shape_.n}, {0, shape_.k}, built_++); }

  ArrayGeometry geometry_;
  GemmShape shape_;
  int64_t stream_;
  DecodedMatrix activations_;
  DecodedMatrix weights_;
  OutputGrid outputs_;
  ArrayDriver driver_;
  FoldBuilder builder_;
  int64_t folds_;
  int64_t built_ = 0;
  int64_t now_ = 0;
  std::vector<int64_t> starts_;
};

struct Size {
  int64_t rows, cols, stream;
};

// Streamed lengths of 1, around the number of rows, and well above.
std::vector<Size> sizes() {
  std::vector<Size> list;
  for (const int64_t rows : {1, 4, 7})
    for (const int64_t cols : {1, 5})
      for (const int64_t stream : {1, 3, 6, 7, 8, 20}) list.push_back({rows, cols, stream});
  return list;
}

// A fold alone. ws, is: R to preload; both: T to stream, R - 1 + C - 1 of skew; os: R to drain.
int64_t alone_cycles(const Size& size) {
  return size.rows + size.stream + size.rows + size.cols - 2;
}

std::string text(const Size& size) {
  return fmt::format("{}x{} stream {}", size.rows, size.cols, size.stream);
}

class ArrayDriverTiming : public ::testing::TestWithParam<std::tuple<Dataflow, Pipelining>> {
 protected:
  [[nodiscard]] static Harness harness(const Size& size, int64_t folds) {
    const auto [dataflow, pipelining] = GetParam();
    return Harness{geometry_of(dataflow, pipelining, size.rows, size.cols), size.stream, folds};
  }
};

TEST_P(ArrayDriverTiming, LastResultLeavesInTheLastCycleAndNotBefore) {
  for (const Size& size : sizes()) {
    SCOPED_TRACE(text(size));
    Harness one = harness(size, 1);
    while (one.now() < alone_cycles(size) - 1) {
      ASSERT_FALSE(one.step()) << "cycle " << one.now();
      ASSERT_FALSE(one.is_complete()) << "cycle " << one.now();
    }
    ASSERT_TRUE(one.step());
    ASSERT_TRUE(one.is_complete());
  }
}

// Starts of consecutive folds: serial waits for the whole fold before, overlapped for the border
// and for whichever of preload (ws, is) or drain (os) does not hide behind the streaming.
TEST_P(ArrayDriverTiming, FoldsFollowEachOtherAsSoonAsTheyMay) {
  constexpr int64_t kFolds = 5;
  const auto [dataflow, pipelining] = GetParam();
  for (const Size& size : sizes()) {
    SCOPED_TRACE(text(size));
    Harness several = harness(size, kFolds);
    int64_t finished = 0;
    while (finished < kFolds) {
      ASSERT_LT(several.now(), 10'000);
      finished += several.step() ? 1 : 0;
    }
    EXPECT_TRUE(several.is_complete());
    const int64_t hidden = std::max(size.stream, size.rows);
    const int64_t interval = pipelining == Pipelining::Serial ? alone_cycles(size) : hidden;
    const int64_t first = dataflow == kOs ? 0 : size.rows;
    ASSERT_EQ(several.starts().size(), static_cast<size_t>(kFolds));
    for (int64_t i = 0; i < kFolds; ++i) {
      EXPECT_EQ(several.starts()[static_cast<size_t>(i)], first + i * interval) << "fold " << i;
    }
    EXPECT_EQ(several.now(), (kFolds - 1) * interval + alone_cycles(size));
  }
}

INSTANTIATE_TEST_SUITE_P(Controls, ArrayDriverTiming,
                         ::testing::Combine(::testing::Values(kWs, kOs, kIs),
                                            ::testing::Values(Pipelining::Serial,
                                                              Pipelining::Overlapped)));

}  // namespace
}  // namespace olivine
