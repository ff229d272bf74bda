// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
#include "models/machines/dram_device.h"

#include <algorithm>
#include <cmath>

#include "models/base/error.h"
#include "models/base/units.h"

namespace olivine {
namespace {

constexpr int64_t kPicosecondsPerMicrosecond = 1'000'000;

// A data-sheet time in command clocks: a minimum is rounded up, the refresh interval, a maximum,
// down. Exact in integers: every preset has a clock of whole megahertz.
struct CommandClock {
  int64_t mhz;

  [[nodiscard]] constexpr int64_t at_least(int64_t ps) const {
    return ceil_div(ps * mhz, kPicosecondsPerMicrosecond);
  }
  [[nodiscard]] constexpr int64_t at_most(int64_t ps) const {
    return ps * mhz / kPicosecondsPerMicrosecond;
  }
  // "max(n nCK, t ns)" of the data sheets.
  [[nodiscard]] constexpr int64_t at_least(int64_t cycles, int64_t ps) const {
    return std::max(cycles, at_least(ps));
  }
  [[nodiscard]] constexpr double hz() const { return static_cast<double>(mhz) * 1e6; }
};

// DDR4-2400T (17-17-17), a 64-bit channel of eight 8 Gb x8 devices; tCK 0.833 ns. Times: JESD79-4,
// speed bin table of DDR4-2400 and timing parameters by speed grade; the same values stand in
// Micron's data sheet of MT40A1G8 (8 Gb, x8) for speed grade -083.
constexpr DramDevice make_ddr4_2400() {
  constexpr CommandClock kClock{1200};
  DramDevice device;
  device.name = "ddr4_2400";
  device.clock_hz = kClock.hz();
  device.bus_bits = 64;
  device.burst_length = 8;  // BL8
  device.bank_groups = 4;
  device.banks = 16;
  device.row_bytes = 8 * 1024;  // a page of 1 KB in each of eight devices
  device.rows = 65536;
  device.cl = 17;                            // CL of bin T
  device.cwl = 12;                           // CWL, first set at 2400, 1 tCK write preamble
  device.rcd = kClock.at_least(14'160);      // tRCD 14.16 ns = 17
  device.rp = kClock.at_least(14'160);       // tRP 14.16 ns = 17
  device.rp_all = device.rp;                 // DDR4 has one tRP
  device.ras = kClock.at_least(32'000);      // tRAS 32 ns = 39; tRC 46.16 ns = 56 = tRAS + tRP
  device.rrd_s = kClock.at_least(4, 3'300);  // tRRD_S, 1 KB page: max(4 nCK, 3.3 ns) = 4
  device.rrd_l = kClock.at_least(4, 4'900);  // tRRD_L, 1 KB page: max(4 nCK, 4.9 ns) = 6
  device.faw = kClock.at_least(20, 21'000);  // tFAW, 1 KB page: max(20 nCK, 21 ns) = 26
  device.ccd_s = 4;                          // tCCD_S 4 nCK
  device.ccd_l = kClock.at_least(4, 5'000);  // tCCD_L: max(4 nCK, 5 ns) = 6
  device.wtr_s = kClock.at_least(2, 2'500);  // tWTR_S: max(2 nCK, 2.5 ns) = 3
  device.wtr_l = kClock.at_least(4, 7'500);  // tWTR_L: max(4 nCK, 7.5 ns) = 9
  device.rtp = kClock.at_least(4, 7'500);    // tRTP: max(4 nCK, 7.5 ns) = 9
  device.wr = kClock.at_least(15'000);       // tWR 15 ns = 18
  device.rfc = kClock.at_least(350'000);     // tRFC1 of 8 Gb: 350 ns = 420
  device.refi = kClock.at_most(7'800'000);   // tREFI up to 85 C: 7.8 us = 9360
  device.turnaround = 2;   // JESD79-4, read to write: CL - CWL + BL/2 + 1 tCK + tWPRE of 1 tCK
  device.rank_switch = 2;  // typical, ours: a preamble and one clock of margin
  return device;
}

// LPDDR4-3200, one 16-bit channel of 8 Gb; tCK 0.625 ns. Times: JESD209-4, latencies of 2667-3200
// Mb/s (RL set A without DBI, WL set A) and core AC timing; the same values stand in Micron's data
// sheets of MT53 devices (200-ball x16/x32 LPDDR4).
constexpr DramDevice make_lpddr4_3200() {
  constexpr CommandClock kClock{1600};
  DramDevice device;
  device.name = "lpddr4_3200";
  device.clock_hz = kClock.hz();
  device.bus_bits = 16;
  device.burst_length = 16;  // BL16
  device.bank_groups = 1;
  device.banks = 8;
  device.row_bytes = 2048;  // 1024 columns of 16 bits
  device.rows = 65536;
  device.cl = 28 + kClock.at_least(3'500);     // RL 28, then tDQSCK of 3.5 ns at most = 6
  device.cwl = 14 + 1;                         // WL 14, then tDQSS of 1 nCK
  device.rcd = kClock.at_least(4, 18'000);     // tRCD: max(4 nCK, 18 ns) = 29
  device.rp = kClock.at_least(4, 18'000);      // tRPpb: max(4 nCK, 18 ns) = 29
  device.rp_all = kClock.at_least(4, 21'000);  // tRPab: max(4 nCK, 21 ns) = 34
  device.ras = kClock.at_least(3, 42'000);     // tRAS: max(3 nCK, 42 ns) = 68; tRC = tRAS + tRPpb
  device.rrd_s = kClock.at_least(4, 10'000);   // tRRD: max(4 nCK, 10 ns) = 16
  device.rrd_l = device.rrd_s;                 // LPDDR4 has no bank groups
  device.faw = kClock.at_least(40'000);        // tFAW 40 ns = 64
  device.ccd_s = 8;                            // tCCD 8 nCK for BL16
  device.ccd_l = device.ccd_s;                 // no bank groups
  device.wtr_s = kClock.at_least(8, 10'000);   // tWTR: max(8 nCK, 10 ns) = 16
  device.wtr_l = device.wtr_s;                 // no bank groups
  device.rtp = kClock.at_least(8, 7'500);      // tRTP: max(8 nCK, 7.5 ns) = 12
  device.wr = kClock.at_least(6, 18'000);      // tWR: max(6 nCK, 18 ns) = 29
  device.rfc = kClock.at_least(280'000);       // tRFCab of 8 Gb a channel: 280 ns = 448
  device.refi = kClock.at_most(3'904'000);     // tREFI up to 85 C: 3.904 us = 6246
  device.turnaround = 3;   // JESD209-4, read to write: RL + tDQSCK + BL/2 - WL + tWPRE of 2 nCK
  device.rank_switch = 2;  // typical, ours: the write preamble of 2 nCK
  return device;
}

// HBM2 at 2.0 Gb/s a pin, one pseudo channel of 2 Gb in a stack of four 8 Gb dies; tCK 1 ns.
// JESD235B gives organisation, burst length, tRFC and tREFI and leaves core timing to vendors,
// whose data sheets are not public. So the others are typical values: the ones that public
// simulators (HBM2 presets of gem5 and DRAMSys) took from the timing registers of a graphics card
// with HBM2.
constexpr DramDevice make_hbm2() {
  constexpr CommandClock kClock{1000};
  DramDevice device;
  device.name = "hbm2";
  device.clock_hz = kClock.hz();
  device.bus_bits = 64;
  device.burst_length = 4;  // JESD235B: BL4 in pseudo channel mode
  device.bank_groups = 4;
  device.banks = 16;
  device.row_bytes = 1024;  // JESD235B: a page of 1 KB in pseudo channel mode
  device.rows = 16384;
  device.cl = 17 + 1;                       // typical: RL 17, then tDQSCK of 1 ns
  device.cwl = 7;                           // typical: WL 7
  device.rcd = kClock.at_least(12'000);     // typical: tRCDRD 12 ns; tRCDWR is shorter, not used
  device.rp = kClock.at_least(14'000);      // typical: tRP 14 ns
  device.rp_all = device.rp;                // HBM2 has one tRP
  device.ras = kClock.at_least(28'000);     // typical: tRAS 28 ns; tRC 42 ns = tRAS + tRP
  device.rrd_s = kClock.at_least(4'000);    // typical: tRRD_S 4 ns
  device.rrd_l = kClock.at_least(6'000);    // typical: tRRD_L 6 ns
  device.faw = kClock.at_least(16'000);     // typical: tFAW 16 ns
  device.ccd_s = 2;                         // JESD235B: tCCD_S of BL/2
  device.ccd_l = 3;                         // typical: tCCD_L 3 nCK
  device.wtr_s = kClock.at_least(4'000);    // typical: tWTR_S 4 ns
  device.wtr_l = kClock.at_least(9'000);    // typical: tWTR_L 9 ns
  device.rtp = kClock.at_least(5'000);      // typical: tRTP 5 ns
  device.wr = kClock.at_least(14'000);      // typical: tWR 14 ns
  device.rfc = kClock.at_least(260'000);    // JESD235B: tRFC of 4 Gb a channel, 260 ns
  device.refi = kClock.at_most(3'900'000);  // JESD235B: tREFI 3.9 us
  device.turnaround = 2;                    // typical, ours: as DDR4
  device.rank_switch = 2;                   // typical, ours: stack IDs take turns
  device.has_column_bus = true;             // JESD235B: row and column command pins
  return device;
}

}  // namespace

const DramDevice& dram_device(DramPreset preset) {
  static constexpr DramDevice kDdr4 = make_ddr4_2400();
  static constexpr DramDevice kLpddr4 = make_lpddr4_3200();
  static constexpr DramDevice kHbm2 = make_hbm2();
  switch (preset) {
    case DramPreset::Ddr4_2400:
      return kDdr4;
    case DramPreset::Lpddr4_3200:
      return kLpddr4;
    case DramPreset::Hbm2:
      return kHbm2;
  }
  OLV_CHECK(false, "no such DRAM preset");
}

int64_t dram_capacity_bytes(const BankedConfig& config) {
  const DramDevice& device = dram_device(config.preset);
  return config.channels * config.ranks * device.banks * device.rows * device.row_bytes;
}

DramConfig equivalent_bandwidth(const DramConfig& dram, double clock_hz) {
  if (dram.model != DramModel::Banked) return dram;
  const DramDevice& device = dram_device(dram.banked.preset);
  const auto ratio = [](int64_t part, int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  const double awake = dram.banked.has_refresh ? 1.0 - ratio(device.rfc, device.refi) : 1.0;
  const double bytes_per_second = static_cast<double>(dram.banked.channels) * awake *
                                  ratio(device.burst_bytes(), device.ccd_s) * device.clock_hz;
  const double latency_seconds = static_cast<double>(device.rcd + device.cl) / device.clock_hz;
  DramConfig equivalent = dram;
  equivalent.model = DramModel::Bandwidth;
  equivalent.bytes_per_cycle =
      std::max<int64_t>(1, static_cast<int64_t>(bytes_per_second / clock_hz));
  equivalent.latency_cycles = static_cast<int64_t>(std::ceil(latency_seconds * clock_hz));
  return equivalent;
}

}  // namespace olivine
