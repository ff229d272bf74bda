// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/cosim/rtl_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/base/error.h"
#include "models/base/text.h"

namespace olivine {

void RtlModel::set_signals(std::vector<RtlSignal> signals) {
  signals_ = std::move(signals);
  std::ranges::sort(signals_, {}, &RtlSignal::name);
  clock_ = find("clk_i");
  reset_ = find("rst_ni");
}

const RtlSignal* RtlModel::find(std::string_view name) const {
  const auto at = std::ranges::lower_bound(signals_, name, {}, &RtlSignal::name);
  return at != signals_.end() && at->name == name ? &*at : nullptr;
}

const RtlSignal& RtlModel::signal(std::string_view name) const {
  if (const RtlSignal* found = find(name)) return *found;
  std::vector<std::string> known;
  for (const RtlSignal& signal : signals_) known.push_back(signal.name);
  throw ConfigError{fmt::format("{}: no signal {}{}", name_, name, suggestion(name, known))};
}

void RtlModel::settle() {
  if (clock_ != nullptr) clock_->set(0);
  eval();
  note_failure();
  dump();
}

void RtlModel::edge() {
  if (clock_ != nullptr) clock_->set(1);
  eval();
  note_failure();
  dump();
  ++cycle_;
}

void RtlModel::reset(int cycles) {
  // Released once before: an asynchronous reset needs to see rst_ni fall.
  for (const uint64_t level : {1u, 0u}) {
    if (reset_ != nullptr) reset_->set(level);
    settle();
  }
  for (int i = 0; i < cycles; ++i) {
    settle();
    edge();
  }
  settle();
  if (reset_ != nullptr) reset_->set(1);
}

void RtlModel::trace_from(const std::string& path, int64_t first) {
  if (!open_trace(path)) throw ConfigError{fmt::format("{}: built without tracing", name_)};
  is_tracing_ = true;
  trace_first_ = first;
}

void RtlModel::close_trace() {
  if (std::exchange(is_tracing_, false)) finish_trace();
}

void RtlModel::write_coverage(const std::string& path) {
  if (!save_coverage(path)) throw ConfigError{fmt::format("{}: built without coverage", name_)};
}

void RtlModel::note_failure() {
  if (!failure_cycle_ && has_failed()) failure_cycle_ = cycle_;
}

// Trace time: two units a cycle, the rising edge at odd ones.
void RtlModel::dump() {
  if (!is_tracing_ || cycle_ < trace_first_) return;
  const bool is_high = clock_ != nullptr && clock_->value() != 0;
  dump_trace(2 * static_cast<uint64_t>(cycle_) + (is_high ? 1 : 0));
}

}  // namespace olivine
