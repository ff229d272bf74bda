// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// What would OliVe's mmaovp buy on an H100, by layer, over what the chip runs today? README.md says
// what is compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/studies/constant_draws.h"
#include "experiments/studies/expected_rows.h"
#include "experiments/studies/linear_layers.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "models/workloads/workload_yaml.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

struct Network {
  const char* title;
  const char* workload;
  ParamOverrides params;
};

std::vector<Network> networks() {
  return {{"BERT-base, 64 x 128", "bert_base", {{"batch", "64"}, {"seq", "128"}}},
          {"OPT-6.7B prefill, 2 x 1024", "opt_6_7b", {{"batch", "2"}, {"seq", "1024"}}},
          {"OPT-6.7B decode, 1", "opt_6_7b_decode", {{"batch", "1"}, {"context", "1024"}}},
          {"OPT-6.7B decode, 64", "opt_6_7b_decode", {{"batch", "64"}, {"context", "1024"}}}};
}

// Layers of a smaller share of the network's MACs are in its totals alone.
constexpr double kSmallestShare = 0.01;
// The kernel chosen at the highest clock need not be the fastest at the clock that power leaves.
constexpr double kMargin = 1.02;
constexpr double kHalfTheBits = 2;
// Libraries without constants of their own take those of this one (gemm_model.cpp).
constexpr const char* kFallback = "cublas";
constexpr int kDraws = 100;
constexpr uint64_t kSeed = 5;
constexpr double kSpread = 1.5;

// Today: what is sold. Decoders: at the rate of int8. Multipliers: and int4 multipliers beside
// them, at twice that rate.
enum class Chip : uint8_t { Today, Decoders, Multipliers };

struct Way {
  const char* title;
  Chip chip;
  const char* scheme;
  const char* library;
};

constexpr const char* kInt8 = "int8";
constexpr const char* kFp8 = "fp8";
constexpr const char* kInt8Sparse = "int8 2:4";
constexpr const char* kSoftware = "OVP, software";
constexpr const char* kDecoders = "mmaovp";
constexpr const char* kDecodersSparse = "mmaovp 2:4";
constexpr const char* kMultipliers = "mmaovp, int4 multipliers";

constexpr std::array kWays = {
    Way{kInt8, Chip::Today, "w8a8-int8", "cutlass_like"},
    Way{kFp8, Chip::Today, "w8a8-fp8", "cutlass_like"},
    Way{kInt8Sparse, Chip::Today, "w8a8-int8-2:4", "cutlass_like"},
    Way{kSoftware, Chip::Today, "w4a4-ovp", "software_decode"},
    Way{kDecoders, Chip::Decoders, "w4a4-ovp", "mmaovp"},
    Way{"mmaovp, 8-bit pairs", Chip::Decoders, "w8a8-ovp", "mmaovp"},
    Way{kDecodersSparse, Chip::Decoders, "w4a4-ovp-2:4", "mmaovp"},
    Way{kMultipliers, Chip::Multipliers, "w4a4-ovp", "mmaovp"},
    Way{"mmaovp 2:4, int4 multipliers", Chip::Multipliers, "w4a4-ovp-2:4", "mmaovp"}};

// As if there were int4 multipliers: twice the rate behind the decoders. Nothing but 4-bit pairs
// may run on it. A product is charged the energy of an int8 one, which is too much.
GpuMachine with_int4_multipliers(GpuMachine machine) {
  machine.tensor.int8_macs_per_clk *= 2;
  return machine;
}

// The answer: what one way gains over another.
struct Gain {
  const char* way;
  const char* base;
};
constexpr std::array kGains = {Gain{kSoftware, kInt8},       Gain{kDecoders, kSoftware},
                               Gain{kDecoders, kInt8},       Gain{kDecoders, kFp8},
                               Gain{kDecoders, kInt8Sparse}, Gain{kDecodersSparse, kInt8Sparse},
                               Gain{kMultipliers, kInt8}};

