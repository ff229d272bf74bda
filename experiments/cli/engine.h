// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace olivine {
struct NetworkPlan;
struct NetworkResult;
}  // namespace olivine

namespace olivine::cli {

enum class Engine : uint8_t;

// Results of every distinct layer. With Engine::Cycle each array layer is also stepped with
// values; throws CheckFailed, naming layer and figures, where it differs from the closed form or
// the functional GEMM, and NoProgress where it stands still.
[[nodiscard]] NetworkResult run_engine(const NetworkPlan& plan, Engine engine, uint64_t seed);

// One layer on the cycle-stepped engine, compared with the closed form. Throws as above.
void check_layer(const NetworkPlan& plan, size_t plan_index, uint64_t seed,
                 const std::function<void(uint64_t cycles)>& progress = {});

}  // namespace olivine::cli
