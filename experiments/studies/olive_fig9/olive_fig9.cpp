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
#include <utility>
#include <vector>

#include "experiments/studies/constant_draws.h"
#include "experiments/studies/expected_rows.h"
#include "experiments/studies/linear_layers.h"
#include "experiments/studies/olive_fig9/figure.h"
#include "experiments/studies/olive_fig9/methods.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/workloads/workload_yaml.h"

namespace olivine {
namespace {

struct Expected {
  double low;
  double high;
  [[nodiscard]] bool holds(double value) const { return value >= low && value <= high; }
};
constexpr Expected kOverInt8 = {1.7, 2.0};
constexpr Expected kOverGobo = {3.3, 6.0};

// Of the kernels' constants, which nothing on this board was fitted to.
constexpr int kDraws = 100;
constexpr uint64_t kSeed = 9;
constexpr double kSpread = 1.5;

double speedup(const LinearTotal& base, const LinearTotal& method) {
  return base.time_s / method.time_s;
}

Split split(const GpuEnergy& energy, double base_pj) {
  const double core_pj = energy.tensor_pj + energy.decoders_pj + energy.cuda_cores_pj;
  return {energy.constant_pj / base_pj, (energy.hbm_pj + energy.l2_pj) / base_pj,
          energy.shared_pj / base_pj, core_pj / base_pj};
}

std::string text_of(const Split& split) {
  return fmt::format("{:.3f}/{:.3f}/{:.3f}/{:.3f} = {:.3f}", split[0], split[1], split[2], split[3],
                     split[0] + split[1] + split[2] + split[3]);
}

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
    rows.row(fmt::format("| {} | {} | {:.1f} | {:.2f} | {} |", bar.title, method,
                         total->time_s * 1e6, speedup(network.gobo, *total), total->parts_text()));
  }
}

void print_sensitivity(ExpectedRows& rows) {
  rows.print(fmt::format(
      "\n## How much the constants matter\n\nOf kernels on this board nothing is measured. Ranges "
      "over {} draws (seed {}) of every constant within\na factor of {}.\n\n"
      "| network | OliVe over int8 | OliVe over GOBO, fp16 sums |\n|---|---|---|",
      kDraws, kSeed, kSpread));
  Rng rng{kSeed};
  std::vector<std::pair<ValueRange, ValueRange>> ranges(bars().size());
  for (int draw = 0; draw < kDraws; ++draw) {
    KernelConstants constants = draw_constants(simulator_constants(), kSpread, rng);
    constants.launch_us = 0;
    const Methods methods{Setting::Simulator, constants};
    for (size_t i = 0; i < ranges.size(); ++i) {
      const Bars bar = bars()[i];
      const Network network = methods.run(load_workload(bar.workload, bar.params));
      ranges[i].first.add(speedup(network.int8, network.olive));
      ranges[i].second.add(speedup(network.gobo, network.olive));
    }
  }
  for (size_t i = 0; i < ranges.size(); ++i) {
    const auto& [over_int8, over_gobo] = ranges[i];
    rows.row(fmt::format("| {} | {} | {} |", bars()[i].title, over_int8.text(), over_gobo.text()));
  }
}

int study(const std::string& expected) {
  ExpectedRows rows{expected};
  const Methods simulator{Setting::Simulator, simulator_constants()};
  const Methods board{Setting::Board, board_constants()};
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
  print_sensitivity(rows);
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
