// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Sustained bandwidth against closed forms of the data-sheet times, each within 1 %. The requester
// runs at the command clock, so its cycles are the device's.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "models/base/rng.h"
#include "sim/memory/banked_memory.h"
#include "sim/memory/banked_memory_address.h"
#include "sim/memory/banked_memory_channel.h"
#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

INSTANTIATE_TEST_SUITE_P(Bandwidth, EveryPreset, ::testing::ValuesIn(kEveryPreset), preset_name);

constexpr int64_t kBursts = 20000;  // of a channel: the first latency is far below 1 %

double cycles_per_burst(const BankedConfig& config, const std::vector<MemoryRequest>& requests) {
  BankedMemory memory{banked(config), dram_device(config.preset).clock_hz};
  const DriveResult result = drive(memory, requests);
  const MemoryStats& stats = memory.stats();
  const auto bursts = static_cast<double>(stats.row_hits + stats.row_misses + stats.row_conflicts);
  return static_cast<double>(result.end * config.channels) / bursts;
}

// A sequential stream in packets of 256 bytes.
std::vector<MemoryRequest> stream(const BankedConfig& config, Access access,
                                  int64_t bursts = kBursts) {
  const int64_t bytes =
      bursts * dram_device(config.preset).burst_bytes() * config.channels / 256 * 256;
  std::vector<MemoryRequest> requests;
  for (int64_t offset = 0; offset < bytes; offset += 256) {
    requests.push_back({access, static_cast<uint64_t>(offset), 256, 0, nullptr});
  }
  return requests;
}

// kBursts bursts, the i-th of them where `place` says.
std::vector<MemoryRequest> bursts_at(const BankedConfig& config,
                                     const std::function<DramCoordinate(int64_t)>& place,
                                     const std::function<Access(int64_t)>& access) {
  const AddressMapping mapping{config};
  const int64_t bytes = dram_device(config.preset).burst_bytes();
  std::vector<MemoryRequest> requests;
  for (int64_t i = 0; i < kBursts; ++i) {
    const uint64_t address = mapping.encode(place(i)) * static_cast<uint64_t>(bytes);
    requests.push_back({access(i), address, bytes, 0, nullptr});
  }
  return requests;
}

std::function<Access(int64_t)> always(Access access) {
  return [access](int64_t) { return access; };
}

// Banks by number, consecutive ones in different groups.
DramCoordinate bank_of(const DramDevice& device, int64_t bank, int64_t row) {
  return {.group = static_cast<int32_t>(bank % device.bank_groups),
          .bank = static_cast<int32_t>(bank / device.bank_groups),
          .row = row};
}

// The time between two activates of a bank that is opened for one burst: from the activate to the
// column command, from there until the row may be closed, and the precharge; at least tRC.
int64_t row_cycle(const DramDevice& d, Access access) {
  const int64_t closing = access == Access::Read ? d.rtp : d.cwl + d.burst_cycles() + d.wr;
  return std::max(d.rc(), d.rcd + closing + d.rp);
}

// Prints both figures: docs/validation.md quotes the worst.
void expect_within_a_percent(double measured, double expected) {
  fmt::print("{:.4f} cycles a burst, closed form {:.4f}: {:+.2f} %\n", measured, expected,
             100 * (measured / expected - 1));
  EXPECT_NEAR(measured / expected, 1.0, 0.01) << measured << " cycles a burst, not " << expected;
}

// Consecutive bursts are in other bank groups, or there are none: tCCD_S, the time of a burst on
// the pins, is all that a stream needs. Rows are opened ahead, out of the queue.
TEST_P(EveryPreset, OfAStreamIsThatOfThePins) {
  for (const Access access : {Access::Read, Access::Write}) {
    for (const int64_t channels : {1, 3, 4}) {
      SCOPED_TRACE(fmt::format("{} channels", channels));
      const BankedConfig config{.preset = GetParam(), .channels = channels, .has_refresh = false};
      const double measured = cycles_per_burst(config, stream(config, access));
      expect_within_a_percent(measured, static_cast<double>(device().burst_cycles()));
    }
  }
}

