// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include <array>
#include <cstddef>
#include <utility>

#include "kernels/emulator/emulated_gemm.h"
#include "kernels/gemm/wgmma_gemm.cuh"
#include "kernels/launch/wgmma_configs.h"

namespace olivine {
namespace {

using Body = void (*)(const WgmmaParams& params, std::byte* shared);

template <size_t... kIndex>
constexpr std::array<Body, sizeof...(kIndex)> bodies(std::index_sequence<kIndex...> /*indices*/) {
  return {device::wgmma_gemm<static_cast<int>(kIndex)>...};
}
constexpr auto kBodies = bodies(std::make_index_sequence<kWgmmaConfigs.size()>{});

}  // namespace

EmulatorReport emulate_wgmma_gemm(int index, const GemmArgs& args, const LaunchConfig& config,
                                  const EmulatorOptions& options) {
  const auto position = static_cast<size_t>(index);
  const WgmmaParams params =
      wgmma_params(kWgmmaConfigs[position], args, encode_emulated_tensor_map);
  return emulate(config, options, [&](std::byte* shared) { kBodies[position](params, shared); });
}

}  // namespace olivine
