// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/dram_device.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "models/base/config_table.h"
#include "models/base/error.h"

namespace olivine {
namespace {

class EveryPreset : public ::testing::TestWithParam<DramPreset> {
 protected:
  [[nodiscard]] static const DramDevice& device() { return dram_device(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(DramDevice, EveryPreset,
                         ::testing::Values(DramPreset::Ddr4_2400, DramPreset::Lpddr4_3200,
                                           DramPreset::Hbm2),
                         [](const auto& test) {
                           return std::string{name_of<DramPreset>(kDramPresetNames, test.param)};
                         });

TEST_P(EveryPreset, IsNamedAsInTheMachineFile) {
  EXPECT_EQ(device().name, name_of<DramPreset>(kDramPresetNames, GetParam()));
}

TEST_P(EveryPreset, HasAnOrganisationOfPowersOfTwo) {
  for (const int64_t extent : {device().bus_bits, device().burst_length, device().bank_groups,
                               device().banks, device().row_bytes, device().rows}) {
    EXPECT_TRUE(std::has_single_bit(static_cast<uint64_t>(extent))) << extent;
  }
  EXPECT_EQ(device().banks % device().bank_groups, 0);
  EXPECT_EQ(device().row_bytes % device().burst_bytes(), 0);
}

TEST_P(EveryPreset, TimesFitEachOther) {
  const DramDevice& d = device();
  EXPECT_EQ(d.rc(), d.ras + d.rp);
  EXPECT_GE(d.rp_all, d.rp);
  EXPECT_GE(d.ras, d.rcd);
  EXPECT_GE(d.faw, 4 * d.rrd_s);  // else the window of four activates could not bind
  EXPECT_GE(d.rrd_l, d.rrd_s);
  EXPECT_GE(d.ccd_l, d.ccd_s);
  EXPECT_GE(d.wtr_l, d.wtr_s);
  EXPECT_EQ(d.ccd_s, d.burst_cycles());  // so that columns of other groups fill the data bus
  EXPECT_GT(d.refi, d.rfc + d.rc());
}

struct Nanoseconds {
  const char* name;
  int64_t DramDevice::*cycles;
  double ns;
};

// The smallest whole number of clocks that is not shorter than the data sheet's time.
void expect_minimum(const DramDevice& device, const Nanoseconds& time) {
  SCOPED_TRACE(time.name);
  const double clock_ns = 1e9 / device.clock_hz;
  const auto cycles = static_cast<double>(device.*time.cycles);
  EXPECT_GE(cycles * clock_ns, time.ns * (1 - 1e-12));
  EXPECT_LT((cycles - 1) * clock_ns, time.ns);
}

// The largest whole number of clocks that is not longer.
void expect_maximum(const DramDevice& device, const Nanoseconds& time) {
  SCOPED_TRACE(time.name);
  const double clock_ns = 1e9 / device.clock_hz;
  const auto cycles = static_cast<double>(device.*time.cycles);
  EXPECT_LE(cycles * clock_ns, time.ns * (1 + 1e-12));
  EXPECT_GT((cycles + 1) * clock_ns, time.ns);
}

// JESD79-4, DDR4-2400T and a page of 1 KB; where the standard has max(n nCK, t ns), t is longer at
// this clock, but for tRRD_S.
TEST(Ddr4, HasTheTimesOfTheStandard) {
  const DramDevice& device = dram_device(DramPreset::Ddr4_2400);
  for (const Nanoseconds& time : {Nanoseconds{"tRCD", &DramDevice::rcd, 14.16},
                                  {"tRP", &DramDevice::rp, 14.16},
                                  {"tRAS", &DramDevice::ras, 32},
                                  {"tRRD_L", &DramDevice::rrd_l, 4.9},
                                  {"tFAW", &DramDevice::faw, 21},
                                  {"tCCD_L", &DramDevice::ccd_l, 5},
                                  {"tWTR_S", &DramDevice::wtr_s, 2.5},
                                  {"tWTR_L", &DramDevice::wtr_l, 7.5},
                                  {"tRTP", &DramDevice::rtp, 7.5},
                                  {"tWR", &DramDevice::wr, 15},
                                  {"tRFC", &DramDevice::rfc, 350}}) {
    expect_minimum(device, time);
  }
  expect_maximum(device, {"tREFI", &DramDevice::refi, 7800});
  EXPECT_EQ(device.rrd_s, 4);
  EXPECT_EQ(device.cl, 17);
  EXPECT_GE(static_cast<double>(device.rc()) * 1e9 / device.clock_hz, 46.16);  // tRC
  // Eight devices of 8 Gb are 8 GiB; 2400 Mb/s on 64 pins are 19.2 GB/s.
  EXPECT_EQ(dram_capacity_bytes({}), int64_t{8} << 30);
  EXPECT_EQ(device.clock_hz * static_cast<double>(device.data_rate * device.bus_bits / 8), 19.2e9);
}

TEST(Lpddr4, HasTheTimesOfTheStandard) {
  const DramDevice& device = dram_device(DramPreset::Lpddr4_3200);
  for (const Nanoseconds& time : {Nanoseconds{"tRCD", &DramDevice::rcd, 18},
                                  {"tRPpb", &DramDevice::rp, 18},
                                  {"tRPab", &DramDevice::rp_all, 21},
                                  {"tRAS", &DramDevice::ras, 42},
                                  {"tRRD", &DramDevice::rrd_s, 10},
                                  {"tFAW", &DramDevice::faw, 40},
                                  {"tWTR", &DramDevice::wtr_s, 10},
                                  {"tRTP", &DramDevice::rtp, 7.5},
                                  {"tWR", &DramDevice::wr, 18},
                                  {"tRFCab", &DramDevice::rfc, 280}}) {
    expect_minimum(device, time);
  }
  expect_maximum(device, {"tREFI", &DramDevice::refi, 3904});
  EXPECT_EQ(device.rrd_s, device.rrd_l);  // no bank groups
  EXPECT_EQ(device.ccd_s, device.ccd_l);
  EXPECT_EQ(device.wtr_s, device.wtr_l);
  // 8 Gb are 1 GiB; 3200 Mb/s on 16 pins are 6.4 GB/s.
  EXPECT_EQ(dram_capacity_bytes({.preset = DramPreset::Lpddr4_3200}), int64_t{1} << 30);
  EXPECT_EQ(device.clock_hz * static_cast<double>(device.data_rate * device.bus_bits / 8), 6.4e9);
}

TEST(Hbm2, HasTheTimesStatedInItsTable) {
  const DramDevice& device = dram_device(DramPreset::Hbm2);
  for (const Nanoseconds& time : {Nanoseconds{"tRCD", &DramDevice::rcd, 12},
                                  {"tRP", &DramDevice::rp, 14},
                                  {"tRAS", &DramDevice::ras, 28},
                                  {"tRRD_S", &DramDevice::rrd_s, 4},
                                  {"tRRD_L", &DramDevice::rrd_l, 6},
                                  {"tFAW", &DramDevice::faw, 16},
                                  {"tWTR_S", &DramDevice::wtr_s, 4},
                                  {"tWTR_L", &DramDevice::wtr_l, 9},
                                  {"tRTP", &DramDevice::rtp, 5},
                                  {"tWR", &DramDevice::wr, 14},
                                  {"tRFC", &DramDevice::rfc, 260}}) {
    expect_minimum(device, time);
  }
  expect_maximum(device, {"tREFI", &DramDevice::refi, 3900});
  // Sixteen pseudo channels of a stack of four 8 Gb dies: 4 GiB; 2 Gb/s on 16 x 64 pins: 256 GB/s.
  EXPECT_EQ(dram_capacity_bytes({.preset = DramPreset::Hbm2, .channels = 16}), int64_t{4} << 30);
  EXPECT_EQ(16 * device.clock_hz * static_cast<double>(device.data_rate * device.bus_bits / 8),
            256e9);
}

TEST(DramCapacity, GrowsWithChannelsAndRanks) {
  const BankedConfig one{.preset = DramPreset::Hbm2};
  for (const int64_t channels : {1, 3, 32}) {
    for (const int64_t ranks : {1, 2, 8}) {
      EXPECT_EQ(
          dram_capacity_bytes({.preset = DramPreset::Hbm2, .channels = channels, .ranks = ranks}),
          channels * ranks * dram_capacity_bytes(one));
    }
  }
}

TEST(EquivalentBandwidth, LeavesOtherModelsAsTheyAre) {
  for (const DramModel model : {DramModel::Ideal, DramModel::Bandwidth}) {
    DramConfig dram;
    dram.model = model;
    dram.bytes_per_cycle = 7;
    dram.latency_cycles = 11;
    const DramConfig same = equivalent_bandwidth(dram, 500e6);
    EXPECT_EQ(same.model, model);
    EXPECT_EQ(same.bytes_per_cycle, 7);
    EXPECT_EQ(same.latency_cycles, 11);
  }
}

TEST_P(EveryPreset, StandsForItsPeakLessRefreshAndAnIdleRowMiss) {
  for (const double clock_hz : {500e6, 1e9, 333333333.0}) {
    for (const bool has_refresh : {false, true}) {
      SCOPED_TRACE(fmt::format("{} Hz, refresh {}", clock_hz, has_refresh));
      DramConfig dram;
      dram.model = DramModel::Banked;
      dram.banked = {.preset = GetParam(), .channels = 4, .has_refresh = has_refresh};
      const DramConfig equivalent = equivalent_bandwidth(dram, clock_hz);
      EXPECT_EQ(equivalent.model, DramModel::Bandwidth);
      EXPECT_EQ(equivalent.device, dram.device);
      // Pins times two beats a clock, less the share of time in refresh, in bytes a cycle.
      const DramDevice& d = device();
      const double share =
          has_refresh ? 1 - static_cast<double>(d.rfc) / static_cast<double>(d.refi) : 1;
      const double peak =
          4 * static_cast<double>(d.bus_bits / 8 * d.data_rate) * d.clock_hz * share / clock_hz;
      EXPECT_LE(static_cast<double>(equivalent.bytes_per_cycle), peak * (1 + 1e-12));
      EXPECT_GT(static_cast<double>(equivalent.bytes_per_cycle), peak - 1);
      const double miss = static_cast<double>(d.rcd + d.cl) / d.clock_hz * clock_hz;
      EXPECT_GE(static_cast<double>(equivalent.latency_cycles), miss * (1 - 1e-12));
      EXPECT_LT(static_cast<double>(equivalent.latency_cycles), miss + 1);
    }
  }
}

TEST(EquivalentBandwidth, IsAtLeastAByteACycle) {
  DramConfig dram;
  dram.model = DramModel::Banked;
  dram.banked.preset = DramPreset::Lpddr4_3200;
  EXPECT_EQ(equivalent_bandwidth(dram, 10e9).bytes_per_cycle, 1);  // 6.4 GB/s at 10 GHz: 0.64
}

TEST(BankedKeys, HaveDefaultsOfTheStructAndRangesOnBothSides) {
  MachineConfig machine;
  for (const auto& [key, legal, illegal] :
       std::vector<std::array<const char*, 3>>{{"dram.model", "banked", "bank"},
                                               {"dram.preset", "hbm2", "hbm3"},
                                               {"dram.preset", "lpddr4_3200", ""},
                                               {"dram.channels", "1", "0"},
                                               {"dram.channels", "32", "33"},
                                               {"dram.ranks", "1", "0"},
                                               {"dram.ranks", "8", "9"},
                                               {"dram.queue_depth", "1", "0"},
                                               {"dram.queue_depth", "256", "257"},
                                               {"dram.row_policy", "closed", "shut"},
                                               {"dram.scheduler", "fcfs", "lifo"},
                                               {"dram.refresh", "false", "no"}}) {
    SCOPED_TRACE(key);
    EXPECT_EQ(machine_table().set(machine, key, legal), std::nullopt);
    EXPECT_NE(machine_table().set(machine, key, illegal), std::nullopt);
  }
  EXPECT_EQ(machine.dram.model, DramModel::Banked);
  EXPECT_EQ(machine.dram.banked.preset, DramPreset::Lpddr4_3200);
  EXPECT_EQ(machine.dram.banked.channels, 32);
  EXPECT_EQ(machine.dram.banked.ranks, 8);
  EXPECT_EQ(machine.dram.banked.queue_depth, 256);
  EXPECT_EQ(machine.dram.banked.row_policy, RowPolicy::Closed);
  EXPECT_EQ(machine.dram.banked.scheduler, DramScheduler::Fcfs);
  EXPECT_FALSE(machine.dram.banked.has_refresh);
}

}  // namespace
}  // namespace olivine
