// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

using Command = DramCommand;
using ::testing::ElementsAre;

INSTANTIATE_TEST_SUITE_P(ChannelController, EveryPreset, ::testing::ValuesIn(kEveryPreset),
                         preset_name);

constexpr int64_t kLong = 100000;

// A controller, its commands and the order in which bursts were served.
class Probe {
 public:
  explicit Probe(const BankedConfig& config)
      : device_(&dram_device(config.preset)), controller_(*device_, config) {
    controller_.watch([this](const DramIssue& issue) { issues_.push_back(issue); });
  }

  // A burst for a bank by number, consecutive ones in different groups; returns its index.
  uint32_t push(int64_t bank, int64_t row, Access access = Access::Read, int32_t rank = 0) {
    controller_.push({access,
                      {.rank = rank,
                       .group = static_cast<int32_t>(bank % device_->bank_groups),
                       .bank = static_cast<int32_t>(bank / device_->bank_groups),
                       .row = row},
                      pushed_});
    return pushed_++;
  }
  void run_until(int64_t end) { controller_.run_until(end, done_, stats_); }

  [[nodiscard]] std::vector<uint32_t> order() const {
    std::vector<uint32_t> order;
    for (const DramBurstEnd& end : done_) order.push_back(end.flight);
    return order;
  }
  [[nodiscard]] std::vector<int64_t> cycles_of(Command command, int32_t rank = 0) const {
    std::vector<int64_t> cycles;
    for (const DramIssue& issue : issues_) {
      if (issue.command == command && issue.where.rank == rank) cycles.push_back(issue.at);
    }
    return cycles;
  }
  [[nodiscard]] const std::vector<DramBurstEnd>& done() const { return done_; }
  [[nodiscard]] const std::vector<DramIssue>& issues() const { return issues_; }
  [[nodiscard]] const MemoryStats& stats() const { return stats_; }
  [[nodiscard]] ChannelController& controller() { return controller_; }

 private:
  const DramDevice* device_;
  ChannelController controller_;
  uint32_t pushed_ = 0;
  std::vector<DramBurstEnd> done_;
  std::vector<DramIssue> issues_;
  MemoryStats stats_;
};

BankedConfig without_refresh(DramPreset preset) { return {.preset = preset, .has_refresh = false}; }

TEST_P(EveryPreset, ServesOneReadAfterActivateAndLatency) {
  const DramDevice& d = device();
  Probe probe{without_refresh(GetParam())};
  probe.push(0, 0);
  const int64_t column = d.rcd;  // activate in cycle 0
  probe.run_until(column);
  EXPECT_TRUE(probe.done().empty());
  EXPECT_EQ(probe.controller().next_issue(), column);
  probe.run_until(column + 1);
  ASSERT_EQ(probe.done().size(), 1u);
  EXPECT_EQ(probe.done().front().at, column + d.cl + d.burst_cycles());
  EXPECT_EQ(probe.controller().next_issue(), kNever);
}

TEST_P(EveryPreset, ServesOneWriteAfterActivateAndLatency) {
  Probe probe{without_refresh(GetParam())};
  probe.push(0, 0, Access::Write);
  probe.run_until(kLong);
  EXPECT_EQ(probe.done().front().at, device().rcd + device().cwl + device().burst_cycles());
}

TEST_P(EveryPreset, StartsWhatArrivesLateWhenItArrives) {
  Probe probe{without_refresh(GetParam())};
  probe.run_until(777);
  probe.push(0, 0);
  probe.run_until(kLong);
  EXPECT_THAT(probe.cycles_of(Command::Activate), ElementsAre(777));
}

// Bursts 0 and 2 want row 0, burst 1 row 1 of the same bank.
TEST_P(EveryPreset, PutsRowHitsFirst) {
  Probe probe{without_refresh(GetParam())};
  for (const int64_t row : {0, 1, 0}) probe.push(0, row);
  probe.run_until(kLong);
  EXPECT_THAT(probe.order(), ElementsAre(0, 2, 1));
  EXPECT_EQ(probe.stats().row_misses, 1u);
  EXPECT_EQ(probe.stats().row_hits, 1u);
  EXPECT_EQ(probe.stats().row_conflicts, 1u);
  EXPECT_EQ(probe.cycles_of(Command::Activate).size(), 2u);
}

