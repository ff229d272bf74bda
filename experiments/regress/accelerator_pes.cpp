// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/regress/accelerator_pes.h"

#include <fmt/format.h>

#include <utility>

#include "experiments/regress/combinational.h"

namespace olivine::regress {

AcceleratorPes::AcceleratorPes(BenchContext& context, int64_t rows, int64_t cols, int64_t delay)
    : context_(context), rows_(rows), cols_(cols), delay_(delay) {
  const auto flag = [&](const char* name) {
    const auto found = context.parameters.find(name);
    return found != context.parameters.end() && found->second != 0;
  };
  flag("LoopArray") ? find_loop(flag("OutputStationary")) : find_tree(flag("OutputStationary"));
  for (const Place& place : places_) {
    if (place.left != nullptr && place.sum != nullptr) continue;
    places_.clear();
    break;
  }
}

void AcceleratorPes::find_tree(bool is_os) {
  const RtlModel& model = context_.model;
  for (int64_t row = 0; row < rows_; ++row) {
    for (int64_t col = 0; col < cols_; ++col) {
      const std::string pe =
          fmt::format("accelerator.gen_tree.u_array.gen_row[{}].gen_col[{}].u_pe.", row, col);
      Place place;
      place.left = model.find(pe + "left_q");
      place.sum = model.find(pe + "sum_q");
      place.hold = is_os ? model.find(pe + "gen_os.hold_q") : nullptr;
      places_.push_back(place);
    }
  }
}

void AcceleratorPes::find_loop(bool is_os) {
  const RtlModel& model = context_.model;
  const std::string array = "accelerator.gen_loop.u_array.";
  for (int64_t i = 0; i < rows_ * cols_; ++i) {
    Place place;
    place.left = model.find(array + "left_q");
    place.sum = model.find(array + "sum_q");
    place.hold = is_os ? model.find(array + "hold_q") : nullptr;
    place.row = static_cast<uint32_t>(i / cols_);
    place.col = static_cast<uint32_t>(i % cols_);
    places_.push_back(place);
  }
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
    auto found = check_pe(snapshot.pes[i], places_[i], lanes);
    if (!found) continue;
    found->row = static_cast<int64_t>(i) / cols_;
    found->col = static_cast<int64_t>(i) % cols_;
    return found;
  }
  return std::nullopt;
}

std::optional<Divergence> AcceleratorPes::check_pe(const PeState& expected, Place& place,
                                                   uint32_t lanes) {
  place.has_first |= expected.first;
  place.has_last |= expected.last;
  if (!place.has_first) return std::nullopt;
  const auto differs = [&](const char* signal, uint64_t wanted, uint64_t got) {
    Divergence found;
    found.cycle = context_.model.cycle() - 1;
    found.block = "pe";
    found.signal = signal;
    found.expected = fmt::format("{:#x}", wanted);
    found.got = fmt::format("{:#x}", got);
    return found;
  };
  context_.checks += 1 + lanes;
  for (uint32_t lane = 0; lane < lanes; ++lane) {
    const uint64_t got = place.left->get(9 * lane, 9, place.row, place.col);
    const uint64_t wanted = slice_bits(expected.left[lane]);
    // Number 0 is zero at any exponent.
    if (got == wanted || ((got | wanted) & 31) == 0) continue;
    auto found = differs("left_q", wanted, got);
    found.lane = lane;
    return found;
  }
  const auto sum = static_cast<uint32_t>(expected.sum);
  const uint64_t got_sum = place.sum->value(place.row, place.col);
  if (got_sum != sum) return differs("sum_q", sum, got_sum);
  if (!place.has_last || place.hold == nullptr) return std::nullopt;
  ++context_.checks;
  const auto hold = static_cast<uint32_t>(expected.hold);
  const uint64_t got_hold = place.hold->value(place.row, place.col);
  if (got_hold != hold) return differs("hold_q", hold, got_hold);
  return std::nullopt;
}

}  // namespace olivine::regress
