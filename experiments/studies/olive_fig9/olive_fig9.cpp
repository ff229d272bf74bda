// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// OliVe (ISCA 2023), Fig. 9: speed and energy of OliVe, ANT, int8 and GOBO on an RTX 2080 Ti.
// README.md says what is compared, what is assumed and what is expected.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "experiments/studies/expected_rows.h"
#include "experiments/studies/linear_layers.h"
#include "experiments/studies/olive_fig9/figure.h"
#include "models/base/error.h"
#include "models/machines/gpu.h"
#include "models/workloads/workload_yaml.h"
#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

struct Expected {
  double low;
  double high;
  [[nodiscard]] bool holds(double value) const { return value >= low && value <= high; }
};
constexpr Expected kOverInt8 = {1.7, 2.0};
constexpr Expected kOverGobo = {3.3, 6.0};

// "80 % of the layers end up int8" (section 5.3); which ones is not published: here every fifth
// layer keeps 4 bits.
constexpr int64_t kAntNarrowEvery = 5;
constexpr double kGoboBits = 4;  // of a weight in DRAM; outliers are a thousandth of them
constexpr double kFp16Bits = 16;
constexpr double kNoLimitW = 1e5;

// Simulator: as the paper's GPGPU-Sim counts cycles; kernels follow each other at once at a
// constant clock. Board: every kernel is launched, and the power limit holds.
enum class Setting : uint8_t { Simulator, Board };

// Of the multiplications of fp16. A GeForce board adds in fp32 at half the rate of fp16.
enum class Sums : uint8_t { Fp16, Fp32 };

GemmModel make_model(const char* name, Setting setting, Sums sums) {
  GpuMachine machine = load_gpu(name);
  if (sums == Sums::Fp32) machine.tensor.fp16_macs_per_clk /= 2;
  Calibration calibration = shipped_calibration(machine.name);
  if (setting == Setting::Simulator) {
    machine.power.limit_w = kNoLimitW;
    // Libraries without constants of their own take those of cublas (gemm_model.cpp).
    calibration.libraries.try_emplace("cublas");
    for (auto& [library, fitted] : calibration.libraries) fitted.constants.launch_us = 0;
  }
  return GemmModel{machine, calibration};
}

// Every method on one network.
struct Network {
  LinearTotal olive, ant, int8;
  LinearTotal gobo;           // fp16 sums, decompressed by the memory controller
  LinearTotal gobo_fp32;      // fp32 sums
  LinearTotal gobo_software;  // fp16 sums, decompressed by CUDA cores
};

class Methods {
 public:
  explicit Methods(Setting setting)
      : gpu_{make_model("rtx2080ti", setting, Sums::Fp16)},
        gpu_fp32_{make_model("rtx2080ti", setting, Sums::Fp32)},
        gpu_ovp_{make_model("rtx2080ti_mmaovp", setting, Sums::Fp16)} {}

  [[nodiscard]] Network run(const Workload& workload) const {
    Network network;
    for (const LinearLayers& layers : linear_layers(workload)) {
      const double count = layers.count();
      const GemmTiming narrow =
          time_linear(gpu_ovp_, parse_scheme("w4a4-ovp"), "mmaovp", layers.shape);
      const GemmTiming wide =
          time_linear(gpu_, parse_scheme("w8a8-int8"), "cutlass_like", layers.shape);
      const double narrow_count = count_narrow(layers);
      network.olive.add(narrow, count);
      network.int8.add(wide, count);
      network.ant.add(narrow, narrow_count);
      network.ant.add(wide, count - narrow_count);
      network.gobo.add(time_gobo(gpu_, layers.shape), count);
      network.gobo_fp32.add(time_gobo(gpu_fp32_, layers.shape), count);
      network.gobo_software.add(
          time_linear(gpu_, parse_scheme("w4a16-int4"), "cutlass_like", layers.shape), count);
    }
    return network;
  }

