// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/base/error.h"
#include "sim/memory/memory_model.h"
#include "sim/platform/job.h"

namespace olivine {

Host::Host(std::span<const Job> jobs, int64_t submit_cycles)
    : jobs_(jobs),
      submit_cycles_(submit_cycles),
      states_(jobs.size(), State::Waiting),
      missing_(jobs.size()),
      successors_(jobs.size()),
      results_(jobs.size()) {
  for (size_t i = 0; i < jobs_.size(); ++i) {
    for (const size_t before : jobs_[i].after) {
      OLV_CHECK(before < i, "job {} comes after job {}", i, before);
      successors_[before].push_back(i);
    }
    missing_[i] = jobs_[i].after.size();
    if (missing_[i] == 0) make_ready(i);
  }
}

void Host::make_ready(size_t index) {
  states_[index] = State::Ready;
  ready_.push({index, results_[index].ready + submit_cycles_});
}

int64_t Host::next_submission() const { return ready_.empty() ? kNever : ready_.top().begin; }

std::optional<Host::Doorbell> Host::submit_until(int64_t cycle) {
  if (next_submission() > cycle) return std::nullopt;
  const Doorbell doorbell = ready_.top();
  ready_.pop();
  states_[doorbell.index] = State::Submitted;
  ++submitted_;
  return doorbell;
}

void Host::complete(size_t index, int64_t begin, int64_t end, const LayerTiming& timing) {
  OLV_CHECK(index < jobs_.size() && states_[index] == State::Submitted,
            "job {} ended in cycle {}, but was not under way", index, end);
  states_[index] = State::Completed;
  ++completed_;
  end_ = std::max(end_, end);
  results_[index].begin = begin;
  results_[index].end = end;
  results_[index].timing = timing;
  for (const size_t next : successors_[index]) {
    results_[next].ready = std::max(results_[next].ready, end);
    if (--missing_[next] == 0) make_ready(next);
  }
}

std::string Host::missing_of(size_t index) const {
  std::vector<std::string> names;
  for (const size_t before : jobs_[index].after) {
    if (states_[before] != State::Completed) names.push_back(jobs_[before].name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string Host::describe() const {
  constexpr size_t kShown = 4;
  std::vector<std::string> running;
  std::vector<std::string> waiting;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    if (states_[i] == State::Submitted) running.push_back(jobs_[i].name);
    if (states_[i] == State::Ready) waiting.push_back(fmt::format("{} is set up", jobs_[i].name));
    if (states_[i] == State::Waiting && waiting.size() < kShown) {
      waiting.push_back(fmt::format("{} waits for {}", jobs_[i].name, missing_of(i)));
    }
  }
  if (waiting.size() > kShown) waiting.resize(kShown);
  return fmt::format("{} of {} jobs ended; submitted: {}; {}", completed_, jobs_.size(),
                     running.empty() ? "none" : fmt::format("{}", fmt::join(running, ", ")),
                     waiting.empty() ? "none waits" : fmt::format("{}", fmt::join(waiting, "; ")));
}

}  // namespace olivine