// Each tREFI the stream stands still from the last column command before the refresh until the
// first after it: closing the rows (tRTP, or the write and tWR), tRP of all banks, tRFC, tRCD. That
// is the factor 1 - tRFC / tREFI and the rows' closing and opening on top.
TEST_P(EveryPreset, OfAStreamFallsByTheTimeOfRefresh) {
  const DramDevice& d = device();
  for (const Access access : {Access::Read, Access::Write}) {
    const BankedConfig config{.preset = GetParam(), .channels = 2};
    // Long enough that a refresh more or less, at the end, does not matter: some hundred intervals.
    const double measured = cycles_per_burst(config, stream(config, access, 20 * kBursts));
    const int64_t closing = access == Access::Read ? d.rtp : d.cwl + d.burst_cycles() + d.wr;
    const int64_t lost = closing + d.rp_all + d.rfc + d.rcd - d.ccd_s;
    const double share = 1 - static_cast<double>(lost) / static_cast<double>(d.refi);
    expect_within_a_percent(measured, static_cast<double>(d.burst_cycles()) / share);
    // The simple factor is an upper bound, and less than 2 % away.
    const double simple = 1 - static_cast<double>(d.rfc) / static_cast<double>(d.refi);
    EXPECT_LT(share, simple);
    EXPECT_NEAR(share / simple, 1.0, 0.025);
  }
}

// One row of one bank: column commands of a bank group are tCCD_L apart.
TEST_P(EveryPreset, OfOneRowIsThatOfItsBankGroup) {
  for (const Access access : {Access::Read, Access::Write}) {
    const BankedConfig config{.preset = GetParam(), .has_refresh = false};
    const double measured = cycles_per_burst(
        config, bursts_at(
                    config, [&](int64_t) { return bank_of(device(), 0, 0); }, always(access)));
    expect_within_a_percent(measured, static_cast<double>(device().ccd_l));
  }
}

// One bank, a new row each time: a whole row cycle a burst.
TEST_P(EveryPreset, OfRowConflictsInOneBankIsARowCycleEach) {
  for (const Access access : {Access::Read, Access::Write}) {
    for (const RowPolicy policy : {RowPolicy::Open, RowPolicy::Closed}) {
      const BankedConfig config{.preset = GetParam(), .row_policy = policy, .has_refresh = false};
      const double measured = cycles_per_burst(
          config, bursts_at(
                      config, [&](int64_t i) { return bank_of(device(), 0, i); }, always(access)));
      expect_within_a_percent(measured, static_cast<double>(row_cycle(device(), access)));
    }
  }
}

// Two banks in turn share the row cycles between them: half of one each, still longer than tFAW
// / 4.
TEST_P(EveryPreset, OfRowConflictsInTwoBanksIsHalfARowCycleEach) {
  for (const Access access : {Access::Read, Access::Write}) {
    const BankedConfig config{.preset = GetParam(), .has_refresh = false};
    const double measured = cycles_per_burst(
        config,
        bursts_at(
            config, [&](int64_t i) { return bank_of(device(), i % 2, i / 2); }, always(access)));
    expect_within_a_percent(measured, static_cast<double>(row_cycle(device(), access)) / 2);
  }
}

// What a rank's activates allow when each burst needs one: four in tFAW, tRRD_S apart; and no
// faster than the pins or than all banks' row cycles together.
double activate_bound(const DramDevice& d, Access access) {
  return std::max({static_cast<double>(d.faw) / 4, static_cast<double>(d.rrd_s),
                   static_cast<double>(d.burst_cycles()),
                   static_cast<double>(row_cycle(d, access)) / static_cast<double>(d.banks)});
}

