// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/platform/platform_config.h"

namespace olivine {

// What an arbiter knows of an initiator.
struct ArbiterInitiator {
  int64_t priority = 0;  // 0 is served first
  int64_t share = 1;     // of the bandwidth, relative to the others
};

// Chooses whose packet is next on one data path.
//
// RoundRobin and Priority take, among the candidates of the smallest priority (RoundRobin: among
// all), the first one after the initiator of that priority that was served last. Qos is start-time
// fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996): a packet's start tag is the later of the tag now
// in service and the end of its initiator's packet before, bytes / share later than that packet's
// start; the smallest start tag is served. So bytes served to initiators that always wait are as
// their shares, up to one packet each, and idling earns no credit.
class Arbiter {
 public:
  Arbiter(Arbitration arbitration, std::vector<ArbiterInitiator> initiators);

  // A packet of `initiator` begins to wait. Contract: it has none waiting.
  void arrive(size_t initiator);

  // Contract: candidates rise and are waiting; there is at least one.
  [[nodiscard]] size_t choose(std::span<const size_t> candidates) const;

  // The packet of `initiator` is served.
  void serve(size_t initiator, int64_t bytes);

 private:
  struct State {
    int64_t rank = 0;        // priority; equal for all where it does not count
    uint64_t start_tag = 0;  // of the packet that waits, in 1 / kTagUnit bytes of share 1
    uint64_t end_tag = 0;    // of the packet before
  };
  [[nodiscard]] bool is_before(size_t left, size_t right) const;
  // How far `initiator` is behind the one served last among its equals: 0 is its successor.
  [[nodiscard]] size_t distance(size_t initiator) const;

  static constexpr uint64_t kTagUnit = uint64_t{1} << 20;

  Arbitration arbitration_;
  std::vector<ArbiterInitiator> initiators_;
  std::vector<State> states_;
  std::vector<size_t> last_served_;  // by initiator: the one served last of its rank
  uint64_t now_tag_ = 0;             // start tag of the packet served last
};

}  // namespace olivine
