// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/measure/watchdog.h"

#include <utility>

namespace olivine::measure {

Watchdog::Watchdog(std::function<void(const std::string&)> on_expiry)
    : on_expiry_{std::move(on_expiry)}, thread_{[this] { watch(); }} {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock{mutex_};
    has_ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::begin_step(const std::string& step, double limit_s) {
  {
    const std::lock_guard lock{mutex_};
    step_ = step;
    deadline_ = Clock::now() +
                std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{limit_s});
  }
  changed_.notify_one();
}

void Watchdog::watch() {
  std::unique_lock lock{mutex_};
  while (!has_ended_) {
    if (!deadline_) {
      changed_.wait(lock);
      continue;
    }
    const Clock::time_point deadline = *deadline_;
    if (changed_.wait_until(lock, deadline) == std::cv_status::no_timeout) continue;
    if (has_ended_ || deadline_ != deadline) continue;
    const std::string step = step_;
    lock.unlock();
    on_expiry_(step);
    return;
  }
}

}  // namespace olivine::measure
