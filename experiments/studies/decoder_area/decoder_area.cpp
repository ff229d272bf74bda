// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors

// OliVe's Tables 10 and 11 (decoder and PE area) beside the areas of our own RTL.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <string>

#include "experiments/synth/block_costs.h"
#include "models/base/error.h"

namespace {

using namespace olivine;         // NOLINT
using namespace olivine::synth;  // NOLINT

constexpr int kSkipped = 77;

// OliVe Table 11: 64x64 PEs at 22 nm; decoders on the borders, 8-bit ones for pairs of lanes.
constexpr double kPes = 64 * 64;
constexpr double kDecoders4 = 64 + 64;
constexpr double kDecoders8 = 32 + 32;
constexpr double kPublishedDecoder4 = 37.22;
constexpr double kPublishedDecoder8 = 49.50;
constexpr double kPublishedPe = 50.01;
// OliVe Table 10: the GPU's decoders at 12 nm.
constexpr double kPublishedGpuDecoder4 = 13.53;
constexpr double kPublishedGpuDecoder8 = 18.00;

struct Areas {
  double decoder4, decoder8, pe;

  [[nodiscard]] double total() const {
    return kDecoders4 * decoder4 + kDecoders8 * decoder8 + kPes * pe;
  }
  [[nodiscard]] double share4_pct() const { return 100 * kDecoders4 * decoder4 / total(); }
  [[nodiscard]] double share8_pct() const { return 100 * kDecoders8 * decoder8 / total(); }
};

// Prints a figure and whether it is what the README states.
class Expectations {
 public:
  void check(const std::string& what, double value, double stated, double tolerance_pct) {
    const bool is_met = std::abs(value - stated) <= stated * tolerance_pct / 100;
    fmt::print("{:52} {:9.3f}  stated {:9.3f} +-{:.0f} %  {}\n", what, value, stated, tolerance_pct,
               is_met ? "ok" : "NOT MET");
    if (!is_met) ++missed_;
  }
  [[nodiscard]] int missed() const { return missed_; }

 private:
  int missed_ = 0;
};

void print_array(const char* whose, const Areas& areas) {
  fmt::print("{:34} {:8.2f} {:8.2f} {:8.2f} {:8.3f} {:7.2f} {:7.2f} {:7.2f}\n", whose,
             areas.decoder4, areas.decoder8, areas.pe, areas.total() / 1e6, areas.share4_pct(),
             areas.share8_pct(), 100 - areas.share4_pct() - areas.share8_pct());
}

int study(const SynthesisConfig& config) {
  const CostMeter meter{config};
  const BlockCost decoder4 = meter.decoder(4);
  const BlockCost decoder8 = meter.decoder(8);
  const BlockCost pe = meter.pe(Dataflow::OutputStationary, false);
  const double node = kArrayNode.node_nm;
  const double to_22 = area_divisor(kLibraryNode.node_nm, node);
  const Areas published{kPublishedDecoder4, kPublishedDecoder8, kPublishedPe};
  const Areas ours{decoder4.area_at(node), decoder8.area_at(node), pe.area_at(node)};
  const Areas mixed{ours.decoder4, ours.decoder8, kPublishedPe};

  fmt::print(
      "64x64 array at 22 nm                  4-bit    8-bit       PE    total  shares in %\n"
      "                                    decoder  decoder             mm2   4-bit   8-bit"
      "      PE\n");
  print_array("OliVe, Table 11", published);
  print_array("our RTL", ours);
  print_array("our decoders, the published PE", mixed);
  fmt::print("\nGPU decoders at 12 nm: published {:.2f} and {:.2f} um2, ours {:.2f} and {:.2f}\n",
             kPublishedGpuDecoder4, kPublishedGpuDecoder8, decoder4.area_at(kGpuNodeNm),
             decoder8.area_at(kGpuNodeNm));
  const double flip_flop = pe.flip_flop_area_um2 / to_22;
  fmt::print(
      "Our PE: {} flip-flops, {:.1f} of {:.1f} um2 at 22 nm; the 32 of its accumulator alone "
      "{:.1f} um2\n\n",
      pe.flip_flop_count, flip_flop, ours.pe,
      32 * flip_flop / static_cast<double>(pe.flip_flop_count));

  Expectations expect;
  expect.check("4-bit decoder at 22 nm, um2", ours.decoder4, 36.1, 10);
  expect.check("8-bit decoder at 22 nm, um2", ours.decoder8, 47.0, 10);
  expect.check("PE at 22 nm, um2", ours.pe, 376, 10);
  expect.check("flip-flops of a PE at 22 nm, um2", flip_flop, 109.7, 5);
  expect.check("4-bit decoders of the 64x64 array, %", ours.share4_pct(), 0.299, 15);
  expect.check("8-bit decoders of the 64x64 array, %", ours.share8_pct(), 0.195, 15);
  expect.check("4-bit decoders beside the published PE, %", mixed.share4_pct(), 2.18, 10);
  expect.check("4-bit decoder at 12 nm, um2", decoder4.area_at(kGpuNodeNm), 19.7, 10);
  expect.check("8-bit decoder at 12 nm, um2", decoder8.area_at(kGpuNodeNm), 25.6, 10);
  return expect.missed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    SynthesisConfig config;
    if (argc > 1) config.rtl = argv[1];
    if (argc > 2) config.work = argv[2];
    if (argc > 3) config.liberty = argv[3];
    const std::string missing = missing_tool(config);
    if (missing.empty()) return study(config);
    fmt::print("SKIPPED (no {})\n", missing);
    return kSkipped;
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
