// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/verilated_accelerator.h"

#include <fmt/format.h>

#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include "models/base/error.h"
#include "models/base/units.h"
#include "sim/cosim/model_builder.h"
#include "sim/cosim/rtl_values.h"
#include "sim/cosim/verilated_model.h"

namespace olivine {
namespace {

constexpr uint64_t kKeepsLeft = 1, kAccumulates = 2, kDrains = 4;  // fold_flags_i
constexpr uint32_t kSumBits = 32;
constexpr int64_t kLoopArraySide = 16;
constexpr uint64_t kStartSeed = 1;  // of registers without reset: no output may depend on it

// The ports of one operand stream. A word is as wide as the build makes it: 2:4 arrays have two
// pairs a word on the left, and position nibbles above the pair on the top.
class OperandPorts {
 public:
  OperandPorts(const RtlModel& model, const std::string& side, uint32_t word_bits)
      : valid_(&model.signal(side + "_valid_i")),
        ready_(&model.signal(side + "_ready_o")),
        last_(&model.signal(side + "_last_i")),
        odd_(&model.signal(side + "_odd_i")),
        data_(&model.signal(side + "_data_i")),
        word_bits_(word_bits) {}

  void drive(const std::optional<StreamBeat>& beat) const {
    valid_->set(beat ? 1 : 0);
    if (!beat) return;
    last_->set(beat->is_last ? 1 : 0);
    odd_->set(beat->is_odd ? 1 : 0);
    OLV_CHECK(beat->words.size() * word_bits_ == data_->bits, "{} words", beat->words.size());
    for (uint32_t i = 0; i < beat->words.size(); ++i) {
      data_->set(i * word_bits_, word_bits_, beat->words[i]);
    }
  }
  [[nodiscard]] bool is_ready() const { return ready_->value() != 0; }

 private:
  const RtlSignal* valid_;
  const RtlSignal* ready_;
  const RtlSignal* last_;
  const RtlSignal* odd_;
  const RtlSignal* data_;
  uint32_t word_bits_;
};

RtlBuild build_of(const std::string& rtl, const AcceleratorLimits& limits) {
  const bool is_large = limits.rows >= kLoopArraySide && limits.cols >= kLoopArraySide;
  RtlBuild build;
  build.rtl = rtl;
  build.top = "accelerator";
  build.parameters = {{"Rows", limits.rows},
                      {"Cols", limits.cols},
                      {"OutputStationary", limits.is_output_stationary ? 1 : 0},
                      {"Sparse", limits.is_sparse ? 1 : 0},
                      {"LoopArray", is_large ? 1 : 0},
                      {"BufferDepth", limits.buffer_depth},
                      {"OutputDepth", limits.output_depth}};
  return build;
}

}  // namespace

class VerilatedAccelerator::Impl {
 public:
  Impl(const AcceleratorLimits& limits, std::unique_ptr<RtlModel> model);

  void configure(const StreamFormats& formats);
  const StreamOutputs& cycle(const StreamInputs& inputs);
  [[nodiscard]] std::string describe() const;

 private:
  void write(const char* port, uint64_t value) const { model_->signal(port).set(value); }
  void drive(const StreamInputs& inputs);
  void read();
  void check() const;

