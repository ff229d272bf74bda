// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// One PE against a 1 x 1 array of sim/systolic. What comes from the PE above, which such an array
// does not have, is added here: ws, the partial sum; os, the hold register.
#include <fmt/format.h>

#include <array>
#include <memory>

#include "experiments/regress/array_probe.h"
#include "experiments/regress/array_stimulus.h"
#include "experiments/regress/benches.h"
#include "experiments/regress/combinational.h"
#include "sim/systolic/output_stationary_array.h"
#include "sim/systolic/stationary_array.h"

namespace olivine::regress {
namespace {

constexpr int64_t kCyclesPerCase = 256;
constexpr int64_t kNumbers = 32;  // of a slice: -16 .. 15

struct PeInput {
  ArrayBorder border;
  bool hold_shift = false;
  int32_t above = 0;
};

class PeReference : public PeArray {
 public:
  explicit PeReference(PeVariant variant) : variant_(variant) {
    if (variant.is_output_stationary) {
      array_ = std::make_unique<OutputStationaryArray>(1, 1, variant.is_sparse);
    } else {
      array_ = std::make_unique<StationaryArray>(1, 1, variant.is_sparse);
    }
  }

  void step(const PeInput& input) {
    step(input.border);
    if (!variant_.is_output_stationary) {
      const auto sum = static_cast<uint32_t>(state_.sum) + static_cast<uint32_t>(input.above);
      state_.sum = static_cast<int32_t>(sum);
    } else if (state_.last) {
      hold_ = state_.sum;
    } else if (input.hold_shift) {
      hold_ = input.above;
    }
    state_.hold = hold_;
  }
  void step(const ArrayBorder& border) override {
    array_->step(border);
    state_ = array_->pe(0, 0);
  }
  [[nodiscard]] std::span<const int32_t> bottom() const override { return array_->bottom(); }
  [[nodiscard]] PeState pe(size_t, size_t) const override { return state_; }

 private:
  PeVariant variant_;
  std::unique_ptr<PeArray> array_;
  PeState state_;
  int32_t hold_ = 0;
};

class PeBench {
 public:
  explicit PeBench(BenchContext& context)
      : context_(&context),
        variant_{context.parameters.at("OutputStationary") != 0,
                 context.parameters.at("Sparse") != 0},
        probe_(context.model, variant_),
        input_{ArrayBorder{1, 1, variant_.is_sparse}} {
    for (const char* port : {"left_i", "first_i", "last_i", "top_i", "top_position_i", "capture_i",
                             "hold_shift_i", "above_i"}) {
      inputs_.push_back(&context.model.signal(port));
    }
    for (const auto& [what, name] : kOutputs) outputs_.push_back(&context.model.signal(name));
  }