// By the title of the way.
using Timings = std::map<std::string, GemmTiming>;
using Totals = std::map<std::string, LinearTotal>;

template <class Times>
double gain_of(const Gain& gain, const Times& times) {
  return times.at(gain.base).time_s / times.at(gain.way).time_s;
}

template <class Times>
std::string gains_row(const std::string& layers, const Times& times) {
  std::string row = fmt::format("| {} |", layers);
  for (const Gain& gain : kGains) {
    row += fmt::format(" {:.2f} |", gain_of(gain, times));
  }
  return row;
}

double macs_of(const LinearLayers& layers) {
  return layers.count() * static_cast<double>(layers.shape.macs().count());
}

// The three chips, whose kernels have the same constants.
class Chips {
 public:
  explicit Chips(const KernelConstants& constants)
      : today_{make_model(load_gpu("h100_sxm"), constants)},
        decoders_{make_model(load_gpu("h100_sxm_mmaovp"), constants)},
        multipliers_{make_model(with_int4_multipliers(load_gpu("h100_sxm_mmaovp")), constants)} {}

  [[nodiscard]] Timings time_ways(const GemmShape& shape) const {
    Timings timings;
    for (const Way& way : kWays) {
      timings[way.title] =
          time_linear(model(way.chip), parse_scheme(way.scheme), way.library, shape);
    }
    return timings;
  }

 private:
  static GemmModel make_model(const GpuMachine& machine, const KernelConstants& constants) {
    Calibration calibration;
    calibration.libraries[kFallback].constants = constants;
    return GemmModel{machine, calibration};
  }

  [[nodiscard]] const GemmModel& model(Chip chip) const {
    switch (chip) {
      case Chip::Today:
        return today_;
      case Chip::Decoders:
        return decoders_;
      case Chip::Multipliers:
        return multipliers_;
    }
    OLV_CHECK(false, "no such chip");
  }

  GemmModel today_;
  GemmModel decoders_;
  GemmModel multipliers_;
};

KernelConstants fitted_constants() {
  const Calibration calibration = shipped_calibration("h100_sxm");
  const LibraryCalibration* fitted = calibration.find(kFallback);
  return fitted == nullptr ? KernelConstants{} : fitted->constants;
}

Totals add_up(const Chips& chips, const std::vector<LinearLayers>& groups) {
  Totals totals;
  for (const LinearLayers& layers : groups) {
    for (const auto& [way, timing] : chips.time_ways(layers.shape)) {
      totals[way].add(timing, layers.count());
    }
  }
  return totals;
}

class Study {
 public:
  explicit Study(const std::string& expected) : rows_{expected}, chips_{fitted_constants()} {}

  int run() {
    rows_.print(fmt::format(
        "# Expected rows\n\nWritten by `build/ci/experiments/studies/mmaovp_h100`; the tests "
        "compare them. Simulated; linear\nlayers only. Ratios are of times; speed is over int8. "
        "The last row of the first tables: {} draws\n(seed {}) of every kernel constant within a "
        "factor of {}.",
        kDraws, kSeed, kSpread));
    for (const Network& network : networks()) run_network(network);
    return rows_.report();
  }

 private:
  void run_network(const Network& network) {
    const auto groups = linear_layers(load_workload(network.workload, network.params));
    double macs = 0;
    for (const LinearLayers& layers : groups) macs += macs_of(layers);
    const Totals totals = add_up(chips_, groups);
    std::vector<std::pair<LinearLayers, Timings>> shown;
    for (const LinearLayers& layers : groups) {
      if (macs_of(layers) < kSmallestShare * macs) continue;
      shown.emplace_back(layers, chips_.time_ways(layers.shape));
    }
    rows_.print(fmt::format("\n## {}\n", network.title));
    print_gains_title();
    for (const auto& [layers, timings] : shown) rows_.row(gains_row(layers.roles, timings));
    rows_.row(gains_row("all linear layers", totals));
    rows_.row(ranges_row(groups));
    rows_.print(
        "\n| all linear layers | us | speed | energy | parts of at least 5 % "
        "|\n|---|---|---|---|---|");
    for (const Way& way : kWays) print_total(way, totals);
    rows_.print(
        "\n| layers | m x n x k | way | us | speed | limiter | HBM MB | MHz | mJ | kernel |\n"
        "|---|---|---|---|---|---|---|---|---|---|");
    for (const auto& [layers, timings] : shown) {
      for (const Way& way : kWays) print_layer(layers, way, timings);
    }
    check(network, totals);
  }

