// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/arbiter.h"

#include <algorithm>
#include <utility>

#include "models/base/error.h"

namespace olivine {

Arbiter::Arbiter(Arbitration arbitration, std::vector<ArbiterInitiator> initiators)
    : arbitration_(arbitration),
      initiators_(std::move(initiators)),
      states_(initiators_.size()),
      last_served_(initiators_.size(), initiators_.size() - 1) {
  for (size_t i = 0; i < initiators_.size(); ++i) {
    OLV_CHECK(initiators_[i].share > 0, "initiator {} has share {}", i, initiators_[i].share);
    if (arbitration == Arbitration::Priority) states_[i].rank = initiators_[i].priority;
  }
}

void Arbiter::arrive(size_t initiator) {
  State& state = states_[initiator];
  state.start_tag = std::max(now_tag_, state.end_tag);
}

size_t Arbiter::choose(std::span<const size_t> candidates) const {
  OLV_CHECK(!candidates.empty());
  return *std::min_element(candidates.begin(), candidates.end(),
                           [this](size_t left, size_t right) { return is_before(left, right); });
}

void Arbiter::serve(size_t initiator, int64_t bytes) {
  State& state = states_[initiator];
  const auto share = static_cast<uint64_t>(initiators_[initiator].share);
  now_tag_ = state.start_tag;
  state.end_tag = state.start_tag + static_cast<uint64_t>(bytes) * kTagUnit / share;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].rank == state.rank) last_served_[i] = initiator;
  }
}

bool Arbiter::is_before(size_t left, size_t right) const {
  const State& a = states_[left];
  const State& b = states_[right];
  if (a.rank != b.rank) return a.rank < b.rank;
  if (arbitration_ == Arbitration::Qos && a.start_tag != b.start_tag) {
    return a.start_tag < b.start_tag;
  }
  return distance(left) < distance(right);
}

size_t Arbiter::distance(size_t initiator) const {
  const size_t first = last_served_[initiator] + 1;
  return initiator >= first ? initiator - first : initiator + states_.size() - first;
}

}  // namespace olivine
