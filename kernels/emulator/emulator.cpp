// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "kernels/emulator/emulator.h"

#include <fmt/format.h>

#include "kernels/emulator/machine.h"
#include "models/base/rng.h"

namespace olivine {
namespace {

constexpr int kMaxThreads = 1024;
constexpr int kMaxCluster = 8;  // more takes an opt-in

void require_legal(const LaunchConfig& config, const EmulatorOptions& options) {
  const int capability = options.compute_capability;
  const int most_shared = capability >= 90 ? 227 * 1024 : 163 * 1024;
  const auto require = [](bool is_true, const std::string& what) {
    if (!is_true) throw EmulatorError{"launch: " + what};
  };
  require(
      config.threads >= 32 && config.threads <= kMaxThreads && config.threads % 32 == 0,
      fmt::format("{} threads, multiples of 32 up to {} are legal", config.threads, kMaxThreads));
  require(
      config.cluster >= 1 && config.cluster <= (capability >= 90 ? kMaxCluster : 1),
      fmt::format("a cluster of {} blocks at compute capability {}", config.cluster, capability));
  require(config.blocks >= 0 && config.blocks % config.cluster == 0,
          fmt::format("{} blocks in clusters of {}", config.blocks, config.cluster));
  require(
      config.shared_bytes >= 0 && config.shared_bytes <= most_shared,
      fmt::format("{} bytes of shared memory, {} are available", config.shared_bytes, most_shared));
}

}  // namespace

EmulatorReport emulate(const LaunchConfig& config, const EmulatorOptions& options,
                       const std::function<void(std::byte* shared)>& body) {
  require_legal(config, options);
  EmulatorReport report;
  Rng rng{options.seed};
  emulation::Machine machine{config, options, body, rng, report};
  for (int64_t first = 0; first < config.blocks; first += config.cluster) {
    machine.run_cluster(first);
  }
  return report;
}

}  // namespace olivine