 private:
  // Weights are 4 bits in DRAM and fp16 from L2 on ("only applies to the DRAM level"). Its time is
  // that of plain fp16: an upper bound, and the same where memory is not what limits it.
  [[nodiscard]] static GemmTiming time_gobo(const GemmModel& model, const GemmShape& shape) {
    GemmTiming timing = time_linear(model, parse_scheme("w16a16-fp16"), "cutlass_like", shape);
    const double weights = static_cast<double>(shape.n * shape.k * shape.batch);
    const double saved_bytes = weights * (kFp16Bits - kGoboBits) / 8;
    const double kept = 1 - saved_bytes / timing.hbm_bytes;
    timing.hbm_bytes *= kept;
    timing.energy.hbm_pj *= kept;
    return timing;
  }

  [[nodiscard]] static double count_narrow(const LinearLayers& layers) {
    double count = 0;
    for (const int64_t position : layers.positions) {
      if (position % kAntNarrowEvery == 0) ++count;
    }
    return count;
  }

  GemmModel gpu_;
  GemmModel gpu_fp32_;
  GemmModel gpu_ovp_;
};

double speedup(const LinearTotal& base, const LinearTotal& method) {
  return base.time_s / method.time_s;
}

Split split(const GpuEnergy& energy, double base_pj) {
  return {energy.constant_pj / base_pj, (energy.hbm_pj + energy.l2_pj) / base_pj,
          energy.shared_pj / base_pj, (energy.tensor_pj + energy.decode_pj) / base_pj};
}

std::string text_of(const Split& split) {
  return fmt::format("{:.3f}/{:.3f}/{:.3f}/{:.3f} = {:.3f}", split[0], split[1], split[2], split[3],
                     split[0] + split[1] + split[2] + split[3]);
}

// Geometric means over networks, ours and the figure's.
class Mean {
 public:
  void add(double simulated, double paper) {
    simulated_ += std::log(simulated);
    paper_ += std::log(paper);
    ++count_;
  }
  [[nodiscard]] double simulated() const { return std::exp(simulated_ / count_); }
  [[nodiscard]] double paper() const { return std::exp(paper_ / count_); }

 private:
  double simulated_ = 0;
  double paper_ = 0;
  double count_ = 0;
};

// One network beside its bars.
struct Result {
  Bars bar;
  Network simulator;
  Network board;
};

// Columns of the table of speeds: a ratio, and the figure's where it has one.
struct Ratio {
  const char* title;
  double simulated;
  std::optional<double> paper;
};

std::vector<Ratio> ratios(const Result& result) {
  const Bars& bar = result.bar;
  const Network& network = result.simulator;
  return {{"OliVe over int8", speedup(network.int8, network.olive), bar.olive / bar.int8},
          {"on a board", speedup(result.board.int8, result.board.olive), std::nullopt},
          {"OliVe over ANT", speedup(network.ant, network.olive), bar.olive / bar.ant},
          {"OliVe over GOBO, fp16 sums", speedup(network.gobo, network.olive), bar.olive},
          {"fp32 sums", speedup(network.gobo_fp32, network.olive), std::nullopt},
          {"int8 over GOBO, fp16 sums", speedup(network.gobo, network.int8), bar.int8},
          {"fp32 sums", speedup(network.gobo_fp32, network.int8), std::nullopt},
          {"ANT over GOBO, fp16 sums", speedup(network.gobo, network.ant), bar.ant}};
}

std::string text_of(const std::vector<Ratio>& row) {
  std::string text;
  for (const Ratio& ratio : row) {
    text += fmt::format(" {:.2f} |", ratio.simulated);
    if (ratio.paper) text += fmt::format(" {:.2f} |", *ratio.paper);
  }
  return text;
}

std::vector<Ratio> geometric_means(const std::vector<Result>& results) {
  std::vector<Ratio> means = ratios(results.front());
  for (size_t i = 1; i < results.size(); ++i) {
    const std::vector<Ratio> row = ratios(results[i]);
    for (size_t column = 0; column < means.size(); ++column) {
      means[column].simulated *= row[column].simulated;
      if (means[column].paper) *means[column].paper *= *row[column].paper;
    }
  }
  const double power = 1.0 / static_cast<double>(results.size());
  for (Ratio& mean : means) {
    mean.simulated = std::pow(mean.simulated, power);
    if (mean.paper) mean.paper = std::pow(*mean.paper, power);
  }
  return means;
}

