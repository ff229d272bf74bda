// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>

namespace olivine {
struct NetworkPlan;
struct NetworkResult;
}  // namespace olivine

namespace olivine::cli {

enum class Engine : uint8_t;

// Results of every distinct layer. With Engine::Cycle they are those of step_network(), and stderr
// says what was compared.
[[nodiscard]] NetworkResult run_engine(const NetworkPlan& plan, Engine engine, uint64_t seed);

// Executes every distinct array layer once, each register stepped with values of `seed`, and
// compares it with the functional GEMM and with the closed form, of which `closed` is the result.
// Timing, traffic and energy of array layers are the stepped ones; the vector unit has only a
// closed form. Progress goes to stderr. Throws CheckFailed, naming layer and figures, where a layer
// differs, and NoProgress where it stands still.
[[nodiscard]] NetworkResult step_network(const NetworkPlan& plan, const NetworkResult& closed,
                                         uint64_t seed);

}  // namespace olivine::cli
