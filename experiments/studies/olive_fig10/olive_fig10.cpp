// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// OliVe (ISCA 2023), Fig. 10: speed and energy of a 64x64 OVP array against AdaptivFloat and
// OLAccel arrays of similar area. README.md says what is compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "models/analytic/network.h"
#include "models/base/error.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

struct Bar {
  const char* workload;
  double paper_speedup;  // OliVe over AdaptivFloat, read off the figure, +-0.04
  double paper_energy;   // OliVe over AdaptivFloat, read off the figure, +-0.01
};

constexpr std::array kBars = {Bar{"bert_base", 4.74, 0.264}, Bar{"bert_large", 4.53, 0.264},
                              Bar{"bart_base", 4.74, 0.264}, Bar{"gpt2_xl", 4.74, 0.272},
                              Bar{"bloom_7b1", 4.53, 0.280}};

struct Expected {
  double low;
  double high;
  [[nodiscard]] bool holds(double value) const { return value >= low && value <= high; }
};
constexpr Expected kOverAdafloat = {4.5, 4.9};
constexpr Expected kOverOlaccel = {3.5, 3.9};
constexpr Expected kEnergyRatio = {0.25, 0.32};
constexpr uint64_t kOlivePes = 4096;
constexpr double kBertMargin = 1.02;
constexpr uint64_t kArtifactBertCycles = 169'885'702;  // authors' simulator, batch 64

LayerResult run(const char* machine, const char* scheme, const char* workload) {
  PlanOptions options;
  options.kinds = {LayerKind::Linear};
  return evaluate(plan_network(load_machine(machine), parse_scheme(scheme), load_workload(workload),
                               options))
      .total;
}

double ratio(uint64_t a, uint64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

double stall_pct(const LayerResult& result) {
  return 100.0 * (1.0 - ratio(result.array_cycles, result.cycles));
}

int study() {
  int failures = 0;
  const auto expect = [&](bool holds, const std::string& claim) {
    if (holds) return;
    ++failures;
    fmt::print("NOT AS EXPECTED: {}\n", claim);
  };
  fmt::print("Simulated. Linear layers only; cycles at 500 MHz.\n\n");
  fmt::print("{:<11} {:>14} {:>14} {:>9} {:>7} {:>9} {:>8} {:>8} {:>8} {:>7}\n", "network",
             "OliVe cycles", "AdaFloat", "speed-up", "paper", "OLAccel", "stall %", "stall %",
             "energy", "paper");
  fmt::print("{:<11} {:>14} {:>14} {:>9} {:>7} {:>9} {:>8} {:>8} {:>8} {:>7}\n", "", "w4a4-ovp",
             "w8a8-fp8", "", "Fig. 10", "/ OliVe", "OliVe", "AdaFl.", "ratio", "Fig. 10");
  for (const Bar& bar : kBars) {
    const LayerResult olive = run("olive_64x64", "w4a4-ovp", bar.workload);
    const LayerResult adafloat = run("adafloat_32x28", "w8a8-fp8", bar.workload);
    const LayerResult olaccel = run("olaccel_16x18", "w4a4-int4", bar.workload);
    const double over_adafloat = ratio(adafloat.cycles, olive.cycles);
    const double over_olaccel = ratio(olaccel.cycles, olive.cycles);
    fmt::print(
        "{:<11} {:>14} {:>14} {:>9.3f} {:>7.2f} {:>9.3f} {:>8.2f} {:>8.2f} {:>8.3f} {:>7.3f}\n",
        bar.workload, olive.cycles, adafloat.cycles, over_adafloat, bar.paper_speedup, over_olaccel,
        stall_pct(olive), stall_pct(adafloat), olive.energy.total_pj() / adafloat.energy.total_pj(),
        bar.paper_energy);
    expect(kOverAdafloat.holds(over_adafloat),
           fmt::format("{}: {:.3f} over AdaFloat", bar.workload, over_adafloat));
    const double energy = olive.energy.total_pj() / adafloat.energy.total_pj();
    expect(kEnergyRatio.holds(energy),
           fmt::format("{}: {:.3f} of the energy", bar.workload, energy));
    expect(kOverOlaccel.holds(over_olaccel),
           fmt::format("{}: {:.3f} over OLAccel", bar.workload, over_olaccel));
  }
  const LayerResult bert = run("olive_64x64", "w4a4-ovp", "bert_base");
  const double over_bound = ratio(bert.array_cycles * kOlivePes, bert.macs);
  fmt::print(
      "\nBERT-base on olive_64x64, array only: {} cycles, {:.4f} of MACs / 4096; the authors' "
      "simulator: {}\n",
      bert.array_cycles, over_bound, kArtifactBertCycles);
  expect(over_bound >= 1.0 && over_bound <= kBertMargin,
         fmt::format("BERT-base array cycles at {:.4f} of the bound", over_bound));
  fmt::print("PE-count ratios: 4096 / 896 = {:.3f}, 4096 / 1152 = {:.3f}\n", 4096.0 / 896,
             4096.0 / 1152);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace olivine

int main() {
  try {
    return olivine::study();
  } catch (const olivine::UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
