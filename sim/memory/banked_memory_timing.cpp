// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_timing.h"

#include <algorithm>

#include "models/base/error.h"

namespace olivine {
namespace {

void raise(int64_t& limit, int64_t to) { limit = std::max(limit, to); }

}  // namespace

ChannelTiming::ChannelTiming(const DramDevice& device, int64_t ranks)
    : device_(&device),
      groups_(static_cast<size_t>(device.bank_groups)),
      banks_per_group_(static_cast<size_t>(device.banks / device.bank_groups)),
      banks_(static_cast<size_t>(ranks * device.banks)),
      group_times_(static_cast<size_t>(ranks * device.bank_groups)),
      ranks_(static_cast<size_t>(ranks)) {}

int64_t ChannelTiming::earliest(DramCommand command, const DramCoordinate& where) const {
  const Bank& bank = banks_[bank_index(where)];
  const Rank& rank = ranks_[static_cast<size_t>(where.rank)];
  switch (command) {
    case DramCommand::Activate:
      return std::max({bus_free(command), bank.activate, group_times_[group_index(where)].activate,
                       rank.activate, rank.activates[rank.oldest_activate]});
    case DramCommand::Read:
    case DramCommand::Write:
      return earliest_column(command, where);
    case DramCommand::Precharge:
      return std::max(bus_free(command), bank.precharge);
    case DramCommand::PrechargeAll:
    case DramCommand::Refresh:
      return earliest_of_rank(command, where.rank);
  }
  OLV_CHECK(false, "no such DRAM command");
}

int64_t ChannelTiming::earliest_column(DramCommand command, const DramCoordinate& where) const {
  const bool is_read = command == DramCommand::Read;
  const Group& group = group_times_[group_index(where)];
  const Rank& rank = ranks_[static_cast<size_t>(where.rank)];
  // Data follows its command after a fixed time, so a gap on the data pins is one of commands.
  int64_t gap = where.rank == data_.rank ? 0 : device_->rank_switch;
  if (data_.command == DramCommand::Read && !is_read) gap = std::max(gap, device_->turnaround);
  const int64_t data_free = data_.end + gap - (is_read ? device_->cl : device_->cwl);
  return std::max({bus_free(command), data_free, banks_[bank_index(where)].column,
                   is_read ? group.read : group.write, is_read ? rank.read : rank.write});
}

int64_t ChannelTiming::earliest_of_rank(DramCommand command, int32_t rank) const {
  int64_t cycle = bus_free(command);
  const size_t banks = static_cast<size_t>(device_->banks);
  for (size_t i = static_cast<size_t>(rank) * banks; i < static_cast<size_t>(rank + 1) * banks;
       ++i) {
    const Bank& bank = banks_[i];
    if (command == DramCommand::Refresh) raise(cycle, bank.activate);
    if (command == DramCommand::PrechargeAll && bank.row) raise(cycle, bank.precharge);
  }
  return cycle;
}

void ChannelTiming::issue(DramCommand command, const DramCoordinate& where, int64_t at) {
  OLV_CHECK(at >= earliest(command, where), "DRAM command {} in cycle {}, not before {}",
            static_cast<int>(command), at, earliest(command, where));
  (is_column(command) && device_->has_column_bus ? column_bus_ : row_bus_) = at + 1;
  switch (command) {
    case DramCommand::Activate:
      return issue_activate(where, at);
    case DramCommand::Read:
    case DramCommand::Write:
      return issue_column(command, where, at);
    case DramCommand::Precharge:
      return issue_precharge(banks_[bank_index(where)], where.rank, at + device_->rp);
    case DramCommand::PrechargeAll:
    case DramCommand::Refresh:
      return issue_to_rank(command, where.rank, at);
  }
}

void ChannelTiming::issue_activate(const DramCoordinate& where, int64_t at) {
  Bank& bank = banks_[bank_index(where)];
  OLV_CHECK(!bank.row, "activate in cycle {}: row {} is open", at, *bank.row);
  bank.row = where.row;
  bank.column = at + device_->rcd;
  raise(bank.precharge, at + device_->ras);
  raise(group_times_[group_index(where)].activate, at + device_->rrd_l);
  Rank& rank = ranks_[static_cast<size_t>(where.rank)];
  raise(rank.activate, at + device_->rrd_s);
  rank.activates[rank.oldest_activate] = at + device_->faw;
  rank.oldest_activate = (rank.oldest_activate + 1) % rank.activates.size();
  ++rank.open_banks;
}

void ChannelTiming::issue_column(DramCommand command, const DramCoordinate& where, int64_t at) {
  Bank& bank = banks_[bank_index(where)];
  OLV_CHECK(bank.row == where.row, "column command in cycle {} to a row that is not open", at);
  Group& group = group_times_[group_index(where)];
  Rank& rank = ranks_[static_cast<size_t>(where.rank)];
  data_ = {command, where.rank, at + latency(command)};
  raise(group.read, at + device_->ccd_l);
  raise(group.write, at + device_->ccd_l);
  raise(rank.read, at + device_->ccd_s);
  raise(rank.write, at + device_->ccd_s);
  if (command == DramCommand::Read) {
    raise(bank.precharge, at + device_->rtp);
    return;
  }
  raise(bank.precharge, data_.end + device_->wr);
  raise(group.read, data_.end + device_->wtr_l);
  raise(rank.read, data_.end + device_->wtr_s);
}

// `ready`: the end of the precharge.
void ChannelTiming::issue_precharge(Bank& bank, int32_t rank, int64_t ready) {
  if (!bank.row) return;
  bank.row.reset();
  raise(bank.activate, ready);
  --ranks_[static_cast<size_t>(rank)].open_banks;
}

void ChannelTiming::issue_to_rank(DramCommand command, int32_t rank, int64_t at) {
  OLV_CHECK(command == DramCommand::PrechargeAll || !has_open_bank(rank),
            "refresh in cycle {} with open rows", at);
  const size_t banks = static_cast<size_t>(device_->banks);
  for (size_t i = static_cast<size_t>(rank) * banks; i < static_cast<size_t>(rank + 1) * banks;
       ++i) {
    if (command == DramCommand::PrechargeAll) {
      issue_precharge(banks_[i], rank, at + device_->rp_all);
    } else {
      raise(banks_[i].activate, at + device_->rfc);
    }
  }
}

}  // namespace olivine
