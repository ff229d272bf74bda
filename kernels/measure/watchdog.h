// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace olivine::measure {

// Ends a run in which a step takes far too long: a kernel that waits for ever cannot be stopped
// from the thread that waits for it.
class Watchdog {
 public:
  // `on_expiry` is called, once, from another thread, with the step that hangs; it should not
  // return to the rest of the program.
  explicit Watchdog(std::function<void(const std::string& step)> on_expiry);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  Watchdog(Watchdog&&) = delete;
  Watchdog& operator=(Watchdog&&) = delete;

  // A step begins, and the last one has ended.
  void begin_step(const std::string& step, double limit_s);

 private:
  using Clock = std::chrono::steady_clock;
  void watch();

  std::function<void(const std::string&)> on_expiry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string step_;
  std::optional<Clock::time_point> deadline_;
  bool has_ended_ = false;
  std::thread thread_;
};

}  // namespace olivine::measure