// All banks in turn, a new row each time, with a queue that holds several rounds.
TEST_P(EveryPreset, OfNewRowsInAllBanksIsThatOfActivates) {
  for (const Access access : {Access::Read, Access::Write}) {
    const BankedConfig config{.preset = GetParam(), .queue_depth = 64, .has_refresh = false};
    const int64_t banks = device().banks;
    const double measured = cycles_per_burst(
        config, bursts_at(
                    config, [&](int64_t i) { return bank_of(device(), i % banks, i / banks); },
                    always(access)));
    expect_within_a_percent(measured, activate_bound(device(), access));
  }
}

// Random rows in random banks: a queue of 256 bursts is deep enough that some bank can always take
// the next activate, since all banks' row cycles together are shorter than the activates' times.
TEST_P(EveryPreset, OfRandomRowsIsThatOfActivates) {
  for (const Access access : {Access::Read, Access::Write}) {
    for (const uint64_t seed : {1u, 2u}) {
      SCOPED_TRACE(fmt::format("seed {}", seed));
      Rng rng{seed};
      const BankedConfig config{.preset = GetParam(), .queue_depth = 256, .has_refresh = false};
      const double measured = cycles_per_burst(
          config, bursts_at(
                      config,
                      [&](int64_t) {
                        return bank_of(device(), rng.uniform(0, device().banks - 1),
                                       rng.uniform(0, device().rows - 1));
                      },
                      always(access)));
      expect_within_a_percent(measured, activate_bound(device(), access));
    }
  }
}

// Reads and writes in turn and in order, all row hits in two bank groups: from read to write the
// data pins turn around, from write to read tWTR_S passes after the data.
TEST_P(EveryPreset, OfReadsAndWritesInTurnIsThatOfTurnarounds) {
  const DramDevice& d = device();
  BankedConfig config{.preset = GetParam(), .has_refresh = false};
  config.scheduler = DramScheduler::Fcfs;
  const double measured = cycles_per_burst(
      config, bursts_at(
                  config, [&](int64_t i) { return bank_of(d, i % 2, 0); },
                  [](int64_t i) { return i % 2 == 0 ? Access::Read : Access::Write; }));
  const int64_t read_to_write = d.cl + d.burst_cycles() + d.turnaround - d.cwl;
  const int64_t write_to_read = d.cwl + d.burst_cycles() + d.wtr_s;
  expect_within_a_percent(measured, static_cast<double>(read_to_write + write_to_read) / 2);
}

// The same traffic first-ready: a queue of 32 turns around once for many bursts.
TEST_P(EveryPreset, OfReadsAndWritesInTurnRisesWhenReadyOnesGoFirst) {
  double cycles[2] = {};
  for (const DramScheduler scheduler : {DramScheduler::Fcfs, DramScheduler::FrFcfs}) {
    BankedConfig config{.preset = GetParam(), .has_refresh = false};
    config.scheduler = scheduler;
    // Reads in two banks, writes in two others: within a bank the order is kept.
    cycles[scheduler == DramScheduler::FrFcfs ? 1 : 0] = cycles_per_burst(
        config, bursts_at(
                    config, [&](int64_t i) { return bank_of(device(), i % 4, 0); },
                    [](int64_t i) { return i % 2 == 0 ? Access::Read : Access::Write; }));
  }
  EXPECT_LT(cycles[1], cycles[0] / 2);
}

// Two ranks in turn and in order, all row hits: each burst and the gap before the other rank's.
TEST_P(EveryPreset, OfRanksInTurnPaysTheRankSwitch) {
  BankedConfig config{.preset = GetParam(), .ranks = 2, .has_refresh = false};
  config.scheduler = DramScheduler::Fcfs;
  const double measured = cycles_per_burst(config, bursts_at(
                                                       config,
                                                       [&](int64_t i) {
                                                         DramCoordinate where =
                                                             bank_of(device(), 0, 0);
                                                         where.rank = static_cast<int32_t>(i % 2);
                                                         return where;
                                                       },
                                                       always(Access::Read)));
  expect_within_a_percent(measured,
                          static_cast<double>(device().burst_cycles() + device().rank_switch));
}

}  // namespace
}  // namespace olivine
