// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// Random traffic; every command is then held against the data sheet's rules once more, pair by
// pair and without the state that sim/memory/banked_memory_timing.h keeps.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>

#include "models/base/rng.h"
#include "sim/memory/banked_memory.h"
#include "sim/memory/banked_memory_channel.h"
#include "tests/sim/memory/banked_support.h"

namespace olivine {
namespace {

using Command = DramCommand;

INSTANTIATE_TEST_SUITE_P(DataSheet, EveryPreset, ::testing::ValuesIn(kEveryPreset), preset_name);

struct Scope {
  bool rank, group, bank;  // the same
};

bool is_read(Command command) { return command == Command::Read; }
bool is_write(Command command) { return command == Command::Write; }
bool is_close(Command command) {
  return command == Command::Precharge || command == Command::PrechargeAll;
}

// The least distance from command `a` to a later command `b` of the same channel.
int64_t distance(const DramDevice& d, Command a, Command b, Scope same) {
  int64_t least = 0;
  const auto require = [&](bool applies, int64_t cycles) {
    if (applies) least = std::max(least, cycles);
  };
  const int64_t burst = d.burst_cycles();
  const bool one_bus = !d.has_column_bus || is_column(a) == is_column(b);
  require(one_bus, 1);
  const bool a_activates = a == Command::Activate;
  const bool b_activates = b == Command::Activate;
  require(same.bank && a_activates && b_activates, d.rc());
  require(same.group && a_activates && b_activates, d.rrd_l);
  require(same.rank && a_activates && b_activates, d.rrd_s);
  require(same.bank && a_activates && is_column(b), d.rcd);
  require(same.bank && a_activates && is_close(b), d.ras);
  require(same.bank && a == Command::Precharge && (b_activates || b == Command::Refresh), d.rp);
  require(same.rank && a == Command::PrechargeAll && (b_activates || b == Command::Refresh),
          d.rp_all);
  require(same.rank && a == Command::Refresh && (b_activates || b == Command::Refresh), d.rfc);
  require(same.bank && is_read(a) && is_close(b), d.rtp);
  require(same.bank && is_write(a) && is_close(b), d.cwl + burst + d.wr);
  require(same.group && is_read(a) && is_read(b), d.ccd_l);
  require(same.rank && is_read(a) && is_read(b), d.ccd_s);
  require(same.group && is_write(a) && is_write(b), d.ccd_l);
  require(same.rank && is_write(a) && is_write(b), d.ccd_s);
  require(same.group && is_write(a) && is_read(b), d.cwl + burst + d.wtr_l);
  require(same.rank && is_write(a) && is_read(b), d.cwl + burst + d.wtr_s);
  require(same.rank && is_read(a) && is_write(b), d.cl + burst + d.turnaround - d.cwl);
  return least;
}

class Checker {
 public:
  Checker(const DramDevice& device, const BankedConfig& config)
      : device_(&device),
        open_(static_cast<size_t>(config.ranks * device.banks)),
        refreshes_(static_cast<size_t>(config.ranks), 0),
        config_(config) {}

  void check(const DramIssue& issue) {
    check_distances(issue);
    check_window(issue);
    check_rows(issue);
    if (is_column(issue.command)) check_data(issue);
    if (issue.command == Command::Refresh) check_refresh(issue);
    recent_.push_back(issue);
    // Nothing reaches further than a refresh.
    while (issue.at - recent_.front().at > device_->rfc) recent_.pop_front();
  }
  [[nodiscard]] int64_t columns() const { return columns_; }

 private:
  [[nodiscard]] size_t bank_of(const DramCoordinate& where) const {
    return static_cast<size_t>((where.rank * device_->bank_groups + where.group) *
                                   (device_->banks / device_->bank_groups) +
                               where.bank);
  }

  void check_distances(const DramIssue& later) {
    const bool whole_rank =
        later.command == Command::PrechargeAll || later.command == Command::Refresh;
    for (const DramIssue& earlier : recent_) {
      Scope same{};
      same.rank = earlier.where.rank == later.where.rank;
      same.group = same.rank && (whole_rank || earlier.where.group == later.where.group);
      same.bank = same.group && (whole_rank || earlier.where.bank == later.where.bank);
      ASSERT_GE(later.at - earlier.at, distance(*device_, earlier.command, later.command, same))
          << static_cast<int>(earlier.command) << " in " << earlier.at << ", then "
          << static_cast<int>(later.command) << " in " << later.at;
    }
  }

  void check_window(const DramIssue& issue) {
    if (issue.command != Command::Activate) return;
    std::deque<int64_t>& last = activates_[issue.where.rank];
    if (last.size() == 4) {
      ASSERT_GE(issue.at - last.front(), device_->faw);
      last.pop_front();
    }
    last.push_back(issue.at);
  }

