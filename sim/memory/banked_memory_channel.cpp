// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/banked_memory_channel.h"

#include <algorithm>
#include <optional>

#include "models/base/error.h"

namespace olivine {
namespace {

DramCommand column_of(Access access) {
  return access == Access::Read ? DramCommand::Read : DramCommand::Write;
}

}  // namespace

ChannelController::ChannelController(const DramDevice& device, const BankedConfig& config)
    : device_(&device),
      config_(config),
      timing_(device, config.ranks),
      slots_(static_cast<size_t>(config.queue_depth)),
      banks_(timing_.bank_count()),
      bank_names_(timing_.bank_count()) {
  OLV_CHECK(banks_.size() <= BankSet::kMaxBanks, "{} banks in a channel", banks_.size());
  for (size_t i = slots_.size(); i > 0; --i) free_.push_back(static_cast<SlotIndex>(i - 1));
  for (int32_t rank = 0; rank < config.ranks; ++rank) {
    for (int32_t group = 0; group < device.bank_groups; ++group) {
      for (int32_t bank = 0; bank < device.banks / device.bank_groups; ++bank) {
        const DramCoordinate where{.rank = rank, .group = group, .bank = bank};
        bank_names_[timing_.bank_index(where)] = where;
      }
    }
    refresh_at_.push_back(config.has_refresh ? device.refi * (rank + 1) / config.ranks : kNever);
  }
}

void ChannelController::push(const DramBurst& burst) {
  if (used_ == slots_.size()) {
    backlog_.push_back(burst);
  } else {
    enter(burst);
  }
}

void ChannelController::run_until(int64_t end, std::vector<DramBurstEnd>& done,
                                  MemoryStats& stats) {
  while (true) {
    if (!is_choice_known_) choice_ = choose();
    is_choice_known_ = true;
    if (choice_.at >= end) break;
    now_ = choice_.at;
    is_choice_known_ = false;
    issue(choice_, done, stats);
  }
  now_ = std::max(now_, end);
}

ChannelController::Choice ChannelController::choose() const {
  Choice best;
  if (config_.scheduler == DramScheduler::Fcfs) {
    if (oldest_ != kNone) consider_slot(oldest_, best);
  } else {
    wanted_.for_each_without({}, [&](size_t bank) { consider_bank(bank, best); });
  }
  if (config_.row_policy == RowPolicy::Closed) {
    open_.for_each_without(wanted_, [&](size_t bank) { consider_close(bank, best); });
  }
  if (!config_.has_refresh) return best;
  // Only a refresh that is due before all else changes the choice.
  for (int32_t rank = 0; rank < config_.ranks; ++rank) {
    if (refresh_at_[static_cast<size_t>(rank)] <= best.at) consider_refresh(rank, best);
  }
  return best;
}

void ChannelController::consider_bank(size_t bank, Choice& best) const {
  const BankQueue& queue = banks_[bank];
  if (!is_only_oldest()) {
    consider_slot(queue.hit != kNone ? queue.hit : queue.oldest, best);
  } else if (queue.oldest == oldest_ || queue.hit == kNone) {
    consider_slot(queue.oldest, best);
  }
}

// The next command that the burst in `slot` needs.
void ChannelController::consider_slot(SlotIndex slot, Choice& best) const {
  const Slot& entry = slots_[slot];
  const DramCoordinate& where = entry.burst.where;
  const std::optional<int64_t> row = timing_.open_row(where);
  Choice choice{.priority = Priority::Activate, .age = entry.age, .bank = entry.bank, .slot = slot};
  if (!row) {
    choice.command = DramCommand::Activate;
  } else if (*row != where.row) {
    choice.command = DramCommand::Precharge;
    choice.priority = Priority::Precharge;
  } else {
    choice.command = column_of(entry.burst.access);
    choice.priority = Priority::Column;
  }
  choice.at = std::max(now_, timing_.earliest(choice.command, where));
  if (choice.precedes(best) && !is_draining(where.rank, choice.at)) best = choice;
}

void ChannelController::consider_close(size_t bank, Choice& best) const {
  Choice choice{
      .priority = Priority::Close, .age = bank, .command = DramCommand::Precharge, .bank = bank};
  choice.at = std::max(now_, timing_.earliest(choice.command, bank_names_[bank]));
  if (choice.precedes(best) && !is_draining(bank_names_[bank].rank, choice.at)) best = choice;
}

void ChannelController::consider_refresh(int32_t rank, Choice& best) const {
  Choice choice{
      .priority = Priority::Refresh,
      .age = static_cast<uint64_t>(rank),
      .command = timing_.has_open_bank(rank) ? DramCommand::PrechargeAll : DramCommand::Refresh,
      .bank = timing_.bank_index({.rank = rank})};
  choice.at = std::max({now_, refresh_at_[static_cast<size_t>(rank)],
                        timing_.earliest(choice.command, bank_names_[choice.bank])});
  if (choice.precedes(best)) best = choice;
}

void ChannelController::issue(const Choice& choice, std::vector<DramBurstEnd>& done,
                              MemoryStats& stats) {
  timing_.issue(choice.command, where(choice), choice.at);
  if (observer_) observer_({choice.command, where(choice), choice.at});
  const size_t bank = choice.bank;
  switch (choice.command) {
    case DramCommand::Activate: {
      Slot& slot = slots_[choice.slot];
      if (slot.state == RowState::Hit) slot.state = RowState::Miss;
      open_.insert(bank);
      find_hit(banks_[bank], banks_[bank].oldest);
      return;
    }
    case DramCommand::Read:
    case DramCommand::Write:
      return finish(choice, done, stats);
    case DramCommand::Precharge:
      if (choice.slot != kNone) slots_[choice.slot].state = RowState::Conflict;
      open_.erase(bank);
      banks_[bank].hit = kNone;
      return;
    case DramCommand::PrechargeAll:
      return forget_rows(where(choice).rank);
    case DramCommand::Refresh:
      refresh_at_[static_cast<size_t>(where(choice).rank)] += device_->refi;
      ++stats.refreshes;
      return;
  }
}

// The column command of a burst: it leaves the queue, one of the backlog takes its place.
void ChannelController::finish(const Choice& choice, std::vector<DramBurstEnd>& done,
                               MemoryStats& stats) {
  const Slot& slot = slots_[choice.slot];
  done.push_back({slot.burst.flight, choice.at + timing_.latency(choice.command)});
  switch (slot.state) {
    case RowState::Hit:
      ++stats.row_hits;
      break;
    case RowState::Miss:
      ++stats.row_misses;
      break;
    case RowState::Conflict:
      ++stats.row_conflicts;
      break;
  }
  overtakes_ = choice.slot == oldest_ ? 0 : overtakes_ + 1;
  leave(choice.slot);
  if (backlog_.empty()) return;
  enter(backlog_.front());
  backlog_.pop_front();
}

void ChannelController::enter(const DramBurst& burst) {
  const SlotIndex index = free_.back();
  free_.pop_back();
  ++used_;
  Slot& slot = slots_[index];
  const size_t bank = timing_.bank_index(burst.where);
  BankQueue& queue = banks_[bank];
  slot = {.burst = burst,
          .bank = static_cast<uint16_t>(bank),
          .age = next_age_++,
          .older = youngest_,
          .before = queue.youngest};
  (youngest_ == kNone ? oldest_ : slots_[youngest_].younger) = index;
  youngest_ = index;
  (queue.youngest == kNone ? queue.oldest : slots_[queue.youngest].after) = index;
  queue.youngest = index;
  wanted_.insert(bank);
  if (queue.hit == kNone) find_hit(queue, index);
  is_choice_known_ = false;
}

void ChannelController::leave(SlotIndex index) {
  const Slot& slot = slots_[index];
  (slot.older == kNone ? oldest_ : slots_[slot.older].younger) = slot.younger;
  (slot.younger == kNone ? youngest_ : slots_[slot.younger].older) = slot.older;
  BankQueue& queue = banks_[slot.bank];
  (slot.before == kNone ? queue.oldest : slots_[slot.before].after) = slot.after;
  (slot.after == kNone ? queue.youngest : slots_[slot.after].before) = slot.before;
  if (queue.oldest == kNone) wanted_.erase(slot.bank);
  // Bursts of one row are served in order: the next hit is a younger one.
  find_hit(queue, slot.after);
  free_.push_back(index);
  --used_;
}

void ChannelController::find_hit(BankQueue& queue, SlotIndex from) {
  queue.hit = kNone;
  if (from == kNone) return;
  const std::optional<int64_t> row = timing_.open_row(slots_[from].burst.where);
  if (!row) return;
  while (from != kNone && slots_[from].burst.where.row != *row) from = slots_[from].after;
  queue.hit = from;
}

void ChannelController::forget_rows(int32_t rank) {
  for (size_t bank = 0; bank < banks_.size(); ++bank) {
    if (bank_names_[bank].rank != rank) continue;
    open_.erase(bank);
    banks_[bank].hit = kNone;
  }
}

}  // namespace olivine