void print_speed(const std::vector<Result>& results, ExpectedRows& rows) {
  std::string titles = "| network | OliVe us |";
  std::string rules = "|---|---|";
  for (const Ratio& ratio : ratios(results.front())) {
    titles += fmt::format(" {} |{}", ratio.title, ratio.paper ? " paper |" : "");
    rules += ratio.paper ? "---|---|" : "---|";
  }
  rows.print("\n## Speed\n\n" + titles + "\n" + rules);
  for (const Result& result : results) {
    const Network& network = result.simulator;
    const char* title = result.bar.title;
    rows.row(fmt::format("| {} | {:.1f} |{}", title, network.olive.time_s * 1e6,
                         text_of(ratios(result))));
    const double over_int8 = speedup(network.int8, network.olive);
    const double over_gobo = speedup(network.gobo, network.olive);
    rows.expect(kOverInt8.holds(over_int8), fmt::format("{}: {:.3f} over int8", title, over_int8));
    rows.expect(kOverGobo.holds(over_gobo), fmt::format("{}: {:.3f} over GOBO", title, over_gobo));
  }
  rows.row("| geometric mean | |" + text_of(geometric_means(results)));
}

void print_energy(const Bars& bar, const Network& network, ExpectedRows& rows) {
  const double base_pj = network.gobo.energy.total_pj();
  const std::array<std::pair<const char*, const LinearTotal*>, 4> methods = {
      {{"OliVe", &network.olive},
       {"ANT", &network.ant},
       {"int8", &network.int8},
       {"GOBO", &network.gobo}}};
  for (size_t i = 0; i < methods.size(); ++i) {
    rows.row(fmt::format("| {} | {} | {} | {} |", bar.title, methods[i].first,
                         text_of(split(methods[i].second->energy, base_pj)),
                         text_of(bar.energy[i])));
  }
}

void print_limits(const Bars& bar, const Network& network, ExpectedRows& rows) {
  const std::array<std::pair<const char*, const LinearTotal*>, 5> methods = {
      {{"OliVe", &network.olive},
       {"int8", &network.int8},
       {"GOBO, fp16 sums", &network.gobo},
       {"GOBO, fp32 sums", &network.gobo_fp32},
       {"GOBO, decompressed by CUDA cores", &network.gobo_software}}};
  for (const auto& [method, total] : methods) {
    std::string parts;
    for (const auto& part : kTimePartNames) {
      const double share = total->parts_s[static_cast<size_t>(part.value)] / total->time_s;
      if (share >= 0.05) parts += fmt::format(" {} {:.0f} %", part.name, 100 * share);
    }
    rows.row(fmt::format("| {} | {} | {:.1f} | {:.2f} |{} |", bar.title, method,
                         total->time_s * 1e6, speedup(network.gobo, *total), parts));
  }
}

int study(const std::string& expected) {
  ExpectedRows rows{expected};
  const Methods simulator{Setting::Simulator};
  const Methods board{Setting::Board};
  std::vector<Result> results;
  for (const Bars& bar : bars()) {
    const Workload workload = load_workload(bar.workload, bar.params);
    results.push_back({bar, simulator.run(workload), board.run(workload)});
  }
  rows.print(
      "# Expected rows\n\nWritten by `build/ci/experiments/studies/olive_fig9`; the tests compare "
      "them. Simulated; the paper's\nfigures are read off its Fig. 9. Linear layers only.");
  print_speed(results, rows);
  rows.print(
      "\n## Energy, of GOBO's with fp16 sums\n\nConst and static / DRAM and L2 / L1 and registers "
      "/ core.\n\n| network | method | simulated | paper |\n|---|---|---|---|");
  for (const Result& result : results) print_energy(result.bar, result.simulator, rows);
  rows.print(
      "\n## Where the time goes\n\nParts of at least 5 %.\n\n"
      "| network | method | us | over GOBO, fp16 sums | parts |\n|---|---|---|---|---|");
  for (const Result& result : results) print_limits(result.bar, result.simulator, rows);
  return rows.report();
}

}  // namespace
}  // namespace olivine

// olive_fig9 [expected.md to compare with]
int main(int argc, char** argv) {
  try {
    return olivine::study(argc > 1 ? argv[1] : "");
  } catch (const olivine::UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
