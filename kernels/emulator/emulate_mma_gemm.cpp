// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <array>
#include <cstddef>
#include <utility>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/gemm/mma_gemm.cuh"
#include "kernels/launch/mma_configs.h"

namespace olivine {
namespace {

using Body = void (*)(const device::MmaParams& params, std::byte* shared);

template <size_t... kIndex>
constexpr std::array<Body, sizeof...(kIndex)> bodies(std::index_sequence<kIndex...> /*indices*/) {
  return {device::mma_gemm<static_cast<int>(kIndex)>...};
}
constexpr auto kBodies = bodies(std::make_index_sequence<kMmaConfigs.size()>{});

}  // namespace

EmulatorReport emulate_mma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                                const EmulatorOptions& options) {
  const device::MmaParams params = device::mma_params(args);
  const Body body = kBodies[static_cast<size_t>(index)];
  return emulate(config, options, [&](std::byte* shared) { body(params, shared); });
}

}  // namespace olivine
