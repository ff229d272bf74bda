// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/arbiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "models/base/rng.h"

namespace olivine {
namespace {

using ::testing::ElementsAre;

// Initiators that always have a packet waiting: serves `rounds` packets, returns how many each got.
std::vector<int64_t> serve_all(Arbiter& arbiter, size_t count, int rounds,
                               const std::vector<int64_t>& packet_bytes) {
  std::vector<size_t> all(count);
  std::iota(all.begin(), all.end(), size_t{0});
  for (const size_t i : all) arbiter.arrive(i);
  std::vector<int64_t> packets(count);
  for (int round = 0; round < rounds; ++round) {
    const size_t winner = arbiter.choose(all);
    arbiter.serve(winner, packet_bytes[winner]);
    arbiter.arrive(winner);
    ++packets[winner];
  }
  return packets;
}

TEST(Arbiter, RoundRobinBeginsWithTheFirstAndGoesAround) {
  Arbiter arbiter{Arbitration::RoundRobin, {{5, 1}, {0, 9}, {1, 1}}};
  const std::vector<size_t> all = {0, 1, 2};
  std::vector<size_t> served;
  for (int i = 0; i < 7; ++i) {
    served.push_back(arbiter.choose(all));
    arbiter.serve(served.back(), 64);
  }
  EXPECT_THAT(served, ElementsAre(0, 1, 2, 0, 1, 2, 0));
}

TEST(Arbiter, RoundRobinSkipsThoseThatDoNotWait) {
  Arbiter arbiter{Arbitration::RoundRobin, {{}, {}, {}, {}}};
  arbiter.serve(1, 64);
  EXPECT_EQ(arbiter.choose(std::vector<size_t>{0, 1, 3}), 3u);
  EXPECT_EQ(arbiter.choose(std::vector<size_t>{0, 1}), 0u);
  EXPECT_EQ(arbiter.choose(std::vector<size_t>{1}), 1u);
}

TEST(Arbiter, OneInitiatorIsAlwaysChosen) {
  for (const auto& kind : kArbitrationNames) {
    Arbiter arbiter{kind.value, {{3, 2}}};
    EXPECT_THAT(serve_all(arbiter, 1, 5, {64}), ElementsAre(5)) << kind.name;
  }
}

TEST(Arbiter, PriorityStarvesTheOthersAndAlternatesAmongEquals) {
  Arbiter arbiter{Arbitration::Priority, {{1, 1}, {0, 1}, {1, 1}, {0, 1}}};
  EXPECT_THAT(serve_all(arbiter, 4, 10, {64, 64, 64, 64}), ElementsAre(0, 5, 0, 5));
  // The urgent ones pause: the others are served in turn, too, beginning after the last of them.
  const std::vector<size_t> rest = {0, 2};
  EXPECT_EQ(arbiter.choose(rest), 0u);
  arbiter.serve(0, 64);
  // Urgent packets in between do not disturb whose turn it is.
  arbiter.serve(3, 64);
  EXPECT_EQ(arbiter.choose(rest), 2u);
}

// Packets of equal size: in a round of sum(shares) packets everyone gets its share, exactly.
TEST(Arbiter, QosServesByShare) {
  const std::vector<int64_t> shares = {1, 3, 4};
  Arbiter arbiter{Arbitration::Qos, {{0, shares[0]}, {0, shares[1]}, {0, shares[2]}}};
  constexpr int kRounds = 100;
  const auto packets = serve_all(arbiter, 3, kRounds * (1 + 3 + 4), {256, 256, 256});
  for (size_t i = 0; i < shares.size(); ++i) EXPECT_EQ(packets[i], kRounds * shares[i]) << i;
}

// Whatever the packets' sizes, bytes / share of two initiators that always wait differ by less than
// the largest packet of each divided by its share (Goyal, theorem 1).
TEST(Arbiter, QosSharesBytesWithinOnePacketEach) {
  constexpr uint64_t kSeed = 21;
  SCOPED_TRACE(kSeed);
  Rng rng{kSeed};
  for (int round = 0; round < 50; ++round) {
    const std::vector<int64_t> bytes = {rng.uniform(1, 512), rng.uniform(1, 512)};
    const std::vector<int64_t> shares = {rng.uniform(1, 7), rng.uniform(1, 7)};
    Arbiter arbiter{Arbitration::Qos, {{0, shares[0]}, {0, shares[1]}}};
    const auto packets = serve_all(arbiter, 2, 997, bytes);
    const auto normalized = [&](size_t i) {
      return static_cast<double>(packets[i] * bytes[i]) / static_cast<double>(shares[i]);
    };
    const double bound = static_cast<double>(bytes[0]) / static_cast<double>(shares[0]) +
                         static_cast<double>(bytes[1]) / static_cast<double>(shares[1]);
    EXPECT_NEAR(normalized(0), normalized(1), bound);
  }
}

// After an initiator was alone for long, one that comes back gets its share and nothing more.
TEST(Arbiter, QosGivesNoCreditForIdling) {
  Arbiter arbiter{Arbitration::Qos, {{0, 1}, {0, 1}}};
  for (int i = 0; i < 1000; ++i) {
    arbiter.arrive(0);
    arbiter.serve(0, 256);
  }
  const auto packets = serve_all(arbiter, 2, 20, {256, 256});
  EXPECT_THAT(packets, ElementsAre(10, 10));
}

}  // namespace
}  // namespace olivine
