// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#pragma once

#include <cstdint>
#include <string_view>

#include "models/machines/machine.h"

namespace olivine {

// One channel of a DRAM device: organisation, and timing in cycles of its command clock (nCK)
// unless the name says otherwise. Values and their sources: dram_device.cpp.
struct DramDevice {
  std::string_view name;
  double clock_hz = 0;  // command clock; data moves at `data_rate` times as many beats
  int64_t data_rate = 2;
  int64_t bus_bits = 0;      // of one channel
  int64_t burst_length = 0;  // beats
  int64_t bank_groups = 1;
  int64_t banks = 0;      // of a rank, in all bank groups
  int64_t row_bytes = 0;  // of a bank, over the channel
  int64_t rows = 0;       // of a bank

  int64_t cl = 0, cwl = 0;           // column command to first beat, read and write
  int64_t rcd = 0, rp = 0, ras = 0;  // activate to column, precharge, activate to precharge
  int64_t rp_all = 0;                // precharge of all banks at once
  int64_t rrd_s = 0, rrd_l = 0;      // activate to activate, other and same bank group
  int64_t ccd_s = 0, ccd_l = 0;      // column to column
  int64_t wtr_s = 0, wtr_l = 0;      // last beat written to read
  int64_t rtp = 0, wr = 0;           // read to precharge; last beat written to precharge
  int64_t faw = 0;                   // four activates of one rank
  int64_t rfc = 0, refi = 0;         // refresh; interval
  int64_t rank_switch = 0;           // idle data cycles between bursts of two ranks
  int64_t turnaround = 0;            // idle data cycles from read to written data
  bool has_column_bus = false;       // column commands on pins of their own (HBM)

  [[nodiscard]] int64_t burst_cycles() const { return burst_length / data_rate; }
  [[nodiscard]] int64_t burst_bytes() const { return bus_bits / 8 * burst_length; }
  [[nodiscard]] int64_t rc() const { return ras + rp; }
};

[[nodiscard]] const DramDevice& dram_device(DramPreset preset);

// Of all channels and ranks.
[[nodiscard]] int64_t dram_capacity_bytes(const BankedConfig& config);

// The `bandwidth` memory that stands for a banked one where a closed form is needed (the mapper's
// choice of tilings): its peak less the time in refresh, rounded down, at least a byte a cycle; and
// the latency of an idle row miss to the first beat, rounded up; in cycles of `clock_hz`. Any other
// memory as it is.
[[nodiscard]] DramConfig equivalent_bandwidth(const DramConfig& dram, double clock_hz);

}  // namespace olivine
