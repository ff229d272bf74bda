// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/memory/banked_memory_timing.h"
#include "sim/memory/memory_model.h"

namespace olivine {

// One burst of a request.
struct DramBurst {
  Access access = Access::Read;
  DramCoordinate where;
  uint32_t flight = 0;  // which request
};

// The end of a burst's data on the pins, in DRAM cycles.
struct DramBurstEnd {
  uint32_t flight = 0;
  int64_t at = 0;
};

// A command on the pins of a channel, for those who watch.
struct DramIssue {
  DramCommand command = DramCommand::Activate;
  DramCoordinate where;
  int64_t at = 0;
};

// Banks of a channel by index: at most 8 ranks of 16.
class BankSet {
 public:
  static constexpr size_t kMaxBanks = 128;

  void insert(size_t bank) { words_[bank / 64] |= uint64_t{1} << bank % 64; }
  void erase(size_t bank) { words_[bank / 64] &= ~(uint64_t{1} << bank % 64); }
  // Calls `visit` with every bank of this set that is not in `other`, in ascending order.
  template <class Visit>
  void for_each_without(const BankSet& other, Visit visit) const {
    for (size_t word = 0; word < words_.size(); ++word) {
      for (uint64_t bits = words_[word] & ~other.words_[word]; bits != 0; bits &= bits - 1) {
        visit(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

 private:
  std::array<uint64_t, kMaxBanks / 64> words_{};
};

// The controller of one channel, in DRAM cycles. It chooses among the `queue_depth` oldest bursts;
// those that a large request has beyond them wait behind, in order. Each cycle it issues the first
// of these that may be issued:
//   1. refresh: from its time on (every tREFI, ranks staggered) a rank takes no command but
//      PrechargeAll and Refresh;
//   2. a column command of a burst whose row is open, the oldest first;
//   3. Activate for the oldest burst of a bank without an open row;
//   4. Precharge for the oldest burst of a bank with another open row that no queued burst wants;
//   5. closed rows: Precharge of a row that no queued burst wants.
// Bursts of one bank and row stay in order. So that none starves, after kMaxOvertakes younger
// column commands only the oldest burst of the queue gets one. Fcfs: commands are issued for the
// oldest burst alone.
class ChannelController {
 public:
  static constexpr int64_t kMaxOvertakes = 64;

  // Contract: `device` outlives the object.
  ChannelController(const DramDevice& device, const BankedConfig& config);

  // A burst that arrives at the end of the time that was run. Contract: bank_count() of the channel
  // is at most BankSet::kMaxBanks.
  void push(const DramBurst& burst);

  // Issues the commands of all cycles before `end`; appends the bursts whose column command was
  // among them and counts in `stats` (rows and refreshes only). Contract: `end` never falls.
  void run_until(int64_t end, std::vector<DramBurstEnd>& done, MemoryStats& stats);

  // No command is issued before this cycle, unless more bursts arrive.
  [[nodiscard]] int64_t next_issue() const { return is_choice_known_ ? choice_.at : now_; }

  [[nodiscard]] int64_t queued() const { return static_cast<int64_t>(used_ + backlog_.size()); }
  [[nodiscard]] bool has_room(int64_t bursts) const {
    return bursts + queued() <= static_cast<int64_t>(slots_.size()) || queued() == 0;
  }

  // Calls `observer` with every command from now on.
  void watch(std::function<void(const DramIssue&)> observer) { observer_ = std::move(observer); }

 private:
  using SlotIndex = uint16_t;
  static constexpr SlotIndex kNone = std::numeric_limits<SlotIndex>::max();

  // What a burst found; decides how it counts.
  enum class RowState : uint8_t { Hit, Miss, Conflict };
  // Lower is issued first.
  enum class Priority : uint8_t { Refresh, Column, Activate, Precharge, Close };

  struct Slot {
    DramBurst burst;
    RowState state = RowState::Hit;
    uint16_t bank = 0;
    uint64_t age = 0;                          // rises from burst to burst
    SlotIndex older = kNone, younger = kNone;  // in the whole queue
    SlotIndex before = kNone, after = kNone;   // of the same bank
  };
  // The queued bursts of a bank.
  struct BankQueue {
    SlotIndex oldest = kNone, youngest = kNone;
    SlotIndex hit = kNone;  // the oldest that wants the open row
  };
  struct Choice {
    int64_t at = kNever;
    Priority priority = Priority::Close;
    uint64_t age = 0;
    DramCommand command = DramCommand::Activate;
    size_t bank = 0;         // Refresh: the first of its rank
    SlotIndex slot = kNone;  // on whose behalf

    [[nodiscard]] bool precedes(const Choice& other) const {
      return std::tie(at, priority, age) < std::tie(other.at, other.priority, other.age);
    }
  };

  [[nodiscard]] Choice choose() const;
  void consider_bank(size_t bank, Choice& best) const;
  void consider_slot(SlotIndex slot, Choice& best) const;
  void consider_close(size_t bank, Choice& best) const;
  [[nodiscard]] bool is_draining(int32_t rank, int64_t at) const {
    return at >= refresh_at_[static_cast<size_t>(rank)];
  }
  [[nodiscard]] const DramCoordinate& where(const Choice& choice) const {
    return choice.slot == kNone ? bank_names_[choice.bank] : slots_[choice.slot].burst.where;
  }
  void consider_refresh(int32_t rank, Choice& best) const;
  [[nodiscard]] bool is_only_oldest() const { return overtakes_ >= kMaxOvertakes; }

  void issue(const Choice& choice, std::vector<DramBurstEnd>& done, MemoryStats& stats);
  void finish(const Choice& choice, std::vector<DramBurstEnd>& done, MemoryStats& stats);
  void enter(const DramBurst& burst);
  void leave(SlotIndex slot);
  void find_hit(BankQueue& queue, SlotIndex from);
  void forget_rows(int32_t rank);

  const DramDevice* device_;
  BankedConfig config_;
  ChannelTiming timing_;
  std::vector<Slot> slots_;
  std::vector<SlotIndex> free_;
  size_t used_ = 0;
  std::deque<DramBurst> backlog_;
  SlotIndex oldest_ = kNone, youngest_ = kNone;
  std::vector<BankQueue> banks_;
  std::vector<DramCoordinate> bank_names_;
  BankSet wanted_;                   // banks with queued bursts
  BankSet open_;                     // banks with an open row
  std::vector<int64_t> refresh_at_;  // of each rank, the next one
  uint64_t next_age_ = 0;
  int64_t overtakes_ = 0;  // column commands since the oldest burst became it
  int64_t now_ = 0;        // every cycle before has been run
  bool is_choice_known_ = false;
  Choice choice_;
  std::function<void(const DramIssue&)> observer_;
};

}  // namespace olivine
