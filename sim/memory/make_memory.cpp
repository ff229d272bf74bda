// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "sim/memory/make_memory.h"

#include "models/base/error.h"
#include "models/machines/machine.h"
#include "sim/memory/bandwidth_memory.h"
#include "sim/memory/banked_memory.h"

namespace olivine {

std::unique_ptr<MemoryModel> make_memory(const DramConfig& dram, double clock_hz) {
  switch (dram.model) {
    case DramModel::Ideal:
      break;
    case DramModel::Bandwidth:
      return std::make_unique<BandwidthMemory>(dram.bytes_per_cycle, dram.latency_cycles);
    case DramModel::Banked:
      return std::make_unique<BankedMemory>(dram, clock_hz);
  }
  OLV_CHECK(false, "ideal DRAM has no memory model");
}

}  // namespace olivine
