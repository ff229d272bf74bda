// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_timing.h"

#include <gtest/gtest.h>

#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

using Command = DramCommand;

INSTANTIATE_TEST_SUITE_P(ChannelTiming, EveryPreset, ::testing::ValuesIn(kEveryPreset),
                         preset_name);

// Far from the beginning, so that no time is hidden by it.
constexpr int64_t kStart = 10000;

// Two ranks of one channel.
class Probe {
 public:
  explicit Probe(DramPreset preset) : device_(&dram_device(preset)), timing_(*device_, 2) {}

  // A bank by number, so that consecutive ones are in different groups where there are groups.
  [[nodiscard]] DramCoordinate bank(int64_t index, int64_t row = 0, int32_t rank = 0) const {
    return {.rank = rank,
            .group = static_cast<int32_t>(index % device_->bank_groups),
            .bank = static_cast<int32_t>(index / device_->bank_groups),
            .row = row};
  }
  [[nodiscard]] DramCoordinate other_group() const { return bank(1); }
  // Another bank of the group of bank 0; without groups the other one too.
  [[nodiscard]] DramCoordinate same_group() const { return bank(2 * device_->bank_groups); }
  [[nodiscard]] DramCoordinate other_rank() const { return bank(0, 0, 1); }

  void issue(Command command, const DramCoordinate& where, int64_t at) {
    timing_.issue(command, where, at);
  }
  // Opens a row long before kStart, so that only commands from kStart on bind.
  void open(const DramCoordinate& where) {
    timing_.issue(Command::Activate, where, opened_);
    opened_ += device_->rc() + device_->faw;
    ASSERT_LT(opened_, kStart - 1000);
  }
  // Both sides: not ready in ready - 1, ready in `ready`.
  void expect_ready(Command command, const DramCoordinate& where, int64_t ready) const {
    EXPECT_EQ(timing_.earliest(command, where), ready);
    ChannelTiming early = timing_;
    EXPECT_DEATH(early.issue(command, where, ready - 1), "not before");
    ChannelTiming in_time = timing_;
    in_time.issue(command, where, ready);
  }
  [[nodiscard]] const ChannelTiming& timing() const { return timing_; }

 private:
  const DramDevice* device_;
  ChannelTiming timing_;
  int64_t opened_ = 0;
};

TEST_P(EveryPreset, ColumnCommandsWaitTrcdAfterActivate) {
  Probe probe{GetParam()};
  probe.issue(Command::Activate, probe.bank(0), kStart);
  probe.expect_ready(Command::Read, probe.bank(0), kStart + device().rcd);
  probe.expect_ready(Command::Write, probe.bank(0), kStart + device().rcd);
}

TEST_P(EveryPreset, PrechargeWaitsTrasAfterActivate) {
  Probe probe{GetParam()};
  probe.issue(Command::Activate, probe.bank(0), kStart);
  probe.expect_ready(Command::Precharge, probe.bank(0), kStart + device().ras);
  probe.expect_ready(Command::PrechargeAll, probe.bank(0), kStart + device().ras);
}

TEST_P(EveryPreset, ActivateWaitsTrpAfterPrecharge) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.issue(Command::Precharge, probe.bank(0), kStart);
  probe.expect_ready(Command::Activate, probe.bank(0, 1), kStart + device().rp);
}

TEST_P(EveryPreset, ActivatesOfABankAreTrcApart) {
  Probe probe{GetParam()};
  probe.issue(Command::Activate, probe.bank(0), kStart);
  probe.issue(Command::Precharge, probe.bank(0), kStart + device().ras);
  probe.expect_ready(Command::Activate, probe.bank(0, 1), kStart + device().rc());
}

TEST_P(EveryPreset, ActivatesOfARankAreTrrdApart) {
  Probe probe{GetParam()};
  probe.issue(Command::Activate, probe.bank(0), kStart);
  probe.expect_ready(Command::Activate, probe.other_group(), kStart + device().rrd_s);
  probe.expect_ready(Command::Activate, probe.same_group(), kStart + device().rrd_l);
  // Another rank: only the command pins are shared.
  probe.expect_ready(Command::Activate, probe.other_rank(), kStart + 1);
}

