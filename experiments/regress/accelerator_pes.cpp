// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/accelerator_pes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiments/regress/combinational.h"

namespace olivine::regress {

AcceleratorPes::AcceleratorPes(BenchContext& context, int64_t rows, int64_t cols, int64_t delay)
    : context_(context), cols_(cols), delay_(delay) {
  const RtlModel& model = context.model;
  const bool shows_inside = std::ranges::any_of(model.signals(), [](const RtlSignal& signal) {
    return signal.direction == RtlSignal::Direction::Inside;
  });
  if (!shows_inside) return;
  const auto flag = [&](const char* name) {
    const auto found = context.parameters.find(name);
    return found != context.parameters.end() && found->second != 0;
  };
  const bool is_loop = flag("LoopArray");
  const std::string array =
      is_loop ? "accelerator.gen_loop.u_array." : "accelerator.gen_tree.u_array.";
  const std::string suffix = is_loop ? "_q" : "";
  left_ = &model.signal(array + "left" + suffix);
  sum_ = &model.signal(array + "sum" + suffix);
  hold_ = flag("OutputStationary") ? &model.signal(array + "hold" + suffix) : nullptr;
  // The tree's net of column 0 is the border.
  left_col_ = is_loop ? 0 : 1;
  places_.resize(static_cast<size_t>(rows * cols));
}

void AcceleratorPes::restart() {
  snapshots_.clear();
  for (Place& place : places_) place.has_first = place.has_last = false;
}

void AcceleratorPes::expect(const PeArray& array, bool is_stepped) {
  if (places_.empty()) return;
  Snapshot& snapshot = snapshots_.emplace_back();
  snapshot.is_stepped = is_stepped;
  const auto cols = static_cast<size_t>(cols_);
  for (size_t i = 0; is_stepped && i < places_.size(); ++i) {
    snapshot.pes.push_back(array.pe(i / cols, i % cols));
  }
}

std::optional<Divergence> AcceleratorPes::check(uint32_t lanes) {
  if (static_cast<int64_t>(snapshots_.size()) <= delay_) return std::nullopt;
  const Snapshot snapshot = std::move(snapshots_.front());
  snapshots_.pop_front();
  if (!snapshot.is_stepped) return std::nullopt;
  for (size_t i = 0; i < places_.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i) / cols_;
    const int64_t col = static_cast<int64_t>(i) % cols_;
    auto found = check_pe(snapshot.pes[i], row, col, lanes);
    if (found) return found;
  }
  return std::nullopt;
}

std::optional<Divergence> AcceleratorPes::check_pe(const PeState& expected, int64_t row,
                                                   int64_t col, uint32_t lanes) {
  Place& place = places_[static_cast<size_t>(row * cols_ + col)];
  const auto r = static_cast<uint32_t>(row);
  const auto c = static_cast<uint32_t>(col);
  place.has_first |= expected.first;
  place.has_last |= expected.last;
  if (!place.has_first) return std::nullopt;
  const auto differs = [&](const char* signal, uint64_t wanted, uint64_t got) {
    Divergence found;
    found.cycle = context_.model.cycle() - 1;
    found.block = "pe";
    found.row = row;
    found.col = col;
    found.signal = signal;
    found.expected = fmt::format("{:#x}", wanted);
    found.got = fmt::format("{:#x}", got);
    return found;
  };
  context_.checks += 1 + lanes;
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    const uint64_t got = left_->get(9 * lane, 9, r, c + left_col_);
    const uint64_t wanted = slice_bits(expected.left[lane]);
    // Number 0 is zero at any exponent.
    if (got == wanted || ((got | wanted) & 31) == 0) continue;
    auto found = differs("left", wanted, got);
    found.lane = lane;
    return found;
  }
  const auto sum = static_cast<uint32_t>(expected.sum);
  const uint64_t got_sum = sum_->value(r, c);
  if (got_sum != sum) return differs("sum", sum, got_sum);
  if (!place.has_last || hold_ == nullptr) return std::nullopt;
  ++context_.checks;
  const auto hold = static_cast<uint32_t>(expected.hold);
  const uint64_t got_hold = hold_->value(r, c);
  if (got_hold != hold) return differs("hold", hold, got_hold);
  return std::nullopt;
}

}  // namespace olivine::regress