  std::optional<Divergence> run() {
    for (int64_t i = 0; i < context_->cases; ++i) {
      if (auto divergence = restart()) return divergence;
      auto divergence = i == 0 ? run_pairs() : run_random();
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

 private:
  struct Output {
    PeRegister what;
    std::string_view port;
  };
  static constexpr std::array<Output, 7> kOutputs = {{{PeRegister::Left, "left_o"},
                                                      {PeRegister::First, "first_o"},
                                                      {PeRegister::Last, "last_o"},
                                                      {PeRegister::Top, "top_o"},
                                                      {PeRegister::TopPosition, "top_position_o"},
                                                      {PeRegister::Sum, "sum_o"},
                                                      {PeRegister::Hold, "hold_o"}}};

  void clear() {
    input_.border.clear();
    input_.hold_shift = false;
    input_.above = 0;
  }

  // Zeros into the registers that no reset reaches, then a reset while flags stand at the inputs.
  std::optional<Divergence> restart() {
    clear();
    write();
    context_->model.reset();
    for (int cycle = 0; cycle < 4; ++cycle) {
      input_.border.capture = cycle == 0;
      input_.border.left_first[0] = input_.border.left_last[0] = cycle == 1;
      write();
      context_->model.settle();
      context_->model.edge();
    }
    input_.border.left_first[0] = input_.border.left_last[0] = 1;
    write();
    context_->model.reset(1);
    reference_ = std::make_unique<PeReference>(variant_);
    return compare([] { return "after a reset"; });
  }

  // Every pair of numbers, mostly with the largest exponents; every operand is swapped in.
  std::optional<Divergence> run_pairs() {
    Rng& rng = context_->rng;
    const auto exponent = [&] {
      return static_cast<uint8_t>(rng.chance(0.7) ? 15 : rng.uniform(0, 15));
    };
    // ws: an operand meets the left one a cycle after it was captured.
    const int64_t lag = variant_.is_output_stationary ? 0 : 1;
    for (int64_t i = -lag; i < kNumbers * kNumbers; ++i) {
      clear();
      const int64_t left = std::max<int64_t>(i, 0) / kNumbers;
      const int64_t top = (i + lag) % kNumbers;
      for (Slice& slice : input_.border.left) slice = random_slice(rng);
      const auto lane = static_cast<size_t>(variant_.is_sparse ? i & 3 : 0);
      input_.border.left[lane] = {static_cast<int8_t>(left - 16), exponent()};
      input_.border.top[0] = {static_cast<int8_t>(top - 16), exponent()};
      if (variant_.is_sparse) input_.border.top_position[0] = (i + lag) & 3;
      input_.border.is_top_active = true;
      input_.border.capture = true;
      input_.border.left_first[0] = variant_.is_output_stationary ? rng.chance(0.05) : i >= 0;
      input_.border.left_last[0] = rng.chance(0.1);
      input_.above = random_sum();
      auto divergence = step([&] { return fmt::format("numbers {} x {}", left - 16, top - 16); });
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

  std::optional<Divergence> run_random() {
    Rng& rng = context_->rng;
    const double flag = rng.unit() * rng.unit();
    for (int64_t i = 0; i < kCyclesPerCase; ++i) {
      clear();
      for (Slice& slice : input_.border.left) slice = random_slice(rng);
      input_.border.top[0] = random_slice(rng);
      if (variant_.is_sparse) {
        input_.border.top_position[0] = static_cast<uint8_t>(rng.uniform(0, 3));
      }
      input_.border.is_top_active = true;
      input_.border.left_first[0] = rng.chance(flag);
      input_.border.left_last[0] = rng.chance(flag);
      input_.border.capture = rng.chance(flag);
      input_.hold_shift = rng.chance(0.3);
      input_.above = random_sum();
      auto divergence = step([&] { return fmt::format("random, cycle {}", i); });
      if (divergence) return divergence;
    }
    return std::nullopt;
  }

  int32_t random_sum() {
    const int64_t bits = context_->rng.uniform(INT32_MIN, INT32_MAX);
    switch (context_->rng.uniform(0, 7)) {
      case 0:
        return 0;
      case 1:
        return INT32_MAX;
      case 2:
        return INT32_MIN;
      default:
        return static_cast<int32_t>(bits);
    }
  }

  void write() const {
    const ArrayBorder& border = input_.border;
    for (size_t lane = 0; lane < border.bus; ++lane) {
      inputs_[0]->set(static_cast<uint32_t>(lane * 9), 9, slice_bits(border.left[lane]));
    }
    inputs_[1]->set(border.left_first[0]);
    inputs_[2]->set(border.left_last[0]);
    inputs_[3]->set(slice_bits(border.top[0]));
    inputs_[4]->set(border.top_position[0]);
    inputs_[5]->set(border.capture ? 1 : 0);
    inputs_[6]->set(input_.hold_shift ? 1 : 0);
    inputs_[7]->set(static_cast<uint32_t>(input_.above));
  }

  template <class Describe>
  std::optional<Divergence> step(const Describe& describe) {
    write();
    context_->model.settle();
    reference_->step(input_);
    context_->model.edge();
    return compare(describe);
  }

  // After an edge.
  template <class Describe>
  std::optional<Divergence> compare(const Describe& describe) {
    auto divergence = compare_outputs();
    if (!divergence) divergence = probe_.compare(*reference_);
    context_->checks += static_cast<int64_t>(outputs_.size()) + probe_.register_count();
    if (!divergence) return std::nullopt;
    divergence->cycle = context_->model.cycle() - 1;
    divergence->block = "pe";
    divergence->row = divergence->col = std::nullopt;
    divergence->context = describe();
    return divergence;
  }

  [[nodiscard]] std::optional<Divergence> compare_outputs() const {
    const PeState state = reference_->pe(0, 0);
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const uint64_t expected = register_bits(state, kOutputs[i].what, variant_.bus());
      const uint64_t got = outputs_[i]->value();
      if (expected == got) continue;
      Divergence divergence;
      describe_mismatch(kOutputs[i].what, expected, got, variant_.bus(), divergence);
      divergence.signal = kOutputs[i].port;
      return divergence;
    }
    return std::nullopt;
  }

  BenchContext* context_;
  PeVariant variant_;
  ArrayProbe probe_;
  PeInput input_;
  std::unique_ptr<PeReference> reference_;
  std::vector<const RtlSignal*> inputs_;
  std::vector<const RtlSignal*> outputs_;  // as kOutputs
};

std::optional<Divergence> run_pe(BenchContext& context) { return PeBench{context}.run(); }

constexpr std::array<ParameterInfo, 2> kParameters = {{
    {"OutputStationary", 0, 1, "0: ws and is, 1: os"},
    {"Sparse", 0, 1, "1: a bus of four and a multiplexer for 2:4 weights"},
}};

const std::array<Parameters, 4> kVariants = {
    Parameters{{"OutputStationary", 0}, {"Sparse", 0}},
    Parameters{{"OutputStationary", 0}, {"Sparse", 1}},
    Parameters{{"OutputStationary", 1}, {"Sparse", 0}},
    Parameters{{"OutputStationary", 1}, {"Sparse", 1}},
};

constexpr std::array<std::string_view, 15> kPorts = {
    "left_i",    "first_i",        "last_i",  "top_i",   "top_position_i",
    "capture_i", "hold_shift_i",   "above_i", "sum_o",   "hold_o",
    "top_o",     "top_position_o", "left_o",  "first_o", "last_o"};

constexpr std::array<std::string_view, 18> kWaves = {"left_i",
                                                     "first_i",
                                                     "last_i",
                                                     "top_i",
                                                     "top_position_i",
                                                     "capture_i",
                                                     "hold_shift_i",
                                                     "above_i",
                                                     "pe.left",
                                                     "pe.factor",
                                                     "pe.u_mac.product",
                                                     "pe.u_mac.exponent",
                                                     "pe.u_mac.shifted",
                                                     "pe.sum_base",
                                                     "sum_o",
                                                     "hold_o",
                                                     "left_o",
                                                     "top_o"};

}  // namespace

const BlockBench kPeBench{
    "pe",
    "pe",
    "every register against a 1x1 array of sim/systolic; the first case is all pairs of numbers, "
    "another is 256 random cycles",
    kParameters,
    kVariants,
    kPorts,
    kWaves,
    run_pe};

}  // namespace olivine::regress