TEST_P(EveryPreset, TheFifthActivateOfARankWaitsTfaw) {
  Probe probe{GetParam()};
  for (int64_t i = 0; i < 4; ++i) {
    probe.issue(Command::Activate, probe.bank(i), kStart + i * device().rrd_l);
  }
  const int64_t after_fourth =
      kStart + 3 * device().rrd_l + (device().bank_groups == 1 ? device().rrd_l : device().rrd_s);
  // Banks 0 .. 3 are in groups 0 .. 3 where there are four; bank 4 is in group 0 again, whose last
  // activate was long ago.
  probe.expect_ready(Command::Activate, probe.bank(4),
                     std::max(kStart + device().faw, after_fourth));
  // The window slides: after the fifth it begins with the second.
  const int64_t fifth = std::max(kStart + device().faw, after_fourth);
  probe.issue(Command::Activate, probe.bank(4), fifth);
  probe.expect_ready(Command::Activate, probe.bank(5),
                     std::max(kStart + device().rrd_l + device().faw, fifth + device().rrd_s));
  probe.expect_ready(Command::Activate, probe.other_rank(), fifth + 1);
}

// As close as the device allows: tFAW alone binds where it is longer than four times tRRD_S.
TEST_P(EveryPreset, FourActivatesAtTrrdDoNotHideTfaw) {
  Probe probe{GetParam()};
  for (int64_t i = 0; i < 4; ++i) {
    probe.issue(Command::Activate, probe.bank(i), kStart + i * device().rrd_s);
  }
  probe.expect_ready(Command::Activate, probe.bank(4), kStart + device().faw);
}

TEST_P(EveryPreset, ReadsAreTccdApart) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.open(probe.other_group());
  probe.open(probe.same_group());
  probe.issue(Command::Read, probe.bank(0), kStart);
  probe.expect_ready(Command::Read, probe.bank(0), kStart + device().ccd_l);
  probe.expect_ready(Command::Read, probe.same_group(), kStart + device().ccd_l);
  probe.expect_ready(Command::Read, probe.other_group(), kStart + device().ccd_s);
}

TEST_P(EveryPreset, WritesAreTccdApart) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.open(probe.other_group());
  probe.open(probe.same_group());
  probe.issue(Command::Write, probe.bank(0), kStart);
  probe.expect_ready(Command::Write, probe.bank(0), kStart + device().ccd_l);
  probe.expect_ready(Command::Write, probe.same_group(), kStart + device().ccd_l);
  probe.expect_ready(Command::Write, probe.other_group(), kStart + device().ccd_s);
}

TEST_P(EveryPreset, ReadsWaitTwtrAfterTheLastBeatWritten) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.open(probe.other_group());
  probe.open(probe.same_group());
  probe.issue(Command::Write, probe.bank(0), kStart);
  const int64_t data_end = kStart + device().cwl + device().burst_cycles();
  probe.expect_ready(Command::Read, probe.bank(0), data_end + device().wtr_l);
  probe.expect_ready(Command::Read, probe.same_group(), data_end + device().wtr_l);
  probe.expect_ready(Command::Read, probe.other_group(), data_end + device().wtr_s);
}

TEST_P(EveryPreset, WrittenDataFollowsReadDataAfterTheTurnaround) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.open(probe.other_group());
  probe.issue(Command::Read, probe.bank(0), kStart);
  // First beat written = last beat read + turnaround.
  const int64_t first_beat = kStart + device().cl + device().burst_cycles() + device().turnaround;
  probe.expect_ready(Command::Write, probe.bank(0), first_beat - device().cwl);
  probe.expect_ready(Command::Write, probe.other_group(), first_beat - device().cwl);
}

TEST_P(EveryPreset, DataOfAnotherRankWaitsForTheRankSwitch) {
  for (const Command first : {Command::Read, Command::Write}) {
    for (const Command second : {Command::Read, Command::Write}) {
      Probe probe{GetParam()};
      probe.open(probe.bank(0));
      probe.open(probe.other_rank());
      probe.issue(first, probe.bank(0), kStart);
      const auto latency = [&](Command command) {
        return command == Command::Read ? device().cl : device().cwl;
      };
      const bool turns = first == Command::Read && second == Command::Write;
      const int64_t gap =
          turns ? std::max(device().rank_switch, device().turnaround) : device().rank_switch;
      const int64_t first_beat = kStart + latency(first) + device().burst_cycles() + gap;
      // A read has a longer latency than a write: its command may even come at once.
      probe.expect_ready(second, probe.other_rank(),
                         std::max(first_beat - latency(second), kStart + 1));
    }
  }
}

