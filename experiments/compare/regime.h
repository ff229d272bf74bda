// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <array>
#include <cstdint>

#include "models/base/enum_names.h"

namespace olivine {
struct GemmTiming;
}

namespace olivine::compare {

// What a GEMM's time hangs on. Errors are stated by regime: a model can be right in one and wrong
// in another, and a mean over all of them hides it.
enum class Regime : uint8_t { Launch, Power, Memory, Wave, Compute };
inline constexpr std::array kRegimeNames = {
    EnumName<Regime>{Regime::Launch, "launch"}, EnumName<Regime>{Regime::Memory, "memory"},
    EnumName<Regime>{Regime::Wave, "wave"}, EnumName<Regime>{Regime::Compute, "compute"},
    EnumName<Regime>{Regime::Power, "power"}};
inline constexpr size_t kRegimes = kRegimeNames.size();

// Shares of the simulated time from which on a regime holds.
inline constexpr double kLaunchShare = 0.5;  // launch and exposed latency
inline constexpr double kPowerShare = 0.02;  // lost to a clock below the highest
inline constexpr double kMemoryShare = 0.1;  // of HBM beyond everything that runs beside it
inline constexpr double kWaveShare = 0.15;   // idle SMs in the last wave

// The regime of one simulated GEMM, from its waterfall. The first that holds:
//   launch   launch and latency take kLaunchShare of the time or more;
//   power    the power limit costs kPowerShare or more;
//   memory   HBM is what is waited for: its part beyond tensor cores, shared memory, decode and L2
//            is kMemoryShare or more (also wherever it is the largest of the ten parts);
//   wave     the tail takes kWaveShare or more;
//   compute  everything else: tensor cores, shared memory, decode or L2 set the pace.
// Contract: time_s is above 0 and no part is negative.
[[nodiscard]] Regime regime_of(const GemmTiming& timing);

}  // namespace olivine::compare