  [[nodiscard]] static std::string ranges_row(const std::vector<LinearLayers>& groups) {
    Rng rng{kSeed};
    std::array<ValueRange, kGains.size()> ranges;
    for (int draw = 0; draw < kDraws; ++draw) {
      const Chips chips{draw_constants(fitted_constants(), kSpread, rng)};
      const Totals totals = add_up(chips, groups);
      for (size_t i = 0; i < ranges.size(); ++i) ranges[i].add(gain_of(kGains[i], totals));
    }
    std::string row = "| range |";
    for (const ValueRange& range : ranges) row += fmt::format(" {} |", range.text());
    return row;
  }

  void print_gains_title() const {
    std::string titles = "| layers |";
    std::string rules = "|---|";
    for (const Gain& gain : kGains) {
      titles += fmt::format(" {} over {} |", gain.way, gain.base);
      rules += "---|";
    }
    rows_.print(titles + "\n" + rules);
  }

  void print_layer(const LinearLayers& layers, const Way& way, const Timings& timings) {
    const GemmTiming& timing = timings.at(way.title);
    const GemmShape& shape = layers.shape;
    rows_.row(fmt::format(
        "| {} (x{}) | {}x{}x{} | {} | {:.1f} | {:.2f} | {} | {:.1f} | {:.0f} | {:.2f} | {} |",
        layers.roles, layers.positions.size(), shape.m, shape.n, shape.k, way.title,
        timing.time_s * 1e6, timings.at(kInt8).time_s / timing.time_s,
        name_of<TimePart>(kTimePartNames, timing.limiter()), timing.hbm_bytes / 1e6,
        timing.clock_hz / 1e6, timing.energy.total_pj() / 1e9, timing.kernel));
  }

  void print_total(const Way& way, const Totals& totals) {
    const LinearTotal& total = totals.at(way.title);
    const LinearTotal& base = totals.at(kInt8);
    rows_.row(fmt::format("| {} | {:.1f} | {:.2f} | {:.2f} | {} |", way.title, total.time_s * 1e6,
                          base.time_s / total.time_s,
                          total.energy.total_pj() / base.energy.total_pj(), total.parts_text()));
  }

  // Relations that hold whatever the constants.
  void check(const Network& network, const Totals& totals) {
    const auto time_s = [&](const char* way) { return totals.at(way).time_s; };
    rows_.expect(time_s(kDecoders) <= time_s(kSoftware),
                 fmt::format("{}: decoders are no slower than software", network.title));
    rows_.expect(time_s(kDecoders) <= time_s(kInt8),
                 fmt::format("{}: mmaovp is no slower than int8", network.title));
    rows_.expect(time_s(kMultipliers) <= kMargin * time_s(kDecoders),
                 fmt::format("{}: more multipliers slow nothing", network.title));
    rows_.expect(time_s(kMultipliers) >= time_s(kInt8) / kHalfTheBits,
                 fmt::format("{}: half the bits gain at most 2x", network.title));
    rows_.expect(totals.at(kDecoders).hbm_bytes < totals.at(kInt8).hbm_bytes,
                 fmt::format("{}: fewer bytes in 4 bits", network.title));
  }

  ExpectedRows rows_;
  Chips chips_;
};

}  // namespace
}  // namespace olivine

// mmaovp_h100 [expected.md to compare with]
int main(int argc, char** argv) {
  try {
    return olivine::Study{argc > 1 ? argv[1] : ""}.run();
  } catch (const olivine::UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