TEST_P(EveryPreset, PrechargeWaitsTrtpAfterRead) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.issue(Command::Read, probe.bank(0), kStart);
  probe.expect_ready(Command::Precharge, probe.bank(0), kStart + device().rtp);
}

TEST_P(EveryPreset, PrechargeWaitsTwrAfterTheLastBeatWritten) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.issue(Command::Write, probe.bank(0), kStart);
  probe.expect_ready(Command::Precharge, probe.bank(0),
                     kStart + device().cwl + device().burst_cycles() + device().wr);
}

TEST_P(EveryPreset, PrechargeAllWaitsForEveryOpenBankOfItsRank) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0));
  probe.open(probe.other_group());
  probe.open(probe.other_rank());
  probe.issue(Command::Write, probe.other_group(), kStart);
  const int64_t written = kStart + device().cwl + device().burst_cycles() + device().wr;
  probe.expect_ready(Command::PrechargeAll, probe.bank(0), written);
  // The other rank is open since long ago.
  EXPECT_LE(probe.timing().earliest(Command::PrechargeAll, probe.other_rank()), kStart + 1);
  probe.issue(Command::PrechargeAll, probe.bank(0), written);
  EXPECT_FALSE(probe.timing().has_open_bank(0));
  EXPECT_TRUE(probe.timing().has_open_bank(1));
  probe.expect_ready(Command::Activate, probe.bank(0), written + device().rp_all);
  probe.expect_ready(Command::Refresh, probe.bank(0), written + device().rp_all);
}

TEST_P(EveryPreset, RefreshWaitsTrpAfterPrecharge) {
  Probe probe{GetParam()};
  probe.open(probe.bank(2));
  probe.issue(Command::Precharge, probe.bank(2), kStart);
  probe.expect_ready(Command::Refresh, probe.bank(0), kStart + device().rp);
}

TEST_P(EveryPreset, RefreshBlocksItsRankForTrfc) {
  Probe probe{GetParam()};
  probe.issue(Command::Refresh, probe.bank(0), kStart);
  for (int64_t bank = 0; bank < device().banks; ++bank) {
    EXPECT_EQ(probe.timing().earliest(Command::Activate, probe.bank(bank)), kStart + device().rfc);
  }
  probe.expect_ready(Command::Activate, probe.bank(3), kStart + device().rfc);
  probe.expect_ready(Command::Refresh, probe.bank(0), kStart + device().rfc);
  probe.expect_ready(Command::Activate, probe.other_rank(), kStart + 1);
}

TEST_P(EveryPreset, ACycleTakesOneCommandOrOneOfEachKindWithColumnPins) {
  Probe probe{GetParam()};
  probe.open(probe.other_rank());
  probe.issue(Command::Activate, probe.bank(0), kStart);
  EXPECT_EQ(probe.timing().earliest(Command::Activate, probe.bank(2, 0, 1)), kStart + 1);
  EXPECT_EQ(probe.timing().earliest(Command::Precharge, probe.other_rank()), kStart + 1);
  const int64_t column = probe.timing().earliest(Command::Read, probe.other_rank());
  EXPECT_EQ(std::max(column, kStart), kStart + (device().has_column_bus ? 0 : 1));
}

TEST_P(EveryPreset, RefusesCommandsThatDoNotFitTheBankBad) {
  Probe probe{GetParam()};
  probe.open(probe.bank(0, 5));
  EXPECT_DEATH(probe.issue(Command::Activate, probe.bank(0, 6), kStart), "row 5 is open");
  EXPECT_DEATH(probe.issue(Command::Read, probe.bank(0, 6), kStart), "not open");
  EXPECT_DEATH(probe.issue(Command::Write, probe.bank(1, 5), kStart), "not open");
  EXPECT_DEATH(probe.issue(Command::Refresh, probe.bank(0), kStart), "open rows");
}

}  // namespace
}  // namespace olivine
