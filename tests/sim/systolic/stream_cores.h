// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "sim/systolic/stream_accelerator.h"

namespace olivine::testing {

// Passes everything on, and shows it to the test.
class WatchedCore final : public AcceleratorCore {
 public:
  using Watch = std::function<void(const StreamInputs&, StreamOutputs&)>;

  explicit WatchedCore(AcceleratorCore& core, Watch watch = {})
      : AcceleratorCore(core.limits()), core_(&core), watch_(std::move(watch)) {}

  void configure(const StreamFormats& formats) override { core_->configure(formats); }
  const StreamOutputs& cycle(const StreamInputs& inputs) override {
    ++cycles;
    outputs_ = core_->cycle(inputs);
    folds += outputs_.takes_fold ? 1 : 0;
    left_beats += inputs.left && outputs_.left_ready ? 1 : 0;
    top_beats += inputs.top && outputs_.top_ready ? 1 : 0;
    beats += outputs_.has_beat && inputs.is_output_ready ? 1 : 0;
    if (watch_) watch_(inputs, outputs_);
    return outputs_;
  }
  [[nodiscard]] std::string describe() const override { return core_->describe(); }

  int64_t cycles = 0, folds = 0, left_beats = 0, top_beats = 0, beats = 0;

 private:
  AcceleratorCore* core_;
  Watch watch_;
  StreamOutputs outputs_;
};

// Two cores with the same inputs; the first cycle in which they show something else fails the test.
class TwinCores final : public AcceleratorCore {
 public:
  TwinCores(AcceleratorCore& first, AcceleratorCore& second)
      : AcceleratorCore(first.limits()), first_(&first), second_(&second) {}

  void configure(const StreamFormats& formats) override {
    first_->configure(formats);
    second_->configure(formats);
    cycle_ = 0;
  }
  const StreamOutputs& cycle(const StreamInputs& inputs) override {
    const StreamOutputs& first = first_->cycle(inputs);
    if (!has_parted_) compare(first, second_->cycle(inputs));
    ++cycle_;
    return first;
  }
  [[nodiscard]] std::string describe() const override {
    return first_->describe() + " / " + second_->describe();
  }
  [[nodiscard]] bool has_parted() const { return has_parted_; }

 private:
  static std::vector<int64_t> values_of(const StreamOutputs& outputs) {
    std::vector<int64_t> values = {outputs.takes_fold, outputs.left_ready, outputs.top_ready,
                                   outputs.preloads,   outputs.is_busy,    outputs.has_beat,
                                   outputs.is_last};
    values.insert(values.end(), outputs.columns.begin(), outputs.columns.end());
    return values;
  }
  // Fold taken, left ready, top ready, preload, busy, beat, last beat, words of the beat.
  void compare(const StreamOutputs& first, const StreamOutputs& second) {
    has_parted_ = values_of(first) != values_of(second);
    EXPECT_EQ(values_of(first), values_of(second)) << "core cycle " << cycle_ << ": " << describe();
  }

  AcceleratorCore* first_;
  AcceleratorCore* second_;
  int64_t cycle_ = 0;
  bool has_parted_ = false;
};

}  // namespace olivine::testing