  void check_rows(const DramIssue& issue) {
    std::optional<int64_t>& row = open_[bank_of(issue.where)];
    const auto banks = static_cast<size_t>(device_->banks);
    const size_t first = static_cast<size_t>(issue.where.rank) * banks;
    switch (issue.command) {
      case Command::Activate:
        ASSERT_FALSE(row.has_value());
        row = issue.where.row;
        return;
      case Command::Read:
      case Command::Write:
        ASSERT_EQ(row, issue.where.row);
        return;
      case Command::Precharge:
        row.reset();
        return;
      case Command::PrechargeAll:
        std::fill_n(open_.begin() + static_cast<int64_t>(first), banks, std::nullopt);
        return;
      case Command::Refresh:
        for (size_t bank = first; bank < first + banks; ++bank) ASSERT_FALSE(open_[bank]);
        return;
    }
  }

  void check_data(const DramIssue& issue) {
    ++columns_;
    const int64_t begin = issue.at + (issue.command == Command::Read ? device_->cl : device_->cwl);
    const int64_t gap = issue.where.rank == data_rank_ ? 0 : device_->rank_switch;
    ASSERT_GE(begin, data_end_ + gap) << "the data pins are taken";
    data_end_ = begin + device_->burst_cycles();
    data_rank_ = issue.where.rank;
  }

  // Due every tREFI, ranks staggered; late by no more than it takes to close every row: what the
  // last write needs, or tRAS after an activate, then tRP, each with the pins taken by another
  // rank.
  void check_refresh(const DramIssue& issue) {
    const auto rank = static_cast<size_t>(issue.where.rank);
    const int64_t due =
        device_->refi * (issue.where.rank + 1) / config_.ranks + device_->refi * refreshes_[rank]++;
    const int64_t closing =
        std::max(device_->ras, device_->cwl + device_->burst_cycles() + device_->wr);
    ASSERT_GE(issue.at, due);
    ASSERT_LE(issue.at, due + closing + device_->rp_all + 2 * config_.ranks);
  }

  const DramDevice* device_;
  std::deque<DramIssue> recent_;
  std::map<int32_t, std::deque<int64_t>> activates_;
  std::vector<std::optional<int64_t>> open_;
  std::vector<int64_t> refreshes_;
  BankedConfig config_;
  int64_t data_end_ = 0;
  int32_t data_rank_ = 0;
  int64_t columns_ = 0;
};

// A mixture: streams, jumps within a few banks, sizes from a byte to some KiB.
std::vector<MemoryRequest> random_requests(Rng& rng, int64_t count) {
  std::vector<MemoryRequest> requests;
  uint64_t address = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (rng.chance(0.3)) address = static_cast<uint64_t>(rng.uniform(0, int64_t{1} << 24));
    MemoryRequest request;
    request.access = rng.chance(0.4) ? Access::Write : Access::Read;
    request.address = address;
    request.bytes = rng.chance(0.1) ? rng.uniform(1, 5000) : rng.uniform(1, 256);
    address += static_cast<uint64_t>(request.bytes);
    requests.push_back(request);
  }
  return requests;
}

BankedConfig random_config(Rng& rng, DramPreset preset) {
  return {.preset = preset,
          .channels = rng.uniform(1, 4),
          .ranks = rng.uniform(1, 3),
          .queue_depth = rng.uniform(1, 40),
          .row_policy = rng.chance(0.5) ? RowPolicy::Open : RowPolicy::Closed,
          .scheduler = rng.chance(0.7) ? DramScheduler::FrFcfs : DramScheduler::Fcfs,
          .has_refresh = rng.chance(0.8)};
}

TEST_P(EveryPreset, HoldsForRandomTrafficAndEveryRequestIsAnsweredOnce) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng{seed};
    const BankedConfig config = random_config(rng, GetParam());
    BankedMemory memory{banked(config), static_cast<double>(rng.uniform(1, 4)) * 333333333.0};
    std::vector<Checker> checkers(static_cast<size_t>(config.channels), Checker{device(), config});
    memory.watch([&](const DramIssue& issue) {
      checkers.at(static_cast<size_t>(issue.where.channel)).check(issue);
    });
    const std::vector<MemoryRequest> requests = random_requests(rng, 1500);
    const DriveResult result = drive(memory, requests);
    if (HasFatalFailure()) return;
    uint64_t bytes = 0;
    int64_t bursts = 0;
    const auto burst_bytes = static_cast<uint64_t>(device().burst_bytes());
    for (size_t i = 0; i < requests.size(); ++i) {
      EXPECT_NE(result.answered[i], kNever) << "request " << i;
      const auto size = static_cast<uint64_t>(requests[i].bytes);
      bytes += size;
      bursts += static_cast<int64_t>((requests[i].address + size - 1) / burst_bytes -
                                     requests[i].address / burst_bytes + 1);
    }
    const MemoryStats& stats = memory.stats();
    EXPECT_EQ(stats.read_bytes + stats.write_bytes, bytes);
    EXPECT_EQ(static_cast<int64_t>(stats.row_hits + stats.row_misses + stats.row_conflicts),
              bursts);
    int64_t columns = 0;
    for (const Checker& checker : checkers) columns += checker.columns();
    EXPECT_EQ(columns, bursts);
    EXPECT_EQ(stats.refreshes > 0, config.has_refresh);
  }
}

}  // namespace
}  // namespace olivine
