// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <exception>
#include <systemc>
#include <utility>

namespace olivine {

// What the modules of a platform share: the clock, and what went wrong.
//
// Cycles are integers; the kernel's time is derived from them, never the other way round: a cycle
// is a whole number of picoseconds, the clock's period rounded (exact at 500 MHz; 0.03 % off at 700
// MHz). Modules act at the beginning of a cycle, and half a period before it if they have to be
// done when it begins.
class ModuleContext {
 public:
  ModuleContext(double clock_hz, bool is_traced);

  // Cycle 0 of a new run is one period after the kernel's present time. Contract: no process runs.
  void restart();

  // The cycle that has begun last; -1 before cycle 0.
  [[nodiscard]] int64_t now() const;
  // The delay from now to the beginning of `cycle`, and to half a period before it.
  // Contract: that is not in the past.
  [[nodiscard]] sc_core::sc_time until(int64_t cycle) const;
  [[nodiscard]] sc_core::sc_time until_before(int64_t cycle) const;
  [[nodiscard]] sc_core::sc_time duration(int64_t cycles) const;
  // The cycle that begins after this delay. Contract: one does.
  [[nodiscard]] int64_t cycle_after(const sc_core::sc_time& delay) const;

  // Runs a process. The kernel would lose the type of an exception, so that it is kept here until
  // rethrow(); the processes stand still from then on.
  template <class Body>
  void guard(Body&& body) {
    if (failure_ != nullptr) return;
    try {
      std::forward<Body>(body)();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

  // Something moved, or will in a known cycle: a sign of life.
  void count_move(int64_t cycle) { last_move_ = cycle > last_move_ ? cycle : last_move_; }
  [[nodiscard]] int64_t last_move() const { return last_move_; }

  [[nodiscard]] bool is_traced() const { return is_traced_; }

 private:
  [[nodiscard]] int64_t picoseconds() const;

  int64_t period_ps_;
  bool is_traced_;
  int64_t origin_ps_ = 0;
  int64_t last_move_ = 0;
  std::exception_ptr failure_;
};

}  // namespace olivine
