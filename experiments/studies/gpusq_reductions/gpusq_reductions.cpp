// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Olivine authors
//
// GPUSQ-ViT (CVPR 2023) prunes vision transformers to 2:4 and quantizes them to INT8 and INT4: what
// it saves in parameters, operations and time, by our own containers and GPU model. README.md says
// what is compared and what is expected.
#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "experiments/studies/constant_draws.h"
#include "experiments/studies/expected_rows.h"
#include "experiments/studies/gpusq_reductions/gpu_times.h"
#include "experiments/studies/gpusq_reductions/network_parameters.h"
#include "experiments/studies/gpusq_reductions/size_table.h"
#include "models/base/error.h"
#include "models/base/rng.h"
#include "models/machines/gpu.h"
#include "models/workloads/workload_yaml.h"
#include "sim/tensor_core/calibration.h"
#include "sim/tensor_core/gemm_model.h"

namespace olivine {
namespace {

// `parameters`: of the reference implementations (timm for DeiT, torchvision for Swin).
struct Network {
  const char* title;
  const char* workload;
  PositionCoding positions;
  int64_t parameters;
};

constexpr std::array kNetworks = {
    Network{"DeiT-T", "deit_tiny", PositionCoding::PerToken, 5'717'416},
    Network{"DeiT-S", "deit_small", PositionCoding::PerToken, 22'050'664},
    Network{"DeiT-B", "deit_base", PositionCoding::PerToken, 86'567'656},
    Network{"Swin-T", "swin_tiny", PositionCoding::PerWindow, 28'288'354},
    Network{"Swin-S", "swin_small", PositionCoding::PerWindow, 49'606'258},
    Network{"Swin-B", "swin_base", PositionCoding::PerWindow, 87'768'224}};

constexpr double kFloatBits = 32;
constexpr double kSparseGain = 2;  // 2:4 leaves out half of the products
// Over float32; latency at batch 1, throughput at a large batch that is not stated.
constexpr const char* kPublishedLatency = "1.39 to 1.79";
constexpr const char* kPublishedThroughput = "3.22 to 3.43";
constexpr std::array kBatches = {std::pair{"1", kPublishedLatency},
                                 std::pair{"256", kPublishedThroughput}};
constexpr int kDraws = 30;
constexpr uint64_t kSeed = 23;
constexpr double kSpread = 1.5;
// TF32 has half the rate of fp16 and twice its bytes, so that a layer takes at most twice the time.
constexpr double kTf32Time = 2;
// A calibrated library's constants, which those without measurements borrow (gemm_model.cpp).
constexpr const char* kLibrary = "cublas";

double percent(int64_t part, int64_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

// As they stand in the table.
constexpr std::array kKinds = {ParameterKind::Blocks,     ParameterKind::PatchEmbedding,
                               ParameterKind::Classifier, ParameterKind::Bias,
                               ParameterKind::Norm,       ParameterKind::Position};

void print_parameters(const Network& network, const std::vector<ParameterTensor>& parameters,
                      ExpectedRows& rows) {
  std::string row = fmt::format("| {} |", network.title);
  for (const ParameterKind kind : kKinds) {
    row += fmt::format(" {} |", parameter_count(parameters, kind));
  }
  const int64_t total = parameter_count(parameters);
  rows.row(fmt::format("{} {} | {} |", row, total, network.parameters));
  rows.expect(total == network.parameters,
              fmt::format("{} has {} parameters", network.title, network.parameters));
}

// Products of bits that a multiplication is worth: 32 x 32 in float32.
double products(double weight_bits, double activation_bits) {
  return kFloatBits * kFloatBits / (weight_bits * activation_bits);
}

// What a multiplication with a weight counts, by rules that a paper may use.
void print_rules(const GpuMachine& gpu, ExpectedRows& rows) {
  const auto over_fp32 = [&](int64_t macs_per_clk) {
    return static_cast<double>(macs_per_clk) / static_cast<double>(gpu.sm.fp32_lanes);
  };
  struct Rule {
    const char* title;
    double int8;
    double int4;
  };
  const std::array rules = {
      Rule{"products of bits, 2:4", kSparseGain * products(8, 8), kSparseGain * products(4, 4)},
      Rule{"the same with 8-bit activations", kSparseGain * products(8, 8),
           kSparseGain * products(4, 8)},
      Rule{"dense peak of an A100 over its fp32 lanes", over_fp32(gpu.tensor.int8_macs_per_clk),
           over_fp32(gpu.tensor.int4_macs_per_clk)},
      Rule{"the same, 2:4", kSparseGain * over_fp32(gpu.tensor.int8_macs_per_clk),
           kSparseGain * over_fp32(gpu.tensor.int4_macs_per_clk)}};
  for (const Rule& rule : rules) {
    rows.row(fmt::format("| {} | {:.0f} | {:.0f} |", rule.title, rule.int8, rule.int4));
  }
  rows.row("| published | 30.3 to 31 | 62 |");
}

void print_operations(const Network& network, ExpectedRows& rows) {
  int64_t attention = 0;
  int64_t all = 0;
  for (const Layer& layer : load_workload(network.workload, {{"batch", "1"}}).layers) {
    const auto macs = static_cast<int64_t>(layer.gemm.macs().count());
    if (layer.kind == LayerKind::Vector) continue;
    all += macs;
    if (layer.kind == LayerKind::Attention) attention += macs;
  }
  const double share = percent(attention, all) / 100;
  // Attention has no weights to leave out: it gains half as much as the others.
  const auto whole = [&](double gain) { return gain / (1 - share + share * kSparseGain); };
  rows.row(fmt::format("| {} | {:.2f} | {:.1f} % | {:.1f} | {:.1f} | {:.1f} | {} | {} |",
                       network.title, static_cast<double>(all) / 1e9, 100 * share,
                       whole(kSparseGain * products(8, 8)), whole(kSparseGain * products(4, 8)),
                       whole(kSparseGain * products(4, 4)), "30.3 to 31", "62"));
}

struct Speedup {
  double linear = 0;     // layers with weights alone
  double attention = 0;  // with attention in fp16
  double whole = 0;      // with vector layers, each a kernel
};

Speedup speedup(const GpuTimes& times, double packed_s) {
  const double attended_s = times.fp16_s + times.attention_s;
  const double packed_attended_s = packed_s + times.attention_s;
  return {times.fp16_s / packed_s, attended_s / packed_attended_s,
          (attended_s + times.vector_s) / (packed_attended_s + times.vector_s)};
}

class SpeedTable {
 public:
  explicit SpeedTable(ExpectedRows& rows) : rows_{rows}, model_{load_gpu("a100_sxm")} {
    Rng rng{kSeed};
    const Calibration shipped = shipped_calibration("a100_sxm");
    const LibraryCalibration* fitted = shipped.find(kLibrary);
    OLV_CHECK(fitted != nullptr, "no calibration of {}", kLibrary);
    for (int draw = 0; draw < kDraws; ++draw) {
      Calibration calibration;
      calibration.libraries[kLibrary].constants = draw_constants(fitted->constants, kSpread, rng);
      drawn_.emplace_back(load_gpu("a100_sxm"), calibration);
    }
  }

  void print_title() const {
    rows_.print(fmt::format(
        "\n## Speed-up on `a100_sxm`\n\nSimulated, over fp16; published over float32, of which "
        "network at which batch is not known to us. Ranges: {}\ndraws (seed {}) of every kernel "
        "constant within a factor of {}. The last column but one doubles fp16's\ntime, the most "
        "that TF32 can take.\n\n"
        "| network | batch | fp16 us: linear, attention, vector | INT8 2:4: linear | with "
        "attention "
        "| whole | INT4 2:4: linear | range | with attention | whole | with attention, over TF32 "
        "at "
        "most | published, INT4 |\n|---|---|---|---|---|---|---|---|---|---|---|---|",
        kDraws, kSeed, kSpread));
  }

  void print(const Network& network) {
    std::vector<double> gains;
    for (const auto& [batch, published] : kBatches) {
      const Workload workload = load_workload(network.workload, {{"batch", batch}});
      const GpuTimes times = time_network(model_, workload);
      const Speedup int8 = speedup(times, times.int8_sparse_s);
      const Speedup int4 = speedup(times, times.int4_sparse_s);
      rows_.row(fmt::format(
          "| {} | {} | {:.0f}, {:.0f}, {:.0f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {} | {:.2f} | "
          "{:.2f} | {:.2f} | {} |",
          network.title, batch, times.fp16_s * 1e6, times.attention_s * 1e6, times.vector_s * 1e6,
          int8.linear, int8.attention, int8.whole, int4.linear, range(workload).text(),
          int4.attention, int4.whole, kTf32Time * int4.attention, published));
      check(fmt::format("{}, batch {}", network.title, batch), int8, int4);
      gains.push_back(int4.linear);
    }
    rows_.expect(gains.back() > gains.front(),
                 fmt::format("{}: a larger batch gains more", network.title));
  }

 private:
  [[nodiscard]] ValueRange range(const Workload& workload) const {
    ValueRange values;
    for (const GemmModel& model : drawn_) {
      const GpuTimes times = time_network(model, workload);
      values.add(speedup(times, times.int4_sparse_s).linear);
    }
    return values;
  }

  // Multipliers: int8 at twice fp16's rate, int4 at four times, 2:4 doubles either.
  void check(const std::string& what, const Speedup& int8, const Speedup& int4) {
    rows_.expect(int8.linear > 1 && int8.linear <= 2 * kSparseGain,
                 fmt::format("{}: INT8 2:4 is faster than fp16, at most 4x", what));
    rows_.expect(int4.linear >= int8.linear && int4.linear <= 4 * kSparseGain,
                 fmt::format("{}: INT4 2:4 is no slower than INT8 2:4, at most 8x fp16", what));
  }

  ExpectedRows& rows_;
  GemmModel model_;
  std::vector<GemmModel> drawn_;
};

int study(const std::string& expected) {
  ExpectedRows rows{expected};
  rows.print(
      "# Expected rows\n\nWritten by `build/ci/experiments/studies/gpusq_reductions`; the tests "
      "compare them. Published: GPUSQ-ViT\n(arXiv 2305.10727), as its abstract and second-hand "
      "accounts have it.\n\n## Parameters\n\n"
      "| network | blocks | patch embedding | classifier | biases | norms | positions | all | "
      "reference |\n|---|---|---|---|---|---|---|---|---|");
  std::vector<std::vector<ParameterTensor>> parameters;
  for (const Network& network : kNetworks) {
    parameters.push_back(list_parameters(load_workload(network.workload), network.positions));
    print_parameters(network, parameters.back(), rows);
  }
  SizeTable sizes{rows};
  sizes.print_title();
  for (size_t i = 0; i < kNetworks.size(); ++i) sizes.print(kNetworks[i].title, parameters[i]);
  rows.print(
      "\n## Operations: float32 over packed\n\n| a multiplication with a weight | INT8 | INT4 "
      "|\n|---|---|---|");
  print_rules(load_gpu("a100_sxm"), rows);
  rows.print(
      "\nProducts of bits of a whole image; 2:4 halves what has weights, attention has none.\n\n"
      "| network | 10^9 MACs | attention | INT8 | INT4, 8-bit activations | INT4 | published, INT8 "
      "| published, INT4 |\n|---|---|---|---|---|---|---|---|");
  for (const Network& network : kNetworks) print_operations(network, rows);
  SpeedTable speeds{rows};
  speeds.print_title();
  for (const Network& network : kNetworks) speeds.print(network);
  return rows.report();
}

}  // namespace
}  // namespace olivine

// gpusq_reductions [expected.md to compare with]
int main(int argc, char** argv) {
  try {
    return olivine::study(argc > 1 ? argv[1] : "");
  } catch (const olivine::UserError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  } catch (const olivine::CheckFailed& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
