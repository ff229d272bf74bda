// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/platform/module_context.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"

namespace olivine {
namespace {

constexpr double kPicosecondsPerSecond = 1e12;

sc_core::sc_time to_time(int64_t picoseconds) {
  return sc_core::sc_time::from_value(static_cast<uint64_t>(picoseconds));
}

}  // namespace

ModuleContext::ModuleContext(double clock_hz, bool is_traced)
    // Half a period is a whole number too.
    : period_ps_(std::max<int64_t>(2, std::llround(kPicosecondsPerSecond / clock_hz))),
      is_traced_(is_traced) {
  OLV_CHECK(sc_core::sc_get_time_resolution() == sc_core::sc_time(1, sc_core::SC_PS));
}

void ModuleContext::restart() {
  failure_ = nullptr;
  last_move_ = 0;
  const auto now_ps = static_cast<int64_t>(sc_core::sc_time_stamp().value());
  origin_ps_ = now_ps + period_ps_;
}

int64_t ModuleContext::picoseconds() const {
  return static_cast<int64_t>(sc_core::sc_time_stamp().value()) - origin_ps_;
}

int64_t ModuleContext::now() const {
  const int64_t since_origin = picoseconds();
  return since_origin < 0 ? -1 : since_origin / period_ps_;
}

sc_core::sc_time ModuleContext::until(int64_t cycle) const {
  return to_time(cycle * period_ps_ - picoseconds());
}

sc_core::sc_time ModuleContext::until_before(int64_t cycle) const {
  return to_time(cycle * period_ps_ - period_ps_ / 2 - picoseconds());
}

sc_core::sc_time ModuleContext::duration(int64_t cycles) const {
  return to_time(cycles * period_ps_);
}

int64_t ModuleContext::cycle_after(const sc_core::sc_time& delay) const {
  const int64_t at_ps = picoseconds() + static_cast<int64_t>(delay.value());
  OLV_CHECK(at_ps % period_ps_ == 0, "{} ps is not the beginning of a cycle", at_ps);
  return at_ps / period_ps_;
}

}  // namespace olivine
