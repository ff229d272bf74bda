// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/memory/banked_memory_address.h"

namespace olivine {

enum class DramCommand : uint8_t { Activate, Read, Write, Precharge, PrechargeAll, Refresh };

[[nodiscard]] constexpr bool is_column(DramCommand command) {
  return command == DramCommand::Read || command == DramCommand::Write;
}

// The banks of one channel and the times between commands that the device demands (JESD79-4,
// JESD209-4, JESD235: the names are theirs). Cycles are those of the command clock. A command takes
// one of them on the command pins; where column commands have pins of their own, one of each kind
// may be issued in a cycle.
class ChannelTiming {
 public:
  // Contract: `device` outlives the object.
  ChannelTiming(const DramDevice& device, int64_t ranks);

  // The first cycle in which `command` may follow all that were issued. PrechargeAll and Refresh
  // mean the rank alone. Contract: the command fits the state of the bank: Activate and Refresh
  // need closed banks, Read and Write the row to be open.
  [[nodiscard]] int64_t earliest(DramCommand command, const DramCoordinate& where) const;

  // Contract: at >= earliest(command, where).
  void issue(DramCommand command, const DramCoordinate& where, int64_t at);

  // The row in the bank's sense amplifiers.
  [[nodiscard]] std::optional<int64_t> open_row(const DramCoordinate& where) const {
    return banks_[bank_index(where)].row;
  }
  [[nodiscard]] bool has_open_bank(int32_t rank) const {
    return ranks_[static_cast<size_t>(rank)].open_banks > 0;
  }

  // Of all banks in the channel, by rank, group and bank.
  [[nodiscard]] size_t bank_index(const DramCoordinate& where) const {
    return group_index(where) * banks_per_group_ + static_cast<size_t>(where.bank);
  }
  [[nodiscard]] size_t bank_count() const { return banks_.size(); }

  // Column command to the end of its data.
  [[nodiscard]] int64_t latency(DramCommand column) const {
    return (column == DramCommand::Read ? device_->cl : device_->cwl) + device_->burst_cycles();
  }

 private:
  // "Not before" cycles; all begin in the past.
  struct Bank {
    std::optional<int64_t> row;
    int64_t activate = 0;   // tRP, tRFC; tRC = tRAS + tRP follows
    int64_t column = 0;     // tRCD
    int64_t precharge = 0;  // tRAS, tRTP, tWR
  };
  struct Group {
    int64_t activate = 0;  // tRRD_L
    int64_t read = 0;      // tCCD_L, tWTR_L
    int64_t write = 0;     // tCCD_L
  };
  struct Rank {
    int64_t activate = 0;                // tRRD_S
    int64_t read = 0;                    // tCCD_S, tWTR_S
    int64_t write = 0;                   // tCCD_S
    std::array<int64_t, 4> activates{};  // cycle of each of the last four, plus tFAW
    size_t oldest_activate = 0;          // of those
    int64_t open_banks = 0;
  };
  // The last burst on the data pins.
  struct DataBus {
    DramCommand command = DramCommand::Read;
    int32_t rank = 0;
    int64_t end = 0;
  };

  [[nodiscard]] size_t group_index(const DramCoordinate& where) const {
    return static_cast<size_t>(where.rank) * groups_ + static_cast<size_t>(where.group);
  }
  [[nodiscard]] int64_t bus_free(DramCommand command) const {
    return is_column(command) && device_->has_column_bus ? column_bus_ : row_bus_;
  }
  [[nodiscard]] int64_t earliest_column(DramCommand command, const DramCoordinate& where) const;
  [[nodiscard]] int64_t earliest_of_rank(DramCommand command, int32_t rank) const;
  void issue_activate(const DramCoordinate& where, int64_t at);
  void issue_column(DramCommand command, const DramCoordinate& where, int64_t at);
  void issue_precharge(Bank& bank, int32_t rank, int64_t ready);
  void issue_to_rank(DramCommand command, int32_t rank, int64_t at);

  const DramDevice* device_;
  size_t groups_;
  size_t banks_per_group_;
  std::vector<Bank> banks_;
  std::vector<Group> group_times_;
  std::vector<Rank> ranks_;
  DataBus data_;
  int64_t row_bus_ = 0;  // all commands where there is one bus
  int64_t column_bus_ = 0;
};

}  // namespace olivine
