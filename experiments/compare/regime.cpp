// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "experiments/compare/regime.h"

#include "models/base/error.h"
#include "sim/tensor_core/gemm_timing.h"

namespace olivine::compare {

Regime regime_of(const GemmTiming& timing) {
  OLV_CHECK(timing.time_s > 0, "time {} s", timing.time_s);
  const auto share = [&](TimePart part) { return timing.part_s(part) / timing.time_s; };
  if (share(TimePart::Launch) + share(TimePart::Latency) >= kLaunchShare) return Regime::Launch;
  if (share(TimePart::Clock) >= kPowerShare) return Regime::Power;
  if (share(TimePart::Hbm) >= kMemoryShare) return Regime::Memory;
  if (share(TimePart::Tail) >= kWaveShare) return Regime::Wave;
  return Regime::Compute;
}

}  // namespace olivine::compare