TEST_P(EveryPreset, ServesInOrderUnderFcfs) {
  BankedConfig config = without_refresh(GetParam());
  config.scheduler = DramScheduler::Fcfs;
  Probe probe{config};
  for (const int64_t row : {0, 1, 0}) probe.push(0, row);
  probe.push(1, 0);
  probe.run_until(kLong);
  EXPECT_THAT(probe.order(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(probe.stats().row_misses, 2u);     // bursts 0 and 3
  EXPECT_EQ(probe.stats().row_conflicts, 2u);  // bursts 1 and 2
  // One burst at a time: no activate before the column command of the one before.
  const std::vector<int64_t> activates = probe.cycles_of(Command::Activate);
  const std::vector<int64_t> reads = probe.cycles_of(Command::Read);
  for (size_t i = 1; i < activates.size(); ++i) EXPECT_GE(activates[i], reads[i - 1]);
}

TEST_P(EveryPreset, OpensRowsOfOtherBanksMeanwhile) {
  Probe probe{without_refresh(GetParam())};
  for (int64_t bank = 0; bank < 4; ++bank) probe.push(bank, 0);
  probe.run_until(kLong);
  EXPECT_THAT(probe.order(), ElementsAre(0, 1, 2, 3));
  const int64_t rrd = device().rrd_s;
  EXPECT_THAT(probe.cycles_of(Command::Activate), ElementsAre(0, rrd, 2 * rrd, 3 * rrd));
}

TEST_P(EveryPreset, LetsReadsPassAWriteUntilItsTurn) {
  Probe probe{without_refresh(GetParam())};
  probe.push(0, 0);
  probe.push(0, 0, Access::Write);
  probe.push(1, 0);
  probe.push(2, 0);
  probe.run_until(kLong);
  // The write is next in its row, but the turnaround of the data pins lets other banks' reads pass.
  EXPECT_EQ(probe.order().back(), 1u);
}

TEST_P(EveryPreset, ChoosesAmongTheQueueOnly) {
  BankedConfig config = without_refresh(GetParam());
  config.queue_depth = 2;
  Probe probe{config};
  // Burst 3 is a row hit, but waits behind the queue until burst 0 has left it.
  for (const int64_t row : {0, 1, 2, 0}) probe.push(0, row);
  EXPECT_EQ(probe.controller().queued(), 4);
  probe.run_until(kLong);
  EXPECT_THAT(probe.order(), ElementsAre(0, 1, 2, 3));
}

TEST_P(EveryPreset, HasRoomUpToItsDepthAndForAnythingWhenEmpty) {
  BankedConfig config = without_refresh(GetParam());
  config.queue_depth = 3;
  Probe probe{config};
  EXPECT_TRUE(probe.controller().has_room(1000));
  probe.push(0, 0);
  EXPECT_TRUE(probe.controller().has_room(2));
  EXPECT_FALSE(probe.controller().has_room(3));
  probe.push(0, 0);
  probe.push(0, 0);
  EXPECT_FALSE(probe.controller().has_room(1));
  probe.run_until(device().rcd);
  EXPECT_FALSE(probe.controller().has_room(1));
  probe.run_until(device().rcd + 1);  // the first column command frees its slot
  EXPECT_TRUE(probe.controller().has_room(1));
}

// An endless stream of hits to row 0 against one burst to row 1 of the same bank.
TEST_P(EveryPreset, LetsTheOldestBurstBeOvertakenABoundedNumberOfTimes) {
  BankedConfig config = without_refresh(GetParam());
  config.queue_depth = 8;
  Probe probe{config};
  probe.push(0, 0);
  const uint32_t victim = probe.push(0, 1);
  for (int64_t end = 0; end < kLong; ++end) {
    while (probe.controller().has_room(1)) probe.push(0, 0);
    probe.run_until(end);
  }
  const std::vector<uint32_t> order = probe.order();
  const auto place = std::find(order.begin(), order.end(), victim) - order.begin();
  // Burst 0 was older; then kMaxOvertakes younger ones; then the victim.
  EXPECT_EQ(place, 1 + ChannelController::kMaxOvertakes);
}

TEST_P(EveryPreset, HoldsBackEveryBankForTheOldestBurst) {
  BankedConfig config = without_refresh(GetParam());
  config.queue_depth = 8;
  Probe probe{config};
  probe.push(0, 0);
  const uint32_t victim = probe.push(0, 1, Access::Write);
  // Hits in two banks: the victim's row could be opened, but its write would never get the pins.
  for (int64_t end = 0; end < kLong; ++end) {
    for (int64_t bank = 1; probe.controller().has_room(1); bank = 3 - bank) probe.push(bank, 0);
    probe.run_until(end);
  }
  const std::vector<uint32_t> order = probe.order();
  const auto place = std::find(order.begin(), order.end(), victim) - order.begin();
  EXPECT_LE(place, 1 + ChannelController::kMaxOvertakes);
}

TEST_P(EveryPreset, KeepsRowsOpenUnderTheOpenPolicy) {
  Probe probe{without_refresh(GetParam())};
  probe.push(0, 0);
  probe.run_until(kLong);
  probe.push(0, 0);
  probe.run_until(2 * kLong);
  EXPECT_TRUE(probe.cycles_of(Command::Precharge).empty());
  EXPECT_EQ(probe.stats().row_hits, 1u);
}

TEST_P(EveryPreset, ClosesRowsThatNobodyWantsUnderTheClosedPolicy) {
  BankedConfig config = without_refresh(GetParam());
  config.row_policy = RowPolicy::Closed;
  Probe probe{config};
  probe.push(0, 0);
  probe.push(0, 0);
  probe.run_until(kLong);
  EXPECT_EQ(probe.stats().row_hits, 1u);  // the second wanted the row while it was open
  // As soon as it may be closed: tRAS after the activate, tRTP after the last read.
  const int64_t last_read = device().rcd + device().ccd_l;
  EXPECT_THAT(probe.cycles_of(Command::Precharge),
              ElementsAre(std::max(device().ras, last_read + device().rtp)));
  probe.push(0, 0);
  probe.run_until(2 * kLong);
  EXPECT_EQ(probe.stats().row_misses, 2u);
  EXPECT_EQ(probe.stats().row_conflicts, 0u);
}

TEST_P(EveryPreset, RefreshesAnIdleRankEveryTrefi) {
  Probe probe{{.preset = GetParam()}};
  const int64_t refi = device().refi;
  probe.run_until(refi);
  EXPECT_TRUE(probe.issues().empty());
  probe.run_until(3 * refi + 1);
  EXPECT_THAT(probe.cycles_of(Command::Refresh), ElementsAre(refi, 2 * refi, 3 * refi));
  EXPECT_EQ(probe.stats().refreshes, 3u);
}

TEST_P(EveryPreset, StaggersTheRefreshOfRanks) {
  Probe probe{{.preset = GetParam(), .ranks = 2}};
  const int64_t refi = device().refi;
  probe.run_until(2 * refi + 1);
  EXPECT_THAT(probe.cycles_of(Command::Refresh, 0), ElementsAre(refi / 2, refi / 2 + refi));
  EXPECT_THAT(probe.cycles_of(Command::Refresh, 1), ElementsAre(refi, 2 * refi));
}

TEST_P(EveryPreset, DrainsARankThenRefreshesThenGoesOnAfterTrfc) {
  const DramDevice& d = device();
  Probe probe{{.preset = GetParam()}};
  // The row is open long before; a hit arrives just before the refresh is due, another just then.
  probe.push(0, 0);
  probe.run_until(d.refi - 1);
  probe.push(0, 0);
  probe.run_until(d.refi);
  EXPECT_EQ(probe.done().size(), 2u);
  probe.push(0, 0);
  probe.run_until(2 * d.refi);
  const int64_t precharge = d.refi - 1 + d.rtp;
  const int64_t refresh = precharge + d.rp_all;
  const int64_t activate = refresh + d.rfc;
  EXPECT_THAT(probe.cycles_of(Command::PrechargeAll), ElementsAre(precharge));
  EXPECT_THAT(probe.cycles_of(Command::Refresh), ElementsAre(refresh));
  EXPECT_THAT(probe.cycles_of(Command::Activate), ElementsAre(0, activate));
  EXPECT_THAT(probe.cycles_of(Command::Read), ElementsAre(d.rcd, d.refi - 1, activate + d.rcd));
  EXPECT_EQ(probe.stats().row_misses, 2u);  // the refresh closed the row
}

TEST_P(EveryPreset, ServesOtherRanksDuringARefresh) {
  const DramDevice& d = device();
  Probe probe{{.preset = GetParam(), .ranks = 2}};
  probe.run_until(d.refi / 2 + 1);  // rank 0 has begun its refresh
  probe.push(0, 0, Access::Read, 0);
  probe.push(0, 0, Access::Read, 1);
  probe.run_until(d.refi / 2 + d.rfc + d.rcd + 2);
  EXPECT_THAT(probe.order(), ElementsAre(1, 0));
  EXPECT_EQ(probe.cycles_of(Command::Activate, 1).front(), d.refi / 2 + 1);
  EXPECT_EQ(probe.cycles_of(Command::Activate, 0).front(), d.refi / 2 + d.rfc);
}

TEST_P(EveryPreset, DoesTheSameInOneStepAndInMany) {
  for (const RowPolicy policy : {RowPolicy::Open, RowPolicy::Closed}) {
    const BankedConfig config{.preset = GetParam(), .row_policy = policy};
    Probe once{config};
    Probe often{config};
    for (int64_t i = 0; i < 200; ++i) {
      once.push(i * 7 % 8, i / 3 % 5, i % 4 == 0 ? Access::Write : Access::Read);
      often.push(i * 7 % 8, i / 3 % 5, i % 4 == 0 ? Access::Write : Access::Read);
    }
    once.run_until(kLong);
    for (int64_t end = 1; end <= kLong; ++end) often.run_until(end);
    EXPECT_EQ(once.order(), often.order());
    ASSERT_EQ(once.issues().size(), often.issues().size());
    for (size_t i = 0; i < once.issues().size(); ++i) {
      EXPECT_EQ(once.issues()[i].at, often.issues()[i].at);
    }
  }
}

}  // namespace
}  // namespace olivine