  std::unique_ptr<RtlModel> model_;
  OperandPorts left_, top_;
  const RtlSignal *fold_valid_, *fold_ready_;
  const RtlSignal *fold_length_, *fold_results_, *fold_base_, *fold_flags_;
  const RtlSignal *out_valid_, *out_ready_, *out_last_, *out_data_;
  const RtlSignal* status_;
  std::vector<int32_t> columns_;
  StreamOutputs outputs_;
};

VerilatedAccelerator::Impl::Impl(const AcceleratorLimits& limits, std::unique_ptr<RtlModel> model)
    : model_(std::move(model)),
      left_(*model_, "left", limits.is_sparse ? 32 : 16),
      top_(*model_, "top", limits.is_sparse ? 24 : 16),
      fold_valid_(&model_->signal("fold_valid_i")),
      fold_ready_(&model_->signal("fold_ready_o")),
      fold_length_(&model_->signal("fold_length_i")),
      fold_results_(&model_->signal("fold_results_i")),
      fold_base_(&model_->signal("fold_base_i")),
      fold_flags_(&model_->signal("fold_flags_i")),
      out_valid_(&model_->signal("out_valid_o")),
      out_ready_(&model_->signal("out_ready_i")),
      out_last_(&model_->signal("out_last_o")),
      out_data_(&model_->signal("out_data_o")),
      status_(&model_->signal("status_o")),
      columns_(static_cast<size_t>(limits.cols)) {
  OLV_CHECK(out_data_->bits == columns_.size() * kSumBits, "{} output bits", out_data_->bits);
}

void VerilatedAccelerator::Impl::configure(const StreamFormats& formats) {
  drive({});
  write("format_left_i", rtl_format(formats.left));
  write("format_top_i", rtl_format(formats.top));
  write("bias_left_i", static_cast<uint64_t>(formats.left_bias));
  write("bias_top_i", static_cast<uint64_t>(formats.top_bias));
  write("sparse_i", formats.is_sparse ? 1 : 0);
  write("overlapped_i", formats.is_overlapped ? 1 : 0);
  model_->reset();
  check();
}

const StreamOutputs& VerilatedAccelerator::Impl::cycle(const StreamInputs& inputs) {
  drive(inputs);
  model_->settle();
  check();
  read();
  model_->edge();
  check();
  return outputs_;
}

void VerilatedAccelerator::Impl::drive(const StreamInputs& inputs) {
  fold_valid_->set(inputs.fold != nullptr ? 1 : 0);
  if (inputs.fold != nullptr) {
    const FoldCommand& fold = *inputs.fold;
    fold_length_->set(static_cast<uint64_t>(fold.length));
    fold_results_->set(static_cast<uint64_t>(fold.results));
    fold_base_->set(static_cast<uint64_t>(fold.base));
    fold_flags_->set((fold.keeps_left ? kKeepsLeft : 0) | (fold.accumulates ? kAccumulates : 0) |
                     (fold.drains ? kDrains : 0));
  }
  left_.drive(inputs.left);
  top_.drive(inputs.top);
  out_ready_->set(inputs.is_output_ready ? 1 : 0);
}

void VerilatedAccelerator::Impl::read() {
  const uint64_t status = status_->value();
  outputs_ = {};
  outputs_.takes_fold = fold_valid_->value() != 0 && fold_ready_->value() != 0;
  outputs_.left_ready = left_.is_ready();
  outputs_.top_ready = top_.is_ready();
  outputs_.is_busy = (status & 1) != 0;
  outputs_.preloads = (status >> 1 & 1) != 0;
  outputs_.has_beat = out_valid_->value() != 0;
  if (!outputs_.has_beat) return;
  outputs_.is_last = out_last_->value() != 0;
  for (uint32_t c = 0; c < columns_.size(); ++c) {
    columns_[c] = static_cast<int32_t>(out_data_->get(c * kSumBits, kSumBits));
  }
  outputs_.columns = columns_;
}

void VerilatedAccelerator::Impl::check() const {
  if (!model_->failure_cycle()) return;
  throw CheckFailed{fmt::format("{}: cycle {}: {}: {}", model_->name(), *model_->failure_cycle(),
                                model_->failure(), describe())};
}

std::string VerilatedAccelerator::Impl::describe() const {
  const uint64_t status = status_->value();
  const auto bits = [&](int low) { return status >> low & 3; };
  return fmt::format(
      "cycle {}: array {}; left scratchpad: {} halves held, {} blocks resident; top: {} held, {} "
      "resident; output scratchpad: {} halves committed, those that leave {:02b}",
      model_->cycle(), (status & 1) != 0 ? "busy" : "idle", bits(2), bits(4), bits(6), bits(8),
      bits(12), bits(10));
}

VerilatedAccelerator::VerilatedAccelerator(const AcceleratorLimits& limits,
                                           std::unique_ptr<RtlModel> model)
    : AcceleratorCore(limits), impl_(std::make_unique<Impl>(limits, std::move(model))) {}

VerilatedAccelerator::~VerilatedAccelerator() = default;

void VerilatedAccelerator::configure(const StreamFormats& formats) { impl_->configure(formats); }
const StreamOutputs& VerilatedAccelerator::cycle(const StreamInputs& inputs) {
  return impl_->cycle(inputs);
}
std::string VerilatedAccelerator::describe() const { return impl_->describe(); }

std::unique_ptr<AcceleratorCore> make_verilated_accelerator(const std::string& rtl,
                                                            const std::string& work,
                                                            const AcceleratorLimits& limits) {
  validate(limits);
  const std::string library = ModelBuilder{work}.make_library(build_of(rtl, limits));
  return std::make_unique<VerilatedAccelerator>(
      limits, open_verilated_model(library, RtlStart::Random, kStartSeed));
}

}  // namespace olivine
